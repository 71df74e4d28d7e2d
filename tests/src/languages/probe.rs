//! The same channel in every language, in a home with a session and a fake platform: what goes in comes out the same.

mod machine;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::{Built, COMPILING, build, probe_folder};
use crate::client::{Pushed, text_of};
use crate::guests::root;
use crate::home::{Home, SECRET, Status};
use crate::load::{Answer as Answered, Hook};
use crate::platform::{Answer, Platform, Seen};
use crate::reload::Watch;
use crate::serve::Serve;
use crate::wait::{PATIENCE, until};

/// The channel's name.
const NAME: &str = "probe";
/// The host that it asks for.
const HOST: &str = "probe.example.org";
/// Calls that are timed.
const CALLS: usize = 40;
/// What the platform answers with 429 the first time.
const TOO_FAST: &str = "not so fast";

/// A running probe.
pub struct Probe {
    built: Built,
    home: Home,
    serve: Serve,
    platform: Platform,
    hook: Hook,
    /// From the server's start until the channel was ready, the compilation included.
    ready: Duration,
}

impl Probe {
    /// Builds the probe of a language and serves it.
    ///
    /// # Errors
    /// If it is not built, `add` refuses it, or it does not come up.
    pub fn open(language: &str) -> Result<Probe> {
        let folder = probe_folder(language);
        let read = |path: std::path::PathBuf| {
            std::fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))
        };
        let common = read(root().join("tests/languages/probe.toml"))?;
        ensure!(
            read(folder.join("channel.toml"))? == common,
            "its channel.toml is not a copy of tests/languages/probe.toml"
        );
        let built = build(&folder)?;
        let platform = Platform::plain(answer)?;
        let home = Home::new()?;
        add(&home, &built, &platform)?;
        let serve = Serve::channel(&home)?;
        let addr = until(COMPILING, "the probe is ready", || {
            let status: Status = home.status().ok()?;
            status
                .listen
                .filter(|_| status.channel(NAME).is_some_and(|own| own.phase == "ready"))
        });
        let addr = addr.with_context(|| format!("{:?}\n{}", home.status(), serve.stderr()))?;
        Ok(Probe {
            ready: serve.started().elapsed(),
            hook: Hook::new(addr, &format!("/{NAME}/"), SECRET),
            built,
            home,
            serve,
            platform,
        })
    }

    /// All that it has to do.
    ///
    /// # Errors
    /// If it does something else.
    pub fn prove(mut self) -> Result<()> {
        self.events_come_in()?;
        self.the_store_counts()?;
        self.only_what_was_granted_is_fetched()?;
        self.only_what_was_granted_is_asked()?;
        self.only_what_was_granted_is_run()?;
        self.a_trap_ends_one_call()?;
        self.answers_go_out()?;
        let call = self.call_time()?;
        println!(
            "{}: {} KiB, built in {:.1} s, ready after {:.2} s, {:.1} ms a call over HTTP",
            self.built.language,
            self.built.size.div_ceil(1024),
            self.built.millis as f64 / 1e3,
            self.ready.as_secs_f64(),
            call.as_secs_f64() * 1e3
        );
        Ok(())
    }

    fn events_come_in(&self) -> Result<()> {
        let text = "good morning, Zoë — <b>&\u{1f980}";
        let pushed = self.hear(&format!("event {text}"))?;
        ensure!(pushed.content.trim() == text, "it said {:?}", pushed.content);
        ensure!(pushed.meta["role"] == "service", "{:?}", pushed.meta);
        let pushed = self.hear("meta")?;
        let expected = [
            ("x_k", "v"),
            ("user_id", "7"),
            ("user", "probe/ann"),
            ("chat_id", "probe:room"),
        ];
        for (key, value) in expected {
            ensure!(
                pushed.meta.get(key).is_some_and(|own| own == value),
                "{key}: {:?}",
                pushed.meta
            );
        }
        ensure!(pushed.content.trim() == "meta", "it said {:?}", pushed.content);
        let refused = self.post("trouble")?;
        ensure!(refused.status == 400, "a trouble was answered with {}", refused.status);
        Ok(())
    }

    fn the_store_counts(&self) -> Result<()> {
        for count in 1..=3 {
            let pushed = self.hear(&format!("store {count}"))?;
            ensure!(
                pushed.content.trim() == count.to_string(),
                "{count}: {:?}",
                pushed.content
            );
        }
        Ok(())
    }

    fn only_what_was_granted_is_fetched(&self) -> Result<()> {
        let pushed = self.hear(&format!("fetch https://{HOST}/allowed"))?;
        ensure!(pushed.content.trim() == "200 fine", "it said {:?}", pushed.content);
        let mut watch = Watch::of(&self.home, NAME)?;
        for url in [
            format!("https://{HOST}/other"),
            "https://other.example.org/allowed".to_owned(),
        ] {
            let pushed = self.hear(&format!("fetch {url}"))?;
            ensure!(pushed.content.starts_with("refused: "), "{url}: {:?}", pushed.content);
            watch.wait_refused("GET", &url)?;
        }
        let lines: Vec<String> = self.platform.seen().iter().map(|seen| seen.line().to_owned()).collect();
        ensure!(lines == ["GET /allowed HTTP/1.1"], "the platform saw {lines:?}");
        Ok(())
    }

    fn a_trap_ends_one_call(&self) -> Result<()> {
        let answer = self.post("trap")?;
        ensure!(answer.status >= 500, "a trap was answered with {}", answer.status);
        let pushed = self.hear("event afterwards")?;
        ensure!(pushed.content.trim() == "afterwards", "it said {:?}", pushed.content);
        let pushed = self.hear("store after the trap")?;
        ensure!(
            pushed.content.trim() == "4",
            "the store lost count: {:?}",
            pushed.content
        );
        let status = self.home.status()?;
        let own = status.channel(NAME).context("it is not in the status")?;
        ensure!(own.phase == "ready" && own.last_failure.is_some(), "{own:?}");
        Ok(())
    }

    fn answers_go_out(&mut self) -> Result<()> {
        let chat = self.hear("event talk to me")?.meta["chat_id"].clone();
        for (text, tries) in [("it **is** green", 1), (TOO_FAST, 2)] {
            let before = self.said().len();
            let result = self.call("reply", &json!({"chat_id": chat, "text": text}))?;
            ensure!(result["isError"] != true, "{}", text_of(&result));
            let said = self.said().split_off(before);
            ensure!(said == vec![text; tries], "the platform got {said:?}");
            ensure!(text_of(&result).contains("m-1"), "no id of it in {}", text_of(&result));
        }
        let arguments = json!({"chat_id": chat, "message_id": "m-1", "text": "other"});
        let result = self.call("edit_message", &arguments)?;
        ensure!(result["isError"] == true && text_of(&result).contains("no"), "{result}");
        Ok(())
    }

    /// The median of calls that count, from the request's first byte to the answer's last.
    fn call_time(&self) -> Result<Duration> {
        let mut times = Vec::new();
        for nth in 0..CALLS {
            let begun = Instant::now();
            let answer = self.post(&format!("store timed {nth}"))?;
            ensure!(answer.status == 200, "call {nth} was answered with {}", answer.status);
            times.push(begun.elapsed());
        }
        times.sort();
        Ok(times[CALLS / 2])
    }

    fn call(&mut self, tool: &str, arguments: &Value) -> Result<Value> {
        let result = self.serve.client.call(tool, arguments);
        result.with_context(|| self.serve.stderr())
    }

    fn post(&self, body: &str) -> Result<Answered> {
        self.hook.post(&self.hook.signed("probe", body.as_bytes()))
    }

    /// Posts a body that is accepted; the event that comes of it.
    fn hear(&self, body: &str) -> Result<Pushed> {
        let record = self.serve.client.record();
        let before = record.seen().events.len();
        let answer = self.post(body)?;
        let words = String::from_utf8_lossy(&answer.body).into_owned();
        ensure!(
            answer.status == 200,
            "{body}: {} {words}\n{}",
            answer.status,
            self.serve.stderr()
        );
        let pushed = record.wait(PATIENCE, body, |seen| seen.events.get(before).map(|line| line.parse()));
        pushed.with_context(|| self.serve.stderr())?
    }

    /// The texts that were sent to the platform.
    fn said(&self) -> Vec<String> {
        let seen = self.platform.seen().into_iter().filter(|seen| seen.target() == "/said");
        seen.map(|seen| String::from_utf8_lossy(&seen.body).into_owned())
            .collect()
    }
}

