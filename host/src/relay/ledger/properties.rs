//! Whatever is asked, shown, pressed, written and restarted, in whatever order: no verdict but one that an approver gave
//! to a question that he was shown there, in time, and one for each.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;

use super::tests::{T, TTL, account, reader, request};
use super::*;

const IDS: [&str; 4] = ["aaaaa", "bbbbb", "ccccc", "ddddd"];
const PEOPLE: [&str; 4] = ["ann", "ben", "mallory", "trudy"];
const CHANNELS: [&str; 3] = ["chat", "talk", "plain"];

#[derive(Debug, Clone)]
enum Step {
    Ask(usize),
    Show(usize, usize, usize),
    Withdraw(usize, usize),
    Press {
        token: usize,
        who: Who,
    },
    Write {
        id: usize,
        who: Who,
    },
    Wait(u64),
    Expire,
    Restart,
    /// The gate or the grant changes its mind of who may approve.
    Turn(usize, usize),
}

/// Somebody, wherever he says he is.
#[derive(Debug, Clone)]
struct Who {
    person: usize,
    channel: usize,
    conversation: usize,
    group: bool,
}

fn who() -> impl Strategy<Value = Who> {
    (0..4_usize, 0..3_usize, 0..5_usize, prop::bool::weighted(0.2)).prop_map(|(person, channel, room, group)| Who {
        person,
        channel,
        // Mostly his own.
        conversation: if room == 4 { person } else { room },
        group,
    })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (0..4_usize).prop_map(Step::Ask),
        4 => (0..4_usize, 0..3_usize, 0..4_usize).prop_map(|(id, channel, to)| Step::Show(id, channel, to)),
        1 => (0..4_usize, 0..3_usize).prop_map(|(id, nth)| Step::Withdraw(id, nth)),
        6 => (0..40_usize, who()).prop_map(|(token, who)| Step::Press { token, who }),
        6 => (0..4_usize, who()).prop_map(|(id, who)| Step::Write { id, who }),
        1 => (0..2_000_000_u64).prop_map(Step::Wait),
        1 => Just(Step::Expire),
        1 => Just(Step::Restart),
        1 => (0..4_usize, 0..3_usize).prop_map(|(person, channel)| Step::Turn(person, channel)),
    ]
}

/// What the world knows besides the ledger: written down apart from it, and compared.
#[derive(Default)]
struct World {
    ledger: Ledger,
    now: u64,
    seed: u8,
    tokens: Vec<String>,
    /// (id, channel, person) of what is shown in this process's life.
    shown: BTreeSet<(usize, usize, usize)>,
    asked: [Option<u64>; 4],
    /// Who may approve over which channel.
    may: BTreeSet<(usize, usize)>,
    verdicts: [usize; 4],
    opened: [usize; 4],
}

impl World {
    fn now(&self) -> UnixMillis {
        T.after(Duration::from_millis(self.now))
    }

    fn take(&mut self, step: Step) -> Result<(), TestCaseError> {
        let now = self.now();
        match step {
            Step::Ask(id) => {
                if self.ledger.open(&request(IDS[id]), now, TTL).is_ok() {
                    self.asked[id] = Some(self.now);
                    self.opened[id] += 1;
                    self.shown.retain(|(other, ..)| *other != id);
                }
            }
            Step::Show(id, channel, to) => self.show(id, channel, to),
            Step::Withdraw(id, nth) => {
                self.ledger.withdraw(IDS[id], nth);
                // That showing may have been the only one: less is expected, never more.
            }
            Step::Press { token, who } => {
                let token = self.tokens.get(token).cloned().unwrap_or_else(|| "guess".into());
                let judged = self.judge(&who, |ledger, by| ledger.press(&token, by, now));
                self.check(judged, &who)?;
            }
            Step::Write { id, who } => {
                let verdict = TypedVerdict {
                    request: IDS[id].into(),
                    behavior: Behavior::Allow,
                };
                let judged = self.judge(&who, |ledger, by| ledger.typed(&verdict, by, now));
                self.check(judged, &who)?;
            }
            Step::Wait(millis) => self.now += millis,
            Step::Expire => drop(self.ledger.expire(now)),
            Step::Restart => {
                self.ledger = Ledger::default();
                self.asked = [None; 4];
                self.shown.clear();
            }
            Step::Turn(person, channel) => {
                // Two of them never may, and one channel never carries an answer.
                if person < 2 && channel < 2 && !self.may.remove(&(person, channel)) {
                    self.may.insert((person, channel));
                }
            }
        }
        Ok(())
    }

