//! Bounds of `lockgate test`.

use std::time::Duration;

/// How long all checks together may take; what was not done then has failed. Compiling comes before and has its own bounds.
pub const CONFORMANCE_MOST: Duration = Duration::from_secs(60);
/// How long the stand-in for a platform is waited for, so that one that says nothing costs little.
pub const CONFORMANCE_ANSWER: Duration = Duration::from_secs(1);
/// How long a look for news may take in a trial, whatever its manifest asks for.
pub const CONFORMANCE_POLL: Duration = Duration::from_secs(5);
/// Requests to the stand-in that are noted.
pub const CONFORMANCE_SEEN: usize = 10_000;
/// Identical calls of a channel whose store does not grow by them.
pub const CONFORMANCE_REPEATS: usize = 200;
/// How long these may take; of a slow channel there are fewer.
pub const CONFORMANCE_REPEATS_MOST: Duration = Duration::from_secs(4);
/// Identical calls after which a store that still grows has no end.
pub const CONFORMANCE_GROWING: usize = 4_000;
/// How long these may take; what still grows then is said, and is no failure.
pub const CONFORMANCE_GROWING_MOST: Duration = Duration::from_secs(20);
/// Rules of a hook, and tools, that are tried.
pub const CONFORMANCE_WAYS: usize = 8;
