//! Whether approvers were ever looked at, or what was known of them is lost. A journal that is taken away while nothing runs
//! looks like one that never was: only the mark that the first `add` leaves tells one from the other.

use serde::{Deserialize, Deserializer, Serialize};

use super::Approvers;

/// Whether the list was ever looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Begun {
    /// Nobody said so here: it never was, or what was known of it is lost.
    #[default]
    Unknown,
    /// The first channel is being added: whoever stands there at the first look counts.
    Fresh,
    /// It was.
    Known,
    /// It was not, and channels had been approved before: what was known is lost, so everybody waits.
    Forgotten,
}

impl Begun {
    /// Reads it, also as homes have it in which it was only said whether the list was looked at: `true` is [`Self::Known`],
    /// and `false` says no more than [`Self::Unknown`].
    ///
    /// # Errors
    ///
    /// It is neither.
    pub fn read<'de, D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            LookedAt(bool),
            Begun(Begun),
        }
        Ok(match Written::deserialize(input)? {
            Written::LookedAt(true) => Self::Known,
            Written::LookedAt(false) => Self::Unknown,
            Written::Begun(begun) => begun,
        })
    }

    /// After a look at the list.
    pub fn looked_at(self) -> Self {
        match self {
            Self::Unknown | Self::Forgotten => Self::Forgotten,
            Self::Fresh | Self::Known => Self::Known,
        }
    }
}

impl Approvers {
    /// The first channel of this home is about to be approved, or none is any more: whoever stands on the list at the first
    /// look counts at once, because there was nobody before him.
    pub fn begin(&mut self) {
        if matches!(self.begun, Begun::Unknown | Begun::Forgotten) {
            self.begun = Begun::Fresh;
        }
    }

    /// Whether nobody ever said that the list is new, nor looked at it.
    pub fn is_unknown(&self) -> bool {
        self.begun == Begun::Unknown
    }

    /// Whether all that was known of approvers is lost.
    pub fn is_forgotten(&self) -> bool {
        self.begun == Begun::Forgotten
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn check(begun: &str, expected: Begun) {
        let written = format!(r#"{{"begun":{begun},"accounts":{{}},"gone":{{}},"offers":[]}}"#);
        let read: Approvers = serde_json::from_str(&written).unwrap();
        assert_eq!(read.begun, expected, "{begun}");
    }

    #[test]
    fn a_home_from_before_forgotten_lists_is_read() {
        check("true", Begun::Known);
        check("false", Begun::Unknown);
        for begun in [Begun::Unknown, Begun::Fresh, Begun::Known, Begun::Forgotten] {
            check(&serde_json::to_string(&begun).unwrap(), begun);
        }
    }

    #[test]
    fn anything_else_is_not_read() {
        let written = r#"{"begun":"perhaps","accounts":{},"gone":{},"offers":[]}"#;
        assert!(serde_json::from_str::<Approvers>(written).is_err());
    }
}
