//! A disk that is full or can't be written: no 2xx for what is not kept, and all goes on when there is room again.
//!
//! Where the test may mount, the state folder is copied to a small tmpfs in a mount namespace of the server's own
//! (`unshare`, with a user namespace where the test is not root): that gives a true ENOSPC and EROFS. Where it may not,
//! a limit on file sizes (EFBIG) and taken-away permissions stand in, which is less, and is printed.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use lockgate_tests::home::{Home, Status};
use lockgate_tests::load::payload::{number_in, workflow_run};
use lockgate_tests::load::{Answer, Hook};
use lockgate_tests::serve::Serve;
use lockgate_tests::wait::{PATIENCE, until};
use serde_json::json;

/// Replaces the state folder by a tmpfs with the same content, then becomes the server.
const MOUNT_AND_SERVE: &str = r#"
set -eu
state=$1 size=$2 after=$3; shift 3
mkdir "$state.small"
mount -t tmpfs -o "size=$size,mode=0700" none "$state.small"
cp -a "$state/." "$state.small/"
mount --bind "$state.small" "$state"
[ "$after" = rw ] || mount -o "remount,bind,$after" "$state"
exec "$@"
"#;

/// Limits the size of files, by a limit that can be raised again, then becomes the server.
const LIMIT_AND_SERVE: &str = r#"trap '' XFSZ; ulimit -S -f 4096; exec "$@""#;

/// What stands in for a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Disk {
    /// A tmpfs in a mount namespace.
    Mounted,
    /// Limits and permissions.
    Limited,
}

impl Disk {
    fn here() -> Disk {
        let folder = tempfile::tempdir().unwrap();
        let mut probe = unshare(Command::new("unshare"));
        let mounts = probe.args(["mount", "-t", "tmpfs", "none"]).arg(folder.path()).output();
        let disk = if mounts.is_ok_and(|output| output.status.success()) {
            Disk::Mounted
        } else {
            Disk::Limited
        };
        println!("the disk of this test is {disk:?}");
        disk
    }

    fn lockgate(self, serve: &Serve, home: &Home) -> Command {
        let lockgate = home.lockgate();
        if self == Disk::Limited {
            return lockgate;
        }
        let mut command = home.program(Path::new("nsenter"));
        command.args(["--mount", "--target", &serve.pid().to_string()]);
        if !rustix::process::geteuid().is_root() {
            command.args(["--user", "--preserve-credentials"]);
        }
        command.arg(lockgate.get_program());
        command
    }

    /// `status` sees what the server sees.
    fn status(self, serve: &Serve, home: &Home) -> Status {
        let output = self.lockgate(serve, home).args(["status", "--json"]).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or_default()
    }

    /// Takes all room away.
    fn fill(self, serve: &Serve, home: &Home) {
        if self == Disk::Mounted {
            fill(&inside(serve, home).join("filler"));
        }
    }

    /// Gives it back.
    fn free(self, serve: &Serve, home: &Home) {
        if self == Disk::Mounted {
            return fs::remove_file(inside(serve, home).join("filler")).unwrap();
        }
        let raised = Command::new("prlimit")
            .args(["--pid", &serve.pid().to_string(), "--fsize=unlimited"])
            .status();
        assert!(raised.unwrap().success());
    }
}

/// `unshare` with the arguments that this user needs for a mount namespace.
fn unshare(mut command: Command) -> Command {
    command.args(["--mount", "--propagation", "private"]);
    if !rustix::process::geteuid().is_root() {
        command.arg("--map-root-user");
    }
    command
}

/// Starts a server whose state folder is a disk of its own, to be written (`rw`) or not (`ro`).
fn serve_on(disk: Disk, home: &Home, after: &str) -> Serve {
    let lockgate = home.lockgate().get_program().to_owned();
    let mut command = match disk {
        Disk::Mounted => {
            let mut command = unshare(home.program(Path::new("unshare")));
            command
                .args(["bash", "-c", MOUNT_AND_SERVE, "disk"])
                .arg(home.state())
                .args(["64m", after]);
            command
        }
        Disk::Limited => {
            if after == "ro" {
                fs::set_permissions(home.state(), fs::Permissions::from_mode(0o500)).unwrap();
                fs::set_permissions(home.journal(), fs::Permissions::from_mode(0o400)).unwrap();
            }
            let mut command = home.program(Path::new("bash"));
            command.args(["-c", LIMIT_AND_SERVE, "disk"]);
            command
        }
    };
    command.arg(lockgate).args(["serve", "--channel"]);
    let mut serve = Serve::spawn_command(command, home.next_log()).unwrap();
    serve.handshake().unwrap();
    serve
}

