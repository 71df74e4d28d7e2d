//! The host's bounds of a call: what is over one of them is refused, and with it the whole call. Pure.

use crate::{Author, Content, Conversation, Edited, Effect, Inbound, Message, Outcome, Press, Sender};

/// Inbound messages, and effects, that one call may bring.
const MOST: usize = 100;
/// Attachments of a message.
const ATTACHMENTS: usize = 20;
/// Keys that a message's own meta may have.
const META_KEYS: usize = 32;
/// Bytes of a text; of an id, a name or another short text; of an effect's name.
const TEXT: usize = 64 << 10;
const SHORT: usize = 1 << 10;
const EFFECT: usize = 256;

/// What is too much, and how much there may be of it.
type Checked = Result<(), String>;

/// Looks for what the host would refuse, or for a key that the model would never see.
pub fn check(outcome: &Outcome) -> Checked {
    within("messages in one call", outcome.inbound.len(), MOST)?;
    within("effects in one call", outcome.effects.len(), MOST)?;
    outcome.inbound.iter().try_for_each(inbound)?;
    outcome.effects.iter().try_for_each(effect)
}

fn within(what: &str, size: usize, most: usize) -> Checked {
    match size > most {
        true => Err(format!("more than {most} {what}: {size}")),
        false => Ok(()),
    }
}

fn short<'a>(what: &str, texts: impl IntoIterator<Item = &'a String>) -> Checked {
    let mut texts = texts.into_iter();
    texts.try_for_each(|text| within(&format!("bytes of {what}"), text.len(), SHORT))
}

fn inbound(inbound: &Inbound) -> Checked {
    match inbound {
        Inbound::Message(now) => message(now),
        Inbound::Edited(Edited { now, revision }) => {
            message(now)?;
            short("a revision", [revision])
        }
        Inbound::Press(pressed) => press(pressed),
        Inbound::Skipped(_) => Ok(()),
    }
}

fn message(message: &Message) -> Checked {
    short("a message's id", [&message.id].into_iter().chain(&message.in_reply_to))?;
    author(&message.author)?;
    conversation(&message.conversation)?;
    within("bytes of a message's text", message.text.len(), TEXT)?;
    if let Some(quote) = &message.quote {
        within("bytes of a quote's text", quote.text.len(), TEXT)?;
        quote.author.iter().try_for_each(author)?;
    }
    within("attachments of one message", message.attachments.len(), ATTACHMENTS)?;
    for attachment in &message.attachments {
        let (Content::File(content) | Content::Handle(content)) = &attachment.content;
        let about = attachment.name.iter().chain(&attachment.mime);
        short("an attachment", about.chain([content]))?;
    }
    within("keys of meta", message.meta.len(), META_KEYS)?;
    message.meta.iter().try_for_each(|(key, value)| meta(key, value))
}

fn meta(key: &String, value: &String) -> Checked {
    short("a meta key or value", [key, value])?;
    match identifier(key) {
        true => Ok(()),
        false => Err(format!("the meta key `{key}` is no identifier")),
    }
}

fn author(author: &Author) -> Checked {
    match author {
        Author::Service(name) => short("an author", [name]),
        Author::Person(person) => sender(person),
    }
}

fn sender(sender: &Sender) -> Checked {
    short("a sender", [&sender.id].into_iter().chain(&sender.name))
}

fn conversation(conversation: &Conversation) -> Checked {
    let Conversation { id, thread, title, .. } = conversation;
    short("a conversation", [id].into_iter().chain(thread).chain(title))
}

fn press(press: &Press) -> Checked {
    short("a press", [&press.token, &press.id].into_iter().chain(&press.handle))?;
    sender(&press.sender)?;
    conversation(&press.conversation)
}

fn effect(effect: &Effect) -> Checked {
    let name = match effect {
        Effect::Connect(connection) => &connection.name,
        Effect::SendFrame(frame) => &frame.connection,
        Effect::Disconnect(name) => name,
        Effect::Wake(wake) => &wake.name,
        Effect::Publish(publication) => {
            within("bytes of a publication", publication.text.len(), TEXT)?;
            &publication.topic
        }
    };
    within("bytes of an effect's name", name.len(), EFFECT)
}

