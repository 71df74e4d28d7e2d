//! A guest that is hostile with files: what it gets on its folders, what of it reaches the model, and what stays on the disk.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use lockgate::channel::{AttachmentError, Failure};
use lockgate::files::Scratch;
use lockgate::journal::ReplayKey;
use lockgate::limits;
use lockgate::model::{Digest, Event, FileKind, UnixMillis};
use lockgate::sandbox::{Folders, HookAnswer, HookBody, HookContent, HookRequest};
use lockgate_tests::room::{Running, guest, post};
use lockgate_tests::wait;

/// As hoarder's manifest asks.
const DATA: u64 = 1 << 20;

struct House(Running);

impl std::ops::Deref for House {
    type Target = Running;
    fn deref(&self) -> &Running {
        &self.0
    }
}

async fn house(name: &str) -> House {
    let running = Running::new(name).await.unwrap();
    std::fs::write(running.room.path().join("canary"), "the canary").unwrap();
    House(running)
}

impl House {
    async fn show(&self, request: &HookRequest) -> Result<(HookAnswer, Scratch), Failure> {
        self.channel.show(request, self.channel.scratch().unwrap()).await
    }

    /// What the guest says of its deed.
    async fn does(&self, body: &str) -> String {
        let (answer, _) = self.show(&post("/do", body)).await.unwrap();
        match answer.body {
            HookBody::Bytes(bytes) => String::from_utf8(bytes).unwrap(),
            other => panic!("{body}: a text expected, got {other:?}"),
        }
    }

    fn inbox(&self) -> PathBuf {
        self.state.inbox_path(&self.channel.context().name)
    }

    fn events(&self) -> Vec<Event> {
        self.room.journal.held(None, 100).unwrap()
    }

    fn nothing_is_left_of_calls(&self) {
        let left = || entries(&self.state.scratch()).is_empty().then_some(());
        wait::until(wait::PATIENCE, "the folders of calls to go", left).unwrap();
    }
}

fn entries(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect()
}

fn bytes(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().metadata().unwrap().len()).sum()
}

