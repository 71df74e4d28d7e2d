//! Whether a session hears what it is sent. A client acknowledges nothing, and drops silently what it does not want, so
//! the only sign is the model naming an event that was pushed.
//!
//! ```text
//!  Untried ──pushed──► Unproven ──a tool names a pushed event──► Proven
//!                         │  ▲                                     ▲
//!                  3 min  ▼  │                                     │
//!                        Deaf ───────── a tool names e0 or one ────┘
//! ```

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use crate::limits;
use crate::model::{EventId, UnixMillis};

/// What is known of a session's hearing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hearing {
    /// Nothing was pushed yet.
    Untried,
    /// Something was pushed, and there was no sign of it yet.
    Unproven,
    /// It named something that was pushed.
    Proven,
    /// It was silent too long.
    Deaf,
}

impl Hearing {
    /// A word for `status`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Untried => "untried",
            Self::Unproven => "unproven",
            Self::Proven => "proven",
            Self::Deaf => "deaf?",
        }
    }
}

/// Shared by a session's pump, which pushes, and its tools, which show signs.
#[derive(Debug, Clone)]
pub struct Witness {
    hearing: Arc<watch::Sender<Hearing>>,
    pushed: Arc<Mutex<Pushed>>,
}

#[derive(Debug, Default)]
struct Pushed {
    ids: BTreeSet<EventId>,
    first: Option<UnixMillis>,
    asked: bool,
    /// Set when a session that seemed deaf shows that it was not: what it was sent before.
    late: Vec<EventId>,
}

impl Default for Witness {
    fn default() -> Self {
        Self {
            hearing: Arc::new(watch::Sender::new(Hearing::Untried)),
            pushed: Arc::default(),
        }
    }
}

impl Witness {
    /// The event id that stands for "I see what you send", in the notice to a session that seems deaf.
    pub const SIGN: EventId = EventId(0);

    /// What is known now.
    pub fn hearing(&self) -> Hearing {
        *self.hearing.borrow()
    }

    /// Changes when more is known.
    pub fn watch(&self) -> watch::Receiver<Hearing> {
        self.hearing.subscribe()
    }

    /// Whether the next event that nobody can answer should ask for a sign: only one does. An answer is a sign by itself.
    pub fn wants_sign(&self) -> bool {
        let asked = self.pushed.lock().unwrap_or_else(PoisonError::into_inner).asked;
        !asked && matches!(self.hearing(), Hearing::Untried | Hearing::Unproven)
    }

    /// An event asks for a sign.
    pub fn asked(&self) {
        self.pushed.lock().unwrap_or_else(PoisonError::into_inner).asked = true;
    }

    /// These were written to the session.
    pub fn pushed(&self, ids: &[EventId], now: UnixMillis) {
        if self.hearing() == Hearing::Proven {
            return;
        }
        let mut pushed = self.pushed.lock().unwrap_or_else(PoisonError::into_inner);
        pushed.first.get_or_insert(now);
        pushed.ids.extend(ids);
        // The oldest are the least likely to be named.
        while pushed.ids.len() > limits::SPOOL_EVENTS as usize {
            pushed.ids.pop_first();
        }
        drop(pushed);
        self.hearing.send_if_modified(|hearing| {
            let first = *hearing == Hearing::Untried;
            if first {
                *hearing = Hearing::Unproven;
            }
            first
        });
    }

    /// A tool named these events. Returns whether that is a sign.
    pub fn named(&self, ids: &[EventId]) -> bool {
        let mut pushed = self.pushed.lock().unwrap_or_else(PoisonError::into_inner);
        let deaf = self.hearing() == Hearing::Deaf;
        let sign = ids
            .iter()
            .any(|id| pushed.ids.contains(id) || (deaf && *id == Self::SIGN));
        if sign {
            self.prove(&mut pushed);
        }
        sign
    }

    /// The client asked for permission, which it does of none that it has not registered: a sign.
    pub fn prompted(&self) {
        let mut pushed = self.pushed.lock().unwrap_or_else(PoisonError::into_inner);
        if self.hearing() != Hearing::Proven {
            self.prove(&mut pushed);
        }
    }

    fn prove(&self, pushed: &mut Pushed) {
        let deaf = self.hearing() == Hearing::Deaf;
        let sent = std::mem::take(pushed).ids;
        pushed.late = if deaf { sent.into_iter().collect() } else { Vec::new() };
        self.hearing
            .send_if_modified(|hearing| std::mem::replace(hearing, Hearing::Proven) != Hearing::Proven);
    }

