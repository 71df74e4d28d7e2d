//! The websockets of one instance of a channel. They outlive the code that asked for them: another component under the same
//! name and instance is seated, and goes on with the connections that are open. Decides when one is opened and closed; what
//! comes over it is a call of the guest's like any other.

mod backoff;
mod give;
mod keep;
mod post;
mod queue;
mod tries;

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::Channel;
use crate::journal::Connection;
use crate::limits;
use crate::model::{Effect, Frame, UnixMillis};
use crate::pace::{Pace, Take};
use backoff::Backoff;
use post::{Offered, Post, Wanted};
pub use post::{SocketStage, SocketView};

/// Who is given what comes over an instance's websockets, and under whose grant they are kept.
#[derive(Clone, Default)]
pub enum Seat {
    /// Nobody for a moment: nothing goes out, and what comes waits.
    #[default]
    Empty,
    /// Nobody, and it is not known until when: what is open is closed.
    Shut,
    /// A code whose first call is still to come: what it may not have waits as it is, for the one before may come back.
    Trial(Arc<Channel>),
    /// A code that stays: what it may not have is closed.
    Taken(Arc<Channel>),
}

impl Seat {
    /// The code that is called.
    fn channel(&self) -> Option<&Arc<Channel>> {
        match self {
            Self::Empty | Self::Shut => None,
            Self::Trial(channel) | Self::Taken(channel) => Some(channel),
        }
    }
}

/// All connections of an instance.
pub struct Sockets {
    seated: watch::Sender<Seat>,
    /// By name.
    posts: Mutex<BTreeMap<String, Arc<Post>>>,
    /// Names that nobody keeps yet.
    fresh: Mutex<Vec<Arc<Post>>>,
    changed: Notify,
    /// Those that are open, being opened or being closed.
    places: Semaphore,
    /// How often each did not stay, and before when it is not opened again; also of those that are gone.
    waits: Mutex<BTreeMap<String, (Backoff, Instant)>>,
    /// What was counted while nobody was seated.
    uncounted: Mutex<BTreeMap<&'static str, u64>>,
    /// How fast frames are given, of all of them together.
    pace: Mutex<Pace>,
    /// How fast they are opened: whoever thinks of ever new names has no wait of any of them.
    openings: Mutex<Pace>,
    /// How long one stays open while nobody is there to be given what comes.
    patience: Duration,
}

impl Sockets {
    /// None yet. `patience`: how long one stays open while nobody is there to be given what comes.
    pub fn new(patience: Duration) -> Arc<Self> {
        Arc::new(Self {
            seated: watch::Sender::default(),
            posts: Mutex::default(),
            fresh: Mutex::default(),
            changed: Notify::new(),
            places: Semaphore::new(limits::CONNECTIONS),
            waits: Mutex::default(),
            uncounted: Mutex::default(),
            pace: Mutex::new(Pace::new(
                limits::SOCKET_FRAMES_PER_SECOND,
                limits::SOCKET_FRAMES_AT_ONCE,
            )),
            openings: Mutex::new(Pace::new(
                limits::SOCKET_OPENINGS_PER_SECOND,
                limits::SOCKET_OPENINGS_AT_ONCE,
            )),
            patience,
        })
    }

    /// From now on this code is called, and its grant holds. A call of the code before that has begun still ends, and counts.
    pub fn seat(&self, seat: Seat) {
        if let Some(channel) = seat.channel() {
            for (reason, count) in std::mem::take(&mut *lock(&self.uncounted)) {
                (0..count).for_each(|_| channel.count(reason));
            }
        }
        self.seated.send_replace(seat);
    }

    /// What a person may know of each, by name.
    pub fn views(&self) -> Vec<SocketView> {
        lock(&self.posts).values().map(|post| post.view()).collect()
    }

