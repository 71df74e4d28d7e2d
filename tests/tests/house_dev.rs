//! The development loop, at a real terminal: what is built serves at once in the house that runs, nothing more is granted by
//! it, and nothing of it is left when it ends, however it ends.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::path::PathBuf;

use lockgate_tests::client::Pushed;
use lockgate_tests::guests;
use lockgate_tests::home::component::{manifest_of, with_manifest, with_salt};
use lockgate_tests::home::{Home, SECRET, Status};
use lockgate_tests::load::Hook;
use lockgate_tests::reload::{digest_of, reload, serving, wait_serving};
use lockgate_tests::serve::Serve;
use lockgate_tests::terminal::Terminal;
use lockgate_tests::wait::{PATIENCE, until};

const NAME: &str = "dev-evil";

/// A home, a session in it, and a component that somebody builds.
struct Scene {
    home: Home,
    guest: &'static str,
    serve: Option<Serve>,
    file: PathBuf,
    bytes: Vec<u8>,
}

impl Scene {
    fn set() -> Scene {
        Scene::of("evil")
    }

    fn of(guest: &'static str) -> Scene {
        let home = Home::new().unwrap();
        let file = home.beside().join("built").join("evil.wasm");
        fs::create_dir(file.parent().unwrap()).unwrap();
        let bytes = fs::read(guests::component(guest).unwrap()).unwrap();
        fs::write(&file, &bytes).unwrap();
        Scene {
            home,
            guest,
            serve: None,
            file,
            bytes,
        }
    }

    /// With a process that runs the channels and serves a session.
    fn with_session() -> Scene {
        Scene::set().served()
    }

    fn served(self) -> Scene {
        let mut scene = self;
        // A house without a channel runs none, and has no session to speak of.
        scene.add("ci");
        scene.serve = Some(Serve::channel(&scene.home).unwrap());
        scene.home.hook_of("ci");
        scene
    }

    fn add(&self, name: &str) {
        let secret = format!("key=file:{}", self.home.secret_file(SECRET).unwrap().display());
        let file = guests::component(self.guest).unwrap();
        let add = [
            "add",
            file.to_str().unwrap(),
            "--name",
            name,
            "--yes",
            "--secret",
            &secret,
        ];
        let ran = self.home.run(&add).unwrap();
        assert!(ran.ok(), "{}{}", ran.stdout, ran.stderr);
    }

    fn dev(&self, more: &[&str]) -> Terminal {
        let file = self.file.to_str().unwrap();
        Terminal::open(&self.home, &[&["dev", file], more].concat()).unwrap()
    }

    /// Says yes to what a new channel asks for.
    fn begun(&self) -> Terminal {
        let mut terminal = self.dev(&[]);
        terminal.wait("from now on? [y/N]", 1).unwrap();
        terminal.types("y").unwrap();
        terminal.wait("/help shows what can be typed", 1).unwrap();
        wait_serving(&self.home, NAME, &digest_of(&self.bytes)).unwrap();
        terminal
    }

    /// Builds: puts other bytes where the component stands, as a compiler does.
    fn build(&self, bytes: &[u8]) -> String {
        let new = self.file.with_extension("new");
        fs::write(&new, bytes).unwrap();
        fs::rename(&new, &self.file).unwrap();
        digest_of(bytes)
    }

    fn with_more(&self, more: &str) -> Vec<u8> {
        let manifest = manifest_of(&self.bytes).unwrap();
        with_manifest(&self.bytes, &format!("{manifest}\n{more}")).unwrap()
    }

    fn files(&self) -> String {
        ["lockgate.toml", "lockgate.lock"]
            .map(|name| fs::read_to_string(self.home.path().join(name)).unwrap_or_default())
            .concat()
    }
}

trait HookOf {
    fn hook_of(&self, channel: &str) -> Hook;
}

impl HookOf for Home {
    fn hook_of(&self, channel: &str) -> Hook {
        let ready = |status: &Status| {
            let is_ready = status.channel(channel).is_some_and(|channel| channel.phase == "ready");
            status.listen.filter(|_| is_ready)
        };
        let listen = self.wait_status("the channel is ready", ready).unwrap();
        Hook::new(listen, &format!("/{channel}/do"), SECRET)
    }
}

