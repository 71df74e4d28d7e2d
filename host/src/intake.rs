//! From what a guest reported to what may be committed: bounds, then the gate. Dropped messages are counted by reason.
//! Intake holds no guest, reads no clock and touches no disk.

use crate::access::pairing::redemption;
use crate::access::{self, AccessBook, DirectPolicy, DropReason, Dropped, Policy, Provenance, Verdict};
use crate::limits;
use crate::model::{
    Admitted, Approach, Aside, Attachment, Author, Content, Effect, Inbound, Message, Outcome, Press, Quote, Scope,
    Sender, Typed,
};
use crate::relay::{OpenPrompts, grammar};
use crate::text::Bound;

/// What of an outcome is to be committed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Intake {
    /// Messages that passed the gate, in order.
    pub admitted: Vec<Admitted>,
    /// Effects within the bounds, in order.
    pub effects: Vec<Effect>,
    /// What was left out, by reason.
    pub tallies: Vec<(&'static str, u64)>,
    /// What is for the host itself: strangers, presses, verdicts.
    pub asides: Vec<Aside>,
    /// Whose messages ended at the gate, in order.
    pub dropped: Vec<Dropped>,
    /// What the channel could not read and stepped over, for the log.
    pub skipped: Vec<String>,
}

/// What messages are judged by: taken once for all of a call.
#[derive(Debug, Clone, Copy)]
pub struct Gate<'a> {
    /// What the operator decided for the channel.
    pub policy: &'a Policy,
    /// Who is known.
    pub book: &'a AccessBook,
    /// Which questions for permission are known.
    pub open: &'a OpenPrompts,
    /// Whether questions for permission are answered over this channel.
    pub relay: bool,
}

/// The guest returned more than a call may bring: nothing of the call is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the call brought too much: {what} (at most {most})")]
pub struct Excess {
    /// Of what.
    pub what: &'static str,
    /// How much there may be.
    pub most: u64,
}

/// Bounds an outcome and puts every message before the gate.
///
/// # Errors
/// Something is over its bound.
pub fn take(gate: Gate<'_>, provenance: Provenance, outcome: Outcome) -> Result<Intake, Excess> {
    within(
        "inbound messages of one call",
        outcome.inbound.len(),
        limits::INBOUND_PER_CALL,
    )?;
    within("effects of one call", outcome.effects.len(), limits::EFFECTS_PER_CALL)?;
    outcome.effects.iter().try_for_each(bound_effect)?;
    let mut intake = Intake {
        effects: outcome.effects,
        ..Intake::default()
    };
    for inbound in outcome.inbound {
        let (message, revision) = match inbound {
            Inbound::Message(message) => (message, None),
            Inbound::Edited { now, revision } => {
                short("a revision", &revision)?;
                (now, Some(revision))
            }
            Inbound::Press(press) => {
                bound_press(&press)?;
                intake.asides.push(Aside::Press(press));
                continue;
            }
            Inbound::Skipped(what) => {
                intake.count("skipped");
                intake
                    .skipped
                    .push(crate::text::clip(&what, Bound::Chars(limits::TROUBLE_CHARS)));
                continue;
            }
        };
        bound_message(&message)?;
        intake.judge(gate, provenance, message, revision);
    }
    Ok(intake)
}

/// A text of the grammar that is for the host: of a known question, by whoever is heard here; of no question, only by an
/// approver who speaks to us alone, where such questions are answered, so that he is told. An edit is none.
fn verdict(gate: Gate<'_>, judged: &Verdict, message: &Message, revision: Option<&str>) -> Option<Typed> {
    let (Author::Person(sender), None) = (&message.author, revision) else {
        return None;
    };
    let verdict = grammar::parse(&message.text)?;
    let heard = matches!(judged, Verdict::Admit(_) | Verdict::Quiet(_));
    let open = message.conversation.scope == Scope::Direct && gate.policy.direct != DirectPolicy::Disabled;
    let approver = open && access::approver(gate.policy, gate.book, sender).is_some();
    let known = gate.open.knows(&verdict.request);
    let taken = (known && (heard || approver)) || (approver && gate.relay);
    taken.then(|| Typed {
        message: message.id.clone(),
        sender: sender.clone(),
        conversation: message.conversation.clone(),
        verdict,
    })
}

