//! Bounds of the workshop: what a language's own tool may take of the machine and of the terminal, and what the development
//! loop waits for and keeps.

use std::time::Duration;

/// How long one tool may run; then it is ended, with all that it started. A first build fetches and compiles very much.
pub const TOOL_DEADLINE: Duration = Duration::from_secs(20 * 60);
/// Bytes of each of a tool's two outputs that are kept, from the end.
pub const TOOL_OUTPUT_BYTES: usize = 4 << 20;
/// How long the output of a tool that was ended is still waited for: something of it may have left its group.
pub const TOOL_OUTPUT_AFTER: Duration = Duration::from_secs(1);
/// Lines of the tools of a failed build that are shown: of more, the first and the last.
pub const TOOL_LINES: usize = 60;
/// Files of a project whose times `lockgate test` looks at; of more it does not say whether they are newer than what was built.
pub const SOURCES_LOOKED_AT: usize = 4_096;
/// How long `lockgate dev` waits until what it built serves.
pub const DEV_PATIENCE: Duration = Duration::from_secs(30);
/// How long, after a refused call of a hook was shown to who develops its channel, others of the same reason are counted only.
pub const KNOCKS_COUNTED: Duration = Duration::from_secs(10);
/// Projects of which it is known which secrets they were given when they were developed last.
pub const DEV_PROJECTS: usize = 64;
/// Builds before the last one whose bytes and code `lockgate dev` keeps.
pub const DEV_BUILDS: usize = 4;
