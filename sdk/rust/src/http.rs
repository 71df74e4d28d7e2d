//! HTTP outward. The host sends the request if exactly one rule of the manifest covers it and the operator has granted that
//! rule's host, puts the credential in, which the channel never sees, and follows no redirect.
//!
//! Where a rule has a credential in its path, the placeholder stands in the URL literally, or with its braces as
//! `%7B` and `%7D`, as libraries write them:
//!
//! ```
//! use lockgate_sdk::http::{self, Request};
//! use lockgate_sdk::Trouble;
//!
//! fn name() -> Result<String, Trouble> {
//!     let answer = Request::get("https://api.example.org/bot{bot_token}/getMe").send()?.ok()?;
//!     Ok(answer.text())
//! }
//! # use lockgate_sdk::harness::Harness;
//! # let house = Harness::new().http(|request| match request.url.as_str() {
//! #     "https://api.example.org/bot{bot_token}/getMe" => Ok(http::Response::new(200, "a bot")),
//! #     _ => Err(http::Failure::Refused("no rule".into())),
//! # });
//! # assert_eq!(name().as_deref(), Ok("a bot"));
//! ```
//!
//! Outside a component nothing is sent: [`Harness::http`](crate::harness::Harness::http) answers in a channel's tests.

mod response;

use crate::bindings::guest::lockgate::channel::http as wit;
use std::fmt::Write;
use std::time::Duration;

pub use wit::{Body, Content, Failure, Part, Request, Response};

#[cfg(not(target_arch = "wasm32"))]
use crate::harness::web as outside;
#[cfg(target_arch = "wasm32")]
use wit as outside;

impl Request {
    /// A request with this method, without headers and body.
    #[must_use]
    pub fn new(method: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            method: method.into(),
            url: url.into(),
            headers: Vec::new(),
            body: Body::Empty,
            timeout: None,
            into: None,
        }
    }

    /// `GET`.
    #[must_use]
    pub fn get(url: impl Into<String>) -> Self {
        Self::new("GET", url)
    }

    /// `POST`, without a body yet.
    #[must_use]
    pub fn post(url: impl Into<String>) -> Self {
        Self::new("POST", url)
    }

    /// `PUT`, without a body yet.
    #[must_use]
    pub fn put(url: impl Into<String>) -> Self {
        Self::new("PUT", url)
    }

    /// `PATCH`, without a body yet.
    #[must_use]
    pub fn patch(url: impl Into<String>) -> Self {
        Self::new("PATCH", url)
    }

    /// `DELETE`.
    #[must_use]
    pub fn delete(url: impl Into<String>) -> Self {
        Self::new("DELETE", url)
    }

    /// Adds a header. The host refuses those that are its own: `host`, `content-length`, and whatever carries a credential.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Adds a parameter to the query, encoded.
    ///
    /// ```
    /// use lockgate_sdk::http::Request;
    ///
    /// let request = Request::get("https://api.example.org/find").query("q", "a&b c").query("page", "2");
    /// assert_eq!(request.url, "https://api.example.org/find?q=a%26b%20c&page=2");
    /// ```
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.url.push(if self.url.contains('?') { '&' } else { '?' });
        self.url.push_str(&encode(name));
        self.url.push('=');
        self.url.push_str(&encode(value));
        self
    }

    /// Sets the body, and its type.
    #[must_use]
    pub fn body(mut self, mime: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        self.body = Body::Whole(Content::Bytes(bytes.into()));
        self.header("content-type", mime)
    }

    /// Sets the body to this value as JSON.
    ///
    /// # Errors
    /// [`Trouble::Malformed`](crate::Trouble::Malformed) if the value has no form in JSON, as a map with keys that are no
    /// text.
    #[cfg(feature = "json")]
    pub fn json<T: serde::Serialize + ?Sized>(self, value: &T) -> Result<Self, crate::Trouble> {
        Ok(self.body("application/json", serde_json::to_vec(value)?))
    }

    /// Sets the body to a file of this call, and its type: a path under `/inbox`, `/outbox` or `/data`. The host streams it;
    /// it is never in the channel's memory.
    #[must_use]
    pub fn file(mut self, mime: impl Into<String>, path: impl Into<String>) -> Self {
        self.body = Body::Whole(Content::File(path.into()));
        self.header("content-type", mime)
    }

    /// Sets the body to a form, `multipart/form-data`, of at most 64 parts and 16 files. The host writes it, and the header.
    #[must_use]
    pub fn form(mut self, parts: impl IntoIterator<Item = Part>) -> Self {
        self.body = Body::Form(parts.into_iter().collect());
        self
    }

    /// Has the host write the body of a 2xx answer to this path under `/inbox`, where nothing may be yet; the answer's own
    /// body is empty then.
    #[must_use]
    pub fn into_file(mut self, path: impl Into<String>) -> Self {
        self.into = Some(path.into());
        self
    }

    /// How long the whole exchange may take. The call's own deadline holds if it is sooner.
    #[must_use]
    pub fn timeout(mut self, most: Duration) -> Self {
        self.timeout = Some(u32::try_from(most.as_millis()).unwrap_or(u32::MAX));
        self
    }

    /// Sends it, and waits for the answer, whatever its status: [`Response::ok`] makes troubles of those that tell of one.
    ///
    /// # Errors
    /// The grant does not cover it, nobody answered, or the answer is larger than 4 MiB (50 MiB for a file).
    pub fn send(self) -> Result<Response, Failure> {
        outside::fetch(&self)
    }
}

impl Part {
    fn new(name: impl Into<String>, content: Content) -> Self {
        Self {
            name: name.into(),
            filename: None,
            mime: None,
            content,
        }
    }

    /// A field of a form.
    #[must_use]
    pub fn text(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self::new(name, Content::Bytes(value.into().into_bytes()))
    }

    /// A file of a form whose bytes are in memory.
    #[must_use]
    pub fn bytes(name: impl Into<String>, filename: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self::new(name, Content::Bytes(bytes.into())).filename(filename)
    }

    /// A file of a form that the host streams: a path under `/inbox`, `/outbox` or `/data`. It is sent under the last part
    /// of its path, unless [`Part::filename`] says otherwise.
    #[must_use]
    pub fn file(name: impl Into<String>, path: impl Into<String>) -> Self {
        let path = path.into();
        let filename = path.rsplit('/').next().unwrap_or_default().to_owned();
        Self::new(name, Content::File(path)).filename(filename)
    }

    /// Under which name it is sent.
    #[must_use]
    pub fn filename(mut self, name: impl Into<String>) -> Self {
        self.filename = Some(name.into());
        self
    }

    /// Of which type it is.
    #[must_use]
    pub fn mime(mut self, mime: impl Into<String>) -> Self {
        self.mime = Some(mime.into());
        self
    }
}

impl From<Failure> for crate::Trouble {
    /// What the grant does not cover is rejected, who does not answer is unavailable, what is too large can't be read.
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(why) => Self::Rejected(why),
            Failure::Unreachable(why) => Self::Unavailable(why),
            Failure::TooLarge => Self::Malformed("the answer is larger than the host takes".into()),
        }
    }
}

/// Text as one segment of a path, or as a name or value of a query: everything but letters, digits, `-`, `.`, `_` and `~`
/// becomes `%20` and the like.
///
/// ```
/// assert_eq!(lockgate_sdk::http::encode("a/b é"), "a%2Fb%20%C3%A9");
/// ```
#[must_use]
pub fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string can't fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}
