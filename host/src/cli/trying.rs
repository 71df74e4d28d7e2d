//! `lockgate try`: the operator's own channels, with the session in this terminal instead of in a client.

use std::sync::{Arc, Weak};

use anyhow::bail;

use super::ExitStatus;
use super::files::Files;
use super::play::{play, settled};
use crate::channel::{Channel, Phase};
use crate::components;
use crate::house::House;
use crate::model::ChannelName;
use crate::pages::Page;
use crate::paths::Home;
use crate::supervisor::Entry;

/// Runs the channels until the person ends it.
///
/// # Errors
/// The state folder can't be used, or the session ended by itself.
pub fn run(home: Home) -> anyhow::Result<ExitStatus> {
    // Without a channel nothing would ever come, so that nobody is left waiting for it.
    if Files::read(&home)?.config.channels.is_empty() {
        bail!(
            "no channel was added yet; run: lockgate add NAME (it brings along {}); `lockgate demo` needs none",
            components::bundled_names()
        );
    }
    let variables = Arc::new(|name: &str| std::env::var(name).ok());
    play(home, variables, async |house| {
        settled(house).await;
        let problem = house.roster.borrow().problem.clone();
        if let Some(problem) = problem {
            bail!("{problem}");
        }
        welcome(house);
        Ok(())
    })
}

fn welcome(house: &House) {
    let roster = Arc::clone(&house.roster.borrow());
    for (name, entry) in &roster.channels {
        eprintln!("{}", standing(name, entry));
        if let Some(channel) = entry.running() {
            tokio::spawn(changes(name.clone(), Arc::downgrade(channel)));
        }
    }
    for (name, page) in &*house.pages.borrow() {
        match page {
            Page::At(link) => eprintln!("{name}: open {}", link.url()),
            Page::Failed(why) => eprintln!("{name}: {}", crate::text::terminal(why)),
        }
    }
    if house.book.current().people().is_empty() {
        eprintln!(
            "Nobody is on the allowlist yet, so no person is heard; to be heard, write to the \
                   channel and type the code it sends: lockgate access pair CODE --as NAME"
        );
    }
    eprintln!(
        "\nA session is open; what comes in is shown as the model would get it. /help shows what can be typed.\n"
    );
}

/// Where a channel is in its life.
fn standing(name: &ChannelName, entry: &Entry) -> String {
    match entry.running() {
        Some(channel) if is_untried(channel) => format!("{name}: starting"),
        _ => words(name, &entry.phase()),
    }
}

/// One that looks for news is only starting until it has looked: before that nobody knows whether it can.
fn is_untried(channel: &Channel) -> bool {
    channel.phase() == Phase::Ready && channel.polls() && !*channel.looks().borrow()
}

/// A phase, why it is that one, and what to do.
fn words(name: &ChannelName, phase: &Phase) -> String {
    let parts = [phase.word(), phase.detail(), phase.mend()];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|part| !part.is_empty())
        .map(crate::text::terminal)
        .collect();
    format!("{name}: {}", parts.join(": "))
}

/// Says what becomes of a channel after the welcome, until it is replaced. It keeps no code that is.
async fn changes(name: ChannelName, channel: Weak<Channel>) {
    let Some((mut phases, mut looks)) = channel.upgrade().map(|channel| (channel.phases(), channel.looks())) else {
        return;
    };
    let shown = || {
        channel
            .upgrade()
            .and_then(|channel| (!is_untried(&channel)).then(|| channel.phase()))
    };
    let mut last = shown();
    loop {
        let changed = tokio::select! {
            changed = phases.changed() => changed,
            changed = looks.changed() => changed,
        };
        let now = shown();
        if let Some(phase) = now
            .as_ref()
            .filter(|phase| last.as_ref().map(Phase::word) != Some(phase.word()))
        {
            eprintln!("{}", words(&name, phase));
        }
        last = now;
        if changed.is_err() {
            return;
        }
    }
}
