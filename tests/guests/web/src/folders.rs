//! Files of the call in requests and answers: those that it has, and those that it should not get at.

use std::time::Duration;

use lockgate_sdk::files;
use lockgate_sdk::http::{Part, Request};

use crate::plain::report;

const UPLOAD: &str = "https://open.example.org/echo";

/// Does a deed; the argument is a path or a URL.
pub fn done(deed: &str, argument: &str) -> String {
    let (first, second) = argument.split_once(' ').unwrap_or((argument, ""));
    match deed {
        // An answer to a path.
        "into" => kept(first, second),
        // A file that stays as it is when an answer would replace it.
        "into-stays" => {
            let made = files::write(second, "mine");
            format!(
                "{made:?}, {}, {:?}",
                kept(first, second),
                files::read(second).map(|bytes| bytes.len())
            )
        }
        "file" => report(Request::post(UPLOAD).file("application/octet-stream", first).send()),
        "form" => {
            let parts = [
                Part::text("chat", "42"),
                Part::file("document", first).mime("text/plain"),
            ];
            report(Request::post(UPLOAD).form(parts).send())
        }
        "form-files" => {
            let parts = (0..first.parse().unwrap_or(0)).map(|_| Part::file("document", second));
            report(Request::post(UPLOAD).form(parts).send())
        }
        "form-names" => {
            let part =
                Part::text("a\"\r\nx-evil: 1\r\n\r\n--", "x").filename("b\"\r\ncontent-type: text/html\r\n\r\n<p>");
            report(Request::post(UPLOAD).form([part]).send())
        }
        "form-type" => {
            let own = Request::post(UPLOAD).header("content-type", "multipart/form-data; boundary=mine");
            let odd = Part::text("a", "b").mime("text/plain\r\nx-evil: 1");
            let odd = Request::post(UPLOAD).form([odd]);
            format!(
                "{}\n{}",
                report(own.form([Part::text("a", "b")]).send()),
                report(odd.send())
            )
        }
        // An answer within the guest's own time.
        "slow" => report(Request::get(first).timeout(Duration::from_millis(300)).send()),
        _ => "no such deed".into(),
    }
}

fn kept(url: &str, path: &str) -> String {
    let answer = report(Request::get(url).into_file(path).send());
    let answer = answer.lines().next().unwrap_or_default().to_owned();
    format!("{answer}, then {:?}", files::size(path))
}
