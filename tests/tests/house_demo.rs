//! `demo` and `try` as a newcomer plays them: a link in the terminal, something written in the page, and a typed answer
//! that appears there.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};

use lockgate_tests::home::Home;
use lockgate_tests::page::Page;
use lockgate_tests::wait::{PATIENCE, until};

/// A terminal with the program in it.
struct Terminal {
    child: Child,
    keys: Option<ChildStdin>,
    shown: Arc<Mutex<String>>,
}

impl Terminal {
    fn open(mut command: Command) -> Terminal {
        let piped = [Stdio::piped(), Stdio::piped(), Stdio::piped()];
        let [keys, answers, talk] = piped;
        let mut child = command.stdin(keys).stdout(answers).stderr(talk).spawn().unwrap();
        let shown = Arc::new(Mutex::new(String::new()));
        read(child.stdout.take().unwrap(), &shown);
        read(child.stderr.take().unwrap(), &shown);
        let keys = child.stdin.take();
        Terminal { child, keys, shown }
    }

    fn types(&mut self, line: &str) {
        writeln!(self.keys.as_mut().unwrap(), "{line}").unwrap();
    }

    /// Waits until something is shown; gives all that is.
    fn shows(&self, what: &str) -> String {
        let shown = || Some(self.shown.lock().unwrap().clone()).filter(|shown| shown.contains(what));
        until(PATIENCE, &format!("{what:?} in the terminal"), shown)
            .unwrap_or_else(|error| panic!("{error}: {}", self.shown.lock().unwrap()))
    }

    /// The page whose link is shown.
    fn page(&self) -> Page {
        let found = || {
            let shown = self.shown.lock().unwrap().clone();
            let link = shown.split_whitespace().find(|word| word.contains("/#"))?.to_owned();
            let (address, token) = link.split_once("/#")?;
            Some(Page {
                addr: address.strip_prefix("http://")?.parse().ok()?,
                token: token.to_owned(),
            })
        };
        until(PATIENCE, "a link", found).unwrap_or_else(|error| panic!("{error}: {}", self.shown.lock().unwrap()))
    }

    fn ends(mut self) {
        self.types("/quit");
        let ended = || self.child.try_wait().unwrap();
        assert!(until(PATIENCE, "the end", ended).unwrap().success());
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(mut from: impl Read + Send + 'static, into: &Arc<Mutex<String>>) {
    let into = Arc::clone(into);
    std::thread::spawn(move || {
        let mut chunk = [0; 4096];
        while let Ok(count @ 1..) = from.read(&mut chunk) {
            into.lock().unwrap().push_str(&String::from_utf8_lossy(&chunk[..count]));
        }
    });
}

/// A question goes in, and what is typed comes out.
fn converse(terminal: &mut Terminal) {
    let page = terminal.page();
    let sent = page.request("POST", "/send", &[], br#"{"id":"m-1","text":"Is it green?"}"#);
    assert_eq!(page.send(&sent).unwrap().status, 201);
    let shown = terminal.shows("</channel>");
    assert!(
        shown.contains("chat_id=\"chat:web\"") && shown.contains("\nIs it green?\n"),
        "{shown}"
    );
    terminal.types("It is **green**.");
    terminal.shows("Sent.");
    terminal.types("/react 👍");
    terminal.shows("The reaction is made.");
    terminal.types("/edit It *was* green.");
    terminal.shows("The change is made.");
    let history = page.get("/history").unwrap();
    let history = String::from_utf8(history.body).unwrap();
    assert!(
        history.contains("It *was* green.") && history.contains("👍"),
        "{history}"
    );
}

#[test]
fn the_demo_goes_both_ways_and_leaves_nothing() {
    let home = Home::new().unwrap();
    let temporary = home.beside().join("temporary");
    std::fs::create_dir(&temporary).unwrap();
    let mut command = home.lockgate();
    command.arg("demo").env("TMPDIR", &temporary);
    let mut terminal = Terminal::open(command);
    converse(&mut terminal);
    let shown = terminal.shows("curl ");
    assert!(shown.contains("$ lockgate access allow you fakechat:web"), "{shown}");
    let left = || std::fs::read_dir(&temporary).unwrap().count();
    assert_eq!(left(), 1);
    terminal.ends();
    assert_eq!(left(), 0);
}

#[test]
fn try_plays_your_own_channels() {
    let home = Home::with_chat().unwrap();
    let ran = home.run(&["access", "allow", "owner", "fakechat:web"]).unwrap();
    assert!(ran.ok(), "{}{}", ran.stdout, ran.stderr);
    let mut command = home.lockgate();
    command.arg("try");
    let mut terminal = Terminal::open(command);
    converse(&mut terminal);
    terminal.types("/channels");
    terminal.shows("chat: ready");
    terminal.types("/nonsense");
    terminal.shows("no such command: /nonsense");
    terminal.ends();
}

#[test]
fn try_without_a_channel_says_what_to_type() {
    let home = Home::new().unwrap();
    let ran = home.run(&["try"]).unwrap();
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    let said = "no channel was added yet; run: lockgate add NAME (it brings along ";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
}

#[test]
fn try_ends_with_its_input() {
    let home = Home::with_chat().unwrap();
    let ran = home.run(&["try"]).unwrap();
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("chat: ready"), "{}", ran.stderr);
}
