//! Programs of the system, run as a channel would have them run.
#![allow(clippy::unwrap_used)]

use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::PathBuf;
use std::time::Duration;

use super::*;
use crate::config::Dashes;

fn grant(program: &str, fixed: &[&str]) -> CommandGrant {
    CommandGrant {
        program: program.into(),
        fixed: fixed.iter().map(|text| (*text).to_owned()).collect(),
        arguments: Vec::new(),
        more: Some("(?s).*".to_owned()),
        dashes: Dashes::Refused,
    }
}

fn programs(grant: CommandGrant) -> Programs {
    beside(grant, Vec::new())
}

/// Programs of a channel that may write to these folders.
fn beside(grant: CommandGrant, writable: Vec<PathBuf>) -> Programs {
    Programs::new(&BTreeMap::from([("p".to_owned(), grant)]), writable).unwrap()
}

fn shell(script: &str) -> Programs {
    programs(grant("/bin/sh", &["-c", script]))
}

async fn run(programs: &Programs, arguments: &[&str], input: &[u8]) -> Result<Output, RunFailure> {
    let arguments: Vec<_> = arguments.iter().map(|text| (*text).to_owned()).collect();
    let deadline = Instant::now() + Duration::from_secs(20);
    programs.run("p", &arguments, input.to_vec(), deadline).await
}

/// A folder on whose way nobody else can write: the system's temporary folder is everybody's.
fn folder() -> tempfile::TempDir {
    let target = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../target")
        .canonicalize()
        .unwrap();
    tempfile::TempDir::with_prefix_in("programs-", target).unwrap()
}

