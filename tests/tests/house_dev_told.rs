//! What the terminal of a development loop tells: what is true, why, and what to do about it, once.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::path::PathBuf;

use lockgate_tests::guests;
use lockgate_tests::home::component::{manifest_of, with_manifest, with_salt};
use lockgate_tests::home::{Home, SECRET};
use lockgate_tests::load::Hook;
use lockgate_tests::reload::{digest_of, wait_serving};
use lockgate_tests::terminal::Terminal;
use lockgate_tests::wait::{PATIENCE, until};

const NAME: &str = "dev-hoarder";

/// A component that somebody builds, whose hook can be called, and that does nothing of its own accord.
struct Scene {
    home: Home,
    file: PathBuf,
    bytes: Vec<u8>,
}

impl Scene {
    fn set() -> Scene {
        let home = Home::new().unwrap();
        let bytes = fs::read(guests::component("hoarder").unwrap()).unwrap();
        let manifest = manifest_of(&bytes).unwrap();
        let needed = manifest.replace("required = false", "required = true");
        assert_ne!(needed, manifest);
        let bytes = with_manifest(&bytes, &needed).unwrap();
        let file = home.beside().join("hoarder.wasm");
        fs::write(&file, &bytes).unwrap();
        Scene { home, file, bytes }
    }

    fn dev(&self) -> Terminal {
        Terminal::open(&self.home, &["dev", self.file.to_str().unwrap()]).unwrap()
    }

    fn begun(&self) -> Terminal {
        self.begun_with(SECRET)
    }

    fn begun_with(&self, secret: &str) -> Terminal {
        let mut terminal = self.dev();
        terminal.wait("from now on? [y/N]", 1).unwrap();
        terminal.types("y").unwrap();
        terminal.wait("the secret, not shown", 1).unwrap();
        terminal.types(secret).unwrap();
        terminal.wait("now ready", 1).unwrap();
        terminal
    }

    fn build(&self, bytes: &[u8]) -> String {
        let new = self.file.with_extension("new");
        fs::write(&new, bytes).unwrap();
        fs::rename(&new, &self.file).unwrap();
        digest_of(bytes)
    }

    fn hook(&self) -> Hook {
        let listen = self.home.wait_status("somebody listens", |status| status.listen);
        Hook::new(listen.unwrap(), &format!("/{NAME}/do"), SECRET)
    }
}

/// As the terminal shows it.
fn short(digest: &str) -> String {
    digest.trim_start_matches("sha256:")[..12].to_owned()
}

#[test]
fn a_call_that_was_refused_at_the_door_left_no_line() {
    let scene = Scene::set();
    let terminal = scene.begun();
    let hook = scene.hook();
    let send = |hook: &Hook, headers: &[(&str, &str)]| hook.post(&hook.request(headers, b"echo")).unwrap().status;
    assert_eq!(send(&hook, &[]), 401);
    terminal
        .wait(
            &format!("refused before the code: POST /{NAME}/do: hook-unverified: header `x-signature` is missing"),
            1,
        )
        .unwrap();
    let wanted = "the rule do wants x-signature: sha256=hex of the HMAC-SHA256 of {body} with the secret key";
    terminal.wait(wanted, 1).unwrap();
    // A flood is a line and a count; a new one only after a while without any.
    for _ in 0..50 {
        assert_eq!(send(&hook, &[("x-signature", "sha256=00")]), 401);
    }
    let all = || {
        let shown = terminal.shown();
        let firsts = shown.matches("hook-unverified:").count();
        let counts = shown.lines().filter(|line| line.contains(" more: hook-unverified"));
        let more = counts.map(|line| line.split(' ').find_map(|word| word.parse::<usize>().ok()).unwrap());
        (firsts + more.sum::<usize>() == 51).then_some(firsts)
    };
    let firsts = until(2 * PATIENCE, "all are told of", all).unwrap();
    assert!(firsts < 10, "{}", terminal.shown());
    assert_eq!(send(&hook.at(&format!("/{NAME}/other")), &[]), 404);
    terminal
        .wait("no rule in force has this path channel.toml has rules for: /do", 1)
        .unwrap();
    let signature = hook.signature(b"echo");
    for status in [200, 200] {
        assert_eq!(send(&hook, &[("x-signature", &signature)]), status);
    }
    terminal
        .wait("hook-replayed: the same signed bytes were taken before", 1)
        .unwrap();
}

