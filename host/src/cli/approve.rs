//! From a component that was read once to a channel that may run it: shows what it asks, has it confirmed, and writes it
//! down in an order in which a crash leaves nothing half. `add` and `review` differ only in where the bytes come from.
//! Nothing is granted that was not shown, and what holds a secret, a host, a folder or a program is named one by one where
//! nobody can be asked.

mod changes;
mod choose;
mod install;
mod moved;
mod needs;
mod next;
mod places;
mod powers;
mod relay;
mod secrets;
#[cfg(test)]
mod tests;

use anyhow::Context;

use super::ask::{Person, Reply, typed_with};
use super::asks::{self, View};
use super::check::Named;
use super::files::Files;
use super::policy;
use super::print::{Cell, Printer};
use super::{
    ExitStatus, Refusal,
    args::{Choices, GrantFlag},
};
use crate::components::{self, Examined};
use crate::config::{ChannelConfig, Origin};
use crate::grant::Grant;
use crate::lockfile::{Pin, RelayPin};
use crate::managed::Managed;
use crate::manifest::Manifest;
use crate::model::{ChannelName, Digest};
use crate::paths::Home;
pub(super) use install::watched;
use needs::{Need, Past};
use secrets::{Entries, Typed};

pub(super) use changes::{Beyond, grown};
pub(super) use secrets::{check_blanks, fits};

/// What is to be approved, read once.
pub(super) struct Candidate {
    pub name: ChannelName,
    /// A file's path is canonical.
    pub origin: Origin,
    /// Of the file as it was named.
    pub file: Digest,
    pub examined: Examined,
}

/// What the operator said beforehand, and how he is asked for the rest.
pub(super) struct Order<'a> {
    pub choices: &'a Choices,
    pub assent: Assent,
    /// What he is asked.
    pub question: String,
    /// What has to stand on the command line as well, where he can't be asked.
    pub confirming: Vec<String>,
}

/// Whether what is shown was confirmed by a flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Assent {
    /// As far as a flag can, for the very bytes that were shown.
    Given,
    /// For whatever bytes are there: nobody says which ones were shown.
    Unseen,
    /// It is asked for.
    Asked,
}

/// How much of what a channel asks for is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sheet {
    /// All of it, and what changed.
    Whole,
    /// What changed.
    Changes,
}

/// All that was decided, ready to be written.
struct Decision {
    candidate: Candidate,
    /// What the files said when it was decided.
    before: Files,
    config: ChannelConfig,
    typed: Vec<Typed>,
    /// The bytes that may carry approvals: these, others before them, or none.
    relay: Option<Digest>,
    grant: Grant,
}

impl Candidate {
    /// What was read, under this name.
    ///
    /// # Errors
    /// It is no channel, or its path can't stand in lockgate.toml.
    pub fn of(name: &ChannelName, named: Named) -> anyhow::Result<Self> {
        let examined = named.examine().with_context(|| format!("component {}", named.origin))?;
        if matches!(&named.origin, Origin::File(path) if path.to_str().is_none()) {
            anyhow::bail!(
                "{} can't be written into lockgate.toml; rename it to a name in UTF-8",
                named.origin
            );
        }
        Ok(Self {
            name: name.clone(),
            file: Digest::of(&named.bytes),
            origin: named.origin,
            examined,
        })
    }

    /// Whether these are the bytes that were shown, if somebody says which ones were. `look`: what shows these.
    ///
    /// # Errors
    /// They are others.
    pub fn check_shown(&self, shown: Option<Digest>, look: &str) -> anyhow::Result<()> {
        let Some(shown) = shown.filter(|shown| *shown != self.examined.digest) else {
            return Ok(());
        };
        Err(refuse(format!(
            "{} has other bytes than those with the digest {shown}: they are {} now; to see them, run: {look}",
            self.origin, self.examined.digest
        )))
    }

    /// Whether these very bytes, under this very file, are the approved ones.
    pub fn is_pinned(&self, pin: Option<&Pin>) -> bool {
        pin.is_some_and(|pin| pin.digest == self.examined.digest && pin.file == self.file)
    }
}

