//! One websocket from the wish for it to its end: waits, opens, reads while there is room, sends what the guest sends, and
//! closes. Calls no guest.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::SemaphorePermit;
use tokio::time::{Instant, sleep_until, timeout};

use super::post::{Post, SocketStage, Wanted};
use super::queue::Queue;
use super::{Channel, Seat, Sockets, paced};
use crate::egress::{Closed, Heard, Line, Socket};
use crate::limits;
use crate::model::{Frame, UnixMillis};
use crate::sandbox::Happening;

/// What waits for the guest.
pub(super) type Inbox = Queue<Happening>;

/// How an open websocket came to its end.
enum End {
    /// The guest or another code wanted it so: nobody is told.
    Unwanted,
    /// In any other way: the guest is told.
    Gone(Closed),
}

/// What is to be done next with one that is open.
enum Turn {
    Heard(Heard),
    Send(Option<Frame>),
    Room,
    Unwanted,
    Unheard,
    Seat,
    Expired,
}

/// What may be done with one that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leave {
    /// It is read and written.
    Full,
    /// It is read: nobody's grant holds for what would go out.
    Reading,
    /// Nothing, until it is known whose it is; not for longer than until then.
    Held(Instant),
}

impl Leave {
    fn is_held(self) -> bool {
        matches!(self, Self::Held(_))
    }

    /// Until when it may be held: not longer because another code is on trial.
    fn held_until(self, patience: Duration) -> Instant {
        match self {
            Self::Held(until) => until,
            Self::Full | Self::Reading => Instant::now() + patience,
        }
    }
}

/// What an open websocket is kept with.
struct Open<'a> {
    // Given back when all of it has ended.
    _place: SemaphorePermit<'a>,
    line: Arc<Line>,
    socket: Socket,
}

impl Sockets {
    /// Keeps the websocket of a name for as long as it is wanted.
    pub(super) async fn keep(self: Arc<Self>, post: Arc<Post>) {
        loop {
            match post.wanted() {
                Some(wanted) => self.hold(&post, &wanted).await,
                None if self.retire(&post) => return,
                None => {}
            }
        }
    }

    async fn hold(&self, post: &Arc<Post>, wanted: &Arc<Wanted>) {
        let opened = tokio::select! {
            () = post.unwanted(wanted) => return,
            opened = self.open(post, wanted) => opened,
        };
        let inbox = Inbox::new(limits::SOCKET_INWARD, limits::SOCKET_INWARD_BYTES);
        let serve = async {
            let begun = Instant::now();
            let end = match opened {
                Ok(open) => self.serve(post, wanted, open, &inbox).await,
                Err(why) => End::Gone(Closed {
                    code: None,
                    reason: why,
                }),
            };
            self.note_end(post, wanted, &end, begun.elapsed());
            match end {
                End::Unwanted => inbox.clear(),
                End::Gone(Closed { code, reason }) => inbox.push(Happening::Closed { code, reason }, 0),
            }
            inbox.end();
        };
        tokio::join!(serve, self.give_all(post, wanted, &inbox));
    }

