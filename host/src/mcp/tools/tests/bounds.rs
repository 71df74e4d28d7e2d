//! Lists and numbers of arguments, below, at and above their bounds.

use super::*;

/// Whether a call with this many, or this number, is understood: one less, just as many, one more.
#[track_caller]
fn check(name: &str, most: usize, arguments: impl Fn(usize) -> Value) {
    let understood = |size| {
        let arguments = arguments(size).as_object().unwrap().clone();
        parse(ToolSet::Full, name, arguments).is_ok()
    };
    assert_eq!(
        [most - 1, most, most + 1].map(understood),
        [true, true, false],
        "{name}"
    );
    assert!(!understood(0), "{name} of nothing");
}

#[test]
fn each_bound_of_an_argument_holds() {
    check("ack", limits::ACK_EVENTS, |n| json!({"event_ids": vec!["e1"; n]}));
    check("inbox", limits::INBOX_EVENTS, |n| json!({"limit": n}));
    check(
        "send_file",
        limits::SINK_FILES,
        |n| json!({"chat_id": "ci:main", "files": vec!["a.png"; n]}),
    );
    check(
        "download_attachment",
        limits::ATTACHMENTS,
        |n| json!({"event_id": "e1", "index": n}),
    );
}