/// Whether a message is an invitation and nothing else, be it somebody's own words or what he passes on.
fn is_invitation(message: &Message) -> bool {
    let quoted = || {
        message
            .quote
            .as_ref()
            .is_some_and(|quote| redemption(&quote.text).is_some())
    };
    redemption(&message.text).is_some() || (message.text.trim().is_empty() && quoted())
}

/// Whether a person's text could be an invitation, and nothing else, written to us alone: he is answered by the host. An
/// edit asks for nothing, and a program is not answered, which could answer back.
fn sends_invitation(message: &Message, revision: Option<&str>) -> bool {
    let person = matches!(&message.author, Author::Person(sender) if !sender.bot);
    let direct = message.conversation.scope == Scope::Direct;
    person && direct && revision.is_none() && redemption(&message.text).is_some()
}

fn approach(message: Message) -> Option<Approach> {
    let Author::Person(sender) = message.author else {
        return None;
    };
    Some(Approach {
        message: message.id,
        sender,
        conversation: message.conversation,
        text: message.text,
    })
}

impl Intake {
    /// Puts one message before the gate.
    fn judge(&mut self, gate: Gate<'_>, provenance: Provenance, mut message: Message, revision: Option<String>) {
        let judged = access::judge(gate.policy, gate.book, provenance, &message);
        if let Some(typed) = verdict(gate, &judged, &message, revision.as_deref()) {
            self.asides.push(Aside::Verdict(typed));
            return;
        }
        let (standing, quiet) = match judged {
            // Whoever says it here: in the journal, or before a session, it would be a key for all who read there.
            Verdict::Admit(_) | Verdict::Quiet(_) if is_invitation(&message) => {
                self.count("invite-misplaced");
                let asks = sends_invitation(&message, revision.as_deref());
                let approach = asks.then(|| approach(message)).flatten();
                approach.into_iter().for_each(|approach| self.approached(approach));
                return;
            }
            Verdict::Admit(standing) => (standing, false),
            Verdict::Quiet(standing) => (standing, true),
            Verdict::Challenge => {
                self.drop(DropReason::UnknownPerson, &message);
                // An edit asks for nothing.
                let approach = revision.is_none().then(|| approach(message)).flatten();
                approach.into_iter().for_each(|approach| self.approached(approach));
                return;
            }
            Verdict::Drop(reason) => {
                self.drop(reason, &message);
                // On the list, but without the role `chat`. A list that can't be read knows nobody, and uses up nothing.
                let listed = reason == DropReason::UnknownPerson && !gate.book.is_closed();
                if listed && sends_invitation(&message, revision.as_deref()) {
                    approach(message)
                        .into_iter()
                        .for_each(|approach| self.approached(approach));
                }
                return;
            }
        };
        if message
            .quote
            .take_if(|quote| redemption(&quote.text).is_some())
            .is_some()
        {
            self.count("invite-quoted");
        }
        self.admitted.push(Admitted {
            quoted: access::quoted(gate.policy, gate.book, &message),
            message,
            revision,
            standing,
            quiet,
            files: Vec::new(),
        });
    }

    /// Of each stranger one word a call is for the host: the last that could be an invitation, else his first. The others
    /// are dropped and counted.
    fn approached(&mut self, approach: Approach) {
        let earlier = self.asides.iter_mut().find_map(|aside| match aside {
            Aside::Stranger(earlier) if earlier.sender.id == approach.sender.id => Some(earlier),
            _ => None,
        });
        let Some(earlier) = earlier else {
            return self.asides.push(Aside::Stranger(approach));
        };
        if redemption(&approach.text).is_some() {
            *earlier = approach;
        }
        self.count("aside-dropped");
    }

    fn drop(&mut self, reason: DropReason, message: &Message) {
        self.count(reason.as_str());
        self.dropped.extend(Dropped::of(reason, message));
    }

    /// Counts something that was left out.
    pub fn count(&mut self, reason: &'static str) {
        match self.tallies.iter_mut().find(|(found, _)| *found == reason) {
            Some((_, count)) => *count += 1,
            None => self.tallies.push((reason, 1)),
        }
    }
}