#[test]
fn a_call_of_the_projects_own_name_went_nowhere_without_a_word() {
    let scene = Scene::set();
    let terminal = scene.begun();
    let hook = scene.hook().at("/hoarder/do");
    assert_eq!(hook.post(&hook.request(&[], b"echo")).unwrap().status, 404);
    terminal
        .wait(&format!("while it is developed it is called at /{NAME}/do"), 1)
        .unwrap();
}

#[test]
fn live_was_said_before_the_first_call_and_a_mistake_many_times() {
    let scene = Scene::set();
    let mut terminal = scene.begun();
    let old = digest_of(&scene.bytes);
    let new = scene.build(&with_salt(&scene.bytes, 1));
    terminal.wait(&format!("{NAME}: serves after"), 1).unwrap();
    terminal.wait("its first call decides whether it stays", 1).unwrap();
    terminal
        .wait(&format!("now ready {}, on trial", short(&new)), 1)
        .unwrap();
    assert!(!terminal.shown().contains("live"), "{}", terminal.shown());
    terminal.types("/post write-attach-trap /inbox/a").unwrap();
    terminal.wait("answered 500: hook-failed", 1).unwrap();
    let rolled_back = format!(
        "rolled back to {}: the new code broke in its first call: as said above",
        short(&old)
    );
    terminal.wait(&rolled_back, 1).unwrap();
    wait_serving(&scene.home, NAME, &old).unwrap();
    // The old code answers, and that is said.
    terminal.types("/post echo").unwrap();
    let answered = format!(
        "answered 200 (the code from before, {}, did: {}, which was built last, does not serve)",
        short(&old),
        short(&new)
    );
    terminal.wait(&answered, 1).unwrap();
    let shown = terminal.shown();
    assert_eq!(shown.matches("after writing /inbox/a").count(), 1, "{shown}");
    assert!(shown.contains("ms: trapped: "), "{shown}");
    assert!(shown.contains(", as said above"), "{shown}");
    assert!(
        !shown.contains("ERROR lockgate") && !shown.contains("WARN guest"),
        "{shown}"
    );
    // Once more, with code that does well.
    let next = scene.build(&with_salt(&scene.bytes, 2));
    terminal
        .wait(&format!("now ready {}, on trial", short(&next)), 1)
        .unwrap();
    terminal.types("/post echo").unwrap();
    terminal
        .wait(&format!("{} is live: its first call went well", short(&next)), 1)
        .unwrap();
    scene.build(b"no component");
    terminal.wait("the code from before runs on", 1).unwrap();
    terminal.types("/post echo").unwrap();
    terminal
        .wait(
            &format!("(the code from before, {}, did: the last build failed)", short(&next)),
            1,
        )
        .unwrap();
}

#[test]
fn who_sends_as_somebody_was_told_each_time_how_to_be_heard_and_not_by_which_id() {
    let scene = Scene::set();
    let mut terminal = scene.begun();
    let hint = "lockgate access allow owner dev:hoarder:7";
    terminal.types("/as 7 hello").unwrap();
    terminal.wait(hint, 1).unwrap();
    terminal.types("/as 7 hello").unwrap();
    terminal.wait("7 is still not on the list", 1).unwrap();
    let allowed = scene.home.run(&["access", "allow", "owner", "dev:hoarder:7"]).unwrap();
    assert!(allowed.ok(), "{}", allowed.stderr);
    terminal.types("/as 7 good morning").unwrap();
    terminal.wait("good morning </channel>", 1).unwrap();
    let shown = terminal.shown();
    assert_eq!(shown.matches(hint).count(), 1, "{shown}");
    assert_eq!(shown.matches("not on the list").count(), 2, "{shown}");
}

