//! The whole table on a fixed manifest, and on one that tries to hide something.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::cli::print::Colour;
use crate::component::Inspection;
use crate::model::Digest;

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
speaks             for every account of the network forge: its word is the sender
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
may push           1 events a second after the first 10; the rest waits in `inbox`
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

/// Every text of the manifest tries to clear the screen, to turn the line around, and to look like rows of ours.
#[test]
fn a_hostile_manifest_hides_nothing() {
    let evil = format!(
        "x\x1b[2J\u{202e}\r\n{}\ncan't              do anything\u{200b}",
        " ".repeat(300)
    );
    let mut manifest = Manifest::parse(MANIFEST).unwrap();
    let honest = table(&examined(manifest.clone()), View::Asked).layout(100, Colour::Never);
    for text in [
        &mut manifest.about.name,
        &mut manifest.about.version,
        &mut manifest.about.summary,
    ] {
        text.clone_from(&evil);
    }
    manifest.about.network = Some(evil.clone());
    for rule in &mut manifest.rules {
        for text in [&mut rule.name, &mut rule.path, &mut rule.header, &mut rule.secret] {
            text.clone_from(&evil);
        }
        rule.methods = vec![evil.clone()];
    }
    let ask = SecretAsk {
        title: evil.clone(),
        help: Some(evil.clone()),
        required: true,
    };
    manifest.secrets = [(evil.clone(), ask.clone()), (format!("{evil}2"), ask)].into();
    let about = crate::manifest::SettingText {
        title: evil.clone(),
        help: Some(evil.clone()),
    };
    manifest.settings = [(evil.clone(), about)].into();
    let shown = table(&examined(manifest), View::Asked).layout(100, Colour::Never);
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
}