    fn show(&mut self, id: usize, channel: usize, to: usize) {
        self.seed = self.seed.wrapping_add(2);
        let random = [[self.seed; 16], [self.seed.wrapping_add(1); 16]];
        let answers = if channel == 2 { Answers::No } else { Answers::Taken };
        let to_whom = reader(CHANNELS[channel], PEOPLE[to]);
        if let Some(offered) = self.ledger.offer(IDS[id], to_whom, answers, random) {
            self.tokens.extend([offered.allow, offered.deny]);
            self.shown.insert((id, channel, to));
        }
    }

    fn judge(&mut self, who: &Who, ask: impl FnOnce(&mut Ledger, &Answerer<'_>) -> Judged) -> Judged {
        let (channel, account) = (CHANNELS[who.channel].parse().unwrap(), account(PEOPLE[who.person]));
        let name = PEOPLE[who.person].parse().unwrap();
        let conversation = format!("d-{}", PEOPLE[who.conversation]);
        let by = Answerer {
            channel: &channel,
            account: &account,
            conversation: &conversation,
            scope: if who.group { Scope::Group } else { Scope::Direct },
            approver: self.may.contains(&(who.person, who.channel)).then_some(&name),
        };
        ask(&mut self.ledger, &by)
    }

    fn check(&mut self, judged: Judged, who: &Who) -> Result<(), TestCaseError> {
        let Judged::Verdict(decision) = judged else {
            return Ok(());
        };
        let id = IDS.iter().position(|id| *id == decision.closed.request).unwrap();
        prop_assert!(self.may.contains(&(who.person, who.channel)), "no approver: {who:?}");
        prop_assert!(!who.group && who.conversation == who.person, "another place: {who:?}");
        prop_assert!(who.channel < 2, "a channel that carries no answers: {who:?}");
        prop_assert!(
            self.shown.contains(&(id, who.channel, who.person)),
            "never shown: {who:?}"
        );
        let asked = self.asked[id];
        prop_assert!(
            asked.is_some_and(|asked| self.now - asked < TTL.as_millis() as u64),
            "too late"
        );
        self.asked[id] = None;
        self.verdicts[id] += 1;
        prop_assert!(self.verdicts[id] <= self.opened[id], "a second verdict");
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_verdict_is_an_approvers_of_what_he_was_shown_there_in_time_and_once(steps in vec(step(), 0..120)) {
        let mut world = World { may: BTreeSet::from([(0, 0), (1, 1)]), ..World::default() };
        for step in steps {
            world.take(step)?;
        }
    }

    #[test]
    fn those_who_may_not_give_no_verdict_whatever_they_do(steps in vec(step(), 0..120)) {
        let mut world = World::default();
        for step in steps {
            if !matches!(step, Step::Turn(..)) {
                world.take(step)?;
            }
        }
        prop_assert_eq!(world.verdicts, [0; 4]);
    }
}

/// The properties would hold of a ledger that never gives a verdict: this one does.
#[test]
fn the_steps_of_the_properties_can_yield_a_verdict() {
    let mut world = World {
        may: BTreeSet::from([(0, 0)]),
        ..World::default()
    };
    let ann = Who {
        person: 0,
        channel: 0,
        conversation: 0,
        group: false,
    };
    for step in [Step::Ask(0), Step::Show(0, 0, 0), Step::Write { id: 0, who: ann }] {
        world.take(step).unwrap();
    }
    assert_eq!(world.verdicts, [1, 0, 0, 0]);
}
