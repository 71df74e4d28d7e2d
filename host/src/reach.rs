//! Where a channel may send to, and what is put in for it on the way: rules, the one reading of a URL, and the one rule
//! that a request has to match. Pure: nothing here resolves a name, opens a connection or knows a secret's bytes longer
//! than a call.

mod rule;

pub use rule::{Credential, CredentialPlace, HostPattern, HttpRule, PathPattern, PathPiece, Scheme, Segment, When};
