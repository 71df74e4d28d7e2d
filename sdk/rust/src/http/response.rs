//! What came back: its parts, and what its status means for the call.

use super::Response;
use crate::Trouble;

/// Milliseconds to wait for whoever answers 429 and does not say how long.
const WAIT: u32 = 1_000;
/// Characters of an answer's body that a trouble repeats.
const SHOWN: usize = 200;

impl Response {
    /// An answer, for tests.
    #[must_use]
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    /// The same answer with one header more, for tests.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The body as text; what is no UTF-8 becomes U+FFFD.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body, read as JSON.
    ///
    /// # Errors
    /// [`Trouble::Malformed`] if it is none of this type.
    #[cfg(feature = "json")]
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, Trouble> {
        Ok(serde_json::from_slice(&self.body)?)
    }

    /// The first header of this name, whatever its case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Whether the status is 2xx.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Milliseconds that the platform asks to wait, from a `retry-after` in seconds.
    #[must_use]
    pub fn retry_after(&self) -> Option<u32> {
        let seconds: f64 = self.header("retry-after")?.trim().parse().ok()?;
        // A cast of a float keeps within the bounds of the integer.
        (seconds >= 0.0).then_some((seconds * 1_000.0) as u32)
    }

    /// The answer itself if its status is 2xx, or the trouble that the status tells of: 401 is unauthorized, 409 a
    /// conflict, 429 busy for as long as it says, 408 and 5xx unavailable, and all else is rejected, with the beginning
    /// of the body as the reason.
    ///
    /// ```
    /// use lockgate_sdk::{Trouble, http::Response};
    ///
    /// let busy = Response::new(429, "").with_header("retry-after", "3");
    /// assert_eq!(busy.ok(), Err(Trouble::busy(3_000)));
    /// assert!(matches!(Response::new(404, "no such chat").ok(), Err(Trouble::Rejected(why)) if why.contains("no such chat")));
    /// assert!(Response::new(204, "").ok().is_ok());
    /// ```
    ///
    /// # Errors
    /// That trouble.
    pub fn ok(self) -> Result<Self, Trouble> {
        if self.is_ok() {
            return Ok(self);
        }
        let why = self.why();
        Err(match self.status {
            401 => Trouble::Unauthorized(why),
            409 => Trouble::Conflict(why),
            429 => Trouble::Busy(self.retry_after().unwrap_or(WAIT)),
            408 | 500.. => Trouble::Unavailable(why),
            _ => Trouble::Rejected(why),
        })
    }

    fn why(&self) -> String {
        let text: String = self.text().chars().take(SHOWN).collect();
        match text.trim() {
            "" => format!("the answer was {}", self.status),
            said => format!("the answer was {}: {said}", self.status),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_troubles() {
        fn check(status: u16, expected: Result<(), Trouble>) {
            assert_eq!(Response::new(status, "").ok().map(drop), expected, "{status}");
        }
        let why = |status: u16| format!("the answer was {status}");
        check(200, Ok(()));
        check(299, Ok(()));
        check(302, Err(Trouble::Rejected(why(302))));
        check(401, Err(Trouble::Unauthorized(why(401))));
        check(403, Err(Trouble::Rejected(why(403))));
        check(408, Err(Trouble::Unavailable(why(408))));
        check(409, Err(Trouble::Conflict(why(409))));
        check(429, Err(Trouble::Busy(WAIT)));
        check(503, Err(Trouble::Unavailable(why(503))));
    }

    #[test]
    fn the_wait_is_read_from_the_header() {
        fn check(value: &str, expected: Option<u32>) {
            let response = Response::new(429, "").with_header("Retry-After", value);
            assert_eq!(response.retry_after(), expected, "{value}");
        }
        check("2", Some(2_000));
        check("0.25", Some(250));
        check("-1", None);
        check("NaN", None);
        check("1e30", Some(u32::MAX));
        check("Wed, 21 Oct 2015 07:28:00 GMT", None);
    }
}
