//! `lockgate add`: a component's file under a name, to be shown, confirmed and written down by [`approve`](super::approve).

use super::approve::{Assent, Candidate, Order, approve};
use super::args::AddArgs;
use super::ask::{Hands, Person, typed};
use super::print::Printer;
use super::{ExitStatus, check::Named};
use crate::paths::Home;

/// Adds a channel, or approves other bytes for one.
///
/// # Errors
/// The component is no channel, what it needs was not given, or the disk can't be written.
pub fn run(args: &AddArgs, home: &Home, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    Hands::here().check("what a channel may do", &typed())?;
    let candidate = Candidate::of(&args.name, Named::read(&args.component)?)?;
    approve(order(args), candidate, home, printer, Person::here())
}

pub(super) fn order(args: &AddArgs) -> Order<'_> {
    Order {
        choices: &args.choices,
        assent: if args.yes { Assent::Given } else { Assent::Asked },
        question: format!("Add it as {}?", args.name),
        confirming: vec!["--yes".to_owned()],
    }
}