fn post(hook: &Hook, body: &str) -> u16 {
    let signature = hook.signature(body.as_bytes());
    let request = hook.request(&[("X-Signature", &signature)], body.as_bytes());
    hook.post(&request).unwrap().status
}

#[test]
fn what_is_built_serves_a_session_that_is_there_and_is_gone_with_the_loop() {
    let scene = Scene::with_session();
    let before = scene.files();
    let mut terminal = scene.begun();
    assert!(scene.files().contains("dev = true") && scene.files().contains("network = \"dev:evil\""));
    let other = scene.build(&with_salt(&scene.bytes, 1));
    terminal.wait("dev-evil: serves after", 1).unwrap();
    assert_eq!(serving(&scene.home, NAME).unwrap().1, other);
    // What is no component stays in the terminal, and the old code goes on.
    scene.build(b"no component");
    terminal.wait("the code from before runs on", 1).unwrap();
    assert_eq!(serving(&scene.home, NAME).unwrap(), ("ready".to_owned(), other.clone()));
    fs::remove_file(&scene.file).unwrap();
    terminal.wait("the code from before runs on", 2).unwrap();
    assert_eq!(serving(&scene.home, NAME).unwrap().1, other);
    terminal.interrupts().unwrap();
    let (code, shown) = terminal.ends().unwrap();
    assert_eq!(code, 0, "{shown}");
    assert_eq!(scene.files(), before, "something is left");
    assert!(serving(&scene.home, NAME).is_err());
}

#[test]
fn larger_asks_wait_for_a_word_and_smaller_ones_for_none() {
    let scene = Scene::with_session();
    let mut terminal = scene.begun();
    let before = scene.files();
    let larger = scene.with_more("[[asks.http]]\nhost = \"api.example.org\"\npaths = [\"/v1/items\"]\n");
    let digest = scene.build(&larger);
    terminal.wait("type /accept, or take it out", 1).unwrap();
    // In a line of its own, which follows.
    terminal.wait("api.example.org", 1).unwrap();
    assert_eq!(scene.files(), before, "nothing is given by a build");
    assert_eq!(serving(&scene.home, NAME).unwrap().1, digest_of(&scene.bytes));
    terminal.types("/accept").unwrap();
    terminal.wait("from now on? [y/N]", 2).unwrap();
    terminal.types("y").unwrap();
    wait_serving(&scene.home, NAME, &digest).unwrap();
    assert!(scene.files().contains("hosts = [\"api.example.org\"]"));
    let smaller = scene.build(&with_salt(&scene.bytes, 2));
    wait_serving(&scene.home, NAME, &smaller).unwrap();
}

#[test]
fn a_killed_loop_leaves_nothing_that_runs_unreviewed() {
    let scene = Scene::with_session();
    let mut terminal = scene.begun();
    terminal.kills().unwrap();
    terminal.ends().unwrap();
    let ended = |status: &Status| {
        let channel = status.channel(NAME)?;
        channel.detail.clone().filter(|_| channel.phase == "broken")
    };
    let why = scene.home.wait_status("it runs no more", ended).unwrap();
    assert!(why.contains("`lockgate dev` has ended"), "{why}");
    // It goes on with what it had.
    let again = scene.dev(&[]);
    again.wait("/help shows what can be typed", 1).unwrap();
    wait_serving(&scene.home, NAME, &digest_of(&scene.bytes)).unwrap();
}

#[test]
fn in_the_place_of_another_it_has_all_but_the_right_to_carry_approvals() {
    let scene = Scene::with_session();
    let approved = digest_of(&scene.bytes);
    let built = scene.build(&with_salt(&scene.bytes, 7));
    let mut terminal = scene.dev(&["--as", "ci", "--trust"]);
    terminal.wait("/help shows what can be typed", 1).unwrap();
    wait_serving(&scene.home, "ci", &built).unwrap();
    let note = |status: &Status| status.channel("ci")?.note.clone();
    let note = scene.home.wait_status("its note", note).unwrap();
    assert!(note.contains("without a review, and carries no approvals"), "{note}");
    assert_eq!(post(&scene.home.hook_of("ci"), "echo 1"), 200, "its secret is there");
    // Nobody of that network is played.
    terminal.types("/as 7 hello").unwrap();
    terminal
        .wait("only a channel under development is spoken to so", 1)
        .unwrap();
    scene.build(&scene.with_more("[[asks.http]]\nhost = \"api.example.org\"\npaths = [\"/v1/items\"]\n"));
    terminal.wait("type /accept, or take it out", 1).unwrap();
    terminal.types("/accept").unwrap();
    terminal.wait("only its own review gives it", 1).unwrap();
    assert_eq!(serving(&scene.home, "ci").unwrap().1, built);
    terminal.kills().unwrap();
    terminal.ends().unwrap();
    wait_serving(&scene.home, "ci", &approved).unwrap();
    let again = scene.dev(&["--as", "ci", "--trust"]);
    drop(again);
    assert!(scene.files().contains(&format!("digest = \"{approved}\"")));
}

