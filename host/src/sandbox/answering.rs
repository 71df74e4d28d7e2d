//! The calls that go outward: `sink`, `media` and `tools`. Each is a call like any other; what it did outside can't be undone, so
//! who calls decides what is repeated.

use std::sync::Arc;

use super::bindings::{sink, words};
use super::convert::trouble;
use super::fault::{Call, CallError};
use super::folders::Folders;
use super::guest::{Done, missing};
use super::{ChannelContext, Prepared};
use crate::egress::Line;
use crate::model::{Button, Effect, Format, Outgoing, Place, Receipt};

impl From<Place> for words::Place {
    fn from(from: Place) -> Self {
        Self {
            conversation: from.conversation,
            thread: from.thread,
        }
    }
}

impl From<Format> for sink::Format {
    fn from(from: Format) -> Self {
        match from {
            Format::Plain => Self::Plain,
            Format::Markdown => Self::Markdown,
        }
    }
}

impl From<Button> for sink::Button {
    fn from(from: Button) -> Self {
        Self {
            label: from.label,
            token: from.token,
        }
    }
}

impl From<Outgoing> for sink::Outgoing {
    fn from(from: Outgoing) -> Self {
        Self {
            key: from.key,
            place: from.place.into(),
            text: from.text,
            format: from.format.into(),
            reply_to: from.reply_to,
            files: from.files.iter().map(|name| format!("/outbox/{name}")).collect(),
            buttons: from.buttons.into_iter().map(Into::into).collect(),
        }
    }
}

fn receipt(from: sink::Receipt, egress: &Line) -> Receipt {
    Receipt {
        messages: from.messages,
        problem: from.problem.map(|problem| trouble(problem, egress)),
        effects: effects(from.effects),
    }
}

fn effects(effects: Vec<words::Effect>) -> Vec<Effect> {
    effects.into_iter().map(Into::into).collect()
}

impl Prepared {
    /// `sink.send`: one part of an answer.
    ///
    /// # Errors
    /// The guest's trouble, a fault, or an unreadable journal. After a fault nobody knows whether it was sent.
    pub async fn send(
        &self,
        channel: &Arc<ChannelContext>,
        outgoing: Outgoing,
        folders: &Folders,
    ) -> Result<Done<Receipt>, CallError> {
        let outgoing = outgoing.into();
        let egress = Arc::clone(&channel.egress);
        self.enter(channel, Call::Send, folders, move |store, instance, exports| {
            Box::pin(async move {
                let guest = exports.sink.as_ref().ok_or_else(missing)?.load(&mut *store, instance)?;
                let sent = guest.call_send(store, &outgoing).await?;
                Ok(sent.map(|sent| receipt(sent, &egress)))
            })
        })
        .await
    }

    /// `sink.edit`: the effects to perform.
    ///
    /// # Errors
    /// As `send`.
    pub async fn edit(
        &self,
        channel: &Arc<ChannelContext>,
        place: Place,
        message: &str,
        text: &str,
        format: Format,
        folders: &Folders,
    ) -> Result<Done<Vec<Effect>>, CallError> {
        let (place, message, text) = (place.into(), message.to_owned(), text.to_owned());
        self.enter(channel, Call::Edit, folders, move |store, instance, exports| {
            Box::pin(async move {
                let guest = exports.sink.as_ref().ok_or_else(missing)?.load(&mut *store, instance)?;
                let edited = guest.call_edit(store, &place, &message, &text, format.into()).await?;
                Ok(edited.map(effects))
            })
        })
        .await
    }

    /// `sink.react`: the effects to perform.
    ///
    /// # Errors
    /// As `send`.
    pub async fn react(
        &self,
        channel: &Arc<ChannelContext>,
        place: Place,
        message: &str,
        emoji: &str,
        folders: &Folders,
    ) -> Result<Done<Vec<Effect>>, CallError> {
        let (place, message, emoji) = (place.into(), message.to_owned(), emoji.to_owned());
        self.enter(channel, Call::React, folders, move |store, instance, exports| {
            Box::pin(async move {
                let guest = exports.sink.as_ref().ok_or_else(missing)?.load(&mut *store, instance)?;
                Ok(guest.call_react(store, &place, &message, &emoji).await?.map(effects))
            })
        })
        .await
    }

