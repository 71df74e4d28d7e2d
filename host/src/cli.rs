//! The command line (stub while it is being written elsewhere).

pub mod ancestors;
pub mod args;
pub mod demo;
pub mod serve;

/// How a verb ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitStatus {
    /// Done.
    Success,
}
