//! A stand-in for the host, for `cargo test` of a channel: it calls the channel as the host would, keeps what a call
//! returned if the call went well, and throws everything away if it did not. Each test has its own; tests run in parallel.
//! Not part of a component.
//!
//! ```
//! use lockgate_sdk::{Answer, Hook, Message, Request, Trouble, channel, store};
//! use lockgate_sdk::harness::Harness;
//!
//! channel!(struct Counter: hook);
//!
//! impl Hook for Counter {
//!     fn receive(request: Request) -> Result<Answer, Trouble> {
//!         let count = store::get_as("count").unwrap_or(0_u32) + 1;
//!         store::set("count", count.to_string())?;
//!         match request.text().as_str() {
//!             "" => Err(Trouble::malformed("a call without a body")),
//!             text => Ok(Answer::ok().event(Message::service("counter", format!("{count}: {text}")))),
//!         }
//!     }
//! }
//!
//! let house = Harness::new();
//! assert!(house.hook::<Counter>(Request::post("/", "")).is_err());
//! // Nothing of the call that failed was kept.
//! assert_eq!(house.hook::<Counter>(Request::post("/", "hi")).map(|answer| answer.status), Ok(200));
//! assert_eq!(house.events()[0].text, "1: hi");
//! ```

use crate::{
    Answer, Body, Inbound, Life, Media, Message, Outgoing, Place, Receipt, Request, Sink, Source, Timer, ToolAnswer,
    Tools, Trouble,
};
use crate::{Batch, Effect, Format, Happening, Hook, Outcome, RequestBody, files, http};
use house::{House, Services};
use std::cell::RefCell;
use std::fmt::{Debug, Formatter};
use std::rc::Rc;

mod bounds;
mod call;
pub(crate) mod folders;
pub(crate) mod house;
pub(crate) mod kept;
pub(crate) mod machine;
pub(crate) mod web;

pub use house::Socket;

/// Milliseconds since the Unix epoch at which a harness begins: 2030-01-01.
const BEGIN: u64 = 1_893_456_000_000;

/// A stand-in for the host, with a store, settings, folders and a clock of its own. The clock stands still until
/// [`Harness::advance`], and random bytes are the same in each run.
///
/// What the channel's functions reach ([`store`](crate::store), [`host`](crate::host), [`files`]) is the harness that was
/// made or used last in this thread; a test may use them, too, to look at what was kept, or to prepare it.
pub struct Harness {
    house: Rc<RefCell<House>>,
    meanwhile: RefCell<Option<Box<dyn FnMut()>>>,
}

impl Debug for Harness {
    fn fmt(&self, to: &mut Formatter<'_>) -> std::fmt::Result {
        to.debug_struct("Harness").finish_non_exhaustive()
    }
}

impl Default for Harness {
    fn default() -> Self {
        Self::new()
    }
}

impl Harness {
    /// An empty store, no settings, empty folders.
    #[must_use]
    pub fn new() -> Self {
        let house = House {
            services: Services::Fixed { now: BEGIN, seed: 0 },
            ..House::default()
        };
        let harness = Self {
            house: Rc::new(RefCell::new(house)),
            meanwhile: RefCell::default(),
        };
        house::enter(&harness.house);
        harness
    }

    /// Sets what [`host::setting`](crate::host::setting) gives for this key.
    #[must_use]
    pub fn setting(self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.house.borrow_mut().settings.insert(key.into(), value.into());
        self
    }

    /// Bounds what `/data` may hold, in bytes.
    #[must_use]
    pub fn data(self, most: u64) -> Self {
        self.house.borrow_mut().folders.most = Some(most);
        self
    }

    /// Answers the requests that the channel sends, in place of whoever it sends them to. Without it they are refused.
    ///
    /// ```
    /// use lockgate_sdk::harness::Harness;
    /// use lockgate_sdk::http::{Failure, Request, Response};
    ///
    /// let house = Harness::new().http(|request| match (request.method.as_str(), request.url.as_str()) {
    ///     ("GET", "https://api.example.org/build") => Ok(Response::new(200, r#"{"state":"green"}"#)),
    ///     _ => Err(Failure::Refused("no rule".into())),
    /// });
    /// // In a channel:
    /// let answer = Request::get("https://api.example.org/build").send();
    /// # assert_eq!(answer.map(|answer| answer.text()), Ok(r#"{"state":"green"}"#.to_owned()));
    /// assert_eq!(house.requests()[0].url, "https://api.example.org/build");
    /// ```
    #[must_use]
    pub fn http(self, answer: impl Fn(&http::Request) -> Result<http::Response, http::Failure> + 'static) -> Self {
        self.house.borrow_mut().web.answering = Some(Rc::new(answer));
        self
    }