#[test]
fn a_hook_that_no_manifest_has_was_told_in_three_ways() {
    let scene = Scene::set();
    let bytes = fs::read(guests::component("tools").unwrap()).unwrap();
    assert!(!manifest_of(&bytes).unwrap().contains("[hook]"));
    scene.build(&bytes);
    let mut terminal = scene.dev();
    terminal.wait("from now on? [y/N]", 1).unwrap();
    terminal.types("y").unwrap();
    terminal.wait("a session is open in this terminal", 1).unwrap();
    for (count, line) in ["/post x", "/post /do x"].iter().enumerate() {
        terminal.types(line).unwrap();
        terminal
            .wait(
                "error: channel.toml has no hook, so there is nothing to call: [hook] and",
                count + 1,
            )
            .unwrap();
    }
}

#[test]
fn a_secret_that_was_kept_was_asked_for_again() {
    let scene = Scene::set();
    let mut terminal = scene.begun_with("short");
    let shown = terminal.shown();
    assert!(shown.contains("the secret key has less than 12 bytes"), "{shown}");
    assert!(!shown.contains("WARN"), "{shown}");
    terminal.interrupts().unwrap();
    terminal.ends().unwrap();
    let mut terminal = scene.dev();
    terminal.wait("from now on? [y/N]", 1).unwrap();
    let asked = terminal.shown();
    let told = "(in secrets.toml as dev-hoarder-key, from the last time; nothing is typed)";
    assert!(asked.contains(told), "{asked}");
    terminal.types("y").unwrap();
    terminal.wait("now ready", 1).unwrap();
    let shown = terminal.shown();
    let kept = "the secret key is the one from before (dev-hoarder-key in secrets.toml); another one: lockgate secret set \
                dev-hoarder.key";
    terminal.wait(kept, 1).unwrap();
    assert!(!shown.contains("the secret, not shown"), "{shown}");
    // What is the host's to tell a model is none of this terminal's.
    assert!(!shown.contains("role=\"host\""), "{shown}");
    assert!(shown.contains("this development's own"), "{shown}");
    terminal.interrupts().unwrap();
    terminal.ends().unwrap();
    // Another project of the same name is none of that one's.
    let strangers = scene.file.with_file_name("strangers.wasm");
    fs::write(&strangers, &scene.bytes).unwrap();
    let mut next = Terminal::open(&scene.home, &["dev", strangers.to_str().unwrap()]).unwrap();
    next.wait("from now on? [y/N]", 1).unwrap();
    next.types("y").unwrap();
    next.wait("the secret, not shown", 1).unwrap();
}

#[test]
fn what_was_added_was_hidden_in_all_that_was_asked_before() {
    let scene = Scene::set();
    let mut terminal = scene.begun();
    let manifest = manifest_of(&scene.bytes).unwrap();
    let more = "[[asks.http]]\nhost = \"api.example.org\"\npaths = [\"/v1/items\"]\n";
    scene.build(&with_manifest(&scene.bytes, &format!("{manifest}\n{more}")).unwrap());
    terminal.wait("type /accept, or take it out", 1).unwrap();
    assert_eq!(terminal.shown().matches("calls itself").count(), 1);
    terminal.types("/accept").unwrap();
    terminal.wait("from now on? [y/N]", 2).unwrap();
    terminal
        .wait(
            "changed since you approved it + may send GET to api.example.org/v1/items",
            1,
        )
        .unwrap();
    assert_eq!(terminal.shown().matches("calls itself").count(), 1);
    terminal.types("y").unwrap();
    terminal.wait("updated", 1).unwrap();
}
