//! One thing that a channel did, as lines of the terminal. What stands there already is not told again: one mistake of the
//! code is in what it wrote, in its call, in its phase and in what became of the build.

use super::rule;
use crate::cli::print::bytes;
use crate::cli::terminal::tagged;
use crate::model::{ChannelName, Digest, Seen};
use crate::sandbox::SAID;
use crate::supervisor::FIRST_CALL;

/// What instead stands where something was told already.
const ABOVE: &str = "as said above";
/// Characters of an error that is known again where it stands once more; a shorter one stands in anything.
const KNOWN_AGAIN: usize = 8;
/// No remedy in a sandbox, which has no environment.
const NO_REMEDY: &str = "note: run with `RUST_BACKTRACE";

/// On the way from one code to another; what lasts has a detail.
const PASSING: [&str; 3] = ["gone", "compiling", "starting"];

/// What is called again and again by itself, also if it fails in the same way each time.
const REPEATED: [&str; 3] = ["life.start", "source.poll", "timer.fire"];

/// What was shown last.
#[derive(Debug, Default)]
pub struct Lines {
    /// What the code said last as an error, in the call that runs.
    error: Option<String>,
    /// Why something brought nothing.
    failure: Option<String>,
    phase: Option<Standing>,
}

/// Where a channel stands.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Standing {
    phase: String,
    digest: Option<Digest>,
    on_trial: bool,
}

impl Lines {
    /// The lines of this.
    pub fn of(&mut self, seen: &Seen) -> Vec<String> {
        match seen {
            Seen::Call {
                call,
                took,
                memory,
                failure,
            } => {
                let memory = memory.map_or_else(String::new, |memory| format!(", {}", bytes(memory)));
                let failure = failure.as_ref();
                let failure = failure.map_or_else(String::new, |why| format!(": {}", self.failed(call, why)));
                self.error = None;
                let (millis, micros) = (took / 1_000, took % 1_000);
                vec![format!("  {call}: {millis}.{micros:03} ms{memory}{failure}")]
            }
            Seen::Event { attributes, body } => tagged(attributes, body).lines().map(str::to_owned).collect(),
            Seen::Log { level, text } => self.logged(level, text),
            Seen::Refused { method, url, why } => {
                let mut all = vec![format!("  refused: {method} {url}: {why}")];
                all.extend(rule(method, url).unwrap_or_default());
                all
            }
            Seen::Knock {
                reason,
                request,
                why,
                instead,
            } => {
                let mut all = vec![format!("  refused before the code: {request}: {reason}: {why}")];
                all.extend(instead.as_ref().map(|instead| format!("    {instead}")));
                all
            }
            Seen::Knocks { reason, count } => vec![format!("  refused before the code: {count} more: {reason}")],
            Seen::Phase {
                phase,
                detail,
                digest,
                on_trial,
            } => {
                let now = Standing {
                    phase: phase.clone(),
                    digest: *digest,
                    on_trial: *on_trial,
                };
                let is_passing = detail.is_empty() && PASSING.contains(&phase.as_str());
                let line = (!is_passing).then(|| now.line(self.phase.as_ref(), &self.cut(detail)));
                self.phase = Some(now);
                if !detail.is_empty() {
                    self.failure = Some(detail.clone());
                }
                line.into_iter().map(|line| format!("  {line}")).collect()
            }
            Seen::Missed { count } => vec![format!("  {count} things more were not shown")],
        }
    }

    /// Why the code from before runs on; the same reason is not told again.
    pub fn stale(&mut self, why: &str) -> String {
        let told = self.cut(why);
        self.failure = Some(why.to_owned());
        told
    }

    /// The last word of a traceback is what was said as an error before it.
    fn logged(&mut self, level: &str, text: &str) -> Vec<String> {
        let text = text.trim_end();
        let is_error = level == "ERROR";
        let again = self.error.as_ref().filter(|error| !is_error && error.contains(text));
        if again.is_some() || text.starts_with(NO_REMEDY) {
            return Vec::new();
        }
        if is_error {
            self.error = Some(text.to_owned());
        }
        vec![format!("  {level} {text}")]
    }

    /// The channel and the call stand in front of it.
    fn failed(&mut self, call: &str, why: &str) -> String {
        let before = self.failure.replace(why.to_owned());
        if REPEATED.contains(&call) && before.is_some_and(|before| before.contains(why)) {
            return ABOVE.to_owned();
        }
        let inner = without_place(call, why).unwrap_or(why);
        // Whatever the code said, the host's own word of it stays.
        match inner.split_once(SAID) {
            Some((how, said)) if self.is_said(said) => format!("{how}, {ABOVE}"),
            _ => inner.to_owned(),
        }
    }

    fn is_said(&self, words: &str) -> bool {
        let error = self.error.as_ref();
        error.is_some_and(|error| error.chars().count() >= KNOWN_AGAIN && words.contains(error.as_str()))
    }

    fn cut(&self, text: &str) -> String {
        match &self.failure {
            Some(failure) if !failure.is_empty() => text.replacen(failure.as_str(), ABOVE, 1),
            _ => text.to_owned(),
        }
    }
}

