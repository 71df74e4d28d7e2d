//! What can be wrong in a manifest that is good TOML of the right shape.

use super::SchemaError;
use crate::limits;
use crate::reach::{HostRefusal, PatternRefusal};
use crate::signature::TemplateError;

/// What is wrong, and what to write instead.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Wrong {
    /// A name of another form.
    #[error("`{0}` is no name: use a to z, 0 to 9, `-` and `_`, begin with a letter, at most 64 characters")]
    Name(String),
    /// A version of another form.
    #[error("`{0}` is no version: write something like `1.2.3`, at most 64 characters")]
    Version(String),
    /// A text that is too long.
    #[error("this text is longer than {0} bytes: shorten it")]
    Long(usize),
    /// A text that has to be there.
    #[error("this text is empty: write something or leave the line out")]
    Empty,
    /// A text with line ends or other control characters where none may be.
    #[error("this text holds a control character: take it out")]
    Control,
    /// Too many entries.
    #[error("there are more than {0} entries: leave some out")]
    Many(usize),
    /// The name of what is no rule.
    #[error("`page` is what a request of the channel's page is called: choose another name")]
    PageRule,
    /// Two rules of one name.
    #[error("another rule is named `{0}`: choose another name")]
    RuleTwice(String),
    /// Two rules for one call.
    #[error("the rule `{rule}` is for {method} {path} already: choose another path")]
    RouteTwice {
        /// The other rule.
        rule: String,
        /// The method of both.
        method: String,
        /// The path of both.
        path: String,
    },
    /// A tool's name of another form.
    #[error(
        "`{0}` is no tool's name: use a to z, 0 to 9 and single `_`, begin with a letter, at most {most} characters",
        most = limits::TOOL_NAME_BYTES
    )]
    ToolName(String),
    /// Two tools of one name.
    #[error("another tool is named `{0}`: choose another name")]
    ToolTwice(String),
    /// A tool's text that must not reach a model as it is.
    #[error(
        "a tool's text has one line of at most {} characters, with nothing invisible and nothing that looks like a tag of the client's: change it",
        limits::TOOL_TEXT_CHARS
    )]
    ToolText,
    /// A tool's schema.
    #[error(transparent)]
    Schema(SchemaError),
    /// More than a session should have to read of one channel.
    #[error(
        "the tools have more than {} bytes together: shorten their texts and schemas",
        limits::TOOLS_PER_CHANNEL_BYTES
    )]
    ToolsTogether,
    /// A hook that nobody can call.
    #[error("[hook] has no rule, so nobody could call it: add a [[hook.rule]]")]
    NoRule,
    /// A secret that is not asked for.
    #[error("no secret `{0}` is asked for: add [secrets.{0}]")]
    UnknownSecret(String),
    /// A path of another form.
    #[error("`{0}` is no path: begin with `/`, no `//`, `.` or `..` segments, no `?`, `#`, `%` or blank")]
    Path(String),
    /// No method, or one of another form.
    #[error("`{0}` is no method: write it in upper case, like POST")]
    Method(String),
    /// A header of another form.
    #[error("`{0}` is no header's name: use letters, digits and `-`")]
    Header(String),
    /// A public key that can't be written.
    #[error("an Ed25519 key is 32 bytes, not text: add `secret-encoding = \"hex\"`, or \"base64\"")]
    PublicKeyText,
    /// The message is no template.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The timestamp is not signed.
    #[error("the message lacks {{timestamp}}: a timestamp that is not signed proves nothing")]
    UnsignedTimestamp,
    /// Nobody says where the timestamp is.
    #[error("the message has {{timestamp}}, but the rule does not say where it stands: add `timestamp = {{ … }}`")]
    NoTimestamp,
    /// A duration of another form.
    #[error("`{0}` is no duration: write something like `5m` or `30s`")]
    Duration(String),
    /// A size of another form.
    #[error("`{0}` is no size: write a whole number and B, KiB, MiB or GiB, like `128MiB`")]
    Size(String),
    /// No number, or one out of range.
    #[error("write a whole number from 1 to {0}")]
    Count(usize),
    /// More than there is to have.
    #[error("this is more than {0}, the most that can be asked for")]
    Above(String),
    /// No scheme of a URL.
    #[error("`{0}` is no scheme: write `https`, `http`, `wss` or `ws`")]
    Scheme(String),
    /// No host, or no pattern for hosts.
    #[error(transparent)]
    Host(#[from] HostRefusal),
    /// No path, or no pattern for paths.
    #[error(transparent)]
    Pattern(#[from] PatternRefusal),
    /// A rule that covers nothing.
    #[error("the rule has no path, so it would cover nothing: write at least one")]
    NoPath,
    /// A credential that could be sent to anybody.
    #[error("a wildcard takes no credential, or any host below could collect it: write the exact host")]
    WildcardCredential,
    /// A websocket begins with GET.
    #[error("a websocket is opened with GET: leave `methods` out")]
    SocketMethod,
    /// A tunnel past every rule, or an answer that repeats what the host put in.
    #[error("{0} is never sent: take it out")]
    NeverMethod(String),
    /// Two rules that cover the same request.
    #[error("this rule and the one at {0} cover the same requests, and only one may: take a host, method or path out")]
    Overlap(super::Place),
    /// A credential without a place, or with several.
    #[error("a credential has one place: write `header`, `query` or `json`, and only one of them")]
    CredentialPlace,
    /// Two credentials at one place.
    #[error("another credential of the rule has this place: choose another one")]
    CredentialTwice,
    /// A header that the host sets itself.
    #[error("the header `{0}` is set by lockgate itself: choose another place")]
    ForbiddenHeader(String),
    /// A prefix, but no header.
    #[error("`prefix` stands before a header's value: leave it out")]
    Prefix,
    /// A condition, but no document.
    #[error("`when` is about a JSON document: leave it out, or write `json`")]
    When,
    /// No key of a query.
    #[error("`{0}` is no key of a query: use letters, digits, `-`, `_`, `.` and `~`")]
    QueryKey(String),
    /// No place in a JSON document.
    #[error("`{0}` is no place in a JSON document: write names of keys after `/` each, as RFC 6901 has it")]
    Pointer(String),
}
