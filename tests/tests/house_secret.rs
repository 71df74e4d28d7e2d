//! Secrets that are set while a house runs.
#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::process::Stdio;

use lockgate_tests::home::component::prebuilt;
use lockgate_tests::home::{Home, SECRET};
use lockgate_tests::load::Hook;
use lockgate_tests::load::payload::workflow_run;
use lockgate_tests::serve::Serve;

/// Pipes a text into a verb.
fn piped(home: &Home, arguments: &[&str], input: &str) -> (Option<i32>, String) {
    let mut command = home.lockgate();
    command.args(arguments).stdin(Stdio::piped());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    (output.status.code(), said.concat())
}

#[test]
fn a_running_house_takes_a_new_secret_and_no_byte_of_one_is_said() {
    let home = Home::new().unwrap();
    home.add_webhook("ci", &prebuilt("webhook")).unwrap();
    let by_file = home.config().unwrap();
    let start = by_file.find("secrets.github = ").unwrap();
    let end = start + by_file[start..].find('\n').unwrap();
    let stored = format!(
        "{}secrets.github = {{ secret = \"ci-github\" }}{}",
        &by_file[..start],
        &by_file[end..]
    );
    home.write_config(&stored).unwrap();
    let (code, first) = piped(&home, &["secret", "set", "ci.github"], &format!("{SECRET}\n"));
    assert_eq!(code, Some(0), "{first}");
    assert!(first.contains("ci-github is set; used as ci.github"), "{first}");
    let _serve = Serve::channel(&home).unwrap();
    let hook = home.hook("ci").unwrap();
    let posts = |secret: &str, number: u64| {
        let hook = Hook::new(hook.addr, "/ci/github", secret);
        let request = hook.signed("workflow_run", &workflow_run(number));
        hook.post(&request).unwrap().status / 100
    };
    assert_eq!(posts(SECRET, 1), 2);
    let other = "Another secret, and a long one";
    let (code, second) = piped(&home, &["secret", "set", "ci-github"], other);
    assert_eq!(code, Some(0), "{second}");
    assert!(second.contains("the running lockgate has taken it over"), "{second}");
    home.hook("ci").unwrap();
    assert_eq!((posts(other, 2), posts(SECRET, 3)), (2, 4));
    let (_, short) = piped(&home, &["secret", "set", "spare"], "short");
    assert!(short.contains("less than 12 bytes"), "{short}");
    let listed = home.run(&["secret", "list"]).unwrap().stdout;
    assert!(
        listed.contains("ci.github") && listed.contains("under 12 bytes"),
        "{listed}"
    );
    let all = [first, second, short, listed].concat();
    assert!(!all.contains(SECRET) && !all.contains(other), "{all}");
    let (code, empty) = piped(&home, &["secret", "set", "spare"], "\n");
    assert_eq!(code, Some(3), "{empty}");
}
