//! What only a flag of its own gives, and what becomes wider in an update.

use super::*;
use crate::config::{CommandGrant, Dashes, FolderGrant};
use crate::limits;
use crate::manifest::{CommandAsk, DatabaseAsk, FolderAccess, FolderAsk, Schema, ToolAsk};
use crate::reach::{Credential, CredentialPlace, HostPattern, HttpRule, PathPattern, Scheme, Segment};

fn rule(host: &str, methods: &[&str], paths: &[&str]) -> HttpRule {
    let path = |text: &&str| PathPattern {
        text: (*text).to_owned(),
        segments: vec![Segment::Any],
    };
    HttpRule {
        scheme: Scheme::Https,
        host: HostPattern::Exact(host.into()),
        port: 443,
        methods: methods.iter().map(|method| (*method).to_owned()).collect(),
        paths: paths.iter().map(path).collect(),
        credentials: Vec::new(),
    }
}

/// A candidate whose bytes stand for the manifest, changed.
pub(super) fn changed(version: &str, change: impl FnOnce(&mut Manifest)) -> Candidate {
    let mut candidate = candidate(&MANIFEST.replace("version='1'", &format!("version='{version}'")));
    change(&mut candidate.examined.manifest);
    candidate
}

#[track_caller]
fn refused(house: &House, flags: &[&str], candidate: Candidate) -> String {
    let (decided, talk) = house.decide_on(flags, candidate);
    let refused = decided.map(|_| ()).unwrap_err();
    assert!(refused.is::<Refusal>(), "{refused:#}");
    assert!(talk.contains("\nin all it asks for "), "{talk}");
    refused.to_string()
}

pub(super) fn asks(manifest: &mut Manifest) {
    manifest.http = vec![
        rule("a.example.org", &["GET"], &["/v1/*"]),
        rule("b.example.org", &["POST"], &["/x"]),
    ];
    let folder = |access| FolderAsk {
        title: "Notes".into(),
        access,
        required: true,
    };
    manifest.folders = [
        ("notes".to_owned(), folder(FolderAccess::Read)),
        ("drafts".to_owned(), folder(FolderAccess::Write)),
    ]
    .into();
    let (title, required) = ("Messages".to_owned(), true);
    manifest.databases = [(
        "messages".to_owned(),
        DatabaseAsk {
            title: title.clone(),
            required,
        },
    )]
    .into();
    manifest.commands = [("notify".to_owned(), CommandAsk { title, required })].into();
}

#[test]
fn a_yes_gives_nothing_that_has_to_be_named_and_the_refusal_is_the_line_that_does() {
    let house = House::new();
    let text = refused(&house, &["--yes", "--secret", "one=env:X"], changed("1", asks));
    let expected = " --grant network:forge --grant host:a.example.org --grant host:b.example.org \
        --grant 'folder:drafts=PATH:write' --grant folder:notes=PATH --grant database:messages=PATH \
        --grant command:notify=PROGRAM";
    assert!(text.replace('\'', "").ends_with(&expected.replace('\'', "")), "{text}");
    assert!(
        text.contains("a flag for everything does not give the network forge, the host a.example.org, "),
        "{text}"
    );
}

/// Between the look and the yes somebody puts another file there: a yes without a digest takes it unseen.
#[test]
fn a_yes_over_an_approved_channel_is_one_to_the_bytes_that_were_shown() {
    let house = House::new();
    house.add(&YES, MANIFEST);
    let newer = || changed("2", |_| {});
    let digest = newer().examined.digest.to_string();
    let text = refused(&house, &AGAIN, newer());
    assert!(text.ends_with(&format!(" --digest {digest}")), "{text}");
    assert!(text.contains("does not say which bytes were shown"), "{text}");
    let shown = [&AGAIN[..], &["--digest", &digest]].concat();
    assert!(house.decide_on(&shown, newer()).0.is_ok());
    let swapped = changed("3", |_| {});
    let shown = newer().examined.digest;
    let text = swapped
        .check_shown(Some(shown), "lockgate add")
        .unwrap_err()
        .to_string();
    assert!(text.contains("has other bytes than those with the digest"), "{text}");
    assert!(newer().check_shown(Some(shown), "lockgate add").is_ok());
}

/// `--grant hosts` is a yes to hosts that nobody has listed, so it says for which bytes, also for a new channel.
#[test]
fn all_hosts_are_given_only_to_bytes_that_were_shown() {
    let http = |manifest: &mut Manifest| manifest.http = vec![rule("a.example.org", &["GET"], &["/v1/*"])];
    let house = House::new();
    let all = [&YES[..], &["--grant", "hosts"]].concat();
    let digest = changed("1", http).examined.digest.to_string();
    let text = refused(&house, &all, changed("1", http));
    assert!(text.ends_with(&format!(" --digest {digest}")), "{text}");
    let shown = [&all[..], &["--digest", &digest]].concat();
    let (decided, _) = house.decide_on(&shown, changed("1", http));
    assert!(decided.unwrap().unwrap().config.hosts.contains("a.example.org"));
    house.add_bytes(&all, changed("1", http));
    let text = refused(&house, &["--grant", "hosts"], changed("1", http));
    assert!(text.ends_with(&format!(" --yes --digest {digest}")), "{text}");
    // One by one they are named, and a new channel needs no digest for that.
    let named = [&YES[..], &["--grant", "host:a.example.org"]].concat();
    assert!(House::new().decide_on(&named, changed("1", http)).0.is_ok());
}