    /// After its wait, when there is a place for it and somebody to hear it.
    async fn open(&self, post: &Post, wanted: &Wanted) -> Result<Open<'_>, String> {
        sleep_until(self.ready_at(&post.name)).await;
        // The semaphore is never closed.
        let place = self.places.acquire().await.map_err(|error| error.to_string())?;
        let _ = self.hearer().await;
        paced(&self.openings).await;
        // Whoever is there now: it may be another one, with another grant.
        let channel = self.hearer().await;
        let line = channel.line();
        post.see(|view| view.stage = SocketStage::Opening);
        let socket = line.open_socket(&wanted.url, &wanted.headers).await;
        let shown = socket.inspect_err(|failure| channel.show_refused_socket(&wanted.url, failure));
        let socket = shown.map_err(|failure| failure.to_string())?;
        Ok(Open {
            _place: place,
            line,
            socket,
        })
    }

    async fn serve(&self, post: &Post, wanted: &Arc<Wanted>, mut open: Open<'_>, inbox: &Inbox) -> End {
        post.opened(wanted);
        inbox.push(Happening::Opened, 0);
        let mut seats = self.seated.subscribe();
        // Whoever was asked for it may have been slow, and another grant hold by now.
        seats.mark_changed();
        let mut unheard = pin!(self.unheard());
        let mut leave = Leave::Reading;
        loop {
            let room = inbox.has_room();
            let (reads, until) = match leave {
                Leave::Full | Leave::Reading => (true, None),
                Leave::Held(until) => (false, Some(until)),
            };
            let turn = tokio::select! {
                heard = open.socket.next(), if room && reads => Turn::Heard(heard),
                () = inbox.room(), if !room => Turn::Room,
                frame = post.outgoing.take(), if leave == Leave::Full => Turn::Send(frame),
                () = post.unwanted(wanted) => Turn::Unwanted,
                () = &mut unheard => Turn::Unheard,
                () = expiry(until) => Turn::Expired,
                // The sender is ours, so it is there.
                _ = seats.changed() => Turn::Seat,
            };
            match turn {
                Turn::Heard(Heard::Frame(frame)) => {
                    post.see(|view| view.frames_in += 1);
                    self.hold_to_seat(wanted, &mut open);
                    let frame = open.line.frame_inward(frame);
                    let bytes = frame.bytes();
                    inbox.push(Happening::Frame(frame), bytes);
                }
                Turn::Heard(Heard::Closed(closed)) => return End::Gone(open.line.closed_inward(closed)),
                Turn::Room => open.socket.resume(),
                Turn::Send(None) => {}
                Turn::Send(Some(frame)) => {
                    if let Err(closed) = self.send_out(post, wanted, &mut open, frame).await {
                        return End::Gone(open.line.closed_inward(closed));
                    }
                }
                Turn::Unwanted => {
                    self.send_last(post, wanted, &mut open).await;
                    open.socket.close(1000, "").await;
                    return End::Unwanted;
                }
                Turn::Unheard => {
                    open.socket.close(1001, "").await;
                    return End::Gone(ours("nobody was there to be given what came"));
                }
                Turn::Seat => {
                    let seat = seats.borrow_and_update().clone();
                    match take_over(&seat, wanted, &mut open, leave.held_until(self.patience)) {
                        // Whoever is seated meanwhile, it is held as it is.
                        Ok(Leave::Reading) if leave.is_held() => {}
                        Ok(next) => {
                            if leave.is_held() {
                                open.socket.resume();
                            }
                            leave = next;
                        }
                        Err(reason) => return self.put_down(open, reason).await,
                    }
                }
                Turn::Expired => return self.put_down(open, NOT_GRANTED).await,
            }
        }
    }

    /// Nobody's grant holds for it.
    async fn put_down(&self, open: Open<'_>, reason: &str) -> End {
        open.socket.close(1001, "").await;
        self.count("socket-not-granted", 1);
        End::Gone(ours(reason))
    }

    /// What the guest sent before it wanted the connection no more goes out before the end, as far as it is taken in time.
    async fn send_last(&self, post: &Post, wanted: &Wanted, open: &mut Open<'_>) {
        let all = async {
            while let Some(frame) = post.outgoing.pop() {
                if self.send_out(post, wanted, open, frame).await.is_err() {
                    return;
                }
            }
        };
        if timeout(limits::SOCKET_CLOSE, all).await.is_err() {
            self.unsent(post, 1);
        }
    }

    /// Whatever goes over it does so under the grant that holds now, also if the end of another one is still to be noticed.
    /// Except that of a code on trial: what it may not have is kept for the one before.
    fn hold_to_seat(&self, wanted: &Wanted, open: &mut Open<'_>) {
        match &*self.seated.borrow() {
            Seat::Taken(channel) => open.line = channel.line(),
            Seat::Trial(channel) if covers(channel, wanted) => open.line = channel.line(),
            Seat::Trial(_) | Seat::Empty | Seat::Shut => {}
        }
    }

    async fn send_out(&self, post: &Post, wanted: &Wanted, open: &mut Open<'_>, frame: Frame) -> Result<(), Closed> {
        self.hold_to_seat(wanted, open);
        match open.line.frame_outward(&wanted.url, frame) {
            Ok(frame) => {
                let sent = open.socket.send(frame).await;
                match &sent {
                    Ok(()) => post.see(|view| view.frames_out += 1),
                    Err(_) => self.unsent(post, 1),
                }
                sent?;
            }
            // The line has counted it.
            Err(failure) => {
                tracing::warn!(connection = post.name, %failure, "a frame was not sent");
                post.see(|view| view.dropped += 1);
            }
        }
        Ok(())
    }

    /// It is not open any more: what a person may know of that, when it may be opened again, and what was not sent.
    fn note_end(&self, post: &Post, wanted: &Arc<Wanted>, end: &End, open: Duration) {
        let ready = self.ended(&post.name, open);
        post.spend(wanted);
        let wait = ready.saturating_duration_since(Instant::now());
        post.see(|view| {
            view.stage = SocketStage::Waiting(UnixMillis::now().after(wait));
            if let End::Gone(closed) = end {
                view.last_end = Some(words(closed));
            }
        });
        self.unsent(post, post.ended());
    }

    fn unsent(&self, post: &Post, count: u64) {
        post.see(|view| view.dropped += count);
        self.count("frame-unsent", count);
    }
}

/// Why it ends where no grant covers it.
const NOT_GRANTED: &str = "the channel may not speak there any more";

/// Another code is seated, or none: what may be done from now on. Where its grant covers the connection, its secrets are put in
/// and covered.
fn take_over(seat: &Seat, wanted: &Wanted, open: &mut Open<'_>, until: Instant) -> Result<Leave, &'static str> {
    let Some(channel) = seat.channel() else {
        return match seat {
            Seat::Shut => Err("the channel can't run as it is"),
            _ => Ok(Leave::Reading),
        };
    };
    if covers(channel, wanted) {
        open.line = channel.line();
        return Ok(Leave::Full);
    }
    match seat {
        Seat::Trial(_) => Ok(Leave::Held(until)),
        _ => Err(NOT_GRANTED),
    }
}

/// Whether a code may have this connection.
fn covers(channel: &Channel, wanted: &Wanted) -> bool {
    channel.has_sockets() && channel.line().covers_socket(&wanted.url)
}

/// Never, if there is no such time.
async fn expiry(until: Option<Instant>) {
    match until {
        Some(until) => sleep_until(until).await,
        None => std::future::pending().await,
    }
}

fn ours(reason: &str) -> Closed {
    Closed {
        code: Some(1001),
        reason: reason.to_owned(),
    }
}

/// For a person.
fn words(closed: &Closed) -> String {
    match (closed.code, closed.reason.as_str()) {
        (Some(code), "") => format!("closed with {code}"),
        (Some(code), reason) => format!("closed with {code}: {reason}"),
        (None, "") => "closed".to_owned(),
        (None, reason) => reason.to_owned(),
    }
}
