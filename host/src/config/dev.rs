//! What a channel under development may be in `lockgate.toml`: its bytes change without a review, so nothing that it says may
//! be taken for anybody's elsewhere.

use toml::Spanned;

use super::raw::RawChannel;
use super::{ConfigError, Source, Wrong};
use crate::limits;
use crate::model::{ChannelName, DEV, is_network};

/// What the name of a channel under development begins with.
const PREFIX: &str = "dev-";

/// The name under which a channel is developed, and its network.
pub fn names(of: &str) -> (String, String) {
    (format!("{PREFIX}{of}"), format!("{DEV}{of}"))
}

/// The network of a channel that is developed under this name.
pub fn network_of(channel: &ChannelName) -> String {
    let of = channel.as_str().strip_prefix(PREFIX);
    format!("{DEV}{}", of.unwrap_or(channel.as_str()))
}

impl Source<'_> {
    pub(super) fn network(&self, text: &Spanned<String>) -> Result<String, ConfigError> {
        if is_network(text.as_ref()) {
            return Ok(text.as_ref().clone());
        }
        let shown = text.as_ref().chars().take(limits::SHOWN_CHARS).collect();
        self.wrong(text, Wrong::Name(shown))
    }

    /// # Authority
    /// The only thing that keeps unreviewed bytes from the words of people who are known elsewhere.
    pub(super) fn check_dev(
        &self,
        at: &Spanned<String>,
        name: &ChannelName,
        raw: &RawChannel,
    ) -> Result<(), ConfigError> {
        let network = raw.network.as_ref().map(|network| network.as_ref().as_str());
        if !raw.dev {
            let other = raw.network.as_ref().filter(|network| network.as_ref().starts_with(DEV));
            return other.map_or(Ok(()), |network| {
                let shown = network.as_ref().chars().take(limits::SHOWN_CHARS).collect();
                self.wrong(network, Wrong::DevNetwork(shown))
            });
        }
        let of = name.as_str().strip_prefix(PREFIX);
        let expected = format!("{DEV}{}", of.unwrap_or("NAME"));
        if of.is_none() || raw.relay || network.is_some_and(|network| network != expected) {
            return self.wrong(at, Wrong::Dev { expected });
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::path::Path;

    use crate::config::Config;

    #[test]
    fn a_name_is_led_back_to_the_network_that_was_made_of_it() {
        for name in ["x", "dev-x", "dev-dev-x"] {
            let (channel, network) = super::names(name);
            assert_eq!(super::network_of(&channel.parse().unwrap()), network);
        }
    }

    #[test]
    fn unreviewed_bytes_speak_for_nobody_elsewhere() {
        #[track_caller]
        fn check(name: &str, lines: &str, expected: Option<&str>) {
            let text = format!("[channel.{name}]\ncomponent='/w'\n{lines}");
            let parsed = Config::parse(&text, Path::new("lockgate.toml"));
            let wrong = parsed.err().map(|error| error.to_string());
            match (wrong, expected) {
                (None, None) => {}
                (Some(wrong), Some(expected)) if wrong.contains(expected) => {}
                (wrong, _) => panic!("{lines}: {wrong:?}"),
            }
        }
        let no = Some("`dev` is for a channel that");
        check("dev-x", "dev=true", None);
        check("dev-x", "dev=true\nnetwork='dev:x'", None);
        check("dev-x", "dev=true\nnetwork='forge'", no);
        check("dev-x", "dev=true\nnetwork='dev:y'", no);
        check("dev-x", "dev=true\nnetwork='dev:x'\nrelay=true", no);
        check("x", "dev=true", no);
        check(
            "x",
            "network='dev:x'",
            Some("is the network of a channel under development"),
        );
        check(
            "dev-x",
            "network='dev:x'",
            Some("is the network of a channel under development"),
        );
        check("x", "network='dev'", Some("is no name"));
        check("x", "network='dev:'", Some("is the network of"));
        check("dev-x", "network='forge'", None);
    }
}