/// Has it decided, and does it.
///
/// # Errors
/// What it needs was not given, or the disk can't be written.
pub(super) fn approve(
    order: Order<'_>,
    candidate: Candidate,
    home: &Home,
    printer: &mut Printer,
    person: Person,
) -> anyhow::Result<ExitStatus> {
    let binary = std::env::current_exe().context("can't find lockgate's own binary")?;
    let Some(decision) = decide(&order, home, printer, person, candidate)? else {
        printer.say("nothing was changed");
        return Ok(ExitStatus::Refused);
    };
    let state = install::install(&decision, home, printer, binary)?;
    next::show(&decision, home, &state, printer)?;
    Ok(ExitStatus::Success)
}

/// Everything that has to be decided, by flags or at the terminal; `None`: he said no.
fn decide(
    order: &Order<'_>,
    home: &Home,
    printer: &mut Printer,
    person: Person,
    candidate: Candidate,
) -> anyhow::Result<Option<Decision>> {
    let before = Files::read(home)?;
    let (name, manifest) = (&candidate.name, &candidate.examined.manifest);
    let (pin, known) = (before.lock.channels.get(name), before.config.channels.get(name));
    let off_limits = home.off_limits();
    choose::check_flags(order.choices, manifest, &off_limits, printer)?;
    let mut config = choose::merge(order.choices, manifest, &candidate.origin, known);
    let old = pin.filter(|_| !candidate.is_pinned(pin)).map(|pin| old(home, pin));
    let past = Past {
        config: known,
        approved: pin.map(|_| approved(old.as_ref(), manifest)),
    };
    let needs = needs::open(manifest, &past, &config, order.choices);
    let entries = Entries {
        channel: name,
        manifest,
        before: &before.config,
    };
    let mut given = given(&config, &needs, entries, order.choices);
    let carrier = relay::Carrier::of(&candidate, pin, order.choices);
    given.relay &= carrier.is_allowed();
    let is_confirmed = is_confirmed(order, &candidate, pin, person);
    // Who develops it has seen the rest with the same question before.
    let sheet = match order.choices.dev && matches!(old, Some(Ok(_))) {
        true => Sheet::Changes,
        false => Sheet::Whole,
    };
    match candidate.is_pinned(pin) && is_confirmed {
        true => printer.say(&format!("nothing changed in the component of {name}")),
        false => show(
            &candidate,
            (&given, order.choices),
            old.as_ref(),
            &carrier,
            sheet,
            printer,
        ),
    }
    let is_asked = !is_confirmed || are_open(&needs, person);
    if is_asked {
        let optional = needs::optional(manifest, &config, order.choices);
        if agree(order, &needs, &optional, (person, printer))? == Reply::No {
            return Ok(None);
        }
        needs.iter().for_each(|need| need.give(&mut config));
        places::ask(manifest, &past, &mut config, &off_limits, (person, printer))?;
    }
    choose::open_to_strangers(known, manifest, &mut config);
    let typed = secrets::complete(entries, order.choices, &mut config, person, printer)?;
    choose::check_work(&candidate, &config, printer)?;
    let talk = is_asked.then_some((person, &mut *printer));
    let relay = carrier.decide((name, manifest), &mut config, talk)?;
    let pinned = RelayPin::of(relay, candidate.examined.digest);
    let grant = Grant::compute(name, manifest, &config, pinned)?;
    places::check_all(&config, known, &off_limits, printer)?;
    Ok(Some(Decision {
        before,
        config,
        typed,
        relay,
        grant,
        candidate,
    }))
}

/// What the approved bytes ask for, if they can still be read: where there are no others, what these ask for.
fn approved<'a>(old: Option<&'a anyhow::Result<Examined>>, manifest: &'a Manifest) -> Option<&'a Manifest> {
    match old {
        None => Some(manifest),
        Some(old) => old.as_ref().ok().map(|old| &old.manifest),
    }
}

/// Whether nothing has to be asked but for what nobody has named. Over an approved channel a yes is one to the bytes that
/// were shown, and so is a grant of all hosts, whatever they are: between the look and the yes the file can be another.
fn is_confirmed(order: &Order<'_>, candidate: &Candidate, pin: Option<&Pin>, person: Person) -> bool {
    let all_hosts = order.choices.grants.contains(&GrantFlag::Hosts) && person == Person::Away;
    match order.assent {
        Assent::Given => true,
        Assent::Unseen => !all_hosts && (pin.is_none() || candidate.is_pinned(pin)),
        Assent::Asked => !all_hosts && candidate.is_pinned(pin),
    }
}

