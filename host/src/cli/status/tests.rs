//! The whole table on fixed reports.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::cli::print::Colour;
use crate::paths::Owner;
use crate::status::{OutwardReport, PageLink, SessionReport};

fn check(report: &Report, expected: &str) {
    assert_eq!(
        table(report, UnixMillis(10_000_000)).layout(80, Colour::Never),
        expected.replace("{bundled}", &components::bundled_names())
    );
}

fn base() -> Report {
    Report {
        version: "0.1.0".into(),
        ..Report::default()
    }
}

#[test]
fn nothing_runs() {
    let expected = "\
lockgate 0.1.0
nobody runs the channels; a channel session does, `lockgate setup` says how
allowlist: nobody; to be heard, write to the channel and type the code it
    sends: `lockgate access pair CODE --as NAME`

no channels; `lockgate add NAME` adds one that lockgate brings along:
    {bundled}
`lockgate add FILE --name NAME` adds another
";
    check(&base(), expected);
}

#[test]
fn a_busy_house() {
    let ci = ChannelReport {
        name: "ci".into(),
        phase: "ready".into(),
        summary: "Signed requests\u{1b}[2J become events".into(),
        version: "0.1.0".into(),
        held: 3,
        collected: 12,
        sent: 1,
        seen: 240,
        oldest_held: Some(UnixMillis(10_000_000 - 180_000)),
        tallies: [("mismatch".to_owned(), 4), ("unknown-person".to_owned(), 1)].into(),
        committed: 244,
        failed: 2,
        last_took_us: 312,
        last_failure: Some("receive trapped in\nhandle".into()),
        outward: OutwardReport {
            requests: 12,
            sent: 3_000,
            received: 70_000,
            upstreams: [("api.example.org".to_owned(), "http://127.0.0.1:8081".to_owned())].into(),
            withheld: ["b.example.org", "c.example.org"].map(str::to_owned).into(),
            missing_secrets: ["token".to_owned()].into(),
            short_secrets: vec!["key".to_owned()],
        },
        log_cut: 7,
        page: Some(PageLink(format!("http://127.0.0.1:40123/#{}", "k".repeat(43)))),
        ..ChannelReport::default()
    };
    let feed = ChannelReport {
        name: "feed".into(),
        phase: "broken".into(),
        page_problem: Some("127.0.0.1:80: taken".into()),
        detail: Some("it was never approved; run `lockgate add /a/rather/long/path/to/feed.wasm --name feed`".into()),
        ..ChannelReport::default()
    };
    let report = Report {
        owner: Some(Owner {
            pid: 77,
            since: UnixMillis(10_000_000 - 7_200_000),
        }),
        listen: Some("127.0.0.1:8650".parse().unwrap()),
        session: Some(SessionReport {
            client: "client 2.1".into(),
            protocol: "2025-11-25".into(),
            hearing: "deaf?".into(),
        }),
        allowlist: AllowlistReport {
            people: 2,
            denied: 1,
            pending: 1,
            invites: 2,
            ..AllowlistReport::default()
        },
        channels: vec![ci, feed],
        ..base()
    };
    let expected = "\
lockgate 0.1.0
runs as process 77, begun 2 h ago
hears hooks at http://127.0.0.1:8650
allowlist: 2 people, and 1 denied account
1 stranger waits with a code; `lockgate access list` shows who
2 invitations are open
session of client 2.1 (MCP 2025-11-25): deaf?

channel  phase   version  waiting  inbox  sent  seen  dead
ci       ready   0.1.0    3        12     1     240   0
    Signed requests\\u{1b}[2J become events
    page: http://127.0.0.1:40123/#kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk
    the oldest event that waits came 3 min ago
    244 calls done, 2 failed, the last one took 0.3 ms
    last failure: receive trapped in\\nhandle
    requests to api.example.org go to http://127.0.0.1:8081, because
        lockgate.toml has an upstream for it
    12 requests sent, 3 KiB out and 69 KiB in
    asks for and was not granted: b.example.org, c.example.org; `hosts` of
        [channel.ci] in lockgate.toml would grant it
    some of its requests wait for the secret token, which it is not given
    its secret key has less than 12 bytes, too little to be told from other
        text in answers; `lockgate secret set ci.key` sets another
    not taken: mismatch 4, unknown-person 1
    7 lines of its log left out, because it writes too much
feed     broken           0        0      0     0     0
    it was never approved; run `lockgate add
        /a/rather/long/path/to/feed.wasm --name feed`
    127.0.0.1:80: taken
";
    check(&report, expected);
}

#[test]
fn a_file_that_can_not_be_read_is_no_empty_one() {
    let report = Report {
        listen_problem: Some("127.0.0.1:8650 is taken".into()),
        problem: Some("lockgate.toml:3:1: unknown field".into()),
        allowlist: AllowlistReport {
            problem: Some("access.toml:1:1: unknown field".into()),
            ..AllowlistReport::default()
        },
        ..base()
    };
    let shown = table(&report, UnixMillis(0)).layout(80, Colour::Never);
    let expected = "\n127.0.0.1:8650 is taken\nallowlist: nobody is heard until it can be read\n\n";
    assert!(shown.contains(expected), "{shown}");
    assert!(
        shown.ends_with("\nchannels: not known until lockgate.toml can be read\n") && !shown.contains("no channels"),
        "{shown}"
    );
}

#[test]
fn every_channel_that_can_speak_says_whether_it_carries_approvals() {
    use crate::status::Carrying;

    #[track_caller]
    fn check(carrying: Carrying, expected: &str) {
        let chat = ChannelReport {
            name: "chat".into(),
            phase: "stopped".into(),
            relay: Some(carrying),
            ..ChannelReport::default()
        };
        let report = Report {
            channels: vec![chat],
            ..base()
        };
        let shown = table(&report, UnixMillis(0)).layout(200, Colour::Never);
        assert!(shown.contains(&format!("\n    approvals: {expected}\n")), "{shown}");
    }
    check(Carrying::On, "on");
    check(
        Carrying::Off,
        "off; `lockgate review chat --grant relay` lets it carry them",
    );
    check(Carrying::Alone, "off: it has no network, so nobody in it is known");
    check(Carrying::Closed, "off, by the organisation's policy");
    check(
        Carrying::Nobody("net".into()),
        "on, but nobody may approve: `lockgate access allow NAME net:ID --role approve`",
    );
}

#[test]
fn questions_for_permission() {
    use crate::model::{Behavior, Digest};
    use crate::relay::record::{Given, Unshown};
    use crate::status::{OpenReport, RelayReport};

    let relay = RelayReport {
        open: vec![OpenReport {
            tool: "Ba\u{1b}sh".into(),
            asked: UnixMillis(10_000_000 - 5_000),
            shown: 2,
        }],
        counts: [("allow".to_owned(), 3), ("prompt-unshown".to_owned(), 1)].into(),
        verdicts: vec![Given {
            at: UnixMillis(10_000_000 - 60_000),
            behavior: Behavior::Allow,
            tool: "Edit".into(),
            preview: Digest::of(b""),
            by: "ann".into(),
            account: "net:1".into(),
            channel: "chat".parse().unwrap(),
        }],
        unshown: Some(Unshown {
            at: UnixMillis(10_000_000 - 240_000),
            why: "chat may not carry questions; run `lockgate review chat --grant relay`".into(),
        }),
    };
    let expected = "\
lockgate 0.1.0
nobody runs the channels; a channel session does, `lockgate setup` says how
allowlist: nobody; to be heard, write to the channel and type the code it
    sends: `lockgate access pair CODE --as NAME`
open question: may the session use Ba\\u{1b}sh? asked 5 s ago, shown in 2
    conversations
a question, asked 4 min ago, could be shown to nobody: chat may not carry
    questions; run `lockgate review chat --grant relay`
questions for permission: allow 3, prompt-unshown 1
ann allowed Edit over chat, 60 s ago

no channels; `lockgate add NAME` adds one that lockgate brings along:
    {bundled}
`lockgate add FILE --name NAME` adds another
";
    check(&Report { relay, ..base() }, expected);
}
