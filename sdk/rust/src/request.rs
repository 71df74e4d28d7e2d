//! What a hook is asked: the parts of a request, read and decoded. Decides nothing.

use crate::{Request, RequestBody};

/// The rule that a request of the channel's own page has fulfilled: its token.
const PAGE: &str = "page";

impl Request {
    /// The body's bytes; empty if the host wrote it to a file ([`Request::body`] names it then).
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match &self.body {
            RequestBody::Bytes(bytes) => bytes,
            RequestBody::File(_) => &[],
        }
    }

    /// The body as text; what is no UTF-8 becomes U+FFFD.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(self.bytes()).into_owned()
    }

    /// The first header of this name, whatever its case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Whether it comes from the channel's own page, and not from a caller that fulfilled a rule of the manifest.
    #[must_use]
    pub fn is_page(&self) -> bool {
        self.rule == PAGE
    }

    /// The parts of the path between its slashes, empty ones left out, as they were sent: `/file/a%20b/` has `file` and
    /// `a%20b`. [`percent_decode`] reads them.
    ///
    /// ```
    /// use lockgate_sdk::{Answer, Request, Trouble};
    ///
    /// fn receive(request: Request) -> Result<Answer, Trouble> {
    ///     match (request.method.as_str(), &request.segments()[..]) {
    ///         ("GET", []) => Ok(Answer::html("<p>hello")),
    ///         ("GET", ["file", id]) => Ok(Answer::file("image/png", format!("/data/{id}"))),
    ///         _ => Ok(Answer::status(404)),
    ///     }
    /// }
    /// # assert_eq!(receive(Request::get("/file/7")).unwrap().status, 200);
    /// # assert_eq!(receive(Request::get("/else")).unwrap().status, 404);
    /// ```
    #[must_use]
    pub fn segments(&self) -> Vec<&str> {
        self.path.split('/').filter(|part| !part.is_empty()).collect()
    }

    /// The first parameter of this name in the query, decoded; what is no UTF-8 becomes U+FFFD.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<String> {
        self.parameters()
            .into_iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }

    /// All parameters of the query, decoded, in the order in which they stand there.
    #[must_use]
    pub fn parameters(&self) -> Vec<(String, String)> {
        let decoded = |text: &str| percent_decode(&text.replace('+', " "));
        self.query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(name, value)| (decoded(name), decoded(value)))
            .collect()
    }

    /// A GET of the channel's own page, for tests: `/history?limit=50`.
    #[must_use]
    pub fn get(target: &str) -> Self {
        Self::of_page("GET", target, RequestBody::Bytes(Vec::new()))
    }

    /// A POST of the channel's own page, for tests.
    #[must_use]
    pub fn post(target: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::of_page("POST", target, RequestBody::Bytes(body.into()))
    }

    /// The same request as one that fulfilled this rule of the manifest.
    #[must_use]
    pub fn rule(mut self, name: impl Into<String>) -> Self {
        self.rule = name.into();
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    fn of_page(method: &str, target: &str, body: RequestBody) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self {
            method: method.into(),
            path: path.into(),
            query: query.into(),
            headers: Vec::new(),
            body,
            rule: PAGE.into(),
        }
    }
}

/// Text with `%20` and the like read; what is no hexadecimal pair stays, what is no UTF-8 becomes U+FFFD.
///
/// ```
/// assert_eq!(lockgate_sdk::percent_decode("caf%C3%A9%20100%"), "café 100%");
/// ```
#[must_use]
pub fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let pair = (byte == b'%')
            .then(|| hexadecimal(bytes.get(at + 1..at + 3)?))
            .flatten();
        decoded.push(pair.unwrap_or(byte));
        at += if pair.is_some() { 3 } else { 1 };
    }
    String::from_utf8(decoded).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

fn hexadecimal(pair: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let [high, low] = pair else { return None };
    u8::try_from(digit(*high)? << 4 | digit(*low)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_gives_its_text_and_headers() {
        let request = Request::post("/", b"caf\xc3\xa9 \xff")
            .rule("forge")
            .with_header("X-Kind", "push")
            .with_header("x-kind", "second");
        assert_eq!(request.text(), "café \u{fffd}");
        assert_eq!(request.header("x-kind"), Some("push"));
        assert_eq!(request.header("x-other"), None);
        assert!(!request.is_page() && Request::get("/").is_page());
    }

    #[test]
    fn a_path_has_segments_as_they_were_sent() {
        fn check(path: &str, expected: &[&str]) {
            assert_eq!(Request::get(path).segments(), expected, "{path}");
        }
        check("/", &[]);
        check("/history", &["history"]);
        check("//file/a%2Fb/", &["file", "a%2Fb"]);
        check("/file/7?name=/x", &["file", "7"]);
    }

    #[test]
    fn a_query_has_parameters() {
        fn check(query: &str, expected: &[(&str, &str)]) {
            let parameters = Request::get(&format!("/?{query}")).parameters();
            let pairs: Vec<(&str, &str)> = parameters.iter().map(|(name, value)| (&name[..], &value[..])).collect();
            assert_eq!(pairs, expected, "{query}");
        }
        check("", &[]);
        check("&&", &[]);
        check("before=7&limit=50", &[("before", "7"), ("limit", "50")]);
        check("name=a+b%2Bc&flag", &[("name", "a b+c"), ("flag", "")]);
        check("a%3D=b=c&a=2", &[("a=", "b=c"), ("a", "2")]);
        assert_eq!(Request::get("/?a=1&a=2").parameter("a").as_deref(), Some("1"));
        assert_eq!(Request::get("/?a=1").parameter("b"), None);
    }

    #[test]
    fn what_is_no_escape_stays() {
        fn check(text: &str, expected: &str) {
            assert_eq!(percent_decode(text), expected);
        }
        check("", "");
        check("%", "%");
        check("%4", "%4");
        check("%4x%", "%4x%");
        check("%+1", "%+1");
        check("%e2%82%AC", "€");
        check("%ff", "\u{fffd}");
        check("é%41", "éA");
    }
}
