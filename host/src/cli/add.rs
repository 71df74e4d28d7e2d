//! `lockgate add`: a component's file under a name, to be shown, confirmed and written down by [`approve`](super::approve).

mod pair;

use super::approve::{Assent, Candidate, Order, approve};
use super::args::AddArgs;
use super::ask::{Hands, Person, typed};
use super::print::{Printer, shell_word};
use super::{ExitStatus, Refusal, check::Named};
use crate::config::Origin;
use crate::model::{ChannelName, Digest};
use crate::paths::Home;

/// Adds a channel, or approves other bytes for one.
///
/// # Errors
/// The component is no channel or not the one that was shown, what it needs was not given, or the disk can't be written.
pub fn run(args: &AddArgs, home: &Home, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    Hands::here().check("what a channel may do", &typed())?;
    let origin = Named::typed(&args.component);
    let name = name(args, &origin)?;
    let candidate = Candidate::of(&name, Named::read(&origin)?)?;
    let component = shell_word(&candidate.origin.to_string());
    candidate.check_shown(args.digest, &format!("lockgate add {component} --name {name}"))?;
    let order = order(args, &name, &candidate.examined.digest);
    let person = Person::here();
    let status = approve(order, candidate, home, printer, person)?;
    let asks = status == ExitStatus::Success && person == Person::AtTerminal && !args.yes && !args.no_pair;
    if asks && pair::is_open(&name, home)? {
        pair::pair(&name, home, printer, person)?;
    }
    Ok(status)
}

/// What the channel is called: what lockgate brings along has a name already.
fn name(args: &AddArgs, origin: &Origin) -> anyhow::Result<ChannelName> {
    match (&args.name, origin) {
        (Some(name), _) => Ok(name.clone()),
        (None, Origin::Bundled(name)) => Ok(name.parse()?),
        // A word that names nothing was meant as a name: what it is to be called is not the question.
        (None, Origin::File(path)) if !path.exists() => {
            Named::read(origin)?;
            Ok(path.to_string_lossy().parse()?)
        }
        (None, Origin::File(path)) => Err(Refusal(format!(
            "how is it to be called? run: lockgate add {} --name NAME",
            shell_word(&path.to_string_lossy())
        ))
        .into()),
    }
}

/// `--yes` is a yes to what was shown; to which bytes, only `--digest` says.
pub(super) fn order<'a>(args: &'a AddArgs, name: &ChannelName, digest: &Digest) -> Order<'a> {
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
        question: format!("Add it as {name}?"),
        confirming: yes.into_iter().chain(shown.into_iter().flatten()).collect(),
    }
}
