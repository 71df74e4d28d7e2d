//! The lock file: what is read is what is written again, and each pin keeps its digests.

use lockgate::limits;
use lockgate::lockfile::{Lock, LockError};

use super::super::Body;
use super::{assert_inside, text};

/// `lockgate.lock`.
pub const BODY: Body = Body {
    name: "lockfile",
    play,
    words: &[
        "[channel.ci]\n",
        "[channel.\"ci\"]\n",
        "digest = ",
        "file = ",
        "instance = 1\n",
        "name = \"ci\"\n",
        "version = \"0.1.0\"\n",
        "sha256:",
        "\"",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "[channel]\n",
    ],
    usual: 6_000,
};

fn play(data: &[u8]) -> String {
    let text = text(data);
    match Lock::parse(&text) {
        Ok(lock) => {
            let written = match lock.to_text() {
                Ok(written) => written,
                Err(error) => return error.to_string(),
            };
            assert_eq!(Lock::parse(&written).as_ref(), Ok(&lock), "written as\n{written}");
            let again = lock.to_text();
            assert_eq!(again.as_deref(), Ok(written.as_str()), "the same pins are other bytes");
            format!("{} pins", ["no", "one", "more"][lock.channels.len().min(2)])
        }
        Err(error) => {
            match &error {
                LockError::TooLarge { bytes } => assert!(*bytes > limits::CONFIG_BYTES),
                LockError::Unreadable { place, .. } => assert_inside(*place, &text),
                LockError::Unwritable(_) => panic!("nothing was written"),
            }
            error.to_string()
        }
    }
}
