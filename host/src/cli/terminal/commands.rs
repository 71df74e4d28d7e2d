//! Lines that begin with `/` and that the terminal itself does not know: whoever opened it does. The terminal is not read
//! before they are done, so that they may read it.

use anyhow::Context;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::sync::oneshot;

/// The way to whoever knows more commands.
pub struct Commands(Box<dyn Fn(String, oneshot::Sender<()>) + Send + Sync>);

impl Commands {
    /// `give` gets a line, and a sender that is used or dropped when it is done.
    pub fn new(give: impl Fn(String, oneshot::Sender<()>) + Send + Sync + 'static) -> Self {
        Self(Box::new(give))
    }

    /// Has a line done.
    pub(super) async fn give(&self, line: String) {
        let (done, over) = oneshot::channel();
        (self.0)(line, done);
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
