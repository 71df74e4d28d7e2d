//! The traits that a channel implements, one for each interface. No behaviour but the defaults of what a platform may
//! lack.

use crate::{
    Answer, Batch, Effect, Format, Happening, Outcome, Outgoing, Place, Receipt, Request, ToolAnswer, Trouble,
};

/// The beginning of the channel's life under this code.
pub trait Life {
    /// Called once when the channel is started or replaced, before anything else: set the first wake here.
    ///
    /// # Errors
    /// The host reports the trouble in its status and tries again later.
    fn start() -> Result<Outcome, Trouble> {
        Ok(Outcome::none())
    }
}

/// A channel that is called over HTTP. The host has checked the signature by the rule of the manifest that
/// `request.rule` names, or the token of the channel's page ([`Request::is_page`]); a call that fulfils none never gets
/// here.
pub trait Hook {
    /// Answers one call. The caller gets the answer only after its outcome has been committed.
    ///
    /// # Errors
    /// The caller gets an error status without the trouble's words, and nothing is committed.
    fn receive(request: Request) -> Result<Answer, Trouble>;
}

/// A channel that looks for news.
pub trait Source {
    /// Looks once. `failures` is how often in a row this call has trapped, run out of time over its own work, or said
    /// [`Trouble::Malformed`] or [`Trouble::Rejected`]: from 1 on take one thing at a time, from 3 on step over the one that
    /// comes first and report it with [`Outcome::skipped`]. A platform that was not there is not counted.
    ///
    /// # Errors
    /// The host looks again, later each time.
    fn poll(failures: u32) -> Result<Batch, Trouble>;
}

/// A channel that asked to be woken, with [`Outcome::wake`].
pub trait Timer {
    /// The wake of this name is due. It is consumed by success; after a failure it fires again, later each time, and
    /// `failures` says how often.
    ///
    /// # Errors
    /// The host fires it again, later each time.
    fn fire(name: String, failures: u32) -> Result<Outcome, Trouble>;
}

/// A channel that keeps websockets, which it opens with [`Outcome::connect`]. The host owns them: they stay open between
/// calls, and when the channel's code is replaced.
pub trait Socket {
    /// What happened on the connection of this name, in its order and one at a time. A frame is given three times, then it is
    /// dropped: `failures` says how often it was given before. After [`Happening::Closed`] the connection is gone, unless
    /// this or another call asks for it again; asked for again and again, it waits ever longer.
    ///
    /// # Errors
    /// It is given again, a little later; after [`Trouble::Busy`] without being counted.
    fn receive(connection: String, happening: Happening, failures: u32) -> Result<Outcome, Trouble>;
}

/// A channel that can answer. What the session says comes here; the manifest's `[sink]` says what the platform takes,
/// and the host calls nothing that does not stand there.
pub trait Sink {
    /// Sends one part of an answer: within the manifest's limit of text, with at most as many files as it allows.
    /// Repeated only after [`Trouble::Busy`].
    ///
    /// # Errors
    /// Nothing of it was sent. If a part was, return the [`Receipt`] with [`Receipt::stopped`].
    fn send(outgoing: Outgoing) -> Result<Receipt, Trouble>;

    /// Replaces the text of a message of the channel's own, and takes its buttons away.
    ///
    /// # Errors
    /// The model is told why.
    fn edit(_place: Place, _message: String, _text: String, _format: Format) -> Result<Vec<Effect>, Trouble> {
        Err(Trouble::rejected("this channel can't change what was sent"))
    }

    /// Puts an emoji to a message.
    ///
    /// # Errors
    /// The model is told why.
    fn react(_place: Place, _message: String, _emoji: String) -> Result<Vec<Effect>, Trouble> {
        Err(Trouble::rejected("this channel can't react to messages"))
    }

    /// Shows that an answer is being written; called again for as long as it is.
    ///
    /// # Errors
    /// The host goes on: nothing hangs on it.
    fn typing(_place: Place) -> Result<Vec<Effect>, Trouble> {
        Ok(Vec::new())
    }

    /// The id of the direct conversation with this account, opened if need be.
    ///
    /// # Errors
    /// There is none.
    fn direct(_sender: String) -> Result<String, Trouble> {
        Err(Trouble::rejected("this channel has no direct conversations"))
    }

    /// Tells the one who pressed a button what came of it, in the platform's own way. `handle` is the press's own.
    ///
    /// # Errors
    /// The host goes on: nothing hangs on it.
    fn answer_press(_handle: String, _text: String) -> Result<Vec<Effect>, Trouble> {
        Ok(Vec::new())
    }
}

/// A channel whose attachments wait on the platform: what a message named with
/// [`Attachment::handle`](crate::Attachment::handle) is fetched after the message was admitted.
pub trait Media {
    /// Writes the bytes of the attachment of this handle to the path `into`, which is under `/inbox`.
    ///
    /// # Errors
    /// The attachment stays without a file, and whoever asked is told why.
    fn fetch(handle: String, into: String) -> Result<(), Trouble>;
}

/// A channel with tools of its own, beyond what [`Sink`] gives. Each has a name, a text and a schema in the manifest, which
/// a person has seen before the model does:
///
/// ```toml
/// [[tool]]
/// name = "lookup"
/// text = "Looks an order up by its number, and says where it is."
/// schema = { type = "object", properties = { id = { type = "string" } }, required = ["id"], additionalProperties = false }
/// ```
///
/// The model sees it as `<channel>__lookup`. A channel that watches orders, and its test:
///
/// ```
/// use lockgate_sdk::harness::Harness;
/// use lockgate_sdk::{ToolAnswer, Tools, Trouble, channel, store};
/// # #[cfg(feature = "json")] {
/// use lockgate_sdk::json;
///
/// channel!(struct Orders: tools);
///
/// impl Tools for Orders {
///     fn call(_name: String, arguments: String) -> Result<ToolAnswer, Trouble> {
///         let given: std::collections::BTreeMap<String, String> = json::arguments(&arguments)?;
///         match store::get_text(&format!("order/{}", given["id"])) {
///             Some(place) => Ok(ToolAnswer::text(place)),
///             None => Err(Trouble::rejected("there is no such order")),
///         }
///     }
/// }
///
/// let house = Harness::new();
/// assert!(house.tool::<Orders>("lookup", r#"{"id":"7"}"#).is_err());
/// assert!(store::set("order/7", "in Hamburg").is_ok());
/// assert_eq!(house.tool::<Orders>("lookup", r#"{"id":"7"}"#), Ok(ToolAnswer::text("in Hamburg")));
/// # }
/// ```
pub trait Tools {
    /// Calls the tool of this name. `arguments` is JSON that fits the manifest's schema: the host has checked it. Never
    /// repeated by the host, whatever comes of it.
    ///
    /// # Errors
    /// The model is told why. What the call wrote is not kept.
    fn call(name: String, arguments: String) -> Result<ToolAnswer, Trouble>;
}
