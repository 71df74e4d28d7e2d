//! `lockgate try`: the operator's own channels, with the session in this terminal instead of in a client.

use std::sync::Arc;

use anyhow::bail;

use super::ExitStatus;
use super::play::{play, settled};
use crate::house::House;
use crate::pages::Page;
use crate::paths::Home;

/// Runs the channels until the person ends it.
///
/// # Errors
/// The state folder can't be used, or the session ended by itself.
pub fn run(home: Home) -> anyhow::Result<ExitStatus> {
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
    if roster.channels.is_empty() {
        eprintln!("No channel was added yet: `lockgate add --help` shows how, `lockgate demo` needs none.");
    }
    for (name, entry) in &roster.channels {
        let phase = entry.phase();
        let detail = crate::text::terminal(phase.detail());
        eprintln!(
            "{name}: {}{}{detail}",
            phase.word(),
            if detail.is_empty() { "" } else { ": " }
        );
    }
    for (name, page) in &*house.pages.borrow() {
        match page {
            Page::At(link) => eprintln!("{name}: open {}", link.url()),
            Page::Failed(why) => eprintln!("{name}: {}", crate::text::terminal(why)),
        }
    }
    if house.book.current().people().is_empty() {
        eprintln!("Nobody is on the allowlist yet, so no person is heard: `lockgate access allow NAME NETWORK:ID`.");
    }
    eprintln!(
        "\nA session is open; what comes in is shown as the model would get it. /help shows what can be typed.\n"
    );
}