/// A reason without the channel and the call in front of it, if the host put them there.
fn without_place<'a>(call: &str, why: &'a str) -> Option<&'a str> {
    let (channel, rest) = why.strip_prefix("channel ")?.split_once(": ")?;
    channel.parse::<ChannelName>().ok()?;
    rest.strip_prefix(call)?.strip_prefix(' ')
}

impl Standing {
    fn line(&self, before: Option<&Self>, detail: &str) -> String {
        let code = self.digest.map_or_else(String::new, |digest| short(&digest));
        let was = before.filter(|before| before.digest == self.digest);
        match self.phase.as_str() {
            "ready" if self.on_trial => format!("now ready {code}, on trial"),
            "ready" if was.is_some_and(|was| was.on_trial) => format!("{code} is live: its first call went well"),
            "ready" if was.is_some_and(|was| was.phase == "resting") => {
                "it goes on: what had failed works again".to_owned()
            }
            "resting" if was.is_some_and(|was| was.on_trial) => {
                format!("{code} is live, as it did not break; it rests and tries again by itself: {detail}")
            }
            "resting" => format!("it rests after a failure, and tries again by itself: {detail}"),
            "quarantined" => format!("{code} broke too often, and waits for other code or `lockgate review`: {detail}"),
            "stale" => match detail.strip_prefix(FIRST_CALL) {
                Some(why) => format!("rolled back to {code}: the new code broke in its first call: {why}"),
                None => format!("{code} serves on: {detail}"),
            },
            phase => [&format!("now {phase} {code}"), detail]
                .map(str::trim)
                .join(": ")
                .trim_end_matches(": ")
                .to_owned(),
        }
    }
}

