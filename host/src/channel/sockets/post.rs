//! One websocket of an instance, by its name: whether it is wanted, what waits to go out over it, and what a person may know of
//! it. Opens and closes nothing.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::queue::Queue;
use crate::limits;
use crate::model::{Frame, UnixMillis};
use crate::reach::Target;

/// Where a websocket is to be open. Two are the same only if they were asked for by the same wish.
#[derive(Debug)]
pub struct Wanted {
    /// As the guest wrote it; placeholders stand in it literally.
    pub url: String,
    /// Of the handshake.
    pub headers: Vec<(String, String)>,
}

/// A name, and what is known of its websocket.
pub struct Post {
    /// The channel's own name for it.
    pub name: String,
    /// What the guest sends.
    pub outgoing: Queue<Frame>,
    wanted: watch::Sender<Option<Arc<Wanted>>>,
    view: Mutex<SocketView>,
    /// The wish that is fulfilled now.
    open: Mutex<Option<Arc<Wanted>>>,
}

/// What became of a frame of the guest's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offered {
    /// It goes out in its turn.
    Taken,
    /// Nothing is open where the name is wanted.
    Closed,
    /// Too much waits before it.
    Full,
}

/// What a person may know of a websocket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocketView {
    /// The channel's own name for it.
    pub name: String,
    /// The place to which it leads, as a grant has it; empty if its URL can't be read.
    pub place: String,
    /// Where it stands.
    pub stage: SocketStage,
    /// Frames that came.
    pub frames_in: u64,
    /// Frames that went out.
    pub frames_out: u64,
    /// What was given to the guest three times for nothing, and what was not let out.
    pub dropped: u64,
    /// How it ended the last time.
    pub last_end: Option<String>,
}

/// Where a websocket stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SocketStage {
    /// Not open: not before then, and not before somebody is there to be given what comes.
    Waiting(UnixMillis),
    /// Being opened.
    Opening,
    /// Open since then.
    Open(UnixMillis),
}

impl Post {
    /// A name whose websocket is wanted there.
    pub fn new(name: String, wanted: Wanted) -> Self {
        let view = SocketView {
            name: name.clone(),
            place: place(&wanted.url),
            stage: SocketStage::Waiting(UnixMillis::now()),
            frames_in: 0,
            frames_out: 0,
            dropped: 0,
            last_end: None,
        };
        Self {
            name,
            outgoing: Queue::new(limits::SOCKET_OUTWARD, limits::SOCKET_OUTWARD_BYTES),
            wanted: watch::Sender::new(Some(Arc::new(wanted))),
            view: Mutex::new(view),
            open: Mutex::default(),
        }
    }

    /// It is wanted there from now on; if it is already, all stays.
    pub fn want(&self, wanted: Wanted) {
        self.see(|view| view.place = place(&wanted.url));
        self.wanted.send_if_modified(|now| {
            let other = now.as_ref().is_none_or(|now| now.url != wanted.url);
            if other {
                *now = Some(Arc::new(wanted));
            }
            other
        });
    }

    /// It is wanted again as it was, unless something else is wanted by now.
    pub fn want_again(&self, before: &Arc<Wanted>) {
        self.wanted.send_if_modified(|now| {
            let free = now.is_none();
            if free {
                *now = Some(Arc::clone(before));
            }
            free
        });
    }

    /// It is not wanted any more.
    pub fn forget(&self) {
        self.wanted.send_replace(None);
    }

    /// It is not wanted any more, if this is what was wanted.
    pub fn spend(&self, spent: &Arc<Wanted>) {
        self.wanted.send_if_modified(|now| {
            let same = now.as_ref().is_some_and(|now| Arc::ptr_eq(now, spent));
            if same {
                *now = None;
            }
            same
        });
    }

    /// Where it is wanted now.
    pub fn wanted(&self) -> Option<Arc<Wanted>> {
        self.wanted.borrow().clone()
    }

    /// Waits until it is wanted elsewhere, or not at all.
    pub async fn unwanted(&self, there: &Arc<Wanted>) {
        let mut wanted = self.wanted.subscribe();
        let other = |now: &Option<Arc<Wanted>>| now.as_ref().is_none_or(|now| !Arc::ptr_eq(now, there));
        // The sender is ours, so it is there.
        let _ = wanted.wait_for(other).await;
    }