    /// Does what a committed call asked for: `connect`, `send-frame` and `disconnect`, in their order. Never waits.
    pub(super) fn take(&self, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::Connect { name, url, headers } => self.connect(name, url, headers),
                Effect::SendFrame { connection, frame } => self.send(connection, frame),
                Effect::Disconnect(name) => self.disconnect(name),
                Effect::Wake { .. } | Effect::Publish { .. } => {}
            }
        }
    }

    /// Connections that are to be open since an earlier process; those of which something is known stay as they are.
    pub(super) fn resume(&self, connections: Vec<Connection>) {
        for Connection { name, url, headers } in connections {
            if !lock(&self.posts).contains_key(&name) {
                self.connect(&name, &url, &headers);
            }
        }
    }

    /// Whether a connection of this name is wanted.
    pub(super) fn wants(&self, name: &str) -> bool {
        lock(&self.posts).get(name).is_some_and(|post| post.wanted().is_some())
    }

    /// Keeps the connections until the future is dropped.
    pub async fn run(self: Arc<Self>) {
        let mut keepers = JoinSet::new();
        loop {
            tokio::select! {
                () = self.changed.notified() => {
                    for post in std::mem::take(&mut *lock(&self.fresh)) {
                        keepers.spawn(Arc::clone(&self).keep(post));
                    }
                }
                Some(_) = keepers.join_next() => {}
            }
        }
    }

    fn connect(&self, name: &str, url: &str, headers: &[(String, String)]) {
        let wanted = Wanted {
            url: url.to_owned(),
            headers: headers.to_vec(),
        };
        let mut posts = lock(&self.posts);
        if let Some(post) = posts.get(name) {
            return post.want(wanted);
        }
        let post = Arc::new(Post::new(name.to_owned(), wanted));
        posts.insert(name.to_owned(), Arc::clone(&post));
        lock(&self.fresh).push(post);
        self.changed.notify_one();
    }

    fn send(&self, connection: &str, frame: &Frame) {
        let post = lock(&self.posts).get(connection).cloned();
        let Some(post) = post else {
            return self.count("frame-without-connection", 1);
        };
        let reason = match post.offer(frame) {
            Offered::Taken => return,
            Offered::Closed => "frame-without-connection",
            Offered::Full => "frame-queue-full",
        };
        post.see(|view| view.dropped += 1);
        self.count(reason, 1);
    }

    fn disconnect(&self, name: &str) {
        if let Some(post) = lock(&self.posts).get(name) {
            post.forget();
        }
    }

    /// Takes a name away that is not wanted; whether it was.
    fn retire(&self, post: &Arc<Post>) -> bool {
        let mut posts = lock(&self.posts);
        let unwanted = post.wanted().is_none();
        if unwanted {
            posts.remove(&post.name);
        }
        unwanted
    }

    /// Since when a connection of this name may be opened again.
    fn ready_at(&self, name: &str) -> Instant {
        lock(&self.waits)
            .get(name)
            .map_or_else(Instant::now, |(_, ready)| *ready)
    }

    /// A connection of this name has ended, after it was open so long.
    fn ended(&self, name: &str, open: Duration) -> Instant {
        let mut waits = lock(&self.waits);
        let before = waits.get(name).map(|(backoff, _)| *backoff);
        let backoff = before.unwrap_or_default().ended(open);
        let ready = Instant::now() + backoff.wait(luck());
        waits.insert(name.to_owned(), (backoff, ready));
        if waits.len() > limits::SOCKET_NAMES {
            // Whoever has waited longest waits no more.
            let oldest = waits.iter().min_by_key(|(_, (_, ready))| *ready);
            let oldest = oldest.map(|(name, _)| name.clone());
            oldest.map(|name| waits.remove(&name));
        }
        ready
    }

    fn count(&self, reason: &'static str, count: u64) {
        match self.seated.borrow().channel() {
            Some(channel) => (0..count).for_each(|_| channel.count(reason)),
            None => *lock(&self.uncounted).entry(reason).or_default() += count,
        }
    }

    /// Waits for whoever is to be given what happens: the code that is seated, if it can be called and acts by itself.
    async fn hearer(&self) -> Arc<Channel> {
        let mut seats = self.seated.subscribe();
        loop {
            let seated = seats.borrow_and_update().channel().cloned();
            let hears = async {
                match seated.filter(|channel| channel.has_sockets()) {
                    Some(channel) => {
                        channel.listens().await;
                        channel
                    }
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                channel = hears => return channel,
                // The sender is ours, so it is there.
                _ = seats.changed() => {}
            }
        }
    }

    /// Waits until nobody was there to be given anything for so long that a connection is no use.
    async fn unheard(&self) {
        loop {
            let Ok(channel) = timeout(self.patience, self.hearer()).await else {
                return;
            };
            let mut seats = self.seated.subscribe();
            let other = |seat: &Seat| seat.channel().is_none_or(|now| !Arc::ptr_eq(now, &channel));
            let left = pin!(seats.wait_for(other));
            tokio::select! {
                _ = left => {}
                () = channel.listens_no_more() => {}
            }
        }
    }
}

/// Waits until one more may pass: whoever goes on without end has it wait, and not the machine.
async fn paced(pace: &Mutex<Pace>) {
    loop {
        let now = UnixMillis::now();
        let ready = {
            let mut pace = lock(pace);
            match pace.take(now) {
                Take::Push => return,
                Take::Collect => pace.next(now),
            }
        };
        let wait = ready.map_or(limits::SOCKET_SPACING, |ready| ready.since(now));
        sleep(wait.clamp(Duration::from_millis(1), limits::SOCKET_SPACING)).await;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A poisoned lock only means that another task panicked between two changes of plain values.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Any number. Without the system's generator all wait as long as they can.
fn luck() -> u32 {
    let random = ring::rand::generate::<[u8; 4]>(&ring::rand::SystemRandom::new());
    random.map_or(u32::MAX, |bytes| u32::from_ne_bytes(bytes.expose()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever asks for ever new names gets no memory by it, and of those that are known the one that may be opened first
    /// has the least to lose.
    #[test]
    fn the_waits_of_so_many_names_are_remembered() {
        let sockets = Sockets::new(limits::SOCKET_UNHEARD);
        let remembered = |name: &str| lock(&sockets.waits).contains_key(name);
        // It has failed so often that it waits the longest of all.
        for _ in 0..10 {
            sockets.ended("often", Duration::ZERO);
        }
        for at in 1..limits::SOCKET_NAMES {
            sockets.ended(&format!("line-{at}"), Duration::ZERO);
        }
        assert_eq!(lock(&sockets.waits).len(), limits::SOCKET_NAMES);
        let first = |name: &str| sockets.ready_at(name);
        let soonest = (1..limits::SOCKET_NAMES).map(|at| format!("line-{at}"));
        let soonest = soonest.min_by_key(|name| first(name)).unwrap_or_default();
        sockets.ended("often", Duration::ZERO);
        sockets.ended("one more", Duration::ZERO);
        assert_eq!(lock(&sockets.waits).len(), limits::SOCKET_NAMES);
        assert!(remembered("often"));
        assert!(!remembered(&soonest) || !remembered("one more"));
    }
}
