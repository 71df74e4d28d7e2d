//! The lines of a channel's websockets.

use super::ago;
use crate::cli::print::{Cell, Table, counted};
use crate::model::UnixMillis;
use crate::status::SocketReport;

/// One line each, and one for how it ended the last time.
pub(super) fn notes(table: &mut Table, sockets: &[SocketReport], now: UnixMillis) {
    for socket in sockets {
        let (name, place) = (&socket.name, &socket.place);
        let counts = format!(
            "{} in, {} out",
            counted(socket.frames_in, "frame", "frames"),
            socket.frames_out
        );
        let text = format!("websocket {name} to {place}: {}, {counts}", stage(socket, now));
        table.note(match socket.stage.as_str() {
            "open" => Cell::plain(text),
            _ => Cell::bad(text),
        });
        if socket.dropped > 0 {
            let dropped = counted(socket.dropped, "frame", "frames");
            table.note(Cell::bad(format!("{dropped} of {name} dropped")));
        }
        if let Some(end) = &socket.last_end {
            table.note(format!("the last end of {name}: {end}"));
        }
    }
}

fn stage(socket: &SocketReport, now: UnixMillis) -> String {
    match (socket.stage.as_str(), socket.at) {
        ("open", Some(since)) => format!("opened {}", ago(now.since(since))),
        ("waiting", Some(until)) if until > now => {
            let seconds = until.since(now).as_secs() + 1;
            format!("is opened again in {}", counted(seconds, "second", "seconds"))
        }
        ("waiting", _) => "waits to be opened".to_owned(),
        (stage, _) => stage.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stage_is_told_with_its_time() {
        let now = UnixMillis(100_000);
        let check = |stage_word: &str, at: Option<u64>, expected: &str| {
            let socket = SocketReport {
                stage: stage_word.to_owned(),
                at: at.map(UnixMillis),
                ..SocketReport::default()
            };
            assert_eq!(stage(&socket, now), expected);
        };
        check("waiting", Some(107_500), "is opened again in 8 seconds");
        check("waiting", Some(100_000), "waits to be opened");
        check("opening", None, "opening");
        check(
            "open",
            Some(40_000),
            &format!("opened {}", ago(std::time::Duration::from_secs(60))),
        );
    }
}