    /// It is open there: frames may wait for it.
    pub fn opened(&self, there: &Arc<Wanted>) {
        *lock(&self.open) = Some(Arc::clone(there));
        self.see(|view| view.stage = SocketStage::Open(UnixMillis::now()));
    }

    /// A frame of the guest's, for the connection that is open where the name is wanted, and for no other: one that is
    /// asked for afterwards elsewhere or again is another.
    pub fn offer(&self, frame: &Frame) -> Offered {
        let open = lock(&self.open);
        let wanted = self.wanted();
        let same = open.as_ref().zip(wanted.as_ref());
        if !same.is_some_and(|(open, wanted)| Arc::ptr_eq(open, wanted)) {
            return Offered::Closed;
        }
        match self.outgoing.offer(frame.clone(), frame.bytes()) {
            true => Offered::Taken,
            false => Offered::Full,
        }
    }

    /// It is open no more: how many frames waited for it, which nobody gets.
    pub fn ended(&self) -> u64 {
        let mut open = lock(&self.open);
        *open = None;
        self.outgoing.drain() as u64
    }

    /// What a person may know of it.
    pub fn view(&self) -> SocketView {
        lock(&self.view).clone()
    }

    /// Notes what a person may know.
    pub fn see(&self, change: impl FnOnce(&mut SocketView)) {
        change(&mut lock(&self.view));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A poisoned lock only means that another task panicked between two changes of plain values.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The place of a URL as a grant has it: nothing of what the guest chose but that.
fn place(url: &str) -> String {
    let label = |target: Target| {
        let usual = target.port() == target.scheme().default_port();
        let port = if usual {
            String::new()
        } else {
            format!(":{}", target.port())
        };
        format!("{}://{}{port}", target.scheme().as_str(), target.host())
    };
    Target::parse(url).map(label).unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn wanted(url: &str) -> Wanted {
        Wanted {
            url: url.to_owned(),
            headers: Vec::new(),
        }
    }

    #[test]
    fn a_name_that_is_wanted_at_the_same_place_stays() {
        let post = Post::new("main".to_owned(), wanted("wss://a/x"));
        let first = post.wanted().unwrap();
        post.want(wanted("wss://a/x"));
        assert!(Arc::ptr_eq(&first, &post.wanted().unwrap()));
        post.want(wanted("wss://a/y"));
        let second = post.wanted().unwrap();
        assert_eq!(second.url, "wss://a/y");
        post.spend(&first);
        assert!(post.wanted().is_some());
        post.spend(&second);
        assert!(post.wanted().is_none());
        post.want_again(&second);
        post.want_again(&first);
        assert!(Arc::ptr_eq(&second, &post.wanted().unwrap()));
        post.forget();
        assert!(post.wanted().is_none());
        // After its end the same place is another wish.
        post.want(wanted("wss://a/y"));
        assert!(!Arc::ptr_eq(&second, &post.wanted().unwrap()));
    }

    #[test]
    fn a_frame_is_for_the_connection_that_is_open_where_the_name_is_wanted() {
        let post = Post::new("main".to_owned(), wanted("wss://a/x"));
        let frame = Frame::Text("x".to_owned());
        assert_eq!(post.offer(&frame), Offered::Closed);
        let first = post.wanted().unwrap();
        post.opened(&first);
        assert_eq!(post.offer(&frame), Offered::Taken);
        post.want(wanted("wss://a/y"));
        assert_eq!(post.offer(&frame), Offered::Closed);
        post.forget();
        post.want(wanted("wss://a/x"));
        assert_eq!(post.offer(&frame), Offered::Closed);
        assert_eq!(post.ended(), 1);
        post.opened(&post.wanted().unwrap());
        (0..limits::SOCKET_OUTWARD).for_each(|_| assert_eq!(post.offer(&frame), Offered::Taken));
        assert_eq!(post.offer(&frame), Offered::Full);
    }

    #[test]
    fn a_person_is_shown_the_place_and_nothing_else_of_a_url() {
        let check = |url: &str, expected: &str| assert_eq!(place(url), expected, "{url}");
        check("wss://a.example.org/socket/{token}?x=y", "wss://a.example.org");
        check("ws://a.example.org:8080/", "ws://a.example.org:8080");
        check("gibberish", "");
    }
}