fn identifier(key: &str) -> bool {
    let mut bytes = key.bytes();
    let first = bytes
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    first && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') && key.len() <= 64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Attachment, Press, Quote};

    /// So many bytes, two of them a character.
    fn text(bytes: usize) -> String {
        "é".repeat(bytes / 2)
    }

    /// With so much of it the call is taken, and with a character more it is not.
    #[track_caller]
    fn bound(most: usize, with: impl Fn(usize) -> Outcome) {
        assert_eq!(check(&with(most)), Ok(()));
        let refused = check(&with(most + 2)).err().unwrap_or_default();
        assert!(refused.starts_with(&format!("more than {most} ")), "{refused:?}");
    }

    #[track_caller]
    fn of_message(most: usize, change: impl Fn(&mut Message, usize)) {
        let with = |size| {
            let sender = Sender {
                id: "7".into(),
                name: None,
                bot: false,
            };
            let mut message = Message::person(sender, Conversation::group("r"), "t").id("1");
            change(&mut message, size);
            message
        };
        bound(most, |size| Outcome::none().event(with(size)));
        let edited = |now| {
            Inbound::Edited(Edited {
                now,
                revision: "1".into(),
            })
        };
        bound(most, |size| Outcome {
            inbound: vec![edited(with(size))],
            ..Outcome::none()
        });
    }

    #[test]
    fn what_is_too_long_for_the_host_ends_the_call_here_too() {
        of_message(TEXT, |message, size| message.text = text(size));
        of_message(SHORT, |message, size| message.id = text(size));
        of_message(SHORT, |message, size| message.in_reply_to = Some(text(size)));
        of_message(SHORT, |message, size| message.author = Author::Service(text(size)));
        of_message(SHORT, |message, size| {
            message.author = Author::Person(Sender {
                id: "7".into(),
                name: Some(text(size)),
                bot: false,
            });
        });
        of_message(SHORT, |message, size| message.conversation.id = text(size));
        of_message(SHORT, |message, size| message.conversation.thread = Some(text(size)));
        of_message(SHORT, |message, size| message.conversation.title = Some(text(size)));
        of_message(TEXT, |message, size| {
            message.quote = Some(Quote {
                author: None,
                text: text(size),
            });
        });
        of_message(SHORT, |message, size| {
            let author = Some(Author::Service(text(size)));
            message.quote = Some(Quote {
                author,
                text: String::new(),
            });
        });
        of_message(SHORT, |message, size| {
            message.attachments = vec![Attachment::handle(text(size))]
        });
        of_message(SHORT, |message, size| {
            message.attachments = vec![Attachment::handle("h").named(text(size))];
        });
        of_message(ATTACHMENTS, |message, count| {
            message.attachments = vec![Attachment::handle("h"); count]
        });
        of_message(META_KEYS, |message, count| {
            message.meta = vec![("k".into(), String::new()); count]
        });
        of_message(SHORT, |message, size| message.meta = vec![("k".into(), text(size))]);
    }

    #[test]
    fn so_do_presses_revisions_and_effects() {
        let inbound = |inbound| Outcome {
            inbound: vec![inbound],
            ..Outcome::none()
        };
        let pressed = |token, handle| {
            let sender = Sender {
                id: "7".into(),
                name: None,
                bot: false,
            };
            let conversation = Conversation::group("r");
            inbound(Inbound::Press(Press {
                token,
                id: "1".into(),
                handle,
                sender,
                conversation,
            }))
        };
        bound(SHORT, |size| pressed(text(size), None));
        bound(SHORT, |size| pressed(String::new(), Some(text(size))));
        let now = || Message::service("a", "b");
        bound(SHORT, |size| {
            inbound(Inbound::Edited(Edited {
                now: now(),
                revision: text(size),
            }))
        });
        bound(EFFECT, |size| Outcome::none().wake(text(size), 1));
        bound(EFFECT, |size| Outcome::none().publish(text(size), ""));
        bound(TEXT, |size| Outcome::none().publish("topic", text(size)));
        bound(MOST, |count| {
            (0..count).fold(Outcome::none(), |all, _| all.skipped(text(SHORT + 2)))
        });
        bound(MOST, |count| {
            (0..count).fold(Outcome::none(), |all, _| all.wake("beat", 1))
        });
    }
}
