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

    /// Whether this, of the host's own, says how that channel is.
    ///
    /// # Authority
    /// What more may be done is none of it, whoever allowed that: nobody can tell a yes from an edited file here.
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_the_host_tells_of_other_channels_is_shown() {
        let commands = Commands::new(&"dev-x".parse().unwrap(), |_, _| {});
        let check = |notice: &str, expected: bool| assert_eq!(commands.tell(notice), expected, "{notice}");
        check("dev-x: under development", true);
        check("dev-xy: it can't run", false);
        // Somebody may have edited a file, and typed nothing.
        check(
            "lockgate: more may be done than before\n> dev-x may now: send to a",
            false,
        );
    }
}
