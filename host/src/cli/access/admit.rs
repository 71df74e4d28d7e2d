//! `lockgate access pair` and `invite`: two ways of letting somebody in. Both are the operator's own decision; both say
//! before they do it whether the person may approve, and neither gives that by a slip.

use anyhow::{Context, bail};

use super::{current, tell, warn_of_person};
use crate::access::pairing::{Desk, Invite, Pending};
use crate::access::{AccessBook, Account, DirectPolicy, PersonName, Role};
use crate::book::{self, BookError, Change};
use crate::cli::Refusal;
use crate::cli::args::{CancelArgs, InviteArgs, PairArgs, Whom};
use crate::cli::ask::{Person, Reply, typed_with};
use crate::cli::confirm::{self, Named};
use crate::cli::files::Files;
use crate::cli::print::{Printer, ago, counted};
use crate::control::{self, Greeted};
use crate::journal::Journal;
use crate::limits;
use crate::model::{Place, UnixMillis};
use crate::pairing::fresh_code;
use crate::pairing::greetings::{self, Greeting};
use crate::paths::{Home, StateDir};
use crate::supervisor::describe;

/// What stands instead of a question where nobody can be asked.
const APPROVE: &str = "--approve";

/// Puts who has this code on the list.
///
/// # Errors
/// Nobody has it, the operator does not want it, or the list can't be changed.
pub(super) fn pair(args: &PairArgs, home: &Home, printer: &mut Printer, person: Person) -> anyhow::Result<()> {
    if Files::read(home).is_ok_and(|files| files.config.channels.is_empty()) {
        bail!("no channel was added yet: lockgate add NAME");
    }
    let (state, journal) = open(home)?;
    let (code, now) = (args.code.clone(), UnixMillis::now());
    let stranger = journal.revise_blocking(Desk::DOCUMENT, move |desk: &mut Desk| desk.look(&code, now))??;
    let list = current(home)?;
    if list.denies(&stranger.account.network, &stranger.account.id) {
        return Err(BookError::Denied(stranger.account).into());
    }
    printer.say(&who(&stranger, now));
    want(&stranger, &args.name, printer, person)?;
    let asked = Asked {
        name: &args.name,
        account: Some(&stranger.account),
        approve: args.approve,
    };
    let roles = asked.roles(&list, printer, person)?;
    book::change(home, |list| {
        plan(list, &args.name, &stranger.account, &roles).map(|_| Vec::new())
    })?;
    // Used up before the list is changed: one code is good for one line, whoever types it at the same moment.
    let code = args.code.clone();
    let stranger: Pending = journal.revise_blocking(Desk::DOCUMENT, move |desk: &mut Desk| desk.pair(&code, now))??;
    let changes = book::change(home, |list| plan(list, &args.name, &stranger.account, &roles));
    let changes = changes.context("the code is used up; a new message of his brings a new one")?;
    tell(&changes, printer)?;
    let list = current(home)?;
    warn_of_person(&args.name, &list, printer);
    greet(&stranger, &args.name, &state, &journal, printer);
    let named = Named {
        owner: &args.name,
        accounts: std::slice::from_ref(&stranger.account),
    };
    confirm::settle(home, named, printer, person)
}

/// A code names nobody: whoever types one that he was talked into sees here whose it is, while he can still say no.
fn want(stranger: &Pending, name: &PersonName, printer: &mut Printer, person: Person) -> anyhow::Result<()> {
    if person == Person::Away {
        return Ok(());
    }
    let question = format!("Put {} on the list as {name}?", stranger.account);
    match person.confirm(printer, &question, "")? {
        Reply::Yes => Ok(()),
        Reply::No => Err(Refusal(format!(
            "nothing was changed; the code of {account} waits on, and `lockgate access cancel {account}` ends it",
            account = stranger.account
        ))
        .into()),
    }
}

/// What the list lacks; asked again when it is changed, so that nobody inherits what was given meanwhile.
fn plan(list: &AccessBook, name: &PersonName, account: &Account, roles: &[Role]) -> Result<Vec<Change>, BookError> {
    // Only `allow` lifts a denial: a code that the account got before must not.
    if list.denies(&account.network, &account.id) {
        return Err(BookError::Denied(account.clone()));
    }
    if may_approve(list, name) && !roles.contains(&Role::Approve) {
        return Err(BookError::Inherits(name.clone(), account.clone()));
    }
    book::allow(list, name, std::slice::from_ref(account), roles)
}

fn may_approve(list: &AccessBook, name: &PersonName) -> bool {
    list.person(name)
        .is_some_and(|person| person.roles.contains(&Role::Approve))
}

