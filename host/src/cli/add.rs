//! `lockgate add`: a component's file under a name, to be shown, confirmed and written down by [`approve`](super::approve).

use super::approve::{Assent, Candidate, Order, approve};
use super::args::AddArgs;
use super::ask::{Hands, Person, typed};
use super::print::{Printer, shell_word};
use super::{ExitStatus, check::Named};
use crate::model::Digest;
use crate::paths::Home;

/// Adds a channel, or approves other bytes for one.
///
/// # Errors
/// The component is no channel or not the one that was shown, what it needs was not given, or the disk can't be written.
pub fn run(args: &AddArgs, home: &Home, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    Hands::here().check("what a channel may do", &typed())?;
    let candidate = Candidate::of(&args.name, Named::read(&args.component)?)?;
    let path = shell_word(&candidate.path.to_string_lossy());
    candidate.check_shown(args.digest, &format!("lockgate add {path} --name {}", args.name))?;
    let order = order(args, &candidate.examined.digest);
    approve(order, candidate, home, printer, Person::here())
}

/// `--yes` is a yes to what was shown; to which bytes, only `--digest` says.
pub(super) fn order<'a>(args: &'a AddArgs, digest: &Digest) -> Order<'a> {
    let assent = match (args.yes, args.digest) {
        (true, Some(_)) => Assent::Given,
        (true, None) => Assent::Unseen,
        (false, _) => Assent::Asked,
    };
    let yes = (!args.yes).then(|| "--yes".to_owned());
    let shown = args
        .digest
        .is_none()
        .then(|| ["--digest".to_owned(), digest.to_string()]);
    Order {
        choices: &args.choices,
        assent,
        question: format!("Add it as {}?", args.name),
        confirming: yes.into_iter().chain(shown.into_iter().flatten()).collect(),
    }
}
