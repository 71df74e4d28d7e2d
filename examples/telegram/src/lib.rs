//! A Telegram bot: what people write to it becomes events, and what the session says goes back. Every message is handed
//! to the host as it came: who is heard, and what a stranger is told, is decided there and never here.

mod api;
mod author;
mod content;
mod entities;
mod feed;
mod fields;
mod markdown;
mod me;
mod menu;
mod message;
mod poll;
mod quote;
mod reaction;
mod sink;
mod trouble;
mod update;
mod upload;

use lockgate_sdk::{Batch, Life, Media, Outcome, Source, Trouble, channel};

channel!(struct Telegram: life, source, sink, media);

impl Life for Telegram {
    /// Asks nobody: the platform may be down. What is due is done with the next looks for news.
    fn start() -> Result<Outcome, Trouble> {
        me::doubt();
        menu::doubt();
        Ok(Outcome::none())
    }
}

impl Source for Telegram {
    fn poll(failures: u32) -> Result<Batch, Trouble> {
        poll::poll(failures)
    }
}

impl Media for Telegram {
    fn fetch(handle: String, into: String) -> Result<(), Trouble> {
        api::download(&handle, &into)
    }
}

#[cfg(test)]
mod tests;
