//! What somebody does, taken as the house takes it, and compared with what the onlooker wrote down.

use lockgate::access::pairing::{Answer, Code, Door};
use lockgate::access::{Provenance, Role};
use lockgate::intake::{Gate, take};
use lockgate::model::{
    Admitted, Approach, Aside, Author, ChannelName, Conversation, Outcome, Press, Scope, Sender, Typed, UnixMillis,
};
use lockgate::relay::grammar;
use lockgate::relay::ledger::{Answerer, Judged, Ledger};

use super::crowd::{Act, Edit, Place, Text, Who};
use super::world::{CHANNELS, IDS, NETWORK, Shown, TTL, WAIT, World, account, policy};

impl World {
    /// A channel reports something, and the house takes it as it comes.
    pub fn happen(&mut self, who: Who, channel: usize, place: Place, act: Act) -> Result<&'static str, String> {
        self.count += 1;
        let (policy, book, open) = (policy(channel), self.book(), self.ledger.known());
        let gate = Gate {
            policy: &policy,
            book: &book,
            open: &open,
            relay: channel != 1,
        };
        let outcome = Outcome {
            inbound: vec![act.inbound(who, place, &self.tokens, self.count)],
            effects: Vec::new(),
        };
        let mut intake = take(gate, Provenance::Verified, outcome).map_err(|excess| excess.to_string())?;
        if let Some(admitted) = intake.admitted.pop() {
            return self.heard(&admitted, who, channel, place, act);
        }
        match intake.asides.pop() {
            Some(Aside::Stranger(approach)) => self.stranger(&approach, who, channel, place, act),
            Some(Aside::Press(Press {
                token,
                sender,
                conversation,
                ..
            })) => {
                let judged = self.judge(channel, &sender, &conversation, |ledger, by, now| {
                    ledger.press(&token, by, now)
                });
                self.judged(judged, who, channel, place, act)
            }
            Some(Aside::Verdict(Typed {
                sender,
                conversation,
                verdict,
                ..
            })) => {
                if matches!(act, Act::Say(_, Edit::Yes)) {
                    return Err("an edit is a verdict".to_owned());
                }
                let judged = self.judge(channel, &sender, &conversation, |ledger, by, now| {
                    ledger.typed(&verdict, by, now)
                });
                self.judged(judged, who, channel, place, act)
            }
            None => Ok(intake.tallies.first().map_or("nothing", |(reason, _)| reason)),
        }
    }

    fn heard(
        &self,
        admitted: &Admitted,
        who: Who,
        channel: usize,
        place: Place,
        act: Act,
    ) -> Result<&'static str, String> {
        let Author::Person(sender) = &admitted.message.author else {
            return Err("a thing was heard".to_owned());
        };
        let speaks = self.roles.get(&who).is_some_and(|roles| roles.contains(&Role::Chat));
        let direct = !matches!(place, Place::Open | Place::Team | Place::Ungranted);
        let said_to_us = matches!(act, Act::Say(Text::Mention, _));
        let wrong = [
            ("somebody else was heard", sender.id != who.id()),
            ("who is denied was heard", self.denied.contains(&who)),
            ("a program was heard", who == Who::Bot && channel != 1),
            ("who may not speak was heard", !speaks && place != Place::Open),
            ("direct words were heard where there are none", direct && channel == 2),
            (
                "a group was heard that nobody named",
                place == Place::Ungranted || (!direct && channel == 2),
            ),
            (
                "a group of another channel was heard",
                place == Place::Open && channel != 0,
            ),
            (
                "what was said to others was pushed",
                place == Place::Team && !said_to_us && !admitted.quiet,
            ),
        ];
        if let Some((wrong, _)) = wrong.into_iter().find(|(_, is)| *is) {
            return Err(wrong.to_owned());
        }
        let verdict =
            grammar::parse(&admitted.message.text).filter(|verdict| self.ledger.known().knows(&verdict.request));
        match (verdict, act) {
            (_, Act::Say(Text::Invitation, _)) => Err("an invitation is chat".to_owned()),
            (Some(_), Act::Say(_, Edit::No)) => Err("an answer to a question is chat".to_owned()),
            _ => Ok("heard"),
        }
    }

    fn stranger(
        &mut self,
        approach: &Approach,
        who: Who,
        channel: usize,
        place: Place,
        act: Act,
    ) -> Result<&'static str, String> {
        // Whoever is on the list is told that an invitation is not for him.
        if self.roles.contains_key(&who) && matches!(act, Act::Say(Text::Invitation, Edit::No)) {
            return match approach.conversation.scope {
                Scope::Direct if !self.denied.contains(&who) && channel != 2 => Ok("not-his-invitation"),
                _ => Err("an invitation was answered where it may not be".to_owned()),
            };
        }
        let known = self.roles.get(&who).is_some_and(|roles| roles.contains(&Role::Chat));
        if known || self.denied.contains(&who) || approach.conversation.scope == Scope::Group || channel == 2 {
            return Err("he was taken for a stranger".to_owned());
        }
        self.count += 1;
        let name: ChannelName = CHANNELS[channel].parse().unwrap();
        let door = Door {
            channel: &name,
            network: NETWORK,
            direct: policy(channel).direct,
        };
        let [.., a, b] = self.count.to_be_bytes();
        match self
            .desk
            .approach(door, approach, Code::of([0, 0, 0, 0, 1, a, b]), self.now())
        {
            Answer::Redeemed(_) if !matches!(act, Act::Say(Text::Invitation, Edit::No)) || self.invitations == 0 => {
                Err("he was let in without an invitation".to_owned())
            }
            Answer::Redeemed(invite) => {
                self.invitations -= 1;
                self.roles.entry(who).or_default().extend(invite.roles);
                Ok("invited")
            }
            Answer::Code(code) => {
                self.codes.insert(who, code);
                Ok("stranger")
            }
            Answer::StillPending(_) if place == Place::Own || !self.codes.is_empty() => Ok("stranger"),
            Answer::StillPending(_) => Err("he has a code that nobody sent".to_owned()),
            Answer::Silent(reason) => Ok(reason.as_str()),
        }
    }

    /// As the door asks the ledger: with what the list and the grant say at this moment.
    fn judge(
        &mut self,
        channel: usize,
        sender: &Sender,
        conversation: &Conversation,
        ask: impl FnOnce(&mut Ledger, &Answerer<'_>, UnixMillis) -> Judged,
    ) -> Judged {
        let (account, name, now) = (account(&sender.id), CHANNELS[channel].parse().unwrap(), self.now());
        let carries = channel != 1 && !sender.bot;
        let approver = self
            .observe()
            .into_iter()
            .find(|approver| carries && approver.account == account);
        let by = Answerer {
            channel: &name,
            account: &account,
            conversation: &conversation.id,
            scope: conversation.scope,
            approver: approver.as_ref().map(|approver| &approver.name),
        };
        ask(&mut self.ledger, &by, now)
    }

    fn judged(
        &mut self,
        judged: Judged,
        who: Who,
        channel: usize,
        place: Place,
        act: Act,
    ) -> Result<&'static str, String> {
        let Judged::Verdict(decision) = &judged else {
            return Ok(judged.as_str());
        };
        let id = IDS
            .iter()
            .position(|id| *id == decision.closed.request)
            .ok_or("of no question")?;
        let waited = self.promoted.get(&who).is_none_or(|since| self.seconds >= since + WAIT);
        let may = self.roles.get(&who).is_some_and(|roles| roles.contains(&Role::Approve)) && waited;
        let own = matches!(place, Place::Own) || place == Place::Of(who);
        let said = match act {
            Act::Press(token) => self.buttons.get(token) == Some(&(Shown { id, who }, decision.behavior)),
            Act::Say(Text::Verdict(behavior, named), Edit::No) => behavior == decision.behavior && named == id,
            Act::Say(..) => false,
        };
        let late = self
            .asked
            .get(&id)
            .is_none_or(|asked| self.seconds >= asked + TTL.as_secs());
        let wrong = [
            (
                "by somebody who may not approve",
                !may || self.denied.contains(&who) || who == Who::Bot,
            ),
            ("over a channel that carries none", channel != 0),
            ("elsewhere than in his own conversation", !own),
            ("on what was not shown to him", !self.shown.contains(&Shown { id, who })),
            (
                "that he did not give",
                !said || decision.by.as_str() != format!("p{}", who.id()),
            ),
            ("too late", late),
            ("a second time", !self.decided.insert(id)),
        ];
        match wrong.into_iter().find(|(_, is)| *is) {
            Some((wrong, _)) => Err(format!("a verdict {wrong}")),
            None => Ok(judged.as_str()),
        }
    }
}
