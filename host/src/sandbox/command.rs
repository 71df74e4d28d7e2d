//! Capability `command`: the operator's programs, by his names. What is refused, late or cut is counted.

use super::bindings::command::{Failure, Host, Output};
use super::state::CallState;
use crate::model::ChannelName;
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
                Err(told(failure, &self.channel.name, &name))
            }
        })
    }
}

/// What the guest is told. It need not know what the operator's folders look like: his log says, of which channel and
/// which of its programs.
fn told(failure: RunFailure, channel: &ChannelName, program: &str) -> Failure {
    match failure {
        RunFailure::NotGranted => Failure::NotGranted,
        RunFailure::TimedOut => Failure::TimedOut,
        RunFailure::Way(error) => {
            tracing::warn!(%channel, program, %error, "a program is not run");
            Failure::NotStarted("the operator's program can't be used; his log says why".to_owned())
        }
        RunFailure::NotStarted(error) => {
            tracing::warn!(%channel, program, %error, "a program can't be started");
            Failure::NotStarted("the operator's program can't be started; his log says why".to_owned())
        }
        failure @ (RunFailure::Unfit(_) | RunFailure::InputTooLarge) => Failure::NotStarted(failure.to_string()),
    }
}
