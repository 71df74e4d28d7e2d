//! Programs that the manifest asks for and the operator has named, with a pattern for each argument that a channel may give:
//! `[asks.commands.notify]`. No shell; what a program gets is these arguments, this input, and an empty environment.
//!
//! ```
//! use lockgate_sdk::{command, Trouble};
//!
//! fn show(text: &str) -> Result<bool, Trouble> {
//!     Ok(command::run("notify", &[text], "")?.status == 0)
//! }
//! # use lockgate_sdk::harness::Harness;
//! # let _house = Harness::new().command("notify", |arguments, _| {
//! #     assert_eq!(arguments, ["hello"]);
//! #     Ok(command::Output { status: 0, stdout: vec![], stderr: vec![] })
//! # });
//! # assert_eq!(show("hello"), Ok(true));
//! ```
//!
//! Outside a component [`Harness::command`](crate::harness::Harness::command) stands in.

pub use crate::bindings::command::lockgate::channel::command::{Failure, Output};

#[cfg(target_arch = "wasm32")]
use crate::bindings::command::lockgate::channel::command as outside;
#[cfg(not(target_arch = "wasm32"))]
use crate::harness::machine as outside;

/// Runs a program to its end. `name` is the manifest's; what it says is cut at 1 MiB, and then the last line of `stderr`
/// says so.
///
/// # Errors
/// The operator has not granted it, an argument does not fit his pattern, it can't be started, or is not done in time.
pub fn run(name: &str, arguments: &[impl AsRef<str>], input: impl AsRef<[u8]>) -> Result<Output, Failure> {
    let arguments: Vec<String> = arguments.iter().map(|argument| argument.as_ref().to_owned()).collect();
    outside::run(name, &arguments, input.as_ref())
}

impl From<Failure> for crate::Trouble {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NotGranted => Self::Rejected("the operator has not granted this program".into()),
            Failure::NotStarted(why) => Self::Rejected(why),
            Failure::TimedOut => Self::Unavailable("the program was not done in time".into()),
        }
    }
}