fn who(stranger: &Pending, now: UnixMillis) -> String {
    let called = stranger
        .name
        .as_ref()
        .map_or(String::new(), |name| format!(" (there called {name})"));
    let (account, channel, since) = (&stranger.account, &stranger.channel, ago(now.since(stranger.since)));
    format!("{account}{called} asked over {channel} {since}")
}

/// Whether somebody gets, or inherits, the right to approve.
struct Asked<'a> {
    name: &'a PersonName,
    /// Not known yet for an invitation.
    account: Option<&'a Account>,
    approve: bool,
}

impl Asked<'_> {
    fn roles(&self, list: &AccessBook, printer: &mut Printer, person: Person) -> anyhow::Result<Vec<Role>> {
        let name = self.name;
        if let Some(known) = list.person(name) {
            let roles: Vec<&str> = known.roles.iter().map(|role| role.as_str()).collect();
            let new = self.account.map_or("the new account".to_owned(), Account::to_string);
            printer.say(&format!("{name} is on the list; {new} inherits: {}", words(&roles)));
        }
        let mut roles = match list.person(name) {
            None => vec![Role::Chat],
            Some(_) => Vec::new(),
        };
        let is_first = list.people().is_empty();
        let given = self.approve || (may_approve(list, name) && self.inherits(printer, person)?);
        if given || (is_first && self.first(printer, person)?) {
            roles.push(Role::Approve);
        }
        Ok(roles)
    }

    /// His new account could approve as his others do.
    fn inherits(&self, printer: &mut Printer, person: Person) -> anyhow::Result<bool> {
        let name = self.name;
        let new = self
            .account
            .map_or("whoever takes the invitation".to_owned(), |account| {
                format!("the account {account}")
            });
        let instead = format!(
            "{name} may approve, and {new} would, too; if you want that, run: {}",
            again()
        );
        let question = format!("{name} may approve; {new} would, too. Go on?");
        match person.confirm(printer, &question, &instead)? {
            Reply::Yes => Ok(true),
            Reply::No => Err(Refusal("nothing was changed; choose another name, or say yes".into()).into()),
        }
    }

    /// Somebody has to be the first who may approve; nobody is it unasked.
    fn first(&self, printer: &mut Printer, person: Person) -> anyhow::Result<bool> {
        let name = self.name;
        if person == Person::Away {
            let Some(account) = self.account else {
                printer.say("nobody may approve yet; for yourself: lockgate access invite NAME --approve");
                return Ok(false);
            };
            printer.say(&format!(
                "{name} is the first on the list and may not approve; to give that, run: lockgate access allow {name} {account} --role approve"
            ));
            return Ok(false);
        }
        let so_far = match self.account {
            Some(_) => format!("{name} is the first on the list"),
            None => "nobody may approve yet".to_owned(),
        };
        let question = format!("{so_far}. May {name} also answer the session's questions for permission?");
        Ok(person.confirm(printer, &question, APPROVE)? == Reply::Yes)
    }
}

fn again() -> String {
    typed_with(&[APPROVE.to_owned()], &[])
}

fn words(roles: &[&str]) -> String {
    if roles.is_empty() {
        "nothing".to_owned()
    } else {
        roles.join(", ")
    }
}

/// Has him told that he is on the list, now or when the channels run again. That he is does not hang on it.
fn greet(stranger: &Pending, name: &PersonName, state: &StateDir, journal: &Journal, printer: &mut Printer) {
    let place = Place {
        conversation: stranger.conversation.clone(),
        thread: stranger.thread.clone(),
    };
    let greeting = Greeting::new(&stranger.channel, &place, name, UnixMillis::now());
    if let Err(error) = greetings::note(journal, greeting) {
        return printer.warn(&format!("{name} can't be told: {error}"));
    }
    match control::greet(state) {
        Ok(Greeted::Told) => printer.say(&format!("{name} is told so over {}", stranger.channel)),
        Ok(Greeted::NobodyRuns) => printer.say(&format!("{name} is told so when the channels run")),
        Err(error) => printer.warn(&describe(&error)),
    }
}

