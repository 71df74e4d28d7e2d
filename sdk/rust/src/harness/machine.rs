//! The stand-ins of the operator's databases and programs: what a test says they answer.

use super::house::here;
use crate::{command, database};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What a database makes of a statement and its parameters.
pub type Answering = Rc<dyn Fn(&str, &[database::Value]) -> Result<Vec<database::Row>, database::Failure>>;
/// What a program makes of its arguments and its input.
pub type Running = Rc<dyn Fn(&[String], &[u8]) -> Result<command::Output, command::Failure>>;

/// What of the operator's machine a channel is given.
#[derive(Default)]
pub struct Machine {
    pub databases: BTreeMap<String, Answering>,
    pub commands: BTreeMap<String, Running>,
}

/// The functions that `crate::database` and `crate::command` call. What answers may use the store itself.
pub fn query(name: &str, sql: &str, parameters: &[database::Value]) -> Result<Vec<database::Row>, database::Failure> {
    let answering = here(|house| house.machine.databases.get(name).cloned());
    answering.ok_or(database::Failure::NotGranted)?(sql, parameters)
}

pub fn run(name: &str, arguments: &[String], input: &[u8]) -> Result<command::Output, command::Failure> {
    let running = here(|house| house.machine.commands.get(name).cloned());
    running.ok_or(command::Failure::NotGranted)?(arguments, input)
}
