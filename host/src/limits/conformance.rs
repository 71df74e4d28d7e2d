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
/// Identical calls after which a store must not grow any more.
pub const CONFORMANCE_REPEATS: usize = 200;
/// How long they may take; of a slow channel there are fewer.
pub const CONFORMANCE_REPEATS_MOST: Duration = Duration::from_secs(4);
/// Rules of a hook, and tools, that are tried.
pub const CONFORMANCE_WAYS: usize = 8;
/// Characters of one verdict's reason.
pub const CONFORMANCE_WHY_CHARS: usize = 400;