#[test]
fn each_thing_is_given_by_its_own_flag() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    let grants = [
        "network:forge".to_owned(),
        "host:a.example.org".to_owned(),
        format!("folder:notes={path}:write"),
        format!("folder:drafts={path}:write"),
        format!("database:messages={path}"),
        format!("command:notify={path}"),
        "secret:one=env:X".to_owned(),
    ];
    let mut flags = vec!["--yes", "--withhold", "b.example.org"];
    flags.extend(grants.iter().flat_map(|grant| ["--grant", grant]));
    let candidate = changed("1", asks);
    let config = choose::merge(
        &args(&flags).choices,
        &candidate.examined.manifest,
        &candidate.origin,
        None,
    );
    assert_eq!(config.hosts.iter().collect::<Vec<_>>(), ["a.example.org"]);
    let folder = |access| FolderGrant {
        path: path.into(),
        access,
        quota: limits::FOLDER_QUOTA,
    };
    assert_eq!(
        config.folders["notes"],
        folder(FolderAccess::Read),
        "never more than is asked for"
    );
    assert_eq!(config.folders["drafts"], folder(FolderAccess::Write));
    assert_eq!(config.databases["messages"], file.path());
    let expected = CommandGrant {
        program: path.into(),
        fixed: Vec::new(),
        arguments: Vec::new(),
        more: None,
        dashes: Dashes::Refused,
    };
    assert_eq!(config.commands["notify"], expected);
    let past = Past {
        config: None,
        approved: None,
    };
    let open = needs::open(&candidate.examined.manifest, &past, &config, &args(&flags).choices);
    assert_eq!(open, []);
}

/// Patterns that were written for a program that shows a note must not become those of a shell.
#[test]
fn another_program_begins_without_the_arguments_of_the_first() {
    let mut before = ChannelConfig::of("/w.wasm".into());
    let mine = CommandGrant {
        arguments: vec![".*".into()],
        more: Some(".*".into()),
        dashes: Dashes::Allowed,
        ..places::program("/bin/echo".into())
    };
    before.commands.insert("notify".into(), mine.clone());
    let quota = FolderGrant {
        quota: 1 << 10,
        ..places::folder("/n".into(), FolderAccess::Write)
    };
    before.folders.insert("drafts".into(), quota.clone());
    let manifest = changed("1", asks).examined.manifest;
    let with = |flags: &[&str]| choose::merge(&args(flags).choices, &manifest, &"/w.wasm".into(), Some(&before));
    let same = with(&[
        "--grant",
        "command:notify=/bin/echo",
        "--grant",
        "folder:drafts=/n:write",
    ]);
    assert_eq!((&same.commands["notify"], &same.folders["drafts"]), (&mine, &quota));
    let other = with(&["--grant", "command:notify=/bin/sh", "--grant", "folder:drafts=/m:write"]);
    assert_eq!(other.commands["notify"], places::program("/bin/sh".into()));
    assert_eq!(
        other.folders["drafts"],
        places::folder("/m".into(), FolderAccess::Write)
    );
}

#[test]
fn what_is_not_asked_for_is_not_granted() {
    let check = |grant: &str, words: &str| {
        let (decided, _) = House::new().decide_on(&[&YES[..], &["--grant", grant]].concat(), changed("1", asks));
        let error = format!("{:#}", decided.map(|_| ()).unwrap_err());
        assert!(error.contains(words), "{error}");
    };
    check(
        "host:c.example.org",
        "does not ask for a host c.example.org; it asks for a.example.org, b.example.org",
    );
    check(
        "folder:other=/tmp",
        "does not ask for a folder other; it asks for drafts, notes",
    );
    check(
        "database:other=/tmp",
        "does not ask for a database other; it asks for messages",
    );
    check(
        "command:other=/tmp",
        "does not ask for a program other; it asks for notify",
    );
    check("secret:other", "does not ask for a secret other; it asks for one");
    check(
        "folder:notes=/nowhere/at/all",
        "the folder notes: /nowhere can't be opened (No such file",
    );
}

/// What is open in an update, of a channel that has one host of two and its secret.
#[track_caller]
fn check_update(change: impl FnOnce(&mut Manifest), flags: &[&str], expected: &[Need]) {
    let old = changed("1", asks).examined.manifest;
    let mut new = old.clone();
    change(&mut new);
    let before = ChannelConfig {
        hosts: ["a.example.org".to_owned()].into(),
        secrets: [("one".to_owned(), SecretSource::Env("X".into()))].into(),
        folders: [("notes", FolderAccess::Read), ("drafts", FolderAccess::Write)]
            .map(|(name, access)| (name.to_owned(), places::folder("/n".into(), access)))
            .into(),
        databases: [("messages".to_owned(), "/m".into())].into(),
        commands: [("notify".to_owned(), places::program("/p".into()))].into(),
        ..ChannelConfig::of("/w.wasm".into())
    };
    let args = args(flags);
    let past = Past {
        config: Some(&before),
        approved: Some(Some(&old)),
    };
    let config = choose::merge(&args.choices, &new, &"/w.wasm".into(), Some(&before));
    assert_eq!(needs::open(&new, &past, &config, &args.choices), expected);
}

