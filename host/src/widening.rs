//! Who and what may do more than before, and since when an approver counts. Pure: it is given what the operator's files say
//! now and what was told of them, and says what is to be told; it reads nothing, sends nothing and grants nothing.

mod ability;
mod approvers;
mod snapshot;
#[cfg(test)]
mod tests;
mod told;

pub use approvers::{Approvers, Confirmed, Offer, Pressed, Standing, Word};
#[cfg(test)]
use snapshot::diff;
pub use snapshot::{Granted, Snapshot, may_approve};
pub use told::{News, Told, Urgency};
