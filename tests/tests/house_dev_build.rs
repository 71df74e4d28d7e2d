//! The development loop while a build runs: it shows and reads as before, builds once more what was saved meanwhile, and ends
//! with everything that it started. The compiler is a script that waits until it may go on.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use lockgate_tests::guests;
use lockgate_tests::home::component::{manifest_of, without_manifest};
use lockgate_tests::home::{Home, SECRET};
use lockgate_tests::reload::{digest_of, wait_serving};
use lockgate_tests::serve::Serve;
use lockgate_tests::terminal::Terminal;
use lockgate_tests::wait::{PATIENCE, until};
use rustix::fs::{FlockOperation, flock};
use rustix::process::{Pid, test_kill_process};

const NAME: &str = "dev-evil";

/// A session, and a project of which each build waits as long as `hold` is there.
struct Scene {
    home: Home,
    _serve: Serve,
    project: PathBuf,
    hold: PathBuf,
    log: PathBuf,
}

impl Scene {
    fn set() -> Scene {
        let home = Home::new().unwrap();
        let component = guests::component("evil").unwrap();
        let secret = format!("key=file:{}", home.secret_file(SECRET).unwrap().display());
        let file = component.to_str().unwrap();
        let added = home
            .run(&["add", file, "--name", "ci", "--yes", "--secret", &secret])
            .unwrap();
        assert!(added.ok(), "{}{}", added.stdout, added.stderr);
        let serve = Serve::channel(&home).unwrap();
        let [project, hold, log] = ["project", "hold", "log"].map(|name| home.beside().join(name));
        let tool = project.join(".venv/bin/componentize-py");
        let bytes = fs::read(&component).unwrap();
        let bare = home.beside().join("bare.wasm");
        fs::write(&bare, without_manifest(&bytes).unwrap()).unwrap();
        let script = format!(
            "#!/bin/sh\nfor last; do :; done\necho \"$$ $(cat app.py)\" >> '{}'\n\
             while [ -e '{}' ]; do sleep 0.02; done\ncp '{}' \"$last\"\n",
            log.display(),
            hold.display(),
            bare.display()
        );
        fs::create_dir_all(tool.parent().unwrap()).unwrap();
        fs::write(&tool, script).unwrap();
        fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).unwrap();
        let manifest = manifest_of(&bytes).unwrap();
        for (name, text) in [("pyproject.toml", ""), ("app.py", "first"), ("channel.toml", &manifest)] {
            fs::write(project.join(name), text).unwrap();
        }
        Scene {
            home,
            _serve: serve,
            project,
            hold,
            log,
        }
    }

    fn save(&self, text: &str) {
        fs::write(self.project.join("app.py"), text).unwrap();
    }

    /// What each build saw, the first one first.
    fn built(&self) -> Vec<String> {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        log.lines()
            .map(|line| line.split_once(' ').unwrap().1.to_owned())
            .collect()
    }

    fn wait_built(&self, expected: &[&str]) {
        until(PATIENCE, "the builds", || (self.built() == expected).then_some(())).unwrap_or_else(|error| {
            panic!("{error}: {:?}", self.built());
        });
    }

    fn dev(&self, more: &[&str]) -> Terminal {
        let project = self.project.to_str().unwrap();
        Terminal::open(&self.home, &[&["dev", project], more].concat()).unwrap()
    }

    fn begun(&self) -> Terminal {
        let mut terminal = self.dev(&[]);
        terminal.wait("from now on? [y/N]", 1).unwrap();
        terminal.types("y").unwrap();
        terminal.wait("/help shows what can be typed", 1).unwrap();
        terminal
    }

    /// A loop whose second build holds until it is let go.
    fn building(&self) -> Terminal {
        let terminal = self.begun();
        fs::write(&self.hold, "").unwrap();
        self.save("second");
        self.wait_built(&["first", "second"]);
        terminal
    }

    /// Waits for the end of the tool that was started last.
    fn wait_ended(&self) {
        let log = fs::read_to_string(&self.log).unwrap();
        let pid = log.lines().last().unwrap().split_once(' ').unwrap().0;
        let pid = Pid::from_raw(pid.parse().unwrap()).unwrap();
        until(PATIENCE, "the tool's end", || {
            test_kill_process(pid).is_err().then_some(())
        })
        .unwrap();
    }

    fn lock(&self) -> String {
        fs::read_to_string(self.home.path().join("lockgate.lock")).unwrap()
    }
}

