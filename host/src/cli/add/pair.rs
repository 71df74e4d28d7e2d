//! The end of `add` at a terminal: whoever added a channel that can answer is let in by it while he is there. The invitation
//! is that of `access invite`; here it is only waited for, with the channels running if nobody else runs them.

use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use tokio::sync::watch;

use crate::access::{DirectPolicy, PersonName};
use crate::book::Book;
use crate::channel::Phase;
use crate::cli::access::invite;
use crate::cli::args::InviteArgs;
use crate::cli::ask::{Person, Reply};
use crate::cli::files::Files;
use crate::cli::play::keep;
use crate::cli::print::Printer;
use crate::config::ChannelConfig;
use crate::desk::Door;
use crate::limits;
use crate::model::ChannelName;
use crate::paths::Home;

/// What the first person is called unless he says otherwise.
const OWNER: &str = "owner";
/// How often the list is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// Whether anybody could be let in by this channel, and nobody is heard in it yet.
pub(super) fn is_open(name: &ChannelName, home: &Home) -> anyhow::Result<bool> {
    let files = Files::read(home)?;
    let config = files.config.channels.get(name);
    Ok(config.is_some_and(|config| config.direct == DirectPolicy::Pairing && !is_anybody_heard(config, home)))
}

fn is_anybody_heard(config: &ChannelConfig, home: &Home) -> bool {
    let list = Book::new(home.clone()).current();
    let mut accounts = list.people().iter().flat_map(|person| &person.accounts);
    accounts.any(|account| Some(&account.network) == config.network.as_ref())
}

/// Asks whether to, makes the invitation, and waits until it was taken.
///
/// # Errors
/// The terminal can't be read, the invitation can't be made, or the channel can't run.
pub(super) fn pair(name: &ChannelName, home: &Home, printer: &mut Printer, person: Person) -> anyhow::Result<()> {
    if person.confirm(printer, &format!("Pair {name} with your own account now?"), "")? == Reply::No {
        printer.say("to do that later, run: lockgate access invite owner");
        return Ok(());
    }
    let typed = person.line(printer, &format!("Your name on the list [{OWNER}]:"))?;
    let typed = if typed.is_empty() { OWNER } else { &typed };
    let who: PersonName = typed.parse()?;
    let order = InviteArgs {
        name: who.clone(),
        approve: false,
        good: None,
    };
    invite(&order, home, printer, person)?;
    printer.say(&format!(
        "waiting for that message over {name}; Ctrl-C ends the waiting, not the invitation"
    ));
    let variables = Arc::new(|name: &str| std::env::var(name).ok());
    let mut seen = String::new();
    let within = async |door| {
        let mut tell = |text: &str| {
            if seen != text {
                text.clone_into(&mut seen);
                printer.say(text);
            }
        };
        let waiting = until_paired(name, home, door, &mut tell);
        // Over is over: what to do then is said below.
        tokio::time::timeout(limits::PAIRED_WITHIN, waiting)
            .await
            .unwrap_or(Ok(()))
    };
    keep(home.clone(), variables, within)?;
    match is_open(name, home)? {
        false => printer.line(&format!("{who} is paired: what you write to {name} is heard from now on"))?,
        true => printer.say(
            "nobody has sent it yet; the invitation stays good for a day, and is taken whenever a session runs the channels",
        ),
    }
    Ok(())
}

/// Until somebody is heard in the channel.
async fn until_paired(
    name: &ChannelName,
    home: &Home,
    door: watch::Receiver<Door>,
    tell: &mut impl FnMut(&str),
) -> anyhow::Result<()> {
    while is_open(name, home)? {
        let state = door.borrow().clone();
        match state {
            Door::Failed(why) => bail!("{why}"),
            Door::Owner(house) => {
                let roster = Arc::clone(&house.roster.borrow());
                let phase = roster.channels.get(name).map(|entry| entry.phase());
                match phase {
                    Some(Phase::Broken { why } | Phase::Unauthorized { why, .. }) => bail!("{name} can't run: {why}"),
                    Some(phase) => tell(&[&format!("{name} is"), phase.word(), phase.detail()].join(" ")),
                    None => {}
                }
            }
            Door::Beside(..) => tell("another process runs the channels"),
            Door::Opening | Door::Visitor => {}
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(())
}
