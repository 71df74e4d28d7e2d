//! Who is given again what stands in secrets.toml, and who is not.
#![allow(clippy::unwrap_used)]

use super::*;

fn name(text: &str) -> ChannelName {
    text.parse().unwrap()
}

/// Of a folder of this number.
fn stand(origin: &str, number: u64) -> Stand {
    Stand {
        origin: origin.into(),
        folder: Some(FolderId::of_number(number)),
    }
}

fn project(channel: &str, origin: &str, secrets: &[(&str, &str)]) -> Project {
    let secrets = secrets.iter().map(|(name, entry)| ((*name).into(), (*entry).into()));
    Project {
        channel: name(channel),
        origin: origin.into(),
        folder: Some(FolderId::of_number(1)),
        secrets: secrets.collect(),
    }
}

#[test]
fn the_secrets_of_one_project_were_given_to_another_of_its_name() {
    let x = name("dev-x");
    let mut kept = Kept::default();
    kept.keep(project("dev-x", "/a", &[("key", "dev-x-key")]));
    kept.keep(project("dev-y", "/y", &[("key", "dev-y-key")]));
    assert_eq!(kept.take(&x, &stand("/a", 1))["key"], "dev-x-key");
    assert!(kept.take(&x, &stand("/b", 1)).is_empty());
    // It may have written them anew since.
    assert!(kept.take(&x, &stand("/a", 1)).is_empty());
    kept.keep(project("dev-x", "/a", &[("key", "dev-x-key")]));
    kept.keep(project("dev-x", "/b", &[("key", "dev-x-key")]));
    assert!(kept.take(&x, &stand("/a", 1)).is_empty());
    assert_eq!(kept.0.len(), 1);
}

/// `dev-my` with `bot-token` and `dev-my-bot` with `token` come to one entry, and no channel uses it between two loops.
#[test]
fn an_entry_that_two_names_come_to_was_given_to_the_one_that_did_not_write_it_last() {
    let (mine, entry) = (name("dev-my"), "dev-my-bot-token");
    let mut kept = Kept::default();
    kept.keep(project(
        "dev-my",
        "/a",
        &[("bot-token", entry), ("more", "dev-my-more")],
    ));
    kept.keep(project("dev-my-bot", "/b", &[("token", entry)]));
    let left = BTreeMap::from([("more".to_owned(), "dev-my-more".to_owned())]);
    assert_eq!(kept.take(&mine, &stand("/a", 1)), left);
    assert_eq!(kept.take(&name("dev-my-bot"), &stand("/b", 1))["token"], entry);
    // Two that were noted before each entry was noted once.
    let mut kept = Kept(vec![
        project("dev-my", "/a", &[("bot-token", entry)]),
        project("dev-my-bot", "/b", &[("token", entry)]),
    ]);
    assert!(kept.take(&mine, &stand("/a", 1)).is_empty());
}

/// A folder that was deleted, and another project that was put at its path.
#[test]
fn a_project_that_came_to_stand_at_anothers_path_was_given_its_secrets() {
    let x = name("dev-x");
    let unknown = Stand {
        folder: None,
        ..stand("/a", 1)
    };
    for other in [stand("/a", 2), unknown.clone()] {
        let mut kept = Kept::default();
        kept.keep(project("dev-x", "/a", &[("key", "dev-x-key")]));
        assert_eq!(kept.take(&x, &stand("/a", 1))["key"], "dev-x-key");
        assert!(kept.take(&x, &other).is_empty(), "{other:?}");
        assert!(kept.take(&x, &stand("/a", 1)).is_empty(), "forgotten for good");
    }
    // Of a folder that nothing tells from another, nothing is kept; nor does what an older lockgate noted fit one.
    let nowhere = Project {
        folder: None,
        ..project("dev-x", "/a", &[("key", "dev-x-key")])
    };
    let mut kept = Kept::default();
    kept.keep(nowhere.clone());
    assert_eq!(kept, Kept::default());
    assert!(Kept(vec![nowhere]).take(&x, &unknown).is_empty());
    let old: Kept = serde_json::from_str(r#"[{"channel":"dev-x","origin":"/a","secrets":{"key":"e"}}]"#).unwrap();
    assert!(old.clone().take(&x, &unknown).is_empty() && old.clone().take(&x, &stand("/a", 1)).is_empty());
}

#[test]
fn of_very_many_projects_the_oldest_is_forgotten() {
    let mut kept = Kept::default();
    for number in 0..=limits::DEV_PROJECTS {
        let entry = format!("e{number}");
        kept.keep(project(&format!("dev-{number}"), "/a", &[("key", &entry)]));
    }
    assert_eq!(kept.0.len(), limits::DEV_PROJECTS);
    assert_eq!(kept.0[0].channel.as_str(), "dev-1");
    kept.keep(project("dev-1", "/a", &[]));
    assert_eq!(kept.0.len(), limits::DEV_PROJECTS - 1);
}
