//! The command line: from arguments to a verb and its exit status. A verb's answer goes to standard output, all talk
//! to standard error, and every text that is not ours through [`print`]. Nothing here decides what a channel may.

mod access;
mod add;
pub mod ancestors;
mod approve;
pub mod args;
mod ask;
mod asks;
mod build;
mod check;
mod completions;
mod confirm;
pub mod demo;
mod dev;
mod files;
mod interrupt;
mod kept;
mod log;
mod new;
mod play;
mod policy;
pub mod print;
mod remove;
mod review;
mod secret;
pub mod serve;
mod setup;
mod status;
pub mod terminal;
mod test;
mod trying;

use std::ffi::OsString;

use crate::database;
use crate::paths::Home;
use crate::sandbox::compiled;
use crate::supervisor::describe;
use args::{Cli, Verb};
use print::Printer;

/// How a verb ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitStatus {
    /// Done.
    Success,
    /// It could not be done; standard error says why and what to do.
    Failed,
    /// No command line of ours.
    Usage,
    /// The operator has to decide something first.
    Refused,
}

/// Something that only the operator can decide, and he did not: exit status 3.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Refusal(String);

/// Runs one command line, the program's name first.
///
/// # Authority
/// The process's own: environment, standard streams and the operator's folders.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitStatus {
    let cli = match Cli::read(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Where help or the error can't be written, nothing else could be either.
            let _ = error.print();
            return if error.use_stderr() {
                ExitStatus::Usage
            } else {
                ExitStatus::Success
            };
        }
    };
    match cli.verb {
        Verb::CompileComponent => return compile(),
        Verb::QueryDatabase => return query(),
        _ => {}
    }
    let mut printer = Printer::of_process();
    log::start(&cli, &mut printer);
    match verb(&cli, &mut printer) {
        Ok(status) => status,
        Err(error) => failed(&error, &mut printer),
    }
}

fn verb(cli: &Cli, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let home = || Home::find(cli.home.as_deref(), &variable);
    match &cli.verb {
        Verb::Serve(args) => serve::run(args, home()?),
        Verb::Add(args) => add::run(args, &home()?, printer),
        Verb::Remove(args) => remove::run(args, &home()?, printer),
        Verb::Access(args) => access::run(args, &home()?, printer),
        Verb::Review(args) => review::run(args, &home()?, printer),
        Verb::Secret(args) => secret::run(args, &home()?, printer),
        Verb::Check(args) => check::run(args, home, printer),
        Verb::Status(args) => status::run(args, &home()?, printer),
        Verb::Setup => setup::run(cli.home.as_deref(), printer),
        Verb::Demo => demo::run(),
        Verb::Try => trying::run(home()?),
        Verb::New(args) => new::run(args, printer),
        Verb::Build(args) => build::run(args, build::Words::wanted(cli.verbose), printer),
        Verb::Dev(args) => dev::run(args, home()?, printer),
        Verb::Test(args) => test::run(args, home, printer),
        Verb::Completions(args) => completions::run(args, printer),
        Verb::CompileComponent => Ok(compile()),
        Verb::QueryDatabase => Ok(query()),
    }
}

/// A variable of the environment, if it is text.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The compiling child: it has no environment, reads no file, and speaks to its parent alone.
fn compile() -> ExitStatus {
    match compiled::compile_child() {
        Ok(()) => ExitStatus::Success,
        Err(error) => {
            eprintln!("{}", describe(&error));
            ExitStatus::Failed
        }
    }
}

/// The child of one query: like the other, and it reads one file.
fn query() -> ExitStatus {
    match database::answer_query() {
        Ok(()) => ExitStatus::Success,
        Err(_) => ExitStatus::Failed,
    }
}

fn failed(error: &anyhow::Error, printer: &mut Printer) -> ExitStatus {
    if is_broken_pipe(error) {
        // Who read our output has seen enough, as `head` does.
        return ExitStatus::Success;
    }
    printer.error(&describe(error.as_ref()));
    if error.is::<Refusal>() {
        ExitStatus::Refused
    } else {
        ExitStatus::Failed
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<print::Unprintable>()
        .is_some_and(|error| error.0.kind() == std::io::ErrorKind::BrokenPipe)
}
