//! Bounds of what the operator is shown, types and keeps.

use std::time::Duration;

/// Characters of one of an author's texts that stand in a table above a question; how many more there are is told.
pub const PROSE_CHARS: usize = 300;
/// Bytes of a line that is typed as an answer.
pub const TYPED_BYTES: u64 = 4 << 10;
/// Links on the way to a folder of ours.
pub const PATH_LINKS: u32 = 40;
/// Bytes of `access.toml`.
pub const ACCESS_BYTES: usize = 1 << 20;
/// Bytes of a person's name in it.
pub const PERSON_NAME_BYTES: usize = 32;
/// People in it.
pub const PEOPLE: usize = 1_000;
/// Accounts of one person.
pub const PERSON_ACCOUNTS: usize = 64;
/// Accounts that are denied.
pub const DENIED_ACCOUNTS: usize = 1_000;
/// Bytes of an account's id.
pub const ACCOUNT_ID_BYTES: usize = 256;
/// How often `access.toml` is read for one look at it, if it is another each time.
pub const ACCESS_READS: u32 = 8;
/// How long after its last change `access.toml` is read again each time: within this, two changes may bear one time.
pub const ACCESS_SETTLED: Duration = Duration::from_secs(2);
/// How often a change of `access.toml` is begun anew because an editor has written the file meanwhile.
pub const ACCESS_REPEATS: u32 = 8;
/// Bytes of another plugin's list of people.
pub const IMPORT_BYTES: usize = 1 << 20;