/// Makes a code with which one person puts himself on the list.
///
/// # Errors
/// No channel could hear it, too many are open, the operator does not want it, or the journal can't be written.
pub(in crate::cli) fn invite(
    args: &InviteArgs,
    home: &Home,
    printer: &mut Printer,
    person: Person,
) -> anyhow::Result<()> {
    let over = over(&Files::read(home)?)?;
    let (_, journal) = open(home)?;
    let list = current(home)?;
    let asked = Asked {
        name: &args.name,
        account: None,
        approve: args.approve,
    };
    let mut roles = asked.roles(&list, printer, person)?;
    roles.push(Role::Chat);
    let Ok(code) = fresh_code() else {
        bail!("the system gives no random bytes, so no code was made; try again")
    };
    let (now, good) = (UnixMillis::now(), args.good.unwrap_or(limits::INVITE_TTL));
    let invite = Invite {
        person: args.name.clone(),
        roles: roles.into_iter().collect(),
        found: list.person(&args.name).map(|person| person.roles.clone()),
        since: now,
        good,
    };
    let made = code.clone();
    journal.revise_blocking(Desk::DOCUMENT, move |desk: &mut Desk| desk.invite(invite, made, now))??;
    printer.say(&format!(
        "{name} sends both words, `pair {code}` (or `/start {code}`), as a message of their own; give them to nobody else: whoever sends them first is {name}",
        name = args.name
    ));
    printer.say(&format!(
        "good once and for {}, over {over}; it is not shown again",
        span(good)
    ));
    printer.line(&format!("pair {code}"))?;
    Ok(())
}

/// The channels over which an invitation can be taken.
fn over(files: &Files) -> anyhow::Result<String> {
    let channels = files.config.channels.iter();
    let open = channels.filter(|(_, channel)| channel.network.is_some() && channel.direct != DirectPolicy::Disabled);
    let names: Vec<&str> = open.map(|(name, _)| name.as_str()).collect();
    if files.config.channels.is_empty() {
        bail!("no channel could hear it; first: lockgate add NAME");
    }
    if names.is_empty() {
        bail!("no channel could hear it; first, in lockgate.toml: a `network`, or another `direct` than \"disabled\"");
    }
    Ok(names.join(", "))
}

pub(super) fn span(time: std::time::Duration) -> String {
    match time.as_secs() / 60 {
        minutes if minutes % 1_440 == 0 => counted(minutes / 1_440, "day", "days"),
        minutes if minutes % 60 == 0 => counted(minutes / 60, "hour", "hours"),
        minutes => counted(minutes, "minute", "minutes"),
    }
}

/// After an account was taken from somebody, or denied: no code and no invitation that is still open brings it back.
///
/// # Errors
/// The journal can't be written; the list is changed all the same.
pub(super) fn close(
    name: Option<&PersonName>,
    accounts: &[Account],
    home: &Home,
    printer: &mut Printer,
) -> anyhow::Result<usize> {
    // Without a journal nobody was ever given one.
    if !home.state_dir().join("journal.sqlite").exists() {
        return Ok(0);
    }
    let (person, denied) = (name.cloned(), accounts.to_vec());
    let work = move |desk: &mut Desk| {
        let invitations = person.map_or(0, |name| desk.cancel(&name));
        let codes: Vec<Account> = denied.into_iter().filter(|account| desk.forget(account) > 0).collect();
        (invitations, codes)
    };
    let closed = open(home).and_then(|(_, journal)| Ok(journal.revise_blocking(Desk::DOCUMENT, work)?));
    let (invitations, codes) = closed.context("the list is changed, but codes and invitations are still open")?;
    if let (Some(name), 1..) = (name, invitations) {
        let gone = counted(invitations as u64, "invitation", "invitations");
        printer.line(&format!("{gone} for {name} can't be taken any more"))?;
    }
    for account in &codes {
        printer.line(&format!("the code of {account} is good no more"))?;
    }
    Ok(invitations + codes.len())
}

/// Takes back codes and invitations.
///
/// # Errors
/// The journal can't be written.
pub(super) fn cancel(args: &CancelArgs, home: &Home, printer: &mut Printer) -> anyhow::Result<()> {
    let (_, journal) = open(home)?;
    let whom = args.whom.clone();
    let gone = journal.revise_blocking(Desk::DOCUMENT, move |desk: &mut Desk| match whom {
        Whom::Person(name) => desk.cancel(&name),
        Whom::Account(account) => desk.forget(&account),
    })?;
    match (&args.whom, gone) {
        (Whom::Person(name), 0) => bail!(
            "there is none: {name} has no open code or invitation; to take him from the list: lockgate access remove {name}"
        ),
        (Whom::Account(account), 0) => {
            bail!("there is none: {account} has no open code; never to hear it: lockgate access deny {account}")
        }
        (Whom::Person(name), gone) => {
            let gone = counted(gone as u64, "invitation", "invitations");
            printer.line(&format!("{gone} for {name} can't be taken any more"))?;
        }
        (Whom::Account(account), _) => printer.line(&format!("the code of {account} is good no more"))?,
    }
    Ok(())
}

fn open(home: &Home) -> anyhow::Result<(StateDir, Journal)> {
    let state = home.open_state(None)?;
    let journal = Journal::open(&state.journal())?;
    Ok((state, journal))
}
