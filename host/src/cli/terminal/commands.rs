//! Lines that begin with `/` and that the terminal itself does not know: whoever opened it does. The terminal is not read
//! before they are done, so that they may read it.

use anyhow::Context;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::sync::oneshot;

use crate::model::ChannelName;

/// The way to whoever knows more commands.
pub struct Commands {
    give: Box<dyn Fn(String, oneshot::Sender<()>) + Send + Sync>,
    about: String,
}

impl Commands {
    /// `give` gets a line, and a sender that is used or dropped when it is done. Whoever gives it says himself how `channel`
    /// is, so that what a model is told of that is not shown as well.
    pub fn new(channel: &ChannelName, give: impl Fn(String, oneshot::Sender<()>) + Send + Sync + 'static) -> Self {
        Self {
            give: Box::new(give),
            about: format!("{channel}: "),
        }
    }

    /// Whether this, of the host's own, is about that channel.
    pub(super) fn tell(&self, notice: &str) -> bool {
        notice.starts_with(&self.about)
    }

    /// Has a line done.
    pub(super) async fn give(&self, line: String) {
        let (done, over) = oneshot::channel();
        (self.give)(line, done);
        let _ = over.await;
    }

    /// Reads the terminal for nobody else, until the person ends it.
    ///
    /// # Errors
    /// The terminal can't be read.
    pub async fn alone(self) -> anyhow::Result<()> {
        let mut lines = BufReader::new(tokio::io::stdin()).lines();
        while let Some(line) = lines.next_line().await.context("can't read the terminal")? {
            match line.trim() {
                "" => {}
                "/quit" | "/exit" => return Ok(()),
                line => self.give(line.to_owned()).await,
            }
        }
        Ok(())
    }
}