    /// `sink.typing`: the effects to perform.
    ///
    /// # Errors
    /// As `send`.
    pub async fn typing(
        &self,
        channel: &Arc<ChannelContext>,
        place: Place,
        folders: &Folders,
    ) -> Result<Done<Vec<Effect>>, CallError> {
        let place = place.into();
        self.enter(channel, Call::Typing, folders, move |store, instance, exports| {
            Box::pin(async move {
                let guest = exports.sink.as_ref().ok_or_else(missing)?.load(&mut *store, instance)?;
                Ok(guest.call_typing(store, &place).await?.map(effects))
            })
        })
        .await
    }

    /// `sink.direct`: the platform's id of the direct conversation with this sender.
    ///
    /// # Errors
    /// As `send`.
    pub async fn direct(
        &self,
        channel: &Arc<ChannelContext>,
        sender: &str,
        folders: &Folders,
    ) -> Result<Done<String>, CallError> {
        let sender = sender.to_owned();
        self.enter(channel, Call::Direct, folders, move |store, instance, exports| {
            Box::pin(async move {
                let guest = exports.sink.as_ref().ok_or_else(missing)?.load(&mut *store, instance)?;
                guest.call_direct(store, &sender).await
            })
        })
        .await
    }

    /// `sink.answer-press`: the effects to perform.
    ///
    /// # Errors
    /// As `send`.
    pub async fn answer_press(
        &self,
        channel: &Arc<ChannelContext>,
        handle: &str,
        text: &str,
        folders: &Folders,
    ) -> Result<Done<Vec<Effect>>, CallError> {
        let (handle, text) = (handle.to_owned(), text.to_owned());
        self.enter(channel, Call::AnswerPress, folders, move |store, instance, exports| {
            Box::pin(async move {
                let guest = exports.sink.as_ref().ok_or_else(missing)?.load(&mut *store, instance)?;
                Ok(guest.call_answer_press(store, &handle, &text).await?.map(effects))
            })
        })
        .await
    }

    /// `media.fetch`: the bytes of an attachment, into a file of the call's `/inbox`.
    ///
    /// # Errors
    /// As `send`.
    pub async fn fetch(
        &self,
        channel: &Arc<ChannelContext>,
        handle: &str,
        into: &str,
        folders: &Folders,
    ) -> Result<Done<()>, CallError> {
        let (handle, into) = (handle.to_owned(), format!("/inbox/{into}"));
        self.enter(channel, Call::Fetch, folders, move |store, instance, exports| {
            Box::pin(async move {
                let guest = exports
                    .media
                    .as_ref()
                    .ok_or_else(missing)?
                    .load(&mut *store, instance)?;
                guest.call_fetch(store, &handle, &into).await
            })
        })
        .await
    }

    /// `tools.call`: the tool's answer, and the effects to perform. `arguments` is JSON that fits the tool's schema.
    ///
    /// # Errors
    /// As `send`.
    pub async fn tool(
        &self,
        channel: &Arc<ChannelContext>,
        name: &str,
        arguments: &str,
        folders: &Folders,
    ) -> Result<Done<(String, Vec<Effect>)>, CallError> {
        let (name, arguments) = (name.to_owned(), arguments.to_owned());
        self.enter(channel, Call::Tool, folders, move |store, instance, exports| {
            Box::pin(async move {
                let tools = exports.tools.as_ref().ok_or_else(missing)?;
                let guest = tools.load(&mut *store, instance)?;
                let answered = guest.call_call(store, &name, &arguments).await?;
                Ok(answered.map(|answer| (answer.text, effects(answer.effects))))
            })
        })
        .await
    }
}