#[test]
fn a_file_that_is_broken_meanwhile_keeps_nothing_unreviewed_running() {
    let scene = Scene::with_session();
    let mut terminal = scene.begun();
    let file = scene.home.path().join("lockgate.toml");
    let whole = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{whole}\nbroken =")).unwrap();
    terminal.kills().unwrap();
    terminal.ends().unwrap();
    // The command itself could not read that file; the owner is asked.
    let ended = || {
        let found = serving(&scene.home, NAME).ok();
        found.filter(|(phase, _)| phase == "broken")
    };
    until(PATIENCE, "it runs no more", ended).unwrap();
    let (phase, _) = serving(&scene.home, "ci").unwrap();
    assert_eq!(phase, "ready", "what was approved runs on");
}

#[test]
fn what_a_killed_loop_left_in_the_place_of_another_does_not_run_again() {
    let scene = Scene::with_session();
    let approved = digest_of(&scene.bytes);
    let built = scene.build(&with_salt(&scene.bytes, 3));
    let mut terminal = scene.dev(&["--as", "ci", "--trust"]);
    wait_serving(&scene.home, "ci", &built).unwrap();
    terminal.kills().unwrap();
    terminal.ends().unwrap();
    wait_serving(&scene.home, "ci", &approved).unwrap();
    // The next one is for something else, which does not even build.
    scene.build(b"no component");
    let next = scene.dev(&["--as", "ci", "--trust"]);
    next.wait("nothing runs yet; it is built again", 1).unwrap();
    reload(&scene.home).unwrap();
    assert!(!scene.files().contains(&built), "{}", scene.files());
    assert_eq!(serving(&scene.home, "ci").unwrap().1, approved);
}

#[test]
fn what_one_project_was_given_another_of_the_same_name_is_not() {
    let scene = Scene::with_session();
    let mut terminal = scene.begun();
    terminal.kills().unwrap();
    terminal.ends().unwrap();
    let strangers = scene.file.with_file_name("strangers.wasm");
    fs::write(&strangers, with_salt(&scene.bytes, 4)).unwrap();
    let next = Terminal::open(&scene.home, &["dev", strangers.to_str().unwrap()]).unwrap();
    next.wait("from now on? [y/N]", 1).unwrap();
    assert!(!scene.files().contains("dev = true"), "{}", scene.files());
}

#[test]
fn after_a_build_that_broke_the_next_one_is_judged_by_itself() {
    let scene = Scene::of("hoarder").served();
    scene.build(&with_salt(&scene.bytes, 1));
    let terminal = scene.dev(&["--as", "ci", "--trust"]);
    terminal.wait("/help shows what can be typed", 1).unwrap();
    scene.build(&with_salt(&scene.bytes, 2));
    terminal.wait("ci: serves after", 1).unwrap();
    assert_eq!(post(&scene.home.hook_of("ci"), "write-attach-trap /inbox/a"), 500);
    terminal.wait("rolled back to", 1).unwrap();
    let next = scene.build(&with_salt(&scene.bytes, 3));
    terminal.wait("ci: serves after", 2).unwrap();
    assert_eq!(serving(&scene.home, "ci").unwrap().1, next);
}