    /// These were handed out by a tool: that they are named is no sign any more that what is pushed is read.
    pub fn handed(&self, ids: &[EventId]) {
        let mut pushed = self.pushed.lock().unwrap_or_else(PoisonError::into_inner);
        pushed.ids.retain(|id| !ids.contains(id));
    }

    /// What a session that seemed deaf had seen all the same; told once.
    pub fn seen_late(&self) -> Vec<EventId> {
        let mut pushed = self.pushed.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut pushed.late)
    }

    /// When the silence gets too long.
    pub fn silence_at(&self) -> Option<UnixMillis> {
        let first = self.pushed.lock().unwrap_or_else(PoisonError::into_inner).first;
        first
            .filter(|_| self.hearing() == Hearing::Unproven)
            .map(|first| first.after(limits::UNPROVEN))
    }

    /// Whether it has been silent too long.
    pub fn fell_silent(&self, now: UnixMillis) -> bool {
        self.silence_at().is_some_and(|at| at <= now)
    }

    /// Nothing more is pushed until there is a sign.
    pub fn give_up(&self) {
        self.hearing.send_replace(Hearing::Deaf);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: UnixMillis = UnixMillis(1_000_000);

    #[test]
    fn naming_a_pushed_event_proves_the_session() {
        let witness = Witness::default();
        assert!(witness.wants_sign());
        assert!(!witness.named(&[EventId(1)]), "nothing was pushed yet");
        witness.pushed(&[EventId(1), EventId(2)], T);
        assert!(witness.wants_sign(), "nobody was asked yet");
        witness.asked();
        assert!(!witness.wants_sign());
        assert!(!witness.named(&[EventId(3), EventId(0)]), "neither was pushed");
        assert!(witness.named(&[EventId(2)]));
        assert_eq!(witness.hearing(), Hearing::Proven);
        assert_eq!(witness.silence_at(), None);
    }

    #[test]
    fn silence_is_measured_from_the_first_push() {
        let witness = Witness::default();
        assert!(!witness.fell_silent(UnixMillis(u64::MAX)));
        witness.pushed(&[EventId(1)], T);
        witness.pushed(&[EventId(2)], T.after(limits::UNPROVEN / 2));
        let end = T.after(limits::UNPROVEN);
        assert!(!witness.fell_silent(UnixMillis(end.0 - 1)));
        assert!(witness.fell_silent(end));
    }

    #[test]
    fn who_took_his_time_had_seen_what_he_was_sent() {
        for sign in [EventId(0), EventId(2)] {
            let witness = Witness::default();
            witness.pushed(&[EventId(1), EventId(2)], T);
            witness.give_up();
            assert_eq!(witness.seen_late(), []);
            assert!(witness.named(&[sign]));
            assert_eq!(witness.seen_late(), [EventId(1), EventId(2)]);
            assert_eq!(witness.seen_late(), [], "told once");
        }
        let prompt = Witness::default();
        prompt.pushed(&[EventId(1)], T);
        assert!(prompt.named(&[EventId(1)]));
        assert_eq!(prompt.seen_late(), [], "nothing was taken back from it");
    }

    #[test]
    fn a_question_for_permission_is_a_sign_at_any_time() {
        let witness = Witness::default();
        witness.prompted();
        assert_eq!(witness.hearing(), Hearing::Proven);
        let deaf = Witness::default();
        deaf.pushed(&[EventId(1)], T);
        deaf.give_up();
        // What it has seen late is not forgotten by the next question.
        deaf.prompted();
        deaf.prompted();
        assert_eq!((deaf.hearing(), deaf.seen_late()), (Hearing::Proven, vec![EventId(1)]));
    }

    #[test]
    fn what_a_tool_handed_out_is_no_sign() {
        let witness = Witness::default();
        witness.pushed(&[EventId(1), EventId(2)], T);
        witness.handed(&[EventId(1)]);
        assert!(!witness.named(&[EventId(1)]));
        assert!(witness.named(&[EventId(2)]));
    }

    #[test]
    fn a_deaf_session_is_heard_again_by_the_sign_or_an_event() {
        for id in [EventId(0), EventId(1)] {
            let witness = Witness::default();
            witness.pushed(&[EventId(1)], T);
            witness.give_up();
            assert!(!witness.named(&[EventId(9)]));
            assert!(witness.named(&[id]));
            assert_eq!(witness.hearing(), Hearing::Proven);
        }
    }
}