fn executable(path: &Path, mode: u32) {
    std::fs::write(path, "#!/bin/sh\necho ran\n").unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[tokio::test]
async fn it_gets_its_arguments_and_its_input_and_nothing_else() {
    let output = run(
        &shell("printf '%s|' \"$@\"; cat; echo oops >&2; exit 3"),
        &["zero", "a b", "$(id)"],
        b"in",
    )
    .await;
    let output = output.unwrap();
    assert_eq!((output.status, output.stdout.as_slice()), (3, &b"a b|$(id)|in"[..]));
    assert_eq!((output.stderr.as_slice(), output.cut), (&b"oops\n"[..], false));
    let environment = run(&programs(grant("/usr/bin/env", &[])), &[], b"").await.unwrap();
    assert_eq!(
        String::from_utf8(environment.stdout).unwrap(),
        "LANG=C.UTF-8\nPATH=/usr/bin:/bin\n"
    );
    assert_eq!(run(&shell("pwd"), &[], b"").await.unwrap().stdout, b"/\n");
}

/// Not covered: a descriptor that we were started with and that is to be inherited. Ours are all closed when a program is
/// started; those we did not open we can't close without `unsafe`, and ARCHITECTURE.md says so.
#[tokio::test]
async fn nothing_that_we_have_open_is_open_in_it() {
    let open = tempfile::NamedTempFile::new().unwrap();
    let _listens = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let all = "for fd in /proc/$$/fd/*; do readlink $fd; done";
    if Path::new("/proc/self/fd").exists() {
        let said = String::from_utf8(run(&shell(all), &[], b"").await.unwrap().stdout).unwrap();
        assert!(said.contains("pipe:"), "{said}");
        assert!(
            !said.contains(&*open.path().to_string_lossy()) && !said.contains("socket:"),
            "{said}"
        );
    }
}

#[tokio::test]
async fn too_much_output_is_cut_and_said_to_be() {
    let most = limits::COMMAND_OUTPUT_BYTES;
    for (bytes, cut) in [(most - 1, false), (most, false), (most + 1, true), (3 * most, true)] {
        let output = run(&shell(&format!("head -c {bytes} /dev/zero")), &[], b"")
            .await
            .unwrap();
        assert_eq!(
            (output.status, output.stdout.len(), output.cut),
            (0, bytes.min(most), cut),
            "{bytes}"
        );
        assert_eq!(String::from_utf8_lossy(&output.stderr).contains("stdout was cut"), cut);
    }
}

#[tokio::test]
async fn input_is_bounded_and_need_not_be_read() {
    let most = limits::COMMAND_INPUT_BYTES;
    assert!(matches!(
        run(&shell("cat"), &[], &vec![0; most + 1]).await,
        Err(RunFailure::InputTooLarge)
    ));
    assert_eq!(
        run(&shell("wc -c"), &[], &vec![0; most]).await.unwrap().stdout,
        format!("{most}\n").into_bytes()
    );
    assert_eq!(
        run(&shell("exec <&-; echo done"), &[], &vec![0; most])
            .await
            .unwrap()
            .stdout,
        b"done\n"
    );
}

/// Whether a process that was given this argument is there.
fn runs(mark: &str) -> bool {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let lines = processes.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    let mut lines = lines.map(|line| String::from_utf8_lossy(&line).into_owned());
    lines.any(|line| line.split('\0').any(|part| part == mark))
}

async fn gone(mark: &str) {
    let until = Instant::now() + Duration::from_secs(10);
    while runs(mark) {
        assert!(Instant::now() < until, "{mark} still runs");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn it_is_ended_with_all_that_it_started() {
    // What is late, what is left behind, and what nobody waits for any more.
    let begun = Instant::now();
    let late = shell("sleep 7771 & sleep 7771");
    let deadline = begun + limits::GIVEN_UP_BEFORE + Duration::from_millis(300);
    assert!(matches!(
        late.run("p", &[], vec![], deadline).await,
        Err(RunFailure::TimedOut)
    ));
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    gone("7771").await;
    let output = run(&shell("sleep 7772 & echo left"), &[], b"").await.unwrap();
    assert_eq!((output.status, output.stdout.as_slice()), (0, &b"left\n"[..]));
    gone("7772").await;
    let dropped = shell("sleep 7773");
    let call = tokio::time::timeout(Duration::from_millis(300), run(&dropped, &[], b"")).await;
    assert!(call.is_err());
    gone("7773").await;
    assert_eq!(run(&shell("kill -9 $$"), &[], b"").await.unwrap().status, 137);
}

#[tokio::test]
async fn so_many_run_at_once_and_the_rest_waits() {
    let folder = folder();
    let busy = folder.path().join("busy");
    std::fs::create_dir(&busy).unwrap();
    // Each says how many it has seen at most in a while, itself included.
    let script = format!(
        "cd {} && : > $$ && n=0; most=0; while [ $n -lt 40 ]; do set -- *; [ $# -gt $most ] && most=$#; \
         n=$((n + 1)); sleep 0.01; done; rm $$; echo $most",
        busy.display()
    );
    let programs = shell(&script);
    let one = || run(&programs, &[], b"");
    let all = tokio::join!(one(), one(), one(), one(), one());
    let mut most = 0;
    for output in [all.0, all.1, all.2, all.3, all.4] {
        let at_once: usize = String::from_utf8(output.unwrap().stdout)
            .unwrap()
            .trim()
            .parse()
            .unwrap();
        assert!(at_once <= limits::COMMANDS_AT_ONCE, "{at_once}");
        most = most.max(at_once);
    }
    assert_eq!(most, limits::COMMANDS_AT_ONCE, "they ran one after the other");
}

#[tokio::test]
async fn what_is_not_granted_or_does_not_fit_is_not_run() {
    let programs = shell("echo ran");
    let other = programs
        .run("other", &[], vec![], Instant::now() + Duration::from_secs(9))
        .await;
    assert_eq!(other.unwrap_err().reason(), "command-not-granted");
    let dash = run(&programs, &["a", "-e"], b"").await.unwrap_err();
    assert_eq!(dash.reason(), "command-argument-refused");
    assert_eq!(
        dash.to_string(),
        "argument 2 begins with a dash, which the operator has not allowed"
    );
}

#[tokio::test]
async fn what_others_could_change_is_not_run() {
    let folder = folder();
    let place = |name: &str| folder.path().join(name);
    executable(&place("good"), 0o755);
    executable(&place("open"), 0o757);
    executable(&place("group"), 0o775);
    executable(&place("plain"), 0o644);
    std::fs::create_dir(place("all")).unwrap();
    executable(&place("all/good"), 0o755);
    std::fs::set_permissions(place("all"), std::fs::Permissions::from_mode(0o777)).unwrap();
    symlink("good", place("link")).unwrap();
    symlink("../all/good", place("all/link")).unwrap();
    symlink(place("all/good"), place("to-all")).unwrap();
    symlink("round", place("round")).unwrap();
    let tried = |name: &'static str| {
        let programs = programs(grant(&place(name).display().to_string(), &[]));
        async move {
            run(&programs, &[], b"")
                .await
                .map(|output| output.stdout)
                .map_err(|error| error.to_string())
        }
    };
    assert_eq!(tried("good").await.unwrap(), b"ran\n");
    assert_eq!(tried("link").await.unwrap(), b"ran\n");
    for (name, expected) in [
        ("open", "open can be written by others"),
        ("group", "group can be written by others"),
        ("all/good", "all can be written by others"),
        ("all/link", "all can be written by others"),
        ("to-all", "all can be written by others"),
        ("plain", "plain is no program"),
        ("all/..", "all can be written by others"),
        ("", "is no program"),
        ("none", "none can't be looked at"),
        ("round", "links"),
    ] {
        let error = tried(name).await.unwrap_err();
        assert!(error.contains(expected), "{name}: {error}");
    }
    // Looked at each time.
    let programs = programs(grant(&place("good").display().to_string(), &[]));
    run(&programs, &[], b"").await.unwrap();
    executable(&place("good"), 0o757);
    assert_eq!(
        run(&programs, &[], b"").await.unwrap_err().reason(),
        "command-program-refused"
    );
}

#[tokio::test]
async fn what_is_ours_in_the_systems_shared_folder_is_run() {
    let shared = Path::new("/tmp");
    let about = shared.symlink_metadata().unwrap();
    // Elsewhere this folder may be the user's own.
    if about.uid() != 0 || about.mode() & 0o1777 != 0o1777 {
        return;
    }
    let folder = tempfile::tempdir_in(shared).unwrap();
    let program = folder.path().join("tool");
    executable(&program, 0o755);
    let programs = programs(grant(&program.display().to_string(), &[]));
    assert_eq!(run(&programs, &[], b"").await.unwrap().stdout, b"ran\n");
}

#[tokio::test]
async fn what_the_channel_itself_could_change_is_not_run() {
    let folder = folder();
    let place = |name: &str| folder.path().join(name);
    for name in ["bin", "notes/deep"] {
        std::fs::create_dir_all(place(name)).unwrap();
    }
    executable(&place("bin/tool"), 0o755);
    executable(&place("notes/deep/hook"), 0o755);
    symlink("../notes/deep/hook", place("bin/to-hook")).unwrap();
    symlink("notes", place("to-notes")).unwrap();
    symlink("../bin/tool", place("notes/out")).unwrap();
    let text = |name: &str| place(name).display().to_string();
    let cases = [
        // It is a link into the folder, it lies in it, or a link in the folder leads out of it.
        (text("bin/to-hook"), vec![], false),
        (text("notes/deep/hook"), vec![], false),
        (text("to-notes/out"), vec![], false),
        (text("bin/tool"), vec![], true),
        // A script that is there, one that is not there yet, and a folder in which a program looks for its own.
        ("/bin/sh".to_owned(), vec![text("notes/deep/hook")], false),
        ("/bin/sh".to_owned(), vec![text("notes/new")], false),
        (
            "/bin/sh".to_owned(),
            vec![text("notes/deep/hook")[1..].to_owned()],
            false,
        ),
        ("/bin/sh".to_owned(), vec![text("bin/to-hook")], false),
        (
            "/usr/bin/env".to_owned(),
            vec![format!("--chdir={}", text("notes"))],
            false,
        ),
        ("/bin/sh".to_owned(), vec![text("bin/tool")], true),
    ];
    for (program, fixed, expected) in cases {
        let fixed: Vec<_> = fixed.iter().map(String::as_str).collect();
        let ran = run(&beside(grant(&program, &fixed), vec![place("notes")]), &[], b"").await;
        match ran {
            Ok(output) => assert!(expected && output.stdout == b"ran\n", "{program} {fixed:?}: {output:?}"),
            Err(error) => {
                assert!(
                    !expected && error.reason() == "command-program-refused",
                    "{program} {fixed:?}: {error}"
                );
                assert!(error.to_string().contains("where the channel may write"), "{error}");
            }
        }
        // Who may only read there changes nothing.
        run(&programs(grant(&program, &fixed)), &[], b"").await.unwrap();
    }
}
