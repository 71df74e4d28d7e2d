//! Constructors of troubles: why a call did not do its work. What the host makes of each stands in the contract.

use crate::Trouble;

impl Trouble {
    /// The platform asks to wait so many milliseconds.
    #[must_use]
    pub fn busy(millis: u32) -> Self {
        Self::Busy(millis)
    }

    /// Not reachable just now: the host tries again, later each time.
    #[must_use]
    pub fn unavailable(why: impl Into<String>) -> Self {
        Self::Unavailable(why.into())
    }

    /// The credential is missing or wrong: the channel rests until it changes.
    #[must_use]
    pub fn unauthorized(why: impl Into<String>) -> Self {
        Self::Unauthorized(why.into())
    }

    /// Somebody else uses the same credential.
    #[must_use]
    pub fn conflict(why: impl Into<String>) -> Self {
        Self::Conflict(why.into())
    }

    /// It can't be done as asked: the model is told so, and a hook's caller gets 400.
    #[must_use]
    pub fn rejected(why: impl Into<String>) -> Self {
        Self::Rejected(why.into())
    }

    /// The platform sent something that the channel can't read; a hook's caller gets 400.
    #[must_use]
    pub fn malformed(why: impl Into<String>) -> Self {
        Self::Malformed(why.into())
    }
}