#[test]
fn what_is_typed_and_shown_waits_for_no_build_and_what_is_saved_meanwhile_is_built_once_more() {
    let scene = Scene::set();
    let mut terminal = scene.building();
    // What takes longer is named before it has ended.
    terminal.wait("componentize-py …", 1).unwrap();
    terminal.types("/help").unwrap();
    terminal.wait("In a development loop also", 1).unwrap();
    terminal.types("/accept").unwrap();
    terminal
        .wait("a build runs; type /accept again when it has ended", 1)
        .unwrap();
    terminal.types("/as 7 hello").unwrap();
    terminal.wait("7 is not on the list, so nobody hears that", 1).unwrap();
    scene.save("third");
    scene.save("fourth");
    terminal.types("/build").unwrap();
    terminal.wait("a build runs; one more follows it", 1).unwrap();
    fs::remove_file(&scene.hold).unwrap();
    terminal.wait("nothing is other than before", 2).unwrap();
    scene.wait_built(&["first", "second", "fourth"]);
}

#[test]
fn what_is_saved_while_the_first_build_is_asked_about_is_built() {
    let scene = Scene::set();
    let mut terminal = scene.dev(&[]);
    terminal.wait("from now on? [y/N]", 1).unwrap();
    scene.save("second");
    terminal.types("y").unwrap();
    scene.wait_built(&["first", "second"]);
    terminal.wait("nothing is other than before", 1).unwrap();
    let bytes = fs::read(scene.project.join(".lockgate/evil.wasm")).unwrap();
    wait_serving(&scene.home, NAME, &digest_of(&bytes)).unwrap();
}

#[test]
fn a_yes_that_was_typed_before_its_question_gave_what_nobody_had_seen() {
    let scene = Scene::set();
    fs::write(&scene.hold, "").unwrap();
    let mut terminal = scene.dev(&[]);
    scene.wait_built(&["first"]);
    terminal.types("yes").unwrap();
    terminal.wait("yes", 1).unwrap();
    fs::remove_file(&scene.hold).unwrap();
    terminal.wait("from now on? [y/N]", 1).unwrap();
    terminal.types("n").unwrap();
    terminal.wait("nothing was changed", 1).unwrap();
    terminal.wait("nothing runs yet", 1).unwrap();
}

#[test]
fn what_was_typed_before_anything_ran_was_swallowed() {
    let scene = Scene::set();
    fs::write(&scene.hold, "").unwrap();
    let mut terminal = scene.dev(&[]);
    scene.wait_built(&["first"]);
    let bare = scene.home.beside().join("bare.wasm");
    let away = bare.with_extension("away");
    for (count, line) in ["/post x", "hello"].iter().enumerate() {
        terminal.types(line).unwrap();
        let answer = "nothing runs yet, so nobody got that: it is being built";
        terminal.wait(answer, count + 1).unwrap();
    }
    terminal.types("/help").unwrap();
    terminal.wait("In a development loop also", 1).unwrap();
    fs::rename(&bare, &away).unwrap();
    fs::remove_file(&scene.hold).unwrap();
    terminal.wait("nothing runs yet; it is built again", 1).unwrap();
    terminal.types("/as 7 hello").unwrap();
    terminal.wait("nobody got that: the last build failed", 1).unwrap();
    fs::rename(&away, &bare).unwrap();
    terminal.types("/build").unwrap();
    terminal.wait("from now on? [y/N]", 1).unwrap();
    terminal.types("n").unwrap();
    terminal.wait("nothing runs yet; it is built again", 2).unwrap();
    terminal.types("/post x").unwrap();
    terminal
        .wait("it was not given what it asks for; /accept asks again", 1)
        .unwrap();
    terminal.types("/accept").unwrap();
    terminal.wait("from now on? [y/N]", 2).unwrap();
    terminal.types("y").unwrap();
    terminal.wait("which serves its session; /help shows", 1).unwrap();
    terminal.types("hello").unwrap();
    terminal.wait("the session is another process's", 1).unwrap();
}

#[test]
fn what_is_saved_during_the_first_build_is_asked_about_and_not_what_was_before() {
    let scene = Scene::set();
    fs::write(&scene.hold, "").unwrap();
    let terminal = scene.dev(&[]);
    scene.wait_built(&["first"]);
    scene.save("second");
    // The line of the tool at work is drawn four times a second; what was saved is told of long before it is drawn again twice.
    let drawn = || terminal.shown().matches("componentize-py …").count();
    let before = drawn();
    until(PATIENCE, "the line", || (drawn() > before + 2).then_some(())).unwrap();
    fs::remove_file(&scene.hold).unwrap();
    terminal.wait("from now on? [y/N]", 1).unwrap();
    scene.wait_built(&["first", "second"]);
    assert_eq!(terminal.shown().matches("from now on?").count(), 1);
}

#[test]
fn a_loop_that_is_ended_during_a_build_ends_the_tool_and_leaves_nothing() {
    let scene = Scene::set();
    let before = scene.lock();
    let mut terminal = scene.building();
    terminal.interrupts().unwrap();
    let (code, shown) = terminal.ends().unwrap();
    assert_eq!(code, 0, "{shown}");
    assert_eq!(scene.lock(), before, "something is left");
    scene.wait_ended();
}