/// `16, then …`: the number, and what stopped it.
fn stopped(report: &str) -> (u64, &str) {
    let (count, why) = report
        .split_once(", then ")
        .unwrap_or_else(|| panic!("no end: {report}"));
    (count.parse().unwrap(), why)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_path_and_no_link_leads_out() {
    let house = house("hoarder").await;
    for folder in ["/inbox", "/data"] {
        let report = house.does(&format!("links {folder}")).await;
        assert_eq!(report.matches("refused").count(), 37, "{report}");
        assert!(!report.contains("ok"), "{report}");
    }
    assert_eq!(house.does("read /data/file").await, "x");
    assert!(house.does("read /data/../../canary").await.starts_with("refused"));
    // Neither by a move from a folder with one quota into another, nor by one that makes folders deeper.
    assert_eq!(house.does("move /data/file /inbox/file").await, "refused, cross-device");
    assert_eq!(house.does("move /data/file /data/moved").await, "ok");
    assert_eq!(house.does("folder /data/a").await, "ok");
    assert_eq!(house.does("move /data/a /data/b").await, "refused, not-permitted");
    let (depth, why) = (house.does("deep /inbox").await, "name-too-long");
    assert_eq!(stopped(&depth), (limits::FOLDER_DEPTH as u64, why), "{depth}");
    house.nothing_is_left_of_calls();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_disk_is_not_filled() {
    let house = house("hoarder").await;
    let files = stopped(&house.does("fill /data").await).0;
    assert_eq!(files, DATA >> 16);
    assert_eq!(bytes(&house.data().unwrap()), DATA);
    for deed in ["append /data/0", "grow /data/0", "far /data/0"] {
        let report = house.does(deed).await;
        assert!(!report.contains("no end") && !report.contains("ok"), "{deed}: {report}");
        assert_eq!(bytes(&house.data().unwrap()), DATA, "{deed}");
    }
    // What was removed is free for the next call.
    assert_eq!(house.does("remove /data/0").await, "ok");
    assert_eq!(house.does("write /data/new 65536").await, "ok");
    assert!(house.does("write /data/more 1").await.contains("LastOperationFailed"));
    let files = stopped(&house.does("fill /inbox 1024").await).0;
    assert_eq!(files, limits::INBOX_BYTES_PER_CALL >> 20);
    house.nothing_is_left_of_calls();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_million_empty_files_are_a_few() {
    let house = house("hoarder").await;
    // So many are there already, as a busy machine does not make them all within one call's deadline.
    let before = limits::DATA_FILES - 50;
    (0..before).for_each(|nth| std::fs::write(house.data().unwrap().join(format!("old-{nth}")), "").unwrap());
    for (folder, most) in [("/data", 50), ("/inbox", limits::INBOX_FILES_PER_CALL)] {
        let report = house.does(&format!("many {folder}")).await;
        assert_eq!(stopped(&report), (most, "insufficient-space"), "{folder}");
    }
    assert_eq!(entries(&house.data().unwrap()).len() as u64, limits::DATA_FILES);
    let report = house.does("onto-itself /inbox").await;
    assert_eq!(stopped(&report).0, limits::INBOX_FILES_PER_CALL - 1, "{report}");
    house.nothing_is_left_of_calls();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_without_a_name_counts_as_long_as_it_is_open() {
    let house = house("hoarder").await;
    let files = stopped(&house.does("unlinked /data").await).0;
    assert_eq!(files, DATA >> 17);
    assert_eq!(entries(&house.data().unwrap()), ["gone"], "the one that did not fit");
    assert_eq!(house.does("rewrite /data/a").await, "10 and no end");
    assert_eq!(bytes(&house.data().unwrap()), 640 << 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_at_the_same_time_do_not_overshoot_together() {
    let house = Arc::new(house("hoarder").await);
    let calls: Vec<_> = (0..4)
        .map(|nth| {
            let house = Arc::clone(&house);
            tokio::spawn(async move {
                house.does(&format!("folder /data/{nth}")).await;
                house.does(&format!("fill /data/{nth}")).await
            })
        })
        .collect();
    let mut files = 0;
    for call in calls {
        files += stopped(&call.await.unwrap()).0;
    }
    let folders = (0..4).map(|nth| bytes(&house.data().unwrap().join(nth.to_string())));
    let held: u64 = folders.sum();
    // Each of them ends in the middle of a file.
    assert!(held <= DATA && held > DATA - (4 << 10), "{held}");
    assert!(files >= (DATA >> 16) - 4, "{files}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn descriptors_streams_and_listings_are_few() {
    let house = house("hoarder").await;
    for (deed, most) in [
        ("handles", limits::GUEST_OPEN_FILES),
        ("streams", limits::GUEST_FILE_STREAMS),
        ("listings", limits::GUEST_LISTINGS),
    ] {
        let report = house.does(&format!("{deed} /inbox")).await;
        assert!(stopped(&report).0 <= most as u64, "{deed}: {report}");
        assert!(stopped(&report).1.contains("quota"), "{deed}: {report}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attachment_is_copied_and_a_duplicate_leaves_no_copy() {
    let house = house("hoarder").await;
    for _ in 0..2 {
        house.show(&post("/do", "write-attach /inbox/a.sh")).await.unwrap();
    }
    let events = house.events();
    assert_eq!(events.len(), 1);
    let filed = &events[0].admitted.files[..];
    assert_eq!(
        (filed.len(), filed[0].attachment, filed[0].kind),
        (1, 0, FileKind::Image)
    );
    assert_eq!(entries(&house.inbox()), [filed[0].name.clone()]);
    assert!(filed[0].name.ends_with("-1.png"), "{}", filed[0].name);
    let path = house.channel.attachment(&events[0], 0).await.unwrap();
    assert!(std::fs::read(&path).unwrap().starts_with(b"\x89PNG"));
    let absent = house.channel.attachment(&events[0], 1).await.unwrap_err();
    assert!(matches!(absent, AttachmentError::Absent { .. }), "{absent}");
    std::fs::remove_file(path).unwrap();
    let gone = house.channel.attachment(&events[0], 0).await.unwrap_err();
    assert!(matches!(gone, AttachmentError::Gone), "{gone}");
    house.nothing_is_left_of_calls();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attachment_that_is_none_costs_the_file_and_not_the_message() {
    let house = house("hoarder").await;
    house.does("text /data/kept secret").await;
    let foreign = house.state.inbox(&"other".parse().unwrap()).unwrap().join("x.txt");
    std::fs::write(&foreign, "another channel's").unwrap();
    let canary = house.room.path().join("canary");
    let hostile = format!(
        "attach /inbox /inbox/../canary {} {} /data/kept /inbox/absent /inbox/a/../../b /etc/passwd",
        canary.display(),
        foreign.display()
    );
    house.show(&post("/do", &hostile)).await.unwrap();
    let events = house.events();
    assert_eq!((events.len(), events[0].admitted.message.attachments.len()), (1, 8));
    assert!(events[0].admitted.files.is_empty());
    assert_eq!(house.tally("attachment-refused").unwrap(), 8);
    assert_eq!(entries(&house.inbox()), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_file_that_is_named_often_is_copied_within_the_bound() {
    let house = house("hoarder").await;
    let scratch = house.channel.scratch().unwrap();
    let big = std::fs::File::create(scratch.path().join("big")).unwrap();
    big.set_len(40 << 20).unwrap();
    let request = post("/do", "attach /inbox/big /inbox/big /inbox/big /inbox/big");
    house.channel.show(&request, scratch).await.unwrap();
    assert_eq!(
        (
            entries(&house.inbox()).len(),
            house.tally("attachment-too-much").unwrap()
        ),
        (1, 3)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trap_and_a_call_that_is_repeated_leave_nothing() {
    let house = house("hoarder").await;
    assert!(matches!(
        house.show(&post("/do", "write-attach-trap /inbox/x")).await,
        Err(Failure::Call(_))
    ));
    house.nothing_is_left_of_calls();
    // The guest makes its file anew each time, which works only in a folder that was emptied; and the upload is still there.
    let scratch = house.channel.scratch().unwrap();
    std::fs::write(scratch.path().join("upload"), "the upload").unwrap();
    let failure = house
        .channel
        .show(&post("/do", "contended"), scratch)
        .await
        .map(drop)
        .unwrap_err();
    assert!(matches!(failure, Failure::Contended(_)), "{failure}");
    house.nothing_is_left_of_calls();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_hands_files_in_and_gets_files_out() {
    let house = house("hoarder").await;
    let scratch = house.channel.scratch().unwrap();
    std::fs::write(scratch.path().join("upload"), "the upload").unwrap();
    let upload = HookRequest {
        body: HookContent::File("upload".into()),
        ..post("/do", "")
    };
    let (answer, scratch) = house.channel.show(&upload, scratch).await.unwrap();
    assert_eq!(answer.body, HookBody::Bytes(b"/inbox/upload: the upload".to_vec()));
    let (_, length) = house.channel.open_answer("/inbox/upload", &scratch).unwrap();
    assert_eq!(length, 10);
    house.does("text /data/kept kept").await;
    let (answer, _) = house.show(&post("/do", "answer-file /data/kept")).await.unwrap();
    let HookBody::File(path) = answer.body else {
        panic!("{answer:?}")
    };
    assert_eq!(house.channel.open_answer(&path, &scratch).unwrap().1, 4);
    std::os::unix::fs::symlink("/etc/passwd", house.data().unwrap().join("planted")).unwrap();
    for path in [
        "/etc/passwd",
        "/data/../canary",
        "/data/planted",
        "/data",
        "/inbox/absent",
        "/outbox/x",
        "/data//kept",
    ] {
        assert!(house.channel.open_answer(path, &scratch).is_err(), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn images_are_fetched_before_they_are_announced() {
    let house = house("hoarder").await;
    let request = "attach-handle png lie elsewhere folder png trouble";
    house.show(&post("/do", request)).await.unwrap();
    let events = house.events();
    let filed: Vec<_> = events[0]
        .admitted
        .files
        .iter()
        .map(|filed| (filed.attachment, filed.kind))
        .collect();
    assert_eq!(filed, [(0, FileKind::Image), (1, FileKind::Other)]);
    assert!(events[0].admitted.files[1].name.ends_with(".txt"));
    assert_eq!(
        (
            house.tally("image-not-fetched").unwrap(),
            house.tally("image-too-much").unwrap()
        ),
        (2, 2)
    );
    // The others when they are asked for, once.
    let path = house.channel.attachment(&events[0], 4).await.unwrap();
    assert_eq!(path, house.channel.attachment(&events[0], 4).await.unwrap());
    assert!(path.ends_with(format!("{}-4.png", events[0].id)), "{}", path.display());
    for index in [2, 3, 5] {
        let refused = house.channel.attachment(&events[0], index).await.unwrap_err();
        assert!(matches!(refused, AttachmentError::Failed(_)), "{refused}");
    }
    assert_eq!(entries(&house.inbox()).len(), 3);
    house.nothing_is_left_of_calls();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_image_that_does_not_come_does_not_keep_the_message() {
    let house = house("hoarder").await;
    let begun = Instant::now();
    house.show(&post("/do", "attach-handle spin png")).await.unwrap();
    // A machine that is busy may add to its time; what the guest takes for each of them is more than that.
    assert!(begun.elapsed() < limits::SEND_DEADLINE, "{:?}", begun.elapsed());
    assert_eq!((house.events().len(), house.tally("image-too-slow").unwrap()), (1, 2));
    house.nothing_is_left_of_calls();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_sent_can_be_read_and_not_changed() {
    let house = house("hoarder").await;
    let prepared = house.room.prepare(guest("hoarder").unwrap()).await.unwrap();
    let context = house.room.channel("hoarder", &[]).unwrap();
    let scratch = house.channel.scratch().unwrap();
    std::fs::write(scratch.path().join("a"), "sent").unwrap();
    let folders = Folders {
        outbox: Some(scratch.path().to_owned()),
        ..Folders::default()
    };
    let check = async |deed: &str, expected: &str| {
        let done = prepared.receive(&context, post("/do", deed), &folders).await.unwrap();
        assert_eq!(done.value.0.body, HookBody::Bytes(expected.into()), "{deed}");
    };
    check("read /outbox/a", "sent").await;
    check("write /outbox/a 1", "not opened, not-permitted").await;
    check("write /outbox/b 1", "not opened, not-permitted").await;
    check("append /outbox/a", "refused, not-permitted").await;
    check("remove /outbox/a", "refused, not-permitted").await;
    check("folder /outbox/c", "refused, not-permitted").await;
    check("move /outbox/a /outbox/b", "refused, not-permitted").await;
    check("read /inbox/a", "refused, no-device").await;
    assert_eq!(entries(scratch.path()), ["a"]);
}

/// A channel that has nothing to do with files never touches the folder for calls, so it works without one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plain_hook_makes_no_folder() {
    let replay = |nth: &str| ReplayKey {
        digest: Digest::of(nth.as_bytes()),
        until: UnixMillis::now(),
    };
    for (name, body, works) in [("evil", "say hello", true), ("hoarder", "read /inbox/x", false)] {
        let house = house(name).await;
        house
            .channel
            .receive(&post("/do", body), replay("before"))
            .await
            .unwrap();
        house.nothing_is_left_of_calls();
        std::fs::remove_dir(house.state.scratch()).unwrap();
        std::fs::write(house.state.scratch(), "").unwrap();
        let received = house.channel.receive(&post("/do", body), replay("after")).await;
        assert_eq!(received.is_ok(), works, "{name}: {:?}", received.err());
        if let Err(failure) = received {
            assert!(matches!(failure, Failure::Files(_)), "{failure}");
        }
    }
}
