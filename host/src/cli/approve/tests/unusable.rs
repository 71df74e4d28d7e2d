//! Flags that name what can't be used, what contradicts itself, and what may be left out.

use super::grants::{asks, changed};
use super::*;

#[test]
fn what_can_not_be_used_is_not_given() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().canonicalize().unwrap().join(name).display().to_string();
    std::fs::create_dir(at("folder")).unwrap();
    std::fs::write(at("text"), "no database, and no program").unwrap();
    std::os::unix::fs::symlink("folder", at("link")).unwrap();
    let check = |kind: &str, name: &str, words: &str| {
        let grant = format!("{kind}={}", at(name));
        let (decided, _) = House::new().decide_on(&[&YES[..], &["--grant", &grant]].concat(), changed("1", asks));
        let error = format!("{:#}", decided.map(|_| ()).unwrap_err());
        assert!(error.contains(words), "{error}");
    };
    check("folder:notes", "link", "the folder notes: ");
    check("folder:notes", "link", "link is a link, and none is followed");
    check("folder:notes", "text", "text is no folder");
    check(
        "database:messages",
        "text",
        "text is no SQLite database: name the file of one",
    );
    check("database:messages", "none", "none can't be opened");
    check("database:messages", "folder", "folder is no file");
    check(
        "command:notify",
        "text",
        "text is no program: it is no regular file that can be run",
    );
    check("command:notify", "folder", "folder is no program");
    let house = House::new();
    let state = house.home.state_dir().canonicalize().unwrap();
    let grant = format!("folder:notes={}", state.display());
    let (decided, _) = house.decide_on(&[&YES[..], &["--grant", &grant]].concat(), changed("1", asks));
    let error = format!("{:#}", decided.map(|_| ()).unwrap_err());
    assert!(error.contains("no channel may reach"), "{error}");
}

#[test]
fn a_host_is_granted_or_withheld_and_what_is_optional_is_named() {
    let both = ["--grant", "host:a.example.org", "--withhold", "a.example.org"];
    let (decided, _) = House::new().decide_on(&[&YES[..], &both].concat(), changed("1", asks));
    let error = decided.map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("a.example.org is both granted and withheld"), "{error}");
    let all = ["--grant", "hosts", "--withhold", "a.example.org"];
    let optional = |manifest: &mut Manifest| {
        asks(manifest);
        manifest.folders.values_mut().for_each(|ask| ask.required = false);
    };
    let (decided, _) = House::new().decide_on(&[&YES[..], &all].concat(), changed("1", optional));
    let error = decided.map(|_| ()).unwrap_err().to_string();
    let (before, line) = error.split_once("; to give it all that, run: ").unwrap();
    assert!(
        before.contains("optional: --grant folder:drafts=PATH:write --grant folder:notes=PATH"),
        "{error}"
    );
    assert!(!line.contains("folder:"), "{error}");
}
