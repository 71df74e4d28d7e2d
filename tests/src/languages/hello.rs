//! The smallest channel of each SDK, as it stands beside it: built, held to the conformance suite, and called in a real home.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::scaffold::{prepare, run};
use super::{COMPILING, build, example, lockgate, workplace};
use crate::guests::root;
use crate::home::{Home, SECRET, Status};
use crate::load::Hook;
use crate::serve::Serve;
use crate::wait::{PATIENCE, until};

/// Where its calls are heard.
const PATH: &str = "/hello/";

/// What every smallest channel does, in this language: the body of a test.
///
/// # Panics
/// If it does not.
pub fn prove_hello(lang: &str) {
    if let Err(error) = greets(lang) {
        panic!("{lang}: {error:#}");
    }
}

fn greets(lang: &str) -> Result<()> {
    let project = workplace(&format!("hello-of-{lang}"))?;
    let sdk = if lang == "ts" { "js" } else { lang };
    example::copy(&root().join("sdk").join(sdk).join("hello"), &project)?;
    if lang == "js" {
        on_quickjs(&project.join("package.json"))?;
    }
    prepare(lang, &project)?;
    let built = build(&project)?;
    run(lockgate().arg("test").arg(&built.path))?;
    counts(&built.path)
}

/// The SDK for JavaScript has one smallest channel: here it is for the other engine.
fn on_quickjs(package: &Path) -> Result<()> {
    let text = std::fs::read_to_string(package).with_context(|| format!("read {}", package.display()))?;
    let mut about: serde_json::Value = serde_json::from_str(&text)?;
    about["lockgate"] = serde_json::json!({ "engine": "quickjs" });
    std::fs::write(package, about.to_string()).with_context(|| format!("write {}", package.display()))
}

/// Two signed calls are two events with their numbers, and an equal one is none.
fn counts(component: &Path) -> Result<()> {
    let home = Home::new()?;
    let file = component.to_str().context("a component's path is not text")?;
    let key = format!("key=file:{}", home.secret_file(SECRET)?.display());
    let ran = home.add_shown(&["add", file, "--name", "hello", "--yes", "--secret", &key])?;
    ensure!(ran.ok(), "add ended with {:?}:\n{}{}", ran.code, ran.stdout, ran.stderr);
    let serve = Serve::channel(&home)?;
    let listening = || {
        let status: Status = home.status().ok()?;
        let ready = status.channel("hello").is_some_and(|own| own.phase == "ready");
        status.listen.filter(|_| ready)
    };
    let addr = until(COMPILING, "the channel is ready", listening).with_context(|| serve.stderr())?;
    let hook = Hook::new(addr, PATH, SECRET);
    for (body, count) in [
        ("good morning, Zoë", "1"),
        ("again", "2"),
        ("again", "2"),
        ("at last", "3"),
    ] {
        let answer = hook.post(&hook.signed("hello", body.as_bytes()))?;
        ensure!(answer.status == 200, "{body} was answered with {}", answer.status);
        let said = serve.client.record().wait(PATIENCE, body, |seen| {
            let last = seen.events.last()?.parse().ok()?;
            (last.content.trim() == body && last.meta.get("x_count").is_some_and(|own| own == count)).then_some(())
        });
        said.with_context(|| serve.stderr())?;
    }
    let heard = serve.client.record().seen().events.len();
    ensure!(heard == 3, "three bodies made {heard} events");
    Ok(())
}
