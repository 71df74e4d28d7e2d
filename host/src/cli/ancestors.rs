//! The command lines of the processes above this one, where the system shows them. Collects; judges nothing.

use std::fs;
use std::path::Path;

use crate::argv::CommandLine;

/// Processes that are looked at.
const LEVELS: usize = 32;

/// The ancestors, the parent first; as many as can be read.
pub fn ancestors() -> Vec<CommandLine> {
    above(Path::new("/proc"), std::os::unix::process::parent_id())
}

fn above(proc: &Path, parent: u32) -> Vec<CommandLine> {
    let mut found = Vec::new();
    let mut next = Some(parent);
    while let Some(pid) = next.filter(|pid| *pid > 0 && found.len() < LEVELS) {
        let folder = proc.join(pid.to_string());
        found.push(command_line(&folder));
        next = fs::read_to_string(folder.join("stat"))
            .ok()
            .and_then(|stat| parent_in(&stat));
    }
    found
}

fn command_line(folder: &Path) -> CommandLine {
    let raw = fs::read(folder.join("cmdline")).unwrap_or_default();
    let raw = raw.strip_suffix(b"\0").unwrap_or(&raw);
    let argv = match raw {
        // A thread of the kernel, or not ours to see.
        [] => Vec::new(),
        raw => raw
            .split(|byte| *byte == 0)
            .map(|word| String::from_utf8_lossy(word).into_owned())
            .collect(),
    };
    let exe = fs::read_link(folder.join("exe")).unwrap_or_default();
    let exe = exe.to_string_lossy();
    // A client that was updated while it runs.
    let exe = exe.strip_suffix(" (deleted)").unwrap_or(&exe).to_owned();
    CommandLine { exe, argv }
}

/// The fourth field. The second one is the program's name, in parentheses, and may hold anything.
fn parent_in(stat: &str) -> Option<u32> {
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_ascii_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_not_fake_the_parent() {
        let check = |stat: &str, expected: Option<u32>| assert_eq!(parent_in(stat), expected, "{stat}");
        check("12 (sh) S 7 12 12 0", Some(7));
        check("12 (a) S 1 (b) S 7 12", Some(7));
        check("12 (sh", None);
        check("", None);
    }

    #[test]
    fn the_line_is_followed_to_its_end() {
        let proc = tempfile::tempdir().unwrap();
        let add = |pid: &str, parent: &str, argv: &str| {
            let folder = proc.path().join(pid);
            fs::create_dir(&folder).unwrap();
            fs::write(folder.join("stat"), format!("{pid} (x) S {parent} 0")).unwrap();
            fs::write(folder.join("cmdline"), argv).unwrap();
        };
        add("9", "5", "sh\0-c\0\0");
        add("5", "0", "client\0--flag");
        let found = above(proc.path(), 9);
        let argv: Vec<_> = found.iter().map(|line| line.argv.join("|")).collect();
        assert_eq!(argv, ["sh|-c|", "client|--flag"]);
        // A loop, which a real system does not have, ends all the same.
        fs::write(proc.path().join("5/stat"), "5 (x) S 9 0").unwrap();
        assert_eq!(above(proc.path(), 9).len(), LEVELS);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_has_a_parent() {
        assert!(!ancestors()[0].argv.is_empty());
    }
}