/// The platform: it is slow to take one text, and wants it a second time.
fn answer(seen: &Seen) -> Answer {
    use std::sync::atomic::{AtomicBool, Ordering};
    static ASKED: AtomicBool = AtomicBool::new(false);
    match (seen.target(), &seen.body[..]) {
        ("/said", body) if body == TOO_FAST.as_bytes() && !ASKED.swap(true, Ordering::Relaxed) => {
            Answer::with(429, &[], "wait")
        }
        ("/said", _) => Answer::ok("m-1"),
        _ => Answer::ok("fine"),
    }
}

fn add(home: &Home, built: &Built, platform: &Platform) -> Result<()> {
    let file = built.path.to_str().context("a component's path is not text")?;
    let key = format!("key=file:{}", home.secret_file(SECRET)?.display());
    let given = machine::lines(home)?;
    let shop = given["databases"]["shop"].as_str().context("the database has a path")?;
    let shop = format!("database:shop={shop}");
    let grants = ["network:probe", "host:probe.example.org", &shop, "command:show=/bin/sh"];
    let grants: Vec<&str> = grants.iter().flat_map(|grant| ["--grant", grant]).collect();
    let arguments = ["add", file, "--name", NAME, "--yes", "--secret", &key];
    let ran = home.add_shown(&[&arguments[..], &grants].concat())?;
    ensure!(ran.ok(), "add ended with {:?}:\n{}{}", ran.code, ran.stdout, ran.stderr);
    home.edit_config(|config| {
        let upstreams = toml::Table::from_iter([(HOST.to_owned(), format!("http://{}", platform.address()).into())]);
        if let Some(channel) = config["channel"][NAME].as_table_mut() {
            channel.insert("upstream".into(), upstreams.into());
            channel.extend(given);
        }
    })?;
    home.unpace()?;
    let ran = home.run(&["access", "allow", "ann", "probe:7"])?;
    ensure!(ran.ok(), "access allow ended with {:?}:\n{}", ran.code, ran.stderr);
    Ok(())
}