#[test]
fn only_what_became_wider_is_named_again() {
    let a = || Need::Host("a.example.org".into());
    check_update(|_| {}, &[], &[]);
    check_update(|new| new.http[0].methods.push("POST".into()), &[], &[a()]);
    check_update(|new| new.http[0].paths = rule("x", &[], &["/**"]).paths, &[], &[a()]);
    check_update(
        |new| {
            new.http[0].credentials.push(Credential {
                secret: "one".into(),
                place: CredentialPlace::Query("key".into()),
            });
        },
        &[],
        &[a()],
    );
    check_update(
        |new| new.http[0].methods.push("POST".into()),
        &["--grant", "host:a.example.org"],
        &[],
    );
    check_update(
        |new| new.http[0].methods.push("POST".into()),
        &["--withhold", "a.example.org"],
        &[],
    );
    // He left that one out, and it is not offered again when it is wider; one that is new is.
    check_update(|new| new.http[1].methods.push("PUT".into()), &[], &[]);
    let c = rule("c.example.org", &["GET"], &["/"]);
    check_update(
        |new| new.http.push(c.clone()),
        &[],
        &[Need::Host("c.example.org".into())],
    );
    check_update(|new| drop(new.http.remove(0)), &[], &[]);
    check_update(|new| new.rules[0].path = "/b".into(), &[], &[Need::Kept("one".into())]);
    check_update(|new| new.rules[0].path = "/b".into(), &["--grant", "secret:one"], &[]);
    let folder = FolderAsk {
        title: "t".into(),
        access: FolderAccess::Write,
        required: true,
    };
    check_update(
        |new| drop(new.folders.insert("more".into(), folder.clone())),
        &[],
        &[Need::Folder("more".into(), FolderAccess::Write)],
    );
    // A folder that was given to be read stays one, whatever is asked for now.
    check_update(|new| drop(new.folders.insert("notes".into(), folder.clone())), &[], &[]);
}

#[test]
fn an_update_takes_away_what_is_not_asked_for_any_more() {
    let mut config = ChannelConfig::of("/w.wasm".into());
    config.hosts.insert("gone.example.org".into());
    config
        .folders
        .insert("notes".into(), places::folder("/n".into(), FolderAccess::Write));
    config.databases.insert("gone".into(), "/d".into());
    config.commands.insert("gone".into(), places::program("/p".into()));
    let new = changed("2", asks).examined.manifest;
    let merged = choose::merge(&args(&[]).choices, &new, &"/w.wasm".into(), Some(&config));
    assert!(merged.hosts.is_empty() && merged.databases.is_empty() && merged.commands.is_empty());
    assert_eq!(
        merged.folders["notes"].access,
        FolderAccess::Read,
        "the manifest asks to read only"
    );
}

#[test]
fn every_difference_has_a_row_and_none_says_so() {
    let check = |change: &dyn Fn(&mut Manifest), row: &str| {
        let (old, mut new) = (changed("1", asks).examined, changed("1", asks).examined);
        change(&mut new.manifest);
        let shown = changes::table(&old, &new, None).layout(120, Colour::Never);
        assert!(shown.lines().any(|line| line == row), "{row}\n{shown}");
    };
    check(&|_| {}, "~  only code: it asks for what it asked for");
    check(
        &|new| new.about.version = "2".into(),
        "~  only code: it asks for what it asked for",
    );
    check(
        &|new| new.http[0].methods = vec!["GET".into(), "PUT".into()],
        "+  may send PUT to a.example.org/v1/*",
    );
    check(
        &|new| drop(new.http.remove(1)),
        "-  may not send any more: POST to b.example.org/x",
    );
    check(
        &|new| new.http[0].scheme = crate::reach::Scheme::Wss,
        "+  may send a websocket to wss://a.example.org/v1/*",
    );
    let write = |new: &mut Manifest| {
        if let Some(notes) = new.folders.get_mut("notes") {
            notes.access = FolderAccess::Write;
        }
    };
    check(
        &write,
        "~  folder notes: to be read: Notes is now to be read and changed: Notes",
    );
    check(&|new| new.databases.clear(), "-  database messages");
    check(&|new| new.commands.clear(), "-  program notify");
    let tool = ToolAsk {
        name: "look".into(),
        text: "Looks".into(),
        schema: Schema::parse(serde_json::json!({ "type": "object" })).unwrap(),
    };
    check(
        &|new| new.tools.push(tool.clone()),
        "+  tool look: Looks, takes {\"type\":\"object\"}",
    );
    check(
        &|new| new.about.network = None,
        "~  suggests network none instead of forge; what you have given stays",
    );
    check(
        &|new| new.rules[0].name = "b".into(),
        "+  rule b: POST at /a, header x, secret one",
    );
}
