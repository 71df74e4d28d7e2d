//! What happened lately and is counted: a few moments, and none of them older than a span. Reads no clock.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::UnixMillis;

/// Moments within a span.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tries(Vec<UnixMillis>);

impl Tries {
    /// Forgets what lies further away than the span.
    pub fn prune(&mut self, now: UnixMillis, span: Duration) {
        self.0.retain(|at| within(*at, now, span));
    }

    /// How many there are. Whoever adds more looks at it first, which bounds it.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Adds one.
    pub fn add(&mut self, now: UnixMillis) {
        self.0.push(now);
    }
}

/// Whether a moment is less than a span away. After a clock was set back, a moment may lie ahead: it counts for as long as
/// it would have, so that nothing is good for longer than twice its span, and nobody is locked out for longer.
pub fn within(at: UnixMillis, now: UnixMillis, span: Duration) -> bool {
    u128::from(now.0.abs_diff(at.0)) < span.as_millis()
}
