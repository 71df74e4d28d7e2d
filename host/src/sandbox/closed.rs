//! Capabilities `database` and `command`: they can be imported, and say that nothing is granted.

use super::bindings::{command, database};
use super::state::CallState;

impl database::Host for CallState {
    fn query(
        &mut self,
        _name: String,
        _sql: String,
        _parameters: Vec<database::Value>,
    ) -> wasmtime::Result<Result<Vec<Vec<database::Value>>, database::Failure>> {
        Ok(Err(database::Failure::NotGranted))
    }
}

impl command::Host for CallState {
    fn run(
        &mut self,
        _name: String,
        _arguments: Vec<String>,
        _input: Vec<u8>,
    ) -> wasmtime::Result<Result<command::Output, command::Failure>> {
        Ok(Err(command::Failure::NotGranted))
    }
}
