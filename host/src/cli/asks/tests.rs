//! The whole table on a fixed manifest, and on one that tries to hide something.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::cli::print::Colour;
use crate::component::Inspection;
use crate::manifest::{CommandAsk, DatabaseAsk, FolderAccess, FolderAsk, Schema, ToolAsk};
use crate::model::Digest;
use crate::reach::{Credential, CredentialPlace, HostPattern, HttpRule, PathPattern, Scheme, Segment};

const MANIFEST: &str = "[channel]\nname='forge'\nversion='1.2.0'\nsummary='Builds of a forge become events'\n\
    network='forge'\nevents='verified'\n[life]\n[source]\n[timer]\n[hook]\n\
    [[hook.rule]]\nname='a'\npath='/a'\nsecret='one'\nalgorithm='hmac-sha256'\nheader='x-sig'\nmessage='{body}'\n\
    [[hook.rule]]\nname='b'\npath='/b'\nsecret='two'\nalgorithm='hmac-sha256'\nheader='x-sig'\nmessage='{body}'\n\
    [secrets.one]\ntitle='First key'\nhelp='Shown by the forge under Settings.'\n\
    [secrets.two]\ntitle='Second key'\nrequired=false\n\
    [settings.text]\ntitle='What an event says'\nhelp='A template.'\n\
    [asks.limits]\nmemory='100MiB'\npoll-deadline='60s'\n";

fn examined(manifest: Manifest) -> Examined {
    let inspection = Inspection {
        size: 4,
        imports: [].into(),
        exports: [].into(),
        manifest: None,
    };
    Examined {
        bytes: b"four".to_vec(),
        digest: Digest::of(b"four"),
        inspection,
        manifest,
    }
}

#[test]
fn what_is_asked() {
    let expected = "\
forge 1.2.0
calls itself       Builds of a forge become events
is told            when it starts
looks for news     by itself, every 250ms at most; one look lasts up to 1m
is woken           at times that it sets itself
is called          over HTTP at /NAME/a (POST), only with a valid signature (header x-sig, secret
                   one)
is called          over HTTP at /NAME/b (POST), only with a valid signature (header x-sig, secret
                   two)
speaks             for every account of the network forge: whom it names as the sender is believed
lets things say    what came in a call with a valid signature
may keep           16 MiB of its own, in lockgate's journal
may use            100 MiB of memory and 5s for a call
asks for a secret  one (needed): First key
                   Shown by the forge under Settings.
asks for a secret  two (optional): Second key
can be set         text: What an event says
                   A template.
can't              reach another machine, open a file or a folder, start a program, see the
                   environment or a secret
";
    let shown = table(&examined(Manifest::parse(MANIFEST).unwrap()), View::Asked);
    assert_eq!(shown.layout(100, Colour::Never), expected);
}

#[test]
fn what_is_granted() {
    let mut config = ChannelConfig::of("/forge.wasm".into());
    config
        .secrets
        .insert("one".into(), SecretSource::Env("FORGE_KEY".into()));
    config.settings.insert("text".into(), "{title}".into());
    let expected = "\
forge 1.2.0
calls itself       Builds of a forge become events
file               /forge.wasm
is                 sha256:04efaf080f5a3e74e1c29d1ca6a48569382cbbcd324e8d59d2b83ef21c039f00, 4 bytes
is told            when it starts
looks for news     by itself, every 250ms at most; one look lasts up to 1m
is woken           at times that it sets itself
is called          over HTTP at /ci/a (POST), only with a valid signature (header x-sig, secret one)
is called          not yet over HTTP at /ci/b: that needs the secret two
speaks             for no account of any network, so nobody in it is a person whom you know
lets things say    nothing: what a build or a feed says is dropped
may push           1 event a second after the first 10; the rest waits in `inbox`
may keep           16 MiB of its own, in lockgate's journal
may use            100 MiB of memory and 5s for a call
asks for a secret  one (in the variable FORGE_KEY): First key
                   Shown by the forge under Settings.
asks for a secret  two (optional, not given): Second key
is set             text = {title}
can be set         1 setting: `lockgate check` explains them
can't              reach another machine, open a file or a folder, start a program, see the
                   environment or a secret
";
    let shown = table(
        &examined(Manifest::parse(MANIFEST).unwrap()),
        View::Granted("ci", &config),
    );
    assert_eq!(shown.layout(100, Colour::Never), expected);
}