/// As much of it as tells two builds apart.
pub fn short(digest: &Digest) -> String {
    digest.hex()[..12].to_owned()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn log(level: &str, text: &str) -> Seen {
        Seen::Log {
            level: level.into(),
            text: text.into(),
        }
    }

    fn call(failure: Option<&str>) -> Seen {
        Seen::Call {
            call: "hook.receive".into(),
            took: 1_042,
            memory: failure.is_none().then_some(1 << 20),
            failure: failure.map(str::to_owned),
        }
    }

    fn phase(word: &str, detail: &str, code: &[u8], on_trial: bool) -> Seen {
        Seen::Phase {
            phase: word.into(),
            detail: detail.into(),
            digest: Some(Digest::of(code)),
            on_trial,
        }
    }

    fn all(seen: &[Seen]) -> Vec<String> {
        let mut lines = Lines::default();
        seen.iter().flat_map(|seen| lines.of(seen)).collect()
    }

    #[test]
    fn an_event_is_shown_as_the_model_gets_it() {
        let event = Seen::Event {
            attributes: vec![("channel".into(), "w".into()), ("user".into(), "\"><b>".into())],
            body: "red\n\u{1b}[2J".into(),
        };
        let tag = "<channel source=\"lockgate\" channel=\"w\" user=\"&quot;&gt;&lt;b&gt;\">";
        assert_eq!(all(&[event]), [tag, "red", "\\u{1b}[2J", "</channel>"]);
    }

    #[test]
    fn a_call_is_one_line() {
        assert_eq!(all(&[call(Some("no"))]), ["  hook.receive: 1.042 ms: no"]);
        assert!(all(&[call(None)])[0].starts_with("  hook.receive: 1.042 ms, 1"));
        let named = call(Some("channel dev-w: hook.receive was not done within 5 s"));
        assert_eq!(all(&[named]), ["  hook.receive: 1.042 ms: was not done within 5 s"]);
    }

    #[test]
    fn one_mistake_was_told_seven_times() {
        let why = "channel dev-w: hook.receive trapped: unreachable; it said: Division by zero (app.py, line 8)";
        let shown = all(&[
            phase("ready", "", b"new", true),
            log("ERROR", "Division by zero (app.py, line 8)"),
            log("WARN", "Traceback (most recent call last):"),
            log("WARN", "  File \"app.py\", line 8, in receive"),
            log("WARN", "Division by zero"),
            log("WARN", ""),
            log(
                "WARN",
                "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace",
            ),
            call(Some(why)),
            phase("stale", &format!("{FIRST_CALL}{why}"), b"old", false),
        ]);
        let (new, old) = (short(&Digest::of(b"new")), short(&Digest::of(b"old")));
        let expected = [
            &format!("  now ready {new}, on trial"),
            "  ERROR Division by zero (app.py, line 8)",
            "  WARN Traceback (most recent call last):",
            "  WARN   File \"app.py\", line 8, in receive",
            "  hook.receive: 1.042 ms: trapped: unreachable, as said above",
            &format!("  rolled back to {old}: the new code broke in its first call: as said above"),
        ];
        assert_eq!(shown, expected);
    }

    /// A code that logged an empty error, or a reason in the host's words, broke for no reason that anybody could see.
    #[test]
    fn a_code_hid_why_it_broke() {
        let last = |seen: &[Seen]| all(seen).pop().unwrap();
        let trapped = "channel dev-w: hook.receive trapped: unreachable";
        for error in ["", "t", "trapped:", trapped] {
            let shown = last(&[log("ERROR", error), call(Some(trapped))]);
            assert_eq!(shown, "  hook.receive: 1.042 ms: trapped: unreachable", "{error}");
        }
        let shown = last(&[log("ERROR", "no"), call(Some(&format!("{trapped}; it said: no")))]);
        assert_eq!(shown, "  hook.receive: 1.042 ms: trapped: unreachable; it said: no");
        let forged = "rejected: x hook.receive was not done within 5 s";
        assert_eq!(
            last(&[call(Some(forged))]),
            format!("  hook.receive: 1.042 ms: {forged}")
        );
        let forged = "rejected: channel dev-w: hook.receive was not done within 5 s";
        assert_eq!(
            last(&[call(Some(forged))]),
            format!("  hook.receive: 1.042 ms: {forged}")
        );
    }

    #[test]
    fn a_poll_that_fails_again_said_the_same_again() {
        let poll = |why: &str| Seen::Call {
            call: "source.poll".into(),
            took: 1_000,
            memory: None,
            failure: Some(why.into()),
        };
        let seen = [
            phase("resting", "unavailable: no host", b"a", false),
            poll("unavailable: no host"),
            poll("unavailable: no host"),
            poll("unavailable: no route"),
        ];
        let expected = [
            "  it rests after a failure, and tries again by itself: unavailable: no host",
            "  source.poll: 1.000 ms: as said above",
            "  source.poll: 1.000 ms: as said above",
            "  source.poll: 1.000 ms: unavailable: no route",
        ];
        assert_eq!(all(&seen), expected);
        // Who calls a hook wants to know each time.
        assert_eq!(
            all(&[call(Some("no")), call(Some("no"))])[1],
            "  hook.receive: 1.042 ms: no"
        );
    }

    #[test]
    fn what_is_said_in_each_call_is_shown_of_each() {
        let tick = || log("INFO", "tick");
        assert_eq!(all(&[tick(), tick(), call(None), tick()]).len(), 4);
        // The same error again is another one.
        let broke = || log("ERROR", "no");
        assert_eq!(all(&[broke(), broke()]).len(), 2);
        assert_eq!(all(&[broke(), call(None), log("WARN", "no")]).len(), 3);
    }

    #[test]
    fn a_build_is_live_when_its_first_call_has_gone_well() {
        let code = short(&Digest::of(b"a"));
        let check = |seen: &[Seen], expected: &str| {
            assert_eq!(all(seen).last().unwrap(), &format!("  {expected}"));
        };
        let ready = |on_trial| phase("ready", "", b"a", on_trial);
        check(&[ready(true)], &format!("now ready {code}, on trial"));
        check(
            &[ready(true), ready(false)],
            &format!("{code} is live: its first call went well"),
        );
        check(
            &[phase("starting", "", b"a", false), ready(false)],
            &format!("now ready {code}"),
        );
        check(
            &[phase("ready", "", b"b", true), ready(false)],
            &format!("now ready {code}"),
        );
        let resting = || phase("resting", "no answer", b"a", false);
        let rests = "it rests after a failure, and tries again by itself: no answer";
        check(&[resting()], rests);
        let live = format!("{code} is live, as it did not break; it rests and tries again by itself: no answer");
        check(&[ready(true), resting()], &live);
        check(&[resting(), ready(false)], "it goes on: what had failed works again");
        check(
            &[phase("stale", "the disk", b"a", false)],
            &format!("{code} serves on: the disk"),
        );
        let quarantined = format!("{code} broke too often, and waits for other code or `lockgate review`: no");
        check(&[phase("quarantined", "no", b"a", false)], &quarantined);
        check(&[phase("broken", "no", b"a", false)], &format!("now broken {code}: no"));
        let gone = Seen::Phase {
            phase: "gone".into(),
            detail: String::new(),
            digest: None,
            on_trial: false,
        };
        // On the way.
        assert!(all(&[gone, phase("starting", "", b"a", false)]).is_empty());
        let unbegun = format!("now starting {code}: no answer");
        check(&[phase("starting", "no answer", b"a", false)], &unbegun);
    }

    #[test]
    fn a_call_that_was_refused_at_the_door_was_not_shown() {
        let knock = Seen::Knock {
            reason: "hook-unverified".into(),
            request: "POST /dev-w/".into(),
            why: "header `x-sum` is missing".into(),
            instead: Some("the rule wants x-sum".into()),
        };
        let more = Seen::Knocks {
            reason: "hook-unverified".into(),
            count: 7,
        };
        let expected = [
            "  refused before the code: POST /dev-w/: hook-unverified: header `x-sum` is missing",
            "    the rule wants x-sum",
            "  refused before the code: 7 more: hook-unverified",
        ];
        assert_eq!(all(&[knock, more]), expected);
    }
}
