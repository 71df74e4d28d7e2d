//! Tables over what counts and what is told.
#![allow(clippy::unwrap_used)]

mod approvers;
mod heard;
mod snapshot;
mod told;

use super::Approvers;

/// As they are when the first channel was just added.
fn fresh() -> Approvers {
    let mut approvers = Approvers::default();
    approvers.begin();
    approvers
}
