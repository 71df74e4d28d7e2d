//! Tables over what counts and what is told.
#![allow(clippy::unwrap_used)]

mod approvers;
mod heard;
mod snapshot;
mod told;
