//! Components that lockgate brings along: added by name, the same whatever lies in some folder, and held to the approved
//! bytes when another lockgate brings others.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;

use lockgate_tests::home::Home;
use lockgate_tests::home::component::{read_prebuilt, with_salt};
use lockgate_tests::load::payload::workflow_run;
use lockgate_tests::serve::Serve;

#[test]
fn a_bundled_component_is_added_by_its_name_alone() {
    let home = Home::new().unwrap();
    // A model that works in this folder could have put it there.
    let here = home.beside().join("run");
    fs::write(here.join("fakechat"), read_prebuilt("webhook").unwrap()).unwrap();
    let refused = home.run(&["add", "fakechat", "--yes"]).unwrap();
    let line = refused.stderr.replace("\n", " ");
    assert!(
        refused.code == Some(3) && line.contains("--grant network:fakechat"),
        "{line}"
    );
    let added = home
        .run(&["add", "fakechat", "--yes", "--grant", "network:fakechat"])
        .unwrap();
    assert!(added.ok(), "{}", added.stderr);
    let shown = added.stdout + &added.stderr;
    assert!(shown.contains("fakechat, which this lockgate brings along"), "{shown}");
    let digest = home.run(&["check", "fakechat", "--json"]).unwrap();
    assert!(digest.ok(), "{}", digest.stderr);
    let config = home.config().unwrap();
    assert!(
        config.contains("[channel.fakechat]\ncomponent = \"fakechat\"\n"),
        "{config}"
    );
    let _serve = Serve::channel(&home).unwrap();
    let chat = home.wait_status("the chat runs", |status| {
        let chat = status.channel("fakechat")?.clone();
        (chat.phase == "ready").then_some(chat)
    });
    assert_eq!(chat.unwrap().note, None);
}

#[test]
fn what_is_neither_bundled_nor_a_file_is_told_what_there_is() {
    let home = Home::new().unwrap();
    let nobody = home.run(&["add", "nobody", "--name", "x"]).unwrap();
    let said = nobody.stderr.replace('\n', " ");
    assert!(
        nobody.code == Some(1) && said.contains("one that lockgate brings along: fakechat, "),
        "{said}"
    );
    let file = home.beside().join("w.wasm");
    fs::write(&file, read_prebuilt("webhook").unwrap()).unwrap();
    let nameless = home.run(&["add", file.to_str().unwrap()]).unwrap();
    let line = format!("run: lockgate add {} --name NAME", file.display());
    assert!(
        nameless.code == Some(3) && nameless.stderr.contains(&line),
        "{}",
        nameless.stderr
    );
    let checked = home.run(&["check", "webhook", "--json"]).unwrap();
    let checked: serde_json::Value = serde_json::from_str(&checked.stdout).unwrap();
    assert_eq!(
        (&checked["file"], &checked["bundled"]),
        (&"webhook".into(), &true.into())
    );
    // A name of the operator's comes before one that is brought along.
    home.add_webhook("fakechat", &file).unwrap();
    let own = home.run(&["check", "fakechat"]).unwrap().stdout;
    assert!(
        own.contains("/NAME/github") || own.contains("/fakechat/github"),
        "{own}"
    );
}

#[test]
fn another_lockgates_bytes_wait_for_review_while_the_approved_ones_run() {
    let home = Home::new().unwrap();
    let older = home.beside().join("older.wasm");
    fs::write(&older, with_salt(&read_prebuilt("webhook").unwrap(), 7)).unwrap();
    home.add_webhook("ci", &older).unwrap();
    home.unpace().unwrap();
    let by_file = home.config().unwrap();
    let by_name = by_file.replace(&format!("{:?}", older.to_str().unwrap()), "\"webhook\"");
    assert_ne!(by_file, by_name);
    home.write_config(&by_name).unwrap();
    fs::remove_file(&older).unwrap();
    let _serve = Serve::channel(&home).unwrap();
    let hook = home.hook("ci").unwrap();
    let request = hook.signed("workflow_run", &workflow_run(1));
    assert_eq!(hook.post(&request).unwrap().status / 100, 2);
    let note = home.wait_status("the review is asked for", |status| status.channel("ci")?.note.clone());
    let note = note.unwrap();
    assert!(
        note.contains("this lockgate brings along other bytes of webhook") && note.contains("lockgate review ci"),
        "{note}"
    );
    let review = home.run(&["review", "ci"]).unwrap();
    let said = review.stderr.replace('\n', " ");
    assert!(said.contains("only code: it asks for what it asked for"), "{said}");
    let digest = said
        .split("--digest ")
        .nth(1)
        .unwrap()
        .split_whitespace()
        .next()
        .unwrap();
    assert!(
        home.run(&["review", "ci", "--accept", "--digest", digest])
            .unwrap()
            .ok()
    );
    home.wait_status("nothing is asked for", |status| {
        let ci = status.channel("ci")?;
        (ci.note.is_none() && ci.phase == "ready").then_some(())
    })
    .unwrap();
    assert!(home.config().unwrap().contains("component = \"webhook\""));
}