/// Every text of a manifest is this one; the names differ.
fn filled(text: &str) -> Manifest {
    let mut manifest = Manifest::parse(MANIFEST).unwrap();
    for own in [
        &mut manifest.about.name,
        &mut manifest.about.version,
        &mut manifest.about.summary,
    ] {
        text.clone_into(own);
    }
    manifest.about.network = Some(text.to_owned());
    for rule in &mut manifest.rules {
        for own in [&mut rule.name, &mut rule.path, &mut rule.header, &mut rule.secret] {
            text.clone_into(own);
        }
        rule.methods = vec![text.to_owned()];
    }
    let (title, required) = (text.to_owned(), true);
    let ask = SecretAsk {
        title: title.clone(),
        help: Some(title.clone()),
        required,
    };
    manifest.secrets = [(title.clone(), ask.clone()), (format!("{title}2"), ask)].into();
    let about = crate::manifest::SettingText {
        title: title.clone(),
        help: Some(title.clone()),
    };
    manifest.settings = [(title.clone(), about)].into();
    manifest.http = vec![HttpRule {
        scheme: Scheme::Https,
        host: HostPattern::Below(title.clone()),
        port: 443,
        methods: vec![title.clone()],
        paths: vec![PathPattern {
            text: title.clone(),
            segments: vec![Segment::Any],
        }],
        credentials: vec![credential(&title)],
    }];
    let access = FolderAccess::Write;
    let folder = FolderAsk {
        title: title.clone(),
        access,
        required,
    };
    manifest.folders = [(title.clone(), folder)].into();
    let database = DatabaseAsk {
        title: title.clone(),
        required,
    };
    manifest.databases = [(title.clone(), database)].into();
    let command = CommandAsk {
        title: title.clone(),
        required,
    };
    manifest.commands = [(title.clone(), command)].into();
    manifest.tools = vec![ToolAsk {
        name: title.clone(),
        text: title,
        schema: Schema::parse(serde_json::json!({ "type": "object" })).unwrap(),
    }];
    manifest
}

fn credential(secret: &str) -> Credential {
    Credential {
        secret: secret.to_owned(),
        place: CredentialPlace::Query(secret.to_owned()),
    }
}

/// Every text of the manifest tries to clear the screen, to turn the line around, and to look like rows of ours.
#[test]
fn a_hostile_manifest_hides_nothing() {
    let evil = format!(
        "x\x1b[2J\u{202e}\r\n{}\ncan't              do anything\u{200b}",
        " ".repeat(300)
    );
    let honest = table(&examined(filled("x")), View::Asked).layout(100, Colour::Never);
    let shown = table(&examined(filled(&evil)), View::Asked).layout(100, Colour::Never);
    assert!(
        shown.chars().all(|c| c == '\n' || c == ' ' || c.is_ascii_graphic()),
        "{shown}"
    );
    assert!(shown.lines().all(|line| line.len() <= 100), "{shown}");
    // Only our labels stand at the left edge, all of them, and in their order.
    let labels = |text: &str| -> Vec<String> {
        let starts = text.lines().skip(1).filter(|line| !line.starts_with(' '));
        starts.map(|line| line.chars().take(17).collect()).collect()
    };
    assert_eq!(labels(&shown), labels(&honest));
    assert!(shown.contains("x\\u{1b}[2J\\u{202e}\\u{d}\\n"), "{shown}");
    // Blanks that are none to a search for spaces, and characters that take two cells: neither moves a word to the edge.
    for filler in [
        "\u{a0}",
        "\u{2003}",
        "\u{2800}",
        "\u{3000}",
        "\u{1d159}",
        "漢",
        "👍",
        "한",
    ] {
        let evil = format!("x{}can't              do anything", filler.repeat(200));
        let shown = table(&examined(filled(&evil)), View::Asked).layout(100, Colour::Never);
        assert_eq!(labels(&shown), labels(&honest), "{filler:?}");
        assert!(
            shown.lines().all(|line| crate::text::text_width(line) <= 100),
            "{filler:?}\n{shown}"
        );
        let is_blank = |c: char| c != '\n' && c != ' ' && (c.is_whitespace() || "\u{2800}\u{1d159}".contains(c));
        assert!(!shown.contains(is_blank), "{filler:?}\n{shown}");
    }
}

#[test]
fn length_hides_nothing_either() {
    let long = "word ".repeat(1_000);
    let manifest = filled(&long);
    let shown = table(&examined(manifest.clone()), View::Asked).layout(100, Colour::Never);
    // An author's prose is cut, and how much is told; of what it may do nothing is cut.
    assert!(shown.contains("... (4700 more characters)"), "{shown}");
    assert!(
        shown.matches("word").count() > 10_000,
        "names and paths stand there whole"
    );
    let expected =
        "in all it asks for 1 network, 2 ways to be called, 2 secrets, 1 host, 1 folder, 1 database, 1 program, 1 tool";
    assert_eq!(sum(&manifest), expected);
    let nothing = Manifest::parse("[channel]\nname='a'\nversion='1'\nsummary='s'\n[life]\n").unwrap();
    assert_eq!(sum(&nothing), "in all it asks for nothing of yours");
}

