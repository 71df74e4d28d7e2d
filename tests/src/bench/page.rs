//! From a message that a browser sends to a chat page, kept by the guest and on disk, to the session's line on stdout.
//! Node's minimal channel has no page; its signed post stands beside it.

use std::time::Instant;

use anyhow::{Result, ensure};

use super::Settings;
use super::report::Report;
use super::spread::Spread;
use crate::home::Home;
use crate::load::Connection;
use crate::page::Page;
use crate::serve::Serve;
use crate::wait::PATIENCE;

/// Messages before the first that counts.
const WARM_UP: usize = 20;

/// Measures and adds the row.
///
/// # Errors
/// If the page is not served, or a message does not arrive.
pub fn measure(settings: Settings, report: &mut Report) -> Result<()> {
    let home = Home::with_chat()?;
    let ran = home.run(&["access", "allow", "owner", "fakechat:web"])?;
    ensure!(ran.ok(), "{}{}", ran.stdout, ran.stderr);
    home.unpace()?;
    let mut serve = Serve::channel(&home)?;
    let page = Page::of(&home, "chat")?;
    let mut connection = Connection::open(page.addr)?;
    let (mut rounds, mut sent) = (Vec::new(), 0);
    for round in 0..settings.rounds {
        let mut took = Vec::with_capacity(settings.latency_posts);
        for nth in 0..settings.latency_posts / 4 + WARM_UP {
            sent += 1;
            let body = format!(r#"{{"id":"m-{round}-{nth}","text":"Is the build green?"}}"#);
            let request = page.request("POST", "/send", &[], body.as_bytes());
            let begun = Instant::now();
            connection.send(&request)?;
            serve.client.record().wait_events(sent, PATIENCE)?;
            if nth >= WARM_UP {
                took.push(begun.elapsed().as_secs_f64() * 1e3);
            }
            let answer = connection.answer()?;
            ensure!(answer.status == 201, "the page said {}", answer.status);
            if sent == 1 {
                serve.prove()?;
            }
        }
        rounds.extend(Spread::of(took).map(|spread| spread.median));
    }
    report.inform(
        "message of the page to line on stdout, p50 a round",
        "ms",
        Spread::of(rounds),
        None,
    );
    Ok(())
}
