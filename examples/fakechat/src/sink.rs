//! What the session says: a reply becomes an item, an edit and a reaction change one, and a sign of typing passes by.

use lockgate_sdk::{Effect, Format as Wire, Outgoing, Place, Receipt, Sink, Trouble};

use crate::Fakechat;
use crate::chat::{self, Draft, TOPIC};
use crate::files;
use crate::item::{Event, Format, Item, Side};

/// Bytes of a reaction: an emoji can be several code points that are joined.
const REACTION_BYTES: usize = 64;

impl Sink for Fakechat {
    fn send(outgoing: Outgoing) -> Result<Receipt, Trouble> {
        let files = outgoing.files.iter().map(|path| files::take_over(path));
        let item = chat::add(Draft {
            id: None,
            from: Side::Session,
            files: files.collect::<Result<_, _>>()?,
            text: outgoing.text,
            format: format(outgoing.format),
            reply_to: outgoing.reply_to,
        })?;
        let news = chat::news(&Event::Message { item: &item })?;
        Ok(Receipt::sent(item.id).publish(TOPIC, news))
    }

    fn edit(_place: Place, message: String, text: String, wire: Wire) -> Result<Vec<Effect>, Trouble> {
        changed(&chat::edit(&message, Side::Session, text, format(wire))?)
    }

    fn react(_place: Place, message: String, emoji: String) -> Result<Vec<Effect>, Trouble> {
        if emoji.is_empty() || emoji.len() > REACTION_BYTES || emoji.chars().any(char::is_control) {
            return Err(Trouble::rejected("a reaction is one emoji"));
        }
        changed(&chat::react(&message, &emoji)?)
    }

    fn typing(_place: Place) -> Result<Vec<Effect>, Trouble> {
        Ok(vec![Effect::publish(TOPIC, chat::news(&Event::Typing)?)])
    }

    fn direct(_sender: String) -> Result<String, Trouble> {
        Ok(crate::CONVERSATION.to_owned())
    }
}

fn changed(item: &Item) -> Result<Vec<Effect>, Trouble> {
    Ok(vec![Effect::publish(TOPIC, chat::news(&Event::Changed { item })?)])
}

fn format(wire: Wire) -> Format {
    match wire {
        Wire::Plain => Format::Plain,
        Wire::Markdown => Format::Markdown,
    }
}
