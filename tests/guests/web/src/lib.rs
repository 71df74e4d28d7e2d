//! A channel that does with HTTP what no channel should. The request's body says what: a deed, by which interface (`plain`
//! for the contract's own, `wasi` for wasi:http), and an argument. The answer is one line: what came of it.
//!
//! By itself it does nothing, unless the setting `by-itself` names a URL: then each poll and each timer asks for that, in
//! turn by one interface and the other.

mod attacks;
mod floods;
mod folders;
mod plain;
mod wasi;

use lockgate_sdk::{Answer, Batch, Hook, Outcome, Request, Source, Timer, Trouble, channel, host};

struct Web;

/// A request as both interfaces can say it.
pub struct Asked {
    /// As it is sent.
    pub method: &'static str,
    /// Whole.
    pub url: String,
    /// In order.
    pub headers: Vec<(&'static str, &'static str)>,
    /// Empty for none.
    pub body: &'static str,
}

impl Asked {
    /// A GET without anything.
    pub fn get(url: impl Into<String>) -> Self {
        Self {
            method: "GET",
            url: url.into(),
            headers: Vec::new(),
            body: "",
        }
    }
}

impl Hook for Web {
    fn receive(request: Request) -> Result<Answer, Trouble> {
        let body = request.text();
        let mut words = body.splitn(3, ' ');
        let mut word = || words.next().unwrap_or_default();
        Ok(Answer::ok().text(done(word(), word(), word())))
    }
}

impl Source for Web {
    fn poll(failures: u32) -> Result<Batch, Trouble> {
        by_itself(failures).map(|outcome| Batch::new(outcome, 1_000))
    }
}

impl Timer for Web {
    fn fire(_name: String, failures: u32) -> Result<Outcome, Trouble> {
        by_itself(failures)
    }
}

/// Asks for what the setting names; without an answer the platform is unavailable.
fn by_itself(failures: u32) -> Result<Outcome, Trouble> {
    let Some(url) = host::setting("by-itself") else {
        return Ok(Outcome::none());
    };
    let by = ["plain", "wasi"][failures as usize % 2];
    let report = done("get", by, &url);
    if report.starts_with("200 [") {
        return Ok(Outcome::none());
    }
    Err(Trouble::Unavailable(report))
}

/// Does a deed, and says what came of it.
fn done(deed: &str, by: &str, argument: &str) -> String {
    let send: fn(&Asked) -> String = match by {
        "wasi" => wasi::sent,
        _ => plain::sent,
    };
    match deed {
        "get" => send(&Asked::get(argument)),
        "post" => send(&post(argument)),
        "many" => many(send, argument),
        "names" => attacks::names(),
        "into" | "form" | "form-files" | "form-names" | "form-type" | "file" | "slow" | "into-stays" => {
            folders::done(deed, argument)
        }
        "fields" | "field" | "requests" | "lines" | "bodies" | "held" | "trailers" | "unfinished" | "between" => {
            floods::done(deed, argument)
        }
        deed => match attacks::named(deed) {
            Some(asked) => send(&asked),
            None => format!("no such deed: {deed}"),
        },
    }
}

fn post(argument: &str) -> Asked {
    let (url, _) = argument.split_once(' ').unwrap_or((argument, ""));
    Asked {
        method: "POST",
        headers: vec![("content-type", "application/json")],
        body: r#"{"d":{"a":1}}"#,
        ..Asked::get(url)
    }
}

/// One request after the other, more than a call may send.
fn many(send: fn(&Asked) -> String, url: &str) -> String {
    let mut good = 0;
    for _ in 0..100 {
        let report = send(&Asked::get(url));
        if !report.starts_with("200") {
            return format!("{good}, then {report}");
        }
        good += 1;
    }
    format!("{good} and no end")
}

channel!(Web: hook, source, timer);
