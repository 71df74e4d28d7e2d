//! Which errors of the engine say that this machine lacks something that every call needs. A guest can bring none of them
//! about within its own bounds, and none of them is held against it. Pure.

use rustix::io::Errno;
use wasmtime::{OutOfMemory, PoolConcurrencyLimitError};

/// Whether the host is short of memory, file descriptors or places.
pub fn is_one(error: &wasmtime::Error) -> bool {
    error.is::<PoolConcurrencyLimitError>() || error.is::<OutOfMemory>() || error.chain().any(is_the_systems)
}

fn is_the_systems(error: &(dyn std::error::Error + 'static)) -> bool {
    let errno = error.downcast_ref::<Errno>().copied();
    let io = || error.downcast_ref::<std::io::Error>().and_then(Errno::from_io_error);
    let short = [Errno::NOMEM, Errno::MFILE, Errno::NFILE, Errno::AGAIN, Errno::NOBUFS];
    errno.or_else(io).is_some_and(|errno| short.contains(&errno))
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn what_the_system_lacks_is_told_from_what_the_guest_did() {
        #[track_caller]
        fn check(error: wasmtime::Error, expected: bool) {
            assert_eq!(is_one(&error), expected, "{error:?}");
        }
        check(Errno::NOMEM.into(), true);
        check(io::Error::from(Errno::MFILE).into(), true);
        check(wasmtime::Error::from(Errno::NOMEM).context("make a memory"), true);
        check(io::Error::from(io::ErrorKind::NotFound).into(), false);
        check(wasmtime::Trap::MemoryOutOfBounds.into(), false);
        check(wasmtime::Error::msg("resource table has no free keys"), false);
    }
}
