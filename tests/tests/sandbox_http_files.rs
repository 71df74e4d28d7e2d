//! Files in requests and answers: streamed by the host, out of the call's own folders and into them, and from nowhere else.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::os::unix::fs::symlink;
use std::time::Duration;

use lockgate::limits;
use lockgate_tests::platform::{Answer, Seen};
use lockgate_tests::web::{TOKEN, Web, answer};

/// An answer as long as the path says: `/bytes/65536`.
fn sized(seen: &Seen) -> Answer {
    let length = seen.target().rsplit('/').next().and_then(|text| text.parse().ok());
    match length {
        Some(length) => Answer::ok("x".repeat(length)),
        None => answer(seen),
    }
}

const BYTES: &str = "https://open.example.org/bytes";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_is_written_to_a_new_file_and_counted() {
    let web = Web::new(sized).await.unwrap();
    let report = web.does(&format!("into plain {BYTES}/200000 /inbox/got")).await;
    assert_eq!(report, "200 [content-length: 200000] , then Ok(200000)");
    // Larger than what a call gets in memory, and only into a file.
    let large = limits::RESPONSE_BYTES + 1;
    assert_eq!(web.does(&format!("get plain {BYTES}/{large}")).await, "too large");
    let report = web.does(&format!("into plain {BYTES}/{large} /inbox/large")).await;
    assert!(report.ends_with(&format!("then Ok({large})")), "{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_is_written_anywhere_else() {
    let web = Web::new(sized).await.unwrap();
    let canary = web.folder.path().join("canary");
    symlink(&canary, web.folder.path().join("inbox/link")).unwrap();
    symlink(web.folder.path(), web.folder.path().join("inbox/up")).unwrap();
    let paths = [
        "/inbox/../canary",
        "/inbox/up/canary",
        "/inbox/up/new",
        "/inbox/link",
        "/inbox/./x",
        "/inbox//x",
        "/inbox/none/x",
        "/inbox/",
        "/inbox",
        "/inboxes/x",
        "/data/x",
        "/outbox/x",
        "/etc/lockgate-canary",
        "inbox/x",
        "canary",
    ];
    for path in paths {
        let report = web.does(&format!("into plain {BYTES}/5 {path}")).await;
        assert!(report.starts_with("refused: "), "{path}: {report}");
    }
    // What can't be kept was not even asked for.
    assert_eq!(web.platform.connections(), 0);
    let report = web.does(&format!("into-stays plain {BYTES}/5 /inbox/mine")).await;
    assert!(report.contains("refused: ") && report.ends_with("Ok(4)"), "{report}");
    assert_eq!(std::fs::read_to_string(canary).unwrap(), "the canary");
    assert_eq!(web.entries("data").unwrap(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_to_nothing_leaves_no_file() {
    let web = Web::new(|seen| match seen.target() {
        "/none" => Answer::with(404, &[], "none"),
        "/short" => Answer::raw("HTTP/1.1 200 Said\r\ncontent-length: 100\r\n\r\nshort")
            .then(lockgate_tests::platform::Step::Close),
        _ => Answer::endless(&[b'x'; 64 << 10], Duration::ZERO),
    })
    .await
    .unwrap();
    let report = web.does("into plain https://open.example.org/none /inbox/a").await;
    assert!(
        report.starts_with("404 [") && report.contains("] none, then Err(Missing("),
        "{report}"
    );
    let report = web.does("into plain https://open.example.org/short /inbox/b").await;
    assert!(
        report.starts_with("unreachable: ") && report.contains("then Err(Missing("),
        "{report}"
    );
    let report = web.does("into plain https://open.example.org/endless /inbox/c").await;
    assert!(report.starts_with("too large, then Err(Missing("), "{report}");
    assert_eq!(web.entries("inbox").unwrap(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_is_full_takes_no_answer() {
    let web = Web::new(sized).await.unwrap();
    let inbox = web.folder.path().join("inbox");
    // A file fits into the folder, two of them don't.
    let file = std::fs::File::create(web.folder.path().join("outbox/big")).unwrap();
    file.set_len(limits::FILE_BYTES + 1).unwrap();
    let report = web.does("file plain /outbox/big").await;
    assert!(report.starts_with("refused: ") && report.contains("bytes"), "{report}");
    assert_eq!(web.platform.connections(), 0);
    for n in 0..limits::INBOX_FILES_PER_CALL {
        std::fs::write(inbox.join(n.to_string()), "").unwrap();
    }
    // What the host has put there does not count.
    let report = web.does(&format!("into plain {BYTES}/5 /inbox/one-more")).await;
    assert!(report.ends_with("then Ok(5)"), "{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_of_the_call_goes_out_whole() {
    let web = Web::new(answer).await.unwrap();
    let bytes: Vec<u8> = (0..300_000).map(|at| (at % 251) as u8).collect();
    std::fs::write(web.folder.path().join("outbox/a.bin"), &bytes).unwrap();
    assert!(web.does("file plain /outbox/a.bin").await.starts_with("200 ["));
    let seen = web.platform.seen().remove(0);
    assert_eq!((seen.header("content-length"), &seen.body), (vec!["300000"], &bytes));
    assert_eq!(seen.header("transfer-encoding"), [""; 0]);

    assert!(web.does("form plain /outbox/a.bin").await.starts_with("200 ["));
    let seen = web.platform.seen().remove(1);
    let kind = seen.header("content-type").remove(0).to_owned();
    let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
    assert!(boundary.len() >= 32, "{boundary}");
    let end = format!("\r\n--{boundary}--\r\n");
    let begin = format!(
        "--{boundary}\r\ncontent-disposition: form-data; name=\"chat\"\r\n\r\n42\r\n--{boundary}\r\n\
         content-disposition: form-data; name=\"document\"; filename=\"a.bin\"\r\ncontent-type: text/plain\r\n\r\n"
    );
    assert_eq!(seen.body, [begin.as_bytes(), &bytes, end.as_bytes()].concat());
    assert!(!seen.head.contains(TOKEN));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_opens_no_more_files_than_a_call_may() {
    let web = Web::new(answer).await.unwrap();
    std::fs::write(web.folder.path().join("outbox/a"), "a").unwrap();
    let most = limits::GUEST_OPEN_FILES;
    let report = web.does(&format!("form-files plain {most} /outbox/a")).await;
    assert!(report.starts_with("200 ["), "{report}");
    let report = web.does(&format!("form-files plain {} /outbox/a", most + 1)).await;
    assert!(report.starts_with("refused: "), "{report}");
    assert_eq!(web.platform.seen().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_file_is_looked_at_or_made_for_a_request_that_no_rule_covers() {
    let web = Web::new(answer).await.unwrap();
    let report = web.does("into plain https://evil.example/x /inbox/../canary").await;
    assert!(report.starts_with("refused: no rule covers this host"), "{report}");
    assert!(!report.contains("canary,"), "{report}");
    assert_eq!(web.line.take_tallies(), BTreeMap::from([("egress-refused-host", 1)]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_other_file_goes_out() {
    let web = Web::new(answer).await.unwrap();
    let at = |name: &str| web.folder.path().join(name);
    symlink(at("canary"), at("inbox/link")).unwrap();
    symlink(web.folder.path(), at("inbox/up")).unwrap();
    std::fs::hard_link(at("canary"), at("data/hard")).unwrap();
    std::fs::create_dir(at("data/folder")).unwrap();
    let own = at("canary");
    let own = own.to_str().unwrap();
    let paths = [
        "/inbox/../canary",
        "/inbox/link",
        "/inbox/up/canary",
        "/data/hard",
        "/data/folder",
        "/data/none",
        "/data",
        "/outbox/",
        "/folders/x/y",
        "/etc/passwd",
        "canary",
        "",
        own,
    ];
    for path in paths {
        for deed in ["file", "form"] {
            let report = web.does(&format!("{deed} plain {path}")).await;
            assert!(report.starts_with("refused: "), "{deed} {path}: {report}");
        }
    }
    assert_eq!(web.platform.connections(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_in_a_form_makes_no_header() {
    let web = Web::new(answer).await.unwrap();
    assert!(web.does("form-names plain").await.starts_with("200 ["));
    let body = String::from_utf8(web.platform.seen().remove(0).body).unwrap();
    let lines: Vec<&str> = body.split("\r\n").collect();
    let name = "content-disposition: form-data; name=\"a%22%0D%0Ax-evil: 1%0D%0A%0D%0A--\"; \
        filename=\"b%22%0D%0Acontent-type: text/html%0D%0A%0D%0A<p>\"";
    assert_eq!(lines[1..4], [name, "", "x"], "{body}");
    let report = web.does("form-type plain").await;
    assert!(report.lines().all(|line| line.starts_with("refused: ")), "{report}");
    assert_eq!(web.platform.seen().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_waits_no_longer_than_it_may() {
    let web = Web::new(|_| Answer::endless(b"x", Duration::from_millis(50)))
        .await
        .unwrap();
    let begun = std::time::Instant::now();
    let report = web.does("slow plain https://open.example.org/x").await;
    assert!(report.starts_with("unreachable: "), "{report}");
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    // Without a time of its own a request has the call's.
    let report = web.calls("get plain https://open.example.org/x").await;
    let took = begun.elapsed();
    assert!(
        took < limits::CALL_DEADLINE + Duration::from_secs(3),
        "{took:?}: {report:?}"
    );
}
