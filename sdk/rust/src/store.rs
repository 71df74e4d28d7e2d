//! What the channel keeps between calls: nothing else survives one. Writes are committed with the call's outcome, or
//! not at all. Outside a component the test's own stand-in keeps them (`harness`), or one of the running thread.

use std::str::FromStr;

pub use crate::bindings::guest::lockgate::channel::store::Failure;

#[cfg(target_arch = "wasm32")]
use crate::bindings::guest::lockgate::channel::store as outside;
#[cfg(not(target_arch = "wasm32"))]
use crate::harness::kept as outside;

/// What was committed when the call began, and this call's own writes over it.
#[must_use]
pub fn get(key: &str) -> Option<Vec<u8>> {
    outside::get(key)
}

/// The same as text; `None` also if the bytes are not UTF-8.
#[must_use]
pub fn get_text(key: &str) -> Option<String> {
    String::from_utf8(outside::get(key)?).ok()
}

/// The same, read as a number or another type with a text form; `None` also if it is none.
///
/// ```
/// use lockgate_sdk::store;
///
/// let count = store::get_as("count").unwrap_or(0_u64) + 1;
/// store::set("count", count.to_string())?;
/// # assert_eq!(store::get_as("count"), Some(1_u64));
/// # Ok::<(), lockgate_sdk::Trouble>(())
/// ```
#[must_use]
pub fn get_as<T: FromStr>(key: &str) -> Option<T> {
    get_text(key)?.parse().ok()
}

/// Writes one key: at most 256 bytes, its value at most 1 MiB.
///
/// # Errors
/// [`Failure::TooLarge`] over those bounds, [`Failure::Full`] if the channel's quota is used up. Both become a
/// [`Trouble`](crate::Trouble) with `?`.
pub fn set(key: &str, value: impl AsRef<[u8]>) -> Result<(), Failure> {
    outside::set(key, value.as_ref())
}

/// Takes a key away; one that is not there is no error.
pub fn delete(key: &str) {
    outside::delete(key);
}

/// If at commit the key has another value than `expected`, the outcome is thrown away and the call runs again: three
/// times, then it is a fault.
pub fn check(key: &str, expected: Option<&[u8]>) {
    outside::check(key, expected);
}

/// All keys that begin with `prefix`, in ascending order.
#[must_use]
pub fn keys(prefix: &str) -> Vec<String> {
    outside::keys(prefix)
}

impl From<Failure> for crate::Trouble {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Full => Self::Unavailable("the channel's store is full".into()),
            Failure::TooLarge => Self::Rejected("a key or a value is too large for the store".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_one() {
        assert_eq!(get_as::<u8>("n"), None);
        assert_eq!(set("n", "300"), Ok(()));
        assert_eq!((get_as::<u16>("n"), get_as::<u8>("n")), (Some(300), None));
    }

    #[test]
    fn the_stand_in_keeps_lists_and_forgets() {
        assert_eq!(set("b", "2"), Ok(()));
        assert_eq!(set("a/1", [1]), Ok(()));
        assert_eq!(set("a/0", [0]), Ok(()));
        assert_eq!(get("b"), Some(b"2".to_vec()));
        assert_eq!(get_text("b").as_deref(), Some("2"));
        assert_eq!(keys("a/"), ["a/0", "a/1"]);
        delete("b");
        assert_eq!(get("b"), None);
        assert_eq!(set(&"k".repeat(257), ""), Err(Failure::TooLarge));
    }
}
