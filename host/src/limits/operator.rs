//! Bounds of what the operator is shown, types and keeps.

/// Characters of one of an author's texts that stand in a table above a question; how many more there are is told.
pub const PROSE_CHARS: usize = 300;
/// Bytes of a line that is typed as an answer.
pub const TYPED_BYTES: u64 = 4 << 10;
/// Links on the way to a folder of ours.
pub const PATH_LINKS: u32 = 40;
