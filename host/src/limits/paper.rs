//! Bounds of what a channel reaches on this machine: folders, databases and programs that the operator has named.

use std::time::Duration;

/// Folders, databases, programs, each, that one channel may be given.
pub const GIVEN_PER_CHANNEL: usize = 32;
/// Bytes of a path that the operator names.
pub const GIVEN_PATH_BYTES: usize = 1 << 10;
/// Links on the way to a program, a secret or an operator's file.
pub const LINKS_ON_A_WAY: usize = 16;
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
/// How long before its call's end a program, a query or a request to elsewhere is given up, so that the guest can still say so.
pub const GIVEN_UP_BEFORE: Duration = Duration::from_millis(300);
/// Queries of one channel that run at the same time, each in a child process and on a database of its own; the rest wait
/// their turn.
pub const QUERIES_AT_ONCE: usize = 2;
/// How long a query may take, if its call lasts as long: so long it may hold a lock that keeps a writer waiting.
pub const QUERY_DEADLINE: Duration = Duration::from_secs(5);
/// Bytes of memory that the child of one query may use for data.
pub const QUERY_MEMORY: u64 = 96 << 20;
/// Bytes of that which SQLite may use.
pub const QUERY_HEAP: u64 = 48 << 20;
/// Seconds of CPU time of that child: more than `QUERY_DEADLINE`, for one that its parent could not end.
pub const QUERY_CPU_SECONDS: u64 = 6;
/// Bytes by which that child may make a file longer: the shared index of a write-ahead log, and nothing else.
pub const QUERY_FILE_BYTES: u64 = 8 << 20;
/// Descriptors of that child.
pub const QUERY_DESCRIPTORS: u64 = 16;
/// How long a query waits for another program's lock on the database.
pub const QUERY_BUSY: Duration = Duration::from_secs(1);
/// Bytes of a statement.
pub const QUERY_SQL_BYTES: usize = 64 << 10;
/// Parameters of a statement.
pub const QUERY_PARAMETERS: usize = 1_000;
/// Bytes of all parameters of a statement.
pub const QUERY_PARAMETER_BYTES: usize = 1 << 20;
/// Bytes of a value or a row, also of those that a statement only computes.
pub const QUERY_VALUE_BYTES: usize = 1 << 20;
/// Rows of a result.
pub const QUERY_ROWS: usize = 10_000;
/// Bytes of a result; each value costs `QUERY_VALUE_COSTS` more.
pub const QUERY_RESULT_BYTES: usize = 4 << 20;
/// What a value costs beyond its bytes.
pub const QUERY_VALUE_COSTS: usize = 16;
/// Columns of a result, a table, an ORDER BY.
pub const QUERY_COLUMNS: usize = 200;
/// How deep an expression may be.
pub const QUERY_DEPTH: usize = 100;
/// SELECTs that one statement may put together by UNION and the like.
pub const QUERY_COMPOUND: usize = 50;
/// Instructions of a statement's program.
pub const QUERY_INSTRUCTIONS: usize = 25_000;
/// Arguments of a function.
pub const QUERY_ARGUMENTS: usize = 100;
/// Bytes of the pattern of LIKE or GLOB.
pub const QUERY_PATTERN_BYTES: usize = 1_000;
/// Kibibytes of page cache of a query.
pub const QUERY_CACHE_KIB: usize = 2_000;