    /// Moves the clock on by so many milliseconds. No wake is fired by that: see [`Harness::due`].
    pub fn advance(&self, millis: u64) {
        if let Services::Fixed { now, .. } = &mut self.house.borrow_mut().services {
            *now = now.saturating_add(millis);
        }
    }

    /// Does this before each commit of the next call, as another call would that runs beside it: for channels that use
    /// [`store::check`](crate::store::check).
    pub fn meanwhile(&self, act: impl FnMut() + 'static) {
        *self.meanwhile.borrow_mut() = Some(Box::new(act));
    }

    /// `life.start`.
    ///
    /// # Errors
    /// The channel's.
    pub fn start<T: Life>(&self) -> Result<Outcome, Trouble> {
        self.call(&[], T::start)
    }

    /// `hook.receive`: a call that fulfilled the rule of the manifest that the request names.
    ///
    /// # Errors
    /// The channel's.
    pub fn hook<T: Hook>(&self, request: Request) -> Result<Answer, Trouble> {
        self.call(&[], || T::receive(request.clone()))
    }

    /// `hook.receive`: a request of the channel's own page.
    ///
    /// # Errors
    /// The channel's.
    pub fn page<T: Hook>(&self, request: Request) -> Result<Answer, Trouble> {
        self.hook::<T>(request.rule("page"))
    }

    /// The same with a body that is so large that the host writes it to a file.
    ///
    /// # Errors
    /// The channel's.
    pub fn upload<T: Hook>(&self, request: Request, body: &[u8]) -> Result<Answer, Trouble> {
        let request = Request {
            body: RequestBody::File("/inbox/body".into()),
            ..request.rule("page")
        };
        self.call(&[("/inbox/body", body)], || T::receive(request.clone()))
    }

    /// `source.poll`, with the number of polls that failed as the host counts them since the last one that did not.
    ///
    /// # Errors
    /// The channel's.
    pub fn poll<T: Source>(&self) -> Result<Batch, Trouble> {
        self.counted(None, T::poll)
    }

    /// `timer.fire`, whether or not the wake is due. It is consumed by success; if it fails, the channel is told how often
    /// it has.
    ///
    /// # Errors
    /// The channel's.
    pub fn fire<T: Timer>(&self, name: &str) -> Result<Outcome, Trouble> {
        self.counted(Some(name), |failures| T::fire(name.to_owned(), failures))
    }

    /// `socket.receive`: what happened on the connection of this name, given for the first time, or again after so many
    /// failures.
    ///
    /// # Errors
    /// The channel's.
    pub fn happened<T: crate::Socket>(
        &self,
        connection: &str,
        happening: Happening,
        failures: u32,
    ) -> Result<Outcome, Trouble> {
        self.call(&[], || T::receive(connection.to_owned(), happening.clone(), failures))
    }

    /// `sink.send`.
    ///
    /// # Errors
    /// The channel's.
    pub fn send<T: Sink>(&self, outgoing: Outgoing) -> Result<Receipt, Trouble> {
        self.send_files::<T>(outgoing, &[])
    }

    /// `sink.send` with files: their names in `/outbox`, and their bytes.
    ///
    /// # Errors
    /// The channel's.
    pub fn send_files<T: Sink>(&self, mut outgoing: Outgoing, files: &[(&str, &[u8])]) -> Result<Receipt, Trouble> {
        let files: Vec<(String, &[u8])> = files
            .iter()
            .map(|(name, bytes)| (format!("/outbox/{name}"), *bytes))
            .collect();
        outgoing.files.extend(files.iter().map(|(path, _)| path.clone()));
        let files: Vec<(&str, &[u8])> = files.iter().map(|(path, bytes)| (path.as_str(), *bytes)).collect();
        self.call(&files, || T::send(outgoing.clone()))
    }

    /// `sink.edit`.
    ///
    /// # Errors
    /// The channel's.
    pub fn edit<T: Sink>(&self, place: Place, message: &str, text: &str) -> Result<Vec<Effect>, Trouble> {
        self.call(&[], || {
            T::edit(place.clone(), message.into(), text.into(), Format::Markdown)
        })
    }

    /// `sink.react`.
    ///
    /// # Errors
    /// The channel's.
    pub fn react<T: Sink>(&self, place: Place, message: &str, emoji: &str) -> Result<Vec<Effect>, Trouble> {
        self.call(&[], || T::react(place.clone(), message.into(), emoji.into()))
    }

