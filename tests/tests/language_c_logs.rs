//! The example in C, in a home: it follows log files while they grow, are rotated and truncated.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::PathBuf;

use lockgate_tests::guests::root;
use lockgate_tests::home::Home;
use lockgate_tests::languages::{COMPILING, build};
use lockgate_tests::serve::Serve;
use lockgate_tests::wait::PATIENCE;

/// The example on a folder with one file, after its first look.
struct Following {
    home: Home,
    serve: Serve,
    folder: PathBuf,
}

impl Following {
    fn begin() -> Self {
        let built = build(&root().join("examples/logs")).unwrap();
        let home = Home::new().unwrap();
        let folder = home.beside().canonicalize().unwrap().join("logs");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("shop.log"), "ERROR of yesterday\n").unwrap();
        let component = built.path.to_str().unwrap();
        let grant = format!("folder:logs={}", folder.display());
        let added = home
            .run(&[
                "add",
                component,
                "--name",
                "logs",
                "--yes",
                "--grant",
                &grant,
                "--set",
                "patterns=ERROR|FATAL",
            ])
            .unwrap();
        assert!(added.ok(), "{}{}", added.stdout, added.stderr);
        home.unpace().unwrap();
        let serve = Serve::channel(&home).unwrap();
        let looked = lockgate_tests::wait::until(COMPILING, "it has looked once", || {
            let status = home.status().ok()?;
            status
                .channel("logs")
                .is_some_and(|own| own.committed > 0)
                .then_some(())
        });
        looked.unwrap_or_else(|error| panic!("{error:#}\n{}", serve.stderr()));
        Self { home, serve, folder }
    }

    fn append(&self, name: &str, text: &str) {
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.folder.join(name))
            .unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    /// Waits until these are all that was told, in any order, and each once.
    #[track_caller]
    fn told(&self, expected: &[(&str, &str)]) {
        let record = self.serve.client.record();
        let enough = record.wait_events(expected.len(), PATIENCE);
        enough.unwrap_or_else(|error| panic!("{error:#}\n{}\n{:?}", self.serve.stderr(), self.home.status()));
        let lines: Vec<_> = record.seen().events.iter().map(|line| line.parse().unwrap()).collect();
        let mut found: Vec<_> = lines
            .iter()
            .map(|pushed| (pushed.content.trim(), pushed.meta["x_file"].as_str()))
            .collect();
        let mut expected = expected.to_vec();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected);
    }
}

#[test]
fn lines_that_match_become_events_and_old_ones_do_not() {
    let logs = Following::begin();
    logs.append("shop.log", "all is well\nERROR one\nERROR half");
    logs.append("other.txt", "ERROR elsewhere\n");
    let mut expected = vec![("ERROR one", "shop.log")];
    logs.told(&expected);
    logs.append("shop.log", " a line\nFATAL two, Zo\u{eb}\n");
    expected.extend([("ERROR half a line", "shop.log"), ("FATAL two, Zo\u{eb}", "shop.log")]);
    logs.told(&expected);
}

#[test]
fn a_rotated_file_is_read_to_its_end_and_a_truncated_one_anew() {
    let logs = Following::begin();
    // The last line of the old file is written before anybody has looked, and the new file is there by then.
    logs.append("shop.log", "ERROR last of the old\n");
    fs::rename(logs.folder.join("shop.log"), logs.folder.join("shop.log.1")).unwrap();
    logs.append("shop.log", "ERROR first of the new\n");
    let record = logs.serve.client.record();
    record.wait_events(2, PATIENCE).unwrap();
    let said: Vec<String> = record
        .seen()
        .events
        .iter()
        .map(|line| line.parse().unwrap().content)
        .collect();
    assert!(said.iter().any(|text| text.contains("last of the old")), "{said:?}");
    assert!(said.iter().any(|text| text.contains("first of the new")), "{said:?}");
    fs::write(logs.folder.join("shop.log"), "ERROR anew\n").unwrap();
    record.wait_events(3, PATIENCE).unwrap();
    assert!(record.seen().events[2].parse().unwrap().content.contains("ERROR anew"));
}

#[test]
fn a_flood_is_told_whole_over_several_calls_and_a_line_without_an_end_is_stepped_over() {
    let logs = Following::begin();
    let many: String = (0..200).map(|nth| format!("ERROR number {nth}\n")).collect();
    logs.append("shop.log", &many);
    let record = logs.serve.client.record();
    record.wait_events(200, PATIENCE).unwrap();
    let said: Vec<String> = record
        .seen()
        .events
        .iter()
        .map(|line| line.parse().unwrap().content)
        .collect();
    let expected: Vec<String> = (0..200).map(|nth| format!("ERROR number {nth}")).collect();
    assert!(said.iter().map(|text| text.trim()).eq(expected.iter()), "{said:?}");
    logs.append("shop.log", &"x".repeat(70 << 10));
    let skipped = logs.home.wait_status("it says what it stepped over", |status| {
        let tallies = &status.channel("logs")?.tallies;
        tallies
            .iter()
            .any(|(reason, count)| reason.contains("skipped") && *count > 0)
            .then_some(())
    });
    skipped.unwrap_or_else(|error| panic!("{error:#} {:?}", logs.home.status()));
}