#[test]
fn a_tool_went_on_for_ever_when_the_terminal_was_closed() {
    let scene = Scene::set();
    let before = scene.lock();
    let mut terminal = scene.building();
    terminal.closes().unwrap();
    scene.wait_ended();
    let is_as_before = || (scene.lock() == before).then_some(());
    until(PATIENCE, "nothing is left", is_as_before).unwrap();
}

#[test]
fn the_first_build_is_ended_by_the_same_word() {
    let scene = Scene::set();
    fs::write(&scene.hold, "").unwrap();
    let mut terminal = scene.dev(&[]);
    scene.wait_built(&["first"]);
    terminal.interrupts().unwrap();
    let (code, shown) = terminal.ends().unwrap();
    assert_eq!(code, 0, "{shown}");
    scene.wait_ended();
}

#[test]
fn an_interrupted_build_ends_its_tool_and_says_so() {
    let scene = Scene::set();
    fs::write(&scene.hold, "").unwrap();
    let mut terminal = Terminal::open(&scene.home, &["build", scene.project.to_str().unwrap()]).unwrap();
    scene.wait_built(&["first"]);
    terminal.interrupts().unwrap();
    let (code, shown) = terminal.ends().unwrap();
    assert_eq!(code, 1, "{shown}");
    assert!(
        shown.contains("the build was given up while componentize-py ran"),
        "{shown}"
    );
    scene.wait_ended();
}

#[test]
fn a_question_is_ended_by_the_same_word() {
    let scene = Scene::set();
    let mut terminal = scene.dev(&[]);
    terminal.wait("from now on? [y/N]", 1).unwrap();
    terminal.interrupts().unwrap();
    let (code, shown) = terminal.ends().unwrap();
    assert_eq!(code, 0, "{shown}");
    assert!(!scene.lock().contains(NAME));
}

#[test]
fn what_is_being_put_in_its_place_when_the_loop_ends_never_gets_there() {
    let scene = Scene::set();
    let mut terminal = scene.dev(&["--as", "ci", "--trust"]);
    terminal.wait("/help shows what can be typed", 1).unwrap();
    // Who changes the files waits for us.
    let turn = fs::File::open(scene.home.path().join(".lock")).unwrap();
    flock(&turn, FlockOperation::LockExclusive).unwrap();
    let manifest = fs::read_to_string(scene.project.join("channel.toml")).unwrap();
    fs::write(scene.project.join("channel.toml"), format!("{manifest}\n# other")).unwrap();
    terminal.wait("another lockgate is changing the files", 1).unwrap();
    terminal.interrupts().unwrap();
    // The loop is told, does not end, and the end waits for its turn too.
    terminal.wait("another lockgate is changing the files", 2).unwrap();
    drop(turn);
    let (code, shown) = terminal.ends().unwrap();
    assert_eq!(code, 0, "{shown}");
    assert!(!scene.lock().contains("\ndev = "), "{}", scene.lock());
}

#[test]
fn in_another_process_the_model_s_events_are_shown_here_and_a_hook_is_called_like_by_its_sender() {
    let scene = Scene::set();
    let manifest = fs::read_to_string(scene.project.join("channel.toml")).unwrap();
    let needed = manifest.replace("required = false", "required = true");
    assert_ne!(needed, manifest);
    fs::write(scene.project.join("channel.toml"), needed).unwrap();
    let mut terminal = scene.dev(&[]);
    terminal.wait("from now on? [y/N]", 1).unwrap();
    terminal.types("y").unwrap();
    terminal.wait("the secret, not shown", 1).unwrap();
    terminal.types(SECRET).unwrap();
    terminal.wait("now ready", 1).unwrap();
    terminal.types("/post /do say hello there").unwrap();
    terminal.wait("answered 200", 1).unwrap();
    terminal.wait("<channel source=\"lockgate\"", 1).unwrap();
    terminal.wait("hello there </channel>", 1).unwrap();
    for (line, answer) in [
        (
            "/post /other x",
            "no hook rule that is in force has the path /other; there is: /do",
        ),
        ("/post trouble rejected", "answered 400: hook-failed"),
        ("/post bad-answer", "answered 500: hook-bad-answer"),
        ("/post", "type /post BODY"),
    ] {
        terminal.types(line).unwrap();
        terminal.wait(answer, 1).unwrap();
    }
    let counted = scene.home.wait_status("the counts", |status| {
        let words = format!("{status:?}");
        Some(()).filter(|()| words.contains("hook-failed") && words.contains("hook-bad-answer"))
    });
    counted.unwrap();
}