    /// `sink.typing`.
    ///
    /// # Errors
    /// The channel's.
    pub fn typing<T: Sink>(&self, place: Place) -> Result<Vec<Effect>, Trouble> {
        self.call(&[], || T::typing(place.clone()))
    }

    /// `media.fetch`, and the bytes that it wrote.
    ///
    /// # Errors
    /// The channel's.
    ///
    /// # Panics
    /// If the channel says that all is well and has written nothing.
    pub fn fetch<T: Media>(&self, handle: &str) -> Result<Vec<u8>, Trouble> {
        self.call(&[], || T::fetch(handle.into(), "/inbox/fetched".into()))?;
        Ok(files::read("/inbox/fetched").unwrap_or_else(|failure| panic!("what was fetched: {failure}")))
    }

    /// `tools.call`: a call of one of the channel's own tools, with arguments that fit its schema. The harness knows no
    /// schema, so a test gives what the host would let through.
    ///
    /// # Errors
    /// The channel's.
    pub fn tool<T: Tools>(&self, name: &str, arguments: &str) -> Result<ToolAnswer, Trouble> {
        self.call(&[], || T::call(name.to_owned(), arguments.to_owned()))
    }

    /// The body of an answer, also if it is a file.
    ///
    /// # Panics
    /// If the answer is a subscription, or names a file that is not there.
    #[must_use]
    pub fn body(&self, answer: &Answer) -> Vec<u8> {
        house::enter(&self.house);
        match &answer.body {
            Body::Bytes(bytes) => bytes.clone(),
            Body::File(path) => files::read(path).unwrap_or_else(|failure| panic!("the answer's body: {failure}")),
            Body::Subscribe(topic) => panic!("the answer subscribes to {topic}, and has no body"),
        }
    }

    /// The messages that were committed since it was asked last.
    #[must_use]
    pub fn events(&self) -> Vec<Message> {
        let mut messages = Vec::new();
        self.house.borrow_mut().inbound.retain(|inbound| match inbound {
            Inbound::Message(message) => {
                messages.push(message.clone());
                false
            }
            _ => true,
        });
        messages
    }

    /// All that came in since it was asked last: messages, edits, presses, and what was skipped.
    #[must_use]
    pub fn inbound(&self) -> Vec<Inbound> {
        std::mem::take(&mut self.house.borrow_mut().inbound)
    }

    /// The bytes of a committed message's attachment that was a file of its call; the first has the index 0.
    #[must_use]
    pub fn attachment(&self, message: &str, index: usize) -> Option<Vec<u8>> {
        let key = (message.to_owned(), index);
        self.house.borrow().attachments.get(&key).cloned()
    }

    /// What was published to this topic since it was asked last.
    #[must_use]
    pub fn published(&self, topic: &str) -> Vec<String> {
        let published = &mut self.house.borrow_mut().published;
        let (asked, others) = std::mem::take(published).into_iter().partition(|(to, _)| to == topic);
        *published = others;
        let asked: Vec<(String, String)> = asked;
        asked.into_iter().map(|(_, text)| text).collect()
    }

    /// What the channel asked of its websockets since it was asked last.
    #[must_use]
    pub fn sockets(&self) -> Vec<Socket> {
        std::mem::take(&mut self.house.borrow_mut().sockets)
    }

    /// The requests that the channel sent since it was asked last, with their placeholders as they stand; also those of calls
    /// that failed.
    #[must_use]
    pub fn requests(&self) -> Vec<http::Request> {
        std::mem::take(&mut self.house.borrow_mut().web.sent)
    }

    /// The wakes that are set: their names, and the milliseconds until each is due.
    #[must_use]
    pub fn wakes(&self) -> Vec<(String, u64)> {
        let now = self.now();
        let house = self.house.borrow();
        let left = |(name, at): (&String, &u64)| (name.clone(), at.saturating_sub(now));
        house.wakes.iter().map(left).collect()
    }

    /// The names of the wakes that are due by the harness's clock.
    #[must_use]
    pub fn due(&self) -> Vec<String> {
        let due = self.wakes().into_iter().filter(|(_, left)| *left == 0);
        due.map(|(name, _)| name).collect()
    }

    /// The lines that were logged since it was asked last; also those of calls that failed.
    #[must_use]
    pub fn log(&self) -> Vec<String> {
        std::mem::take(&mut self.house.borrow_mut().log)
    }

    /// Milliseconds since the Unix epoch by the harness's clock.
    #[must_use]
    pub fn now(&self) -> u64 {
        house::enter(&self.house);
        house::now()
    }
}

#[cfg(test)]
mod tests;