/// The state folder as the server sees it.
fn inside(serve: &Serve, home: &Home) -> PathBuf {
    let path = home.state().canonicalize().unwrap();
    PathBuf::from(format!("/proc/{}/root", serve.pid())).join(path.strip_prefix("/").unwrap())
}

fn hook(disk: Disk, serve: &Serve, home: &Home) -> Hook {
    let addr = until(PATIENCE, "the channel is ready", || {
        let status = disk.status(serve, home);
        status
            .listen
            .filter(|_| status.channel("ci").is_some_and(|channel| channel.phase == "ready"))
    });
    Hook::new(
        addr.unwrap_or_else(|error| panic!("{error}\n{}", serve.stderr())),
        "/ci/github",
        lockgate_tests::home::SECRET,
    )
}

fn post(hook: &Hook, number: u64) -> Answer {
    let mut body = workflow_run(number);
    // Bodies of some size fill the disk sooner; the template does not show it, the journal need not keep it.
    body.resize(4 << 10, b' ');
    hook.post(&hook.signed("workflow_run", &body)).unwrap()
}

#[test]
fn a_full_disk_costs_an_answer_and_nothing_else() {
    let home = Home::with_webhook("ci").unwrap();
    let disk = Disk::here();
    let mut serve = serve_on(disk, &home, "rw");
    let hook = hook(disk, &serve, &home);
    assert_eq!(post(&hook, 0).status / 100, 2);
    disk.fill(&serve, &home);
    let mut accepted = vec![0];
    let mut refused = None;
    // The journal has some room left in its own file, so a few still fit.
    for number in 1..20_000 {
        match post(&hook, number) {
            answer if answer.status / 100 == 2 => accepted.push(number),
            answer => {
                refused = Some((number, answer));
                break;
            }
        }
    }
    let (number, answer) = refused.expect("20,000 bodies fit on a full disk");
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(answer.header("retry-after").is_some(), "{answer:?}");
    assert!(serve.runs().unwrap());
    assert!(serve.client.call("channels", &json!({})).is_ok(), "tools must answer");
    disk.free(&serve, &home);
    until(PATIENCE, "a body is accepted again", || {
        (post(&hook, number).status / 100 == 2).then_some(())
    })
    .unwrap();
    accepted.push(number);
    let record = serve.client.record();
    let came = record.wait(PATIENCE, "everything accepted", |seen| {
        let events = seen
            .events
            .iter()
            .filter_map(|line| number_in(&line.parse().unwrap().content));
        let mut events: Vec<u64> = events.collect();
        events.dedup();
        (events.len() >= accepted.len()).then_some(events)
    });
    assert_eq!(came.unwrap(), accepted, "each accepted body once, no refused one");
    assert!(!serve.stderr().contains("panicked"), "{}", serve.stderr());
}

/// Writes until there is no room, in ever smaller pieces.
fn fill(path: &Path) {
    let mut file = fs::File::create(path).unwrap();
    for size in [1 << 20, 4 << 10, 1] {
        let piece = vec![0; size];
        while std::io::Write::write_all(&mut file, &piece).is_ok() {}
    }
}

#[test]
fn a_state_folder_that_can_not_be_written_is_said_and_survived() {
    let home = Home::with_webhook("ci").unwrap();
    let mut serve = serve_on(Disk::here(), &home, "ro");
    let answer = serve.client.call("channels", &json!({})).unwrap().to_string();
    let said = format!("{answer}\n{}", serve.stderr());
    let said = said.to_lowercase();
    assert!(said.contains("read-only") || said.contains("permission"), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    assert!(serve.runs().unwrap());
}