fn within(what: &'static str, found: usize, most: usize) -> Result<(), Excess> {
    if found > most {
        Err(Excess {
            what,
            most: most as u64,
        })
    } else {
        Ok(())
    }
}

fn short(what: &'static str, text: &str) -> Result<(), Excess> {
    within(what, text.len(), limits::SHORT_TEXT_BYTES)
}

fn short_option(what: &'static str, text: Option<&String>) -> Result<(), Excess> {
    text.map_or(Ok(()), |text| short(what, text))
}

fn bound_message(message: &Message) -> Result<(), Excess> {
    short("bytes of a message's id", &message.id)?;
    bound_author(&message.author)?;
    short("bytes of a conversation's id", &message.conversation.id)?;
    short_option("bytes of a thread", message.conversation.thread.as_ref())?;
    short_option("bytes of a title", message.conversation.title.as_ref())?;
    within("bytes of a message's text", message.text.len(), limits::TEXT_BYTES)?;
    short_option("bytes of a message's id", message.in_reply_to.as_ref())?;
    message.quote.as_ref().map_or(Ok(()), bound_quote)?;
    within(
        "attachments of one message",
        message.attachments.len(),
        limits::ATTACHMENTS,
    )?;
    message.attachments.iter().try_for_each(bound_attachment)?;
    within("meta keys of one message", message.meta.len(), limits::META_KEYS)?;
    for (key, value) in &message.meta {
        within("bytes of a meta key", key.len(), limits::META_VALUE_BYTES)?;
        within("bytes of a meta value", value.len(), limits::META_VALUE_BYTES)?;
    }
    Ok(())
}

fn bound_press(press: &Press) -> Result<(), Excess> {
    short("bytes of a press's token", &press.token)?;
    short("bytes of a press's id", &press.id)?;
    short_option("bytes of a press's handle", press.handle.as_ref())?;
    short("bytes of a sender's id", &press.sender.id)?;
    short_option("bytes of a sender's name", press.sender.name.as_ref())?;
    short("bytes of a conversation's id", &press.conversation.id)?;
    short_option("bytes of a thread", press.conversation.thread.as_ref())?;
    short_option("bytes of a title", press.conversation.title.as_ref())
}

fn bound_author(author: &Author) -> Result<(), Excess> {
    match author {
        Author::Person(Sender { id, name, .. }) => {
            short("bytes of a sender's id", id)?;
            short_option("bytes of a sender's name", name.as_ref())
        }
        Author::Service(name) => short("bytes of a service's name", name),
    }
}

fn bound_quote(quote: &Quote) -> Result<(), Excess> {
    quote.author.as_ref().map_or(Ok(()), bound_author)?;
    within("bytes of a quoted text", quote.text.len(), limits::TEXT_BYTES)
}

fn bound_attachment(attachment: &Attachment) -> Result<(), Excess> {
    short_option("bytes of an attachment's name", attachment.name.as_ref())?;
    short_option("bytes of an attachment's type", attachment.mime.as_ref())?;
    let (Content::File(place) | Content::Handle(place)) = &attachment.content;
    short("bytes of an attachment's place", place)
}

fn bound_effect(effect: &Effect) -> Result<(), Excess> {
    let name = |name: &str| within("bytes of an effect's name", name.len(), limits::EFFECT_NAME_BYTES);
    match effect {
        Effect::Connect {
            name: connection,
            url,
            headers,
        } => {
            name(connection)?;
            within("bytes of a URL", url.len(), limits::URL_BYTES)?;
            within("headers of a connection", headers.len(), limits::HOOK_HEADERS)?;
            headers.iter().try_for_each(|(key, value)| {
                short("bytes of a header's name", key).and_then(|()| short("bytes of a header's value", value))
            })
        }
        Effect::SendFrame { connection, .. } => name(connection),
        Effect::Disconnect(connection) => name(connection),
        Effect::Wake { name: timer, .. } => name(timer),
        Effect::Publish { topic, text } => {
            name(topic)?;
            within("bytes of a publication", text.len(), limits::TEXT_BYTES)
        }
    }
}

#[cfg(test)]
mod tests;