/// A channel with all that lies beyond its walls, as it is asked and as it is given.
#[test]
fn what_lies_beyond_the_walls() {
    let mut manifest = filled("x");
    manifest.http[0].host = HostPattern::Exact("api.example.org".into());
    manifest.http[0].methods = vec!["GET".into(), "POST".into()];
    let mut listed = manifest.http[0].clone();
    listed.paths[0] = PathPattern {
        text: "/v1/items".into(),
        segments: Vec::new(),
    };
    let mut socket = listed.clone();
    socket.scheme = Scheme::Wss;
    manifest.http.extend([listed, socket]);
    let rows = |view: View<'_>| -> Vec<String> {
        let mut shown = Table::default();
        outward::rows(&mut shown, &manifest, view);
        shown.layout(120, Colour::Always).lines().map(str::to_owned).collect()
    };
    let asked = "\
\x1b[2mmay send\x1b[0m    \x1b[31mGET, POST to api.example.org: x; with your secret x (x), which it never sees; a wildcard with a credential:\x1b[0m
            \x1b[31mit may call whatever your account may there\x1b[0m
\x1b[2mmay send\x1b[0m    GET, POST to api.example.org: /v1/items; with your secret x (x), which it never sees
\x1b[2mmay send\x1b[0m    a websocket to wss://api.example.org: /v1/items; with your secret x (x), which it never sees
\x1b[2mmay change\x1b[0m  a folder, and add to it: x (needed): x
\x1b[2mmay read\x1b[0m    a database: x (needed): x
\x1b[2mmay run\x1b[0m     a program: x (needed): x
\x1b[2mhas a tool\x1b[0m  for the model, NAME__x: x
            \x1b[2mtakes {\"type\":\"object\"}\x1b[0m";
    assert_eq!(rows(View::Asked).join("\n"), asked);
    let mut config = ChannelConfig::of("/x.wasm".into());
    config.folders.insert(
        "x".into(),
        crate::config::FolderGrant {
            path: "/notes".into(),
            access: FolderAccess::Read,
            quota: 1,
        },
    );
    config.upstreams.insert(
        "api.example.org".into(),
        crate::config::Upstream {
            scheme: Scheme::Http,
            address: "127.0.0.1:8081".parse().unwrap(),
        },
    );
    let withheld = rows(View::Granted("ci", &config)).join("\n");
    assert!(
        withheld.contains("may not send\x1b[0m  \x1b[2mGET, POST to api.example.org: /v1/items")
            && withheld.contains("never sees (not granted)"),
        "{withheld}"
    );
    assert!(!withheld.contains("as you have written"), "{withheld}");
    config.hosts.insert("api.example.org".into());
    let given = rows(View::Granted("ci", &config)).join("\n");
    for words in [
        "never sees (not yet: that needs",
        "for api.example.org to http://127.0.0.1:8081, as you have written",
        "may read\x1b[0m      a folder: x (/notes): x",
        "a database: x (needed, not given): x",
        "for the model, ci__x: x",
    ] {
        assert!(given.contains(words), "{words}\n{given}");
    }
}

/// What was written by hand long ago is decided upon again, so it is shown.
#[test]
fn the_arguments_of_a_program_and_the_bound_of_a_folder_are_shown() {
    use crate::config::{CommandGrant, Dashes, FolderGrant};
    let manifest = filled("x");
    let mut config = ChannelConfig::of("/x.wasm".into());
    let access = FolderAccess::Write;
    let (path, quota) = ("/notes".into(), 3 << 20);
    config.folders.insert("x".into(), FolderGrant { path, access, quota });
    let mut check = |command: CommandGrant, expected: &str| {
        config.commands.insert("x".into(), command);
        let mut shown = Table::default();
        outward::rows(&mut shown, &manifest, View::Granted("ci", &config));
        let shown = shown.layout(120, Colour::Never);
        assert!(shown.contains("add to it: x (/notes, up to 3 MiB): x"), "{shown}");
        let text = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(&format!("is run with {expected} has a tool")), "{shown}");
    };
    let bare = CommandGrant {
        program: "/bin/x".into(),
        fixed: Vec::new(),
        arguments: Vec::new(),
        more: None,
        dashes: Dashes::Refused,
    };
    check(bare.clone(), "no argument of the channel's");
    let fixed = vec!["-a".to_owned(), "b c".to_owned()];
    check(
        CommandGrant {
            fixed: fixed.clone(),
            ..bare.clone()
        },
        "always `-a` `b c`, no argument of the channel's",
    );
    let all = CommandGrant {
        fixed,
        arguments: vec!["[a-z]+".into(), "[0-9]".into()],
        more: Some(".*".into()),
        dashes: Dashes::Allowed,
        ..bare
    };
    let expected = "always `-a` `b c`, arguments of the channel's that match `[a-z]+` and `[0-9]`, \
        any further ones that match `.*`, which may begin with a dash";
    check(all, expected);
}
