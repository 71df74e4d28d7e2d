//! The stand-ins of the operator's databases and programs: what a test says they answer; and his folders.

use super::Harness;
use super::house::here;
use crate::files::Access;
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

impl Harness {
    /// Gives the channel a folder of the operator's, `/folders/<name>`, to read. The test puts files there with
    /// [`files::write`].
    #[must_use]
    pub fn folder(self, name: impl Into<String>) -> Self {
        self.house.borrow_mut().folders.named.insert(name.into(), Access::Read);
        self
    }

    /// The same, to write to.
    #[must_use]
    pub fn writable_folder(self, name: impl Into<String>) -> Self {
        self.house
            .borrow_mut()
            .folders
            .named
            .insert(name.into(), Access::Replace);
        self
    }

    /// Gives the channel a database of this name, which answers each query with what `answer` makes of the statement and its
    /// parameters.
    #[must_use]
    pub fn database(
        self,
        name: impl Into<String>,
        answer: impl Fn(&str, &[database::Value]) -> Result<Vec<database::Row>, database::Failure> + 'static,
    ) -> Self {
        self.house
            .borrow_mut()
            .machine
            .databases
            .insert(name.into(), Rc::new(answer));
        self
    }

    /// Gives the channel a program of this name, which does with its arguments and its input what `run` does.
    #[must_use]
    pub fn command(
        self,
        name: impl Into<String>,
        run: impl Fn(&[String], &[u8]) -> Result<command::Output, command::Failure> + 'static,
    ) -> Self {
        self.house
            .borrow_mut()
            .machine
            .commands
            .insert(name.into(), Rc::new(run));
        self
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::{Failure, Value};
    use crate::{Hook, Request, files};

    struct Reader;

    impl Hook for Reader {
        fn receive(_: Request) -> Result<crate::Answer, crate::Trouble> {
            let note = files::read("/folders/notes/a")?;
            files::write("/folders/drafts/a", &note)?;
            assert!(files::write("/folders/notes/b", "").is_err() && files::read("/folders/other/a").is_err());
            let rows = database::query("messages", "SELECT ?1", &[7.into()])?;
            let shown = command::run("show", &["one"], "two")?;
            Ok(crate::Answer::status(u16::try_from(shown.status).unwrap_or(500)).text(format!("{rows:?}")))
        }
    }

    #[test]
    fn what_a_test_gives_is_there_and_nothing_else() {
        let house = Harness::new()
            .folder("notes")
            .writable_folder("drafts")
            .database("messages", |sql, parameters| {
                assert_eq!((sql, parameters), ("SELECT ?1", &[Value::Integer(7)][..]));
                Ok(vec![vec![Value::Null]])
            })
            .command("show", |arguments, input| {
                assert_eq!((arguments, input), (&["one".to_owned()][..], &b"two"[..]));
                let (stdout, stderr) = (Vec::new(), Vec::new());
                Ok(command::Output {
                    status: 201,
                    stdout,
                    stderr,
                })
            });
        assert_eq!(files::write("/folders/notes/a", "a note"), Ok(()));
        let answer = house
            .hook::<Reader>(Request::post("/", ""))
            .unwrap_or_else(|trouble| panic!("{trouble:?}"));
        assert_eq!((answer.status, house.body(&answer)), (201, b"[[Value::Null]]".to_vec()));
        assert_eq!(files::read("/folders/drafts/a"), Ok(b"a note".to_vec()));
        assert_eq!(database::query("other", "", &[]), Err(Failure::NotGranted));
        assert_eq!(command::run("other", &[""; 0], ""), Err(command::Failure::NotGranted));
    }
}