/// Whether something is to be given that nobody has named. A secret that will be typed is named by that.
fn are_open(needs: &[Need], person: Person) -> bool {
    let is_typed = |need: &Need| matches!(need, Need::Secret(_)) && person == Person::AtTerminal;
    !needs.iter().all(is_typed)
}

/// His answer, or, where nobody can give one, a refusal that ends with the very line to type.
fn agree(
    order: &Order<'_>,
    needs: &[Need],
    optional: &[String],
    (person, printer): (Person, &mut Printer),
) -> anyhow::Result<Reply> {
    let flags: Vec<String> = needs.iter().flat_map(Need::flags).collect();
    let line = typed_with(&order.confirming, &flags);
    let mut instead = format!("to give it all that, run: {line}");
    if !optional.is_empty() {
        instead = format!("optional: {}; {instead}", optional.join(" "));
    }
    if order.assent == Assent::Unseen && needs.is_empty() {
        instead = format!("--yes does not say which bytes were shown; to give these all that, run: {line}");
    } else if order.assent != Assent::Asked {
        let each: Vec<String> = needs.iter().map(ToString::to_string).collect();
        let what = each.join(", ");
        instead = format!("a flag for everything does not give {what}; {instead}");
    }
    person.confirm(printer, &order.question, &instead)
}

/// The manifest of the approved bytes, or why it can't be shown.
pub(super) fn old(home: &Home, pin: &Pin) -> anyhow::Result<Examined> {
    let state = home.open_state(None)?;
    let bytes = components::read_bounded(&state.component(&pin.digest))?;
    anyhow::ensure!(Digest::of(&bytes) == pin.digest, "the approved component was changed");
    Ok(components::examine(bytes, None)?)
}

/// The configuration as it would be after a yes: what nothing has given yet is shown as given, because his yes gives it.
fn given(config: &ChannelConfig, needs: &[Need], entries: Entries<'_>, choices: &Choices) -> ChannelConfig {
    let mut given = config.clone();
    given.secrets.extend(secrets::named(entries, choices));
    given.secrets.extend(secrets::missing(entries, &given));
    needs.iter().for_each(|need| need.give(&mut given));
    let known = entries.before.channels.get(entries.channel);
    choose::open_to_strangers(known, entries.manifest, &mut given);
    given
}

/// All that he decides upon.
fn show(
    candidate: &Candidate,
    (given, choices): (&ChannelConfig, &Choices),
    old: Option<&anyhow::Result<Examined>>,
    carrier: &relay::Carrier,
    sheet: Sheet,
    printer: &mut Printer,
) {
    let (name, manifest) = (&candidate.name, &candidate.examined.manifest);
    if sheet == Sheet::Whole {
        let view = View::Granted(name.as_str(), given);
        printer.show(&asks::sheet(&candidate.examined, view, &secrets::kept(choices)));
        printer.say("");
    }
    let more = carrier.change().into_iter().chain(secrets::kept_changes(choices));
    match old {
        None => {}
        Some(Ok(old)) => printer.show(&changes::table(old, &candidate.examined, more)),
        Some(Err(error)) => printer.say(&format!("what changed can't be told: {error:#}")),
    }
    if let Some(text) = policy::words(&Managed::here().policy(), &candidate.examined.digest, Some(given)) {
        printer.warn(&text);
    }
    // The last line above the question: whatever scrolled away, this says how much there is to see.
    printer.say(&asks::sum(manifest));
}

/// Names in a row, or that there are none.
fn label_list<'a>(names: impl Iterator<Item = &'a String>, what: &str) -> String {
    let names: Vec<&str> = names.map(String::as_str).collect();
    if names.is_empty() {
        format!("no {what}")
    } else {
        names.join(", ")
    }
}

/// What is asked for something with a title of its author's, who writes no more of the question than that.
fn asked(name: &str, title: &str, what: &str) -> String {
    format!("{name} ({}): {what}:", asks::prose(title))
}

/// A refusal that ends with what to type.
fn refuse(text: String) -> anyhow::Error {
    Refusal(text).into()
}

/// A label of the tables here.
fn label(text: &str) -> Cell {
    Cell::faint(text)
}