/// A first build is as new as each later one: what was approved waits behind it.
#[test]
fn a_first_build_that_breaks_in_the_place_of_another_gives_it_back() {
    let scene = Scene::of("hoarder").served();
    let approved = digest_of(&scene.bytes);
    let built = scene.build(&with_salt(&scene.bytes, 1));
    let terminal = scene.dev(&["--as", "ci", "--trust"]);
    wait_serving(&scene.home, "ci", &built).unwrap();
    let hook = scene.home.hook_of("ci");
    assert_eq!(post(&hook, "write-attach-trap /inbox/a"), 500);
    terminal.wait("rolled back to", 1).unwrap();
    terminal.wait("the new code broke in its first call", 1).unwrap();
    assert_eq!(
        serving(&scene.home, "ci").unwrap(),
        ("stale".to_owned(), approved.clone())
    );
    assert_eq!(post(&hook, "echo 1"), 200, "the approved bytes serve");
    let note = |status: &Status| status.channel("ci")?.note.is_none().then_some(());
    scene.home.wait_status("nothing unreviewed runs", note).unwrap();
    drop(terminal);
    let ready = || serving(&scene.home, "ci").ok().filter(|(phase, _)| phase == "ready");
    assert_eq!(until(PATIENCE, "nothing is to be told", ready).unwrap().1, approved);
}

#[test]
fn of_what_was_built_the_last_few_are_kept_and_what_others_run_is() {
    let scene = Scene::with_session();
    let terminal = scene.begun();
    let kept = |digest: &str| {
        let name = format!("{}.wasm", digest.trim_start_matches("sha256:"));
        scene.home.state().join("components").join(name).exists()
    };
    let built: Vec<String> = (1..=6)
        .map(|salt| {
            let digest = scene.build(&with_salt(&scene.bytes, salt));
            wait_serving(&scene.home, NAME, &digest).unwrap();
            terminal.wait("dev-evil: serves after", salt as usize).unwrap();
            digest
        })
        .collect();
    assert!(!kept(&built[0]), "the first goes");
    assert!(built[1..].iter().all(|digest| kept(digest)));
    assert!(kept(&digest_of(&scene.bytes)), "another channel runs it");
}

#[test]
fn the_terminal_shows_what_it_does_and_a_session_of_its_own_where_there_is_none() {
    let scene = Scene::set();
    let mut terminal = scene.dev(&[]);
    terminal.wait("from now on? [y/N]", 1).unwrap();
    terminal.types("y").unwrap();
    terminal.wait("a session is open in this terminal", 1).unwrap();
    terminal.wait("now ready", 1).unwrap();
    terminal.types("/as 7 hello").unwrap();
    terminal.wait("7 is not on the list, so nobody hears that", 1).unwrap();
    terminal.types("/post echo").unwrap();
    terminal.wait("sleeps without the secret key", 1).unwrap();
    terminal.types("/nonsense").unwrap();
    terminal.wait("no such command: /nonsense", 1).unwrap();
    terminal.interrupts().unwrap();
    let (code, shown) = terminal.ends().unwrap();
    assert_eq!(code, 0, "{shown}");
    assert!(!scene.files().contains(NAME), "something is left: {}", scene.files());
}

#[test]
fn without_a_terminal_or_in_a_clients_shell_nothing_is_developed() {
    let scene = Scene::set();
    let ran = scene.home.run(&["dev", scene.file.to_str().unwrap()]).unwrap();
    assert_eq!(ran.code, Some(3));
    assert!(ran.stderr.contains("type it at your own terminal"), "{}", ran.stderr);
    let ran = scene
        .home
        .run(&["dev", scene.file.to_str().unwrap(), "--as", "ci"])
        .unwrap();
    assert_eq!(ran.code, Some(3));
    let why = "the secrets and the network of ci at once, without your review; if you mean that, add --trust: ";
    assert!(ran.stderr.contains(why), "{}", ran.stderr);
}

#[test]
fn each_call_is_shown_to_who_develops_and_the_session_is_told_that_nobody_reviewed_it() {
    let scene = Scene::with_session();
    let terminal = scene.begun();
    let digest = scene.build(&with_salt(&scene.bytes, 9));
    wait_serving(&scene.home, NAME, &digest).unwrap();
    terminal.wait("source.poll:", 1).unwrap();
    let record = scene.serve.as_ref().unwrap().client.record();
    let told = record.wait(PATIENCE, "that it runs unreviewed", |seen| {
        let mut events = seen.events.iter().map(|line| line.parse().unwrap());
        events.find(|event: &Pushed| event.content.contains("without a review"))
    });
    assert!(told.unwrap().content.contains(NAME));
}
