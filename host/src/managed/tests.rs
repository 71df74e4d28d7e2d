//! An organisation's files as they lie on disk: whose they are, who can write them, and what is in their place.
#![allow(clippy::unwrap_used)]

use std::fs::{Permissions, create_dir, set_permissions, write};
use std::os::unix::fs::{PermissionsExt, symlink};

use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::*;
use crate::model::Digest;
use crate::organisation::Judged;

const OFF: &str = r#"{"channelsEnabled": false}"#;
const ON: &str = r#"{"channelsEnabled": true}"#;

/// A machine's folder that belongs to whoever runs the test.
struct Machine(tempfile::TempDir);

impl Machine {
    fn new() -> Self {
        let machine = Self(tempfile::tempdir().unwrap());
        create_dir(machine.at("")).unwrap();
        machine.mode("", 0o755);
        machine
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join("claude-code").join(name)
    }

    fn file(&self, name: &str, text: impl AsRef<[u8]>) {
        std::fs::create_dir_all(self.at(name).parent().unwrap()).unwrap();
        write(self.at(name), text).unwrap();
        self.mode(name, 0o644);
    }

    fn mode(&self, name: &str, mode: u32) {
        set_permissions(self.at(name), Permissions::from_mode(mode)).unwrap();
    }

    fn managed(&self) -> Managed {
        Managed::at(&self.0.path().join("claude-code"), rustix::process::geteuid().as_raw())
    }

    /// `free`, `in`, or why nothing is admitted.
    #[track_caller]
    fn check(&self, expected: &str) {
        let found = match self.managed().policy().judge(&Digest::of(b"listed")) {
            Judged::Free => "free".to_owned(),
            Judged::Within(_) => "in".to_owned(),
            Judged::Refused(why) => why,
        };
        assert!(
            found == expected || (found.len() > 4 && found.contains(expected)),
            "{expected}, not {found}"
        );
    }
}

#[test]
fn files_are_read_in_the_order_of_their_names() {
    let machine = Machine::new();
    machine.check("free");
    machine.file("managed-settings.json", OFF);
    machine.check("`channelsEnabled` = false");
    machine.file("managed-settings.d/20-b.json", ON);
    machine.file("managed-settings.d/10-a.json", OFF);
    machine.check("free");
    machine.file("managed-settings.d/90.txt", "no settings");
    machine.file("managed-settings.d/.99.json", OFF);
    machine.check("free");
    machine.file("managed-settings.d/30-c.json", OFF);
    machine.check("`channelsEnabled` = false");
    machine.file("managed-settings.d/40.json", ON);
    machine.file(
        "lockgate.toml",
        format!("[[channel]]\ndigest = \"{}\"\n", Digest::of(b"listed")),
    );
    machine.check("in");
    machine.file("lockgate.toml", "");
    machine.check("does not list");
    let merged = machine.managed().settings().unwrap().unwrap();
    assert_eq!((merged.channels_enabled, merged.allowed_plugins), (Some(true), None));
    assert_eq!(Managed::at(Path::new("/nowhere/at/all"), 0).settings(), Ok(None));
}

#[test]
fn what_can_not_be_read_admits_nothing() {
    let machine = Machine::new();
    machine.file("lockgate.toml", vec![b'#'; limits::MANAGED_BYTES]);
    machine.check("does not list");
    machine.file("lockgate.toml", vec![b'#'; limits::MANAGED_BYTES + 1]);
    machine.check("has more than 1048576 bytes");
    machine.file("lockgate.toml", b"\xff");
    machine.check("is no text in UTF-8");
    std::fs::remove_file(machine.at("lockgate.toml")).unwrap();
    machine.check("free");
    symlink("nowhere", machine.at("lockgate.toml")).unwrap();
    machine.check("can't read");
    std::fs::remove_file(machine.at("lockgate.toml")).unwrap();
    // Without a defence this waits for ever.
    mknodat(CWD, machine.at("lockgate.toml"), FileType::Fifo, Mode::RUSR, 0).unwrap();
    machine.check("is neither a file nor a folder");
    std::fs::remove_file(machine.at("lockgate.toml")).unwrap();
    machine.file("managed-settings.d", "a file in the folder's place");
    machine.check("is neither a file nor a folder");
    std::fs::remove_file(machine.at("managed-settings.d")).unwrap();
    for nth in 0..limits::MANAGED_FILES {
        machine.file(&format!("managed-settings.d/{nth}.json"), "{}");
    }
    machine.check("has more than 100 files");
    std::fs::remove_file(machine.at("managed-settings.d/0.json")).unwrap();
    machine.check("free");
    let place = Machine::new();
    std::fs::remove_dir(place.at("")).unwrap();
    write(place.0.path().join("claude-code"), "a file").unwrap();
    place.check("is neither a file nor a folder");
}

#[test]
fn what_its_permissions_hide_admits_nothing() {
    if rustix::process::geteuid().is_root() {
        println!("not shown: nothing is hidden from the superuser");
        return;
    }
    let machine = Machine::new();
    machine.file("managed-settings.d/1.json", ON);
    for (name, mode) in [
        ("managed-settings.d/1.json", 0o000),
        ("managed-settings.d", 0o300),
        ("", 0o000),
    ] {
        let before = std::fs::metadata(machine.at(name)).unwrap().permissions();
        machine.mode(name, mode);
        machine.check("can't read");
        set_permissions(machine.at(name), before).unwrap();
    }
    machine.check("free");
}

#[test]
fn what_others_could_have_written_is_no_organisations() {
    let machine = Machine::new();
    machine.file("managed-settings.json", ON);
    machine.file("managed-settings.d/1.json", ON);
    machine.file(
        "lockgate.toml",
        format!("[[channel]]\ndigest = \"{}\"\n", Digest::of(b"listed")),
    );
    machine.check("in");
    for name in [
        "",
        "managed-settings.json",
        "managed-settings.d",
        "managed-settings.d/1.json",
        "lockgate.toml",
    ] {
        for mode in [0o775, 0o757] {
            machine.mode(name, mode);
            machine.check("can be written by others");
        }
        machine.mode(name, 0o755);
        machine.check("in");
    }
    // The same files under another owner's name.
    let other = rustix::process::geteuid().as_raw().wrapping_add(1);
    let foreign = Managed::at(&machine.0.path().join("claude-code"), other).policy();
    let words = foreign.words().unwrap();
    assert!(words.contains("so it can't be an organisation's"), "{words}");
}
