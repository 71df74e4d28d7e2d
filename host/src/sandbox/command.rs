//! Capability `command`: the operator's programs, by his names. What is refused, late or cut is counted.

use super::bindings::command::{Failure, Host, Output};
use super::state::CallState;
use crate::program::RunFailure;

impl Host for CallState {
    async fn run(
        &mut self,
        name: String,
        arguments: Vec<String>,
        input: Vec<u8>,
    ) -> wasmtime::Result<Result<Output, Failure>> {
        let ran = self.channel.programs.run(&name, &arguments, input, self.deadline).await;
        Ok(match ran {
            Ok(output) => {
                if output.cut {
                    self.channel.refusals.count("command-output-cut");
                }
                Ok(Output {
                    status: output.status,
                    stdout: output.stdout,
                    stderr: output.stderr,
                })
            }
            Err(failure) => {
                self.channel.refusals.count(failure.reason());
                Err(failure.into())
            }
        })
    }
}

impl From<RunFailure> for Failure {
    fn from(from: RunFailure) -> Self {
        match from {
            RunFailure::NotGranted => Self::NotGranted,
            RunFailure::TimedOut => Self::TimedOut,
            // The guest need not know what the operator's folders look like; the log says.
            RunFailure::Way(error) => {
                tracing::warn!(%error, "a program is not run");
                Self::NotStarted("the operator's program can't be used; his log says why".to_owned())
            }
            RunFailure::NotStarted(error) => {
                tracing::warn!(%error, "a program can't be started");
                Self::NotStarted("the operator's program can't be started; his log says why".to_owned())
            }
            failure @ (RunFailure::Unfit(_) | RunFailure::InputTooLarge) => Self::NotStarted(failure.to_string()),
        }
    }
}
