//! What a guest may say into the log, how much of it, and that no secret stands in it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::io::Write;

use tracing_subscriber::fmt::MakeWriter;

use super::*;
use crate::egress::Egress;
use crate::model::Secret;

/// What was logged.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

fn logged(secret: &str, say: impl FnOnce(&GuestLog)) -> String {
    let secrets = BTreeMap::from([("key".to_owned(), Secret::new(secret))]);
    let egress = Egress::system(None).unwrap();
    let channel: ChannelName = "probe".parse().unwrap();
    let log = GuestLog {
        channel: channel.clone(),
        budget: Arc::new(MinuteBudget::of_log()),
        egress: egress.line(channel, vec![], BTreeMap::new(), secrets),
        tap: crate::sandbox::Tap::default(),
    };
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(lines.clone())
        .with_ansi(false)
        .finish();
    tracing::subscriber::with_default(subscriber, || say(&log));
    let bytes = lines.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_line_shows_no_secret_whatever_it_is_written_in() {
    let secret = "s3cr3t/credential";
    for words in [
        secret,
        "s3cr3t%2Fcredential",
        "s3cr3t\\/credential",
        "czNjcjN0L2NyZWRlbnRpYWw=",
    ] {
        let text = logged(secret, |log| log.line(tracing::Level::INFO, &format!("<{words}>")));
        assert!(text.contains("<***************"), "{text}");
        assert!(!text.contains(&words[..8]), "{text}");
    }
}

#[test]
fn a_secret_that_the_bound_cuts_in_two_is_covered_before() {
    let secret = "s3cr3t/credential";
    let words = format!("{}{secret}", ".".repeat(limits::LOG_LINE_BYTES - 8));
    let text = logged(secret, |log| log.line(tracing::Level::INFO, &words));
    assert!(text.contains("...******** channel"), "{}", &text[text.len() - 40..]);
}

#[test]
fn a_stream_shows_no_secret_that_is_written_in_pieces_or_lines() {
    let text = logged("two\nlines-of-a-key", |log| {
        let stream = LogStream::new(log.clone(), tracing::Level::INFO);
        for piece in ["begin tw", "o\nlines-", "of-a-key end\nand ", "two\nlines"] {
            stream.take(piece.as_bytes());
        }
        stream.finish();
    });
    assert!(text.contains("begin ****************** end channel"), "{text}");
    assert!(
        text.contains("and two channel") && text.contains(" lines channel"),
        "{text}"
    );
}

/// A minute has `most` bytes, and no byte more; the next one has them again. What was refused is counted.
fn check(budget: &MinuteBudget, most: usize) {
    let minute = UnixMillis(7 * 60_000);
    assert_eq!(
        [most - 1, 1, 1, 0].map(|bytes| budget.take(bytes, minute)),
        [true, true, false, false]
    );
    assert_eq!(budget.cut(), 2);
    let next = UnixMillis(minute.0 + 60_000);
    assert_eq!([most, 1].map(|bytes| budget.take(bytes, next)), [true, false]);
}

#[test]
fn a_minute_has_its_bytes_of_log_and_of_store() {
    check(&MinuteBudget::of_log(), limits::LOG_PER_MINUTE);
    check(&MinuteBudget::of_store(), limits::STORE_WRITTEN_PER_MINUTE);
}

#[test]
fn a_line_is_cut_at_its_bound() {
    for more in [0, 1, 100] {
        let words = "x".repeat(limits::LOG_LINE_BYTES - 1 + more);
        let text = logged("s3cr3t/credential", |log| log.line(tracing::Level::INFO, &words));
        let shown = text.matches('x').count();
        assert_eq!(shown, words.len().min(limits::LOG_LINE_BYTES), "{more}");
    }
}
