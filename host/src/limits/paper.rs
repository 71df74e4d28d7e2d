//! Bounds of what a channel reaches on this machine: folders, databases and programs that the operator has named.

use std::time::Duration;

/// Folders, databases, programs, each, that one channel may be given.
pub const GIVEN_PER_CHANNEL: usize = 32;
/// Bytes of a path that the operator names.
pub const GIVEN_PATH_BYTES: usize = 1 << 10;
/// Links on the way to a program.
pub const PROGRAM_LINKS: usize = 16;
/// Bytes that a channel may add to a folder of the operator's between two starts, unless `quota` says otherwise.
pub const FOLDER_QUOTA: u64 = 100 << 20;
/// Bytes of one pattern for an argument.
pub const PATTERN_BYTES: usize = 1 << 10;
/// Bytes that a pattern may take when it is compiled.
pub const PATTERN_SIZE: usize = 256 << 10;
/// How deep the groups of a pattern may stand in each other.
pub const PATTERN_DEPTH: u32 = 32;
/// Arguments of a program, the fixed ones included.
pub const COMMAND_ARGUMENTS: usize = 64;
/// Bytes of all arguments of a program.
pub const COMMAND_ARGUMENT_BYTES: usize = 64 << 10;
/// Bytes that a program is given on its standard input.
pub const COMMAND_INPUT_BYTES: usize = 1 << 20;
/// Bytes that are kept of a program's standard output, and of its standard error.
pub const COMMAND_OUTPUT_BYTES: usize = 1 << 20;
/// Programs of one channel that run at the same time; the rest wait their turn.
pub const COMMANDS_AT_ONCE: usize = 2;
/// How long a program may run, if its call lasts as long.
pub const COMMAND_DEADLINE: Duration = Duration::from_secs(30);
/// How long before its call's end a program or a query is given up, so that the guest can still say so.
pub const GIVEN_UP_BEFORE: Duration = Duration::from_millis(300);
