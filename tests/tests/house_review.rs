//! Other bytes under an approved name: shown before they are accepted, accepted as they were shown, and nothing of what they
//! ask beyond the approved ones given by the way.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Stdio;

use lockgate_tests::home::component::{manifest_of, prebuilt, read_prebuilt, with_manifest, with_salt};
use lockgate_tests::home::{Home, RULE, Ran};
use lockgate_tests::serve::Serve;
use serde_json::Value;

/// More than a webhook ever needs.
const WIDER: &str = "[[asks.http]]\nhost = \"api.example.org\"\nmethods = [\"GET\", \"POST\"]\npaths = [\"/v1/*\"]\n\
    credentials = [{ secret = \"api\", header = \"authorization\", prefix = \"Bearer \" }]\n\
    [secrets.api]\ntitle = \"Your API key\"\nrequired = false\n\
    [asks.folders.notes]\ntitle = \"Notes\"\nrequired = false\n\
    [asks.databases.messages]\ntitle = \"Messages\"\nrequired = false\n\
    [asks.commands.notify]\ntitle = \"Shows a notification\"\nrequired = false\n";

/// A home with the receiver of webhooks, whose file can be changed.
struct Scene {
    home: Home,
    file: PathBuf,
    bytes: Vec<u8>,
}

impl Scene {
    fn set() -> Scene {
        let home = Home::new().unwrap();
        let file = home.beside().join("webhook.wasm");
        let bytes = read_prebuilt("webhook").unwrap();
        fs::write(&file, &bytes).unwrap();
        home.add_webhook("ci", &file).unwrap();
        Scene { home, file, bytes }
    }

    /// The same component with another version and more in its manifest.
    fn newer(&self, more: &str) -> Vec<u8> {
        let manifest = manifest_of(&self.bytes).unwrap();
        let manifest = manifest.replacen("version = \"0.1.0\"", "version = \"0.2.0\"", 1);
        with_manifest(&self.bytes, &format!("{manifest}\n{more}")).unwrap()
    }

    fn put(&self, bytes: &[u8]) {
        fs::write(&self.file, bytes).unwrap();
    }

    fn run(&self, words: &[&str]) -> Ran {
        self.home.run(words).unwrap()
    }

    /// Runs a verb that has to leave the decision to a person; what it said.
    #[track_caller]
    fn refused(&self, words: &[&str]) -> String {
        let files = || ["lockgate.toml", "lockgate.lock"].map(|name| fs::read(self.home.path().join(name)).unwrap());
        let before = files();
        let ran = self.run(words);
        assert_eq!(ran.code, Some(3), "{}{}", ran.stdout, ran.stderr);
        assert_eq!(files(), before, "something was written");
        ran.stderr
    }

    #[track_caller]
    fn done(&self, words: &[&str]) -> Ran {
        let ran = self.run(words);
        assert!(ran.ok(), "{words:?}: {}{}", ran.stdout, ran.stderr);
        ran
    }
}

/// The words of the line to type, after `lockgate`.
fn line(said: &str) -> Vec<String> {
    let (_, line) = said.rsplit_once("run: ").expect("no line to type");
    line.split_whitespace().skip(1).map(str::to_owned).collect()
}

fn words(line: &[String]) -> Vec<&str> {
    line.iter().map(String::as_str).collect()
}

#[test]
fn what_is_accepted_is_what_was_shown() {
    let scene = Scene::set();
    assert!(
        scene
            .done(&["review", "ci"])
            .stdout
            .contains("the very bytes that were approved")
    );
    assert_eq!(scene.done(&["review"]).stdout, "no channel needs a review\n");
    scene.put(&with_salt(&scene.bytes, 1));
    assert!(scene.done(&["review"]).stdout.contains("run `lockgate review ci`"));
    let said = scene.refused(&["review", "ci"]);
    assert!(said.contains("~  only code: it asks for what it asked for\n"), "{said}");
    let accept = line(&said);
    assert_eq!(accept[..4], ["review", "ci", "--accept", "--digest"]);
    // Other bytes are put there between the look and the yes.
    scene.put(&with_salt(&scene.bytes, 2));
    let said = scene.refused(&words(&accept));
    assert!(
        said.contains("has other bytes than those with the digest sha256:"),
        "{said}"
    );
    // Without the digest of what was shown, nobody says yes where nobody is asked.
    scene.refused(&["review", "ci", "--accept"]);
    scene.put(&with_salt(&scene.bytes, 1));
    scene.done(&words(&accept));
    let lock = fs::read_to_string(scene.home.path().join("lockgate.lock")).unwrap();
    assert!(lock.contains(&format!("digest = \"{}\"", accept[4])), "{lock}");
    assert!(
        scene
            .done(&["review", "ci"])
            .stdout
            .contains("the very bytes that were approved")
    );
    assert!(
        scene
            .run(&["review", "nobody"])
            .stderr
            .contains("there is no channel nobody")
    );
}

#[test]
fn what_an_update_asks_beyond_is_named_before_it_is_given() {
    let scene = Scene::set();
    let mut serve = Serve::channel(&scene.home).unwrap();
    scene.home.hook("ci").unwrap();
    scene.put(&scene.newer(WIDER));
    let said = scene.refused(&["review", "ci"]);
    let shown = said.split_whitespace().collect::<Vec<_>>().join(" ");
    for row in [
        "+ may send GET, POST to api.example.org/v1/*, the secret api in the header authorization after",
        "+ secret api: Your API key (optional)",
        "+ folder notes: to be read: Notes",
        "+ database messages: Messages",
        "+ program notify: Shows a notification",
        "~ version 0.1.0 is now 0.2.0",
        "; with your secret api (Your API key), which it never sees",
    ] {
        assert!(shown.contains(row), "{row}\n{said}");
    }
    let accept = line(&said);
    assert_eq!(accept[5..], ["--grant", "host:api.example.org"]);
    let without = scene.refused(&words(&accept[..5]));
    assert!(without.contains("does not give the host api.example.org"), "{without}");
    assert_eq!(
        scene.home.status().unwrap().channel("ci").unwrap().version,
        "0.1.0",
        "the approved one runs on"
    );
    scene.done(&words(&accept));
    let newer = |version: &str| version == "0.2.0";
    let runs = scene.home.wait_status("the newer one runs", |status| {
        let ci = status
            .channel("ci")
            .filter(|ci| ci.phase == "ready" && newer(&ci.version))?;
        ci.note.is_none().then_some(())
    });
    runs.unwrap();
    let config = scene.home.config().unwrap();
    assert!(config.contains("hosts = [\"api.example.org\"]"), "{config}");
    assert!(!config.contains("folders") && !config.contains("commands"), "{config}");
    assert!(serve.runs().unwrap());
    // `add` over the name is the same thing.
    scene.put(&scene.newer(&WIDER.replace("\"/v1/*\"", "\"/v1/*\", \"/admin\"")));
    let file = scene.file.to_str().unwrap();
    let said = scene.refused(&["add", file, "--name", "ci", "--yes"]);
    let full = line(&said);
    assert_eq!(
        (full[5].as_str(), &full[7..]),
        ("--digest", &["--grant", "host:api.example.org"].map(String::from)[..])
    );
    let yes = ["add", file, "--name", "ci", "--yes", "--withhold", "api.example.org"];
    // A yes alone is one to bytes that nobody was shown, and a digest is one to these only.
    assert_eq!(line(&scene.refused(&yes))[7..], full[5..7]);
    let other = format!("sha256:{}", "0".repeat(64));
    assert!(
        scene
            .refused(&[&yes[..], &["--digest", &other]].concat())
            .contains("has other bytes than those")
    );
    scene.done(&[&yes[..], &["--digest", &full[6]]].concat());
    assert!(!scene.home.config().unwrap().contains("hosts"));
}

#[test]
fn the_chat_page_is_given_its_network_only_by_name() {
    let home = Home::new().unwrap();
    let component = prebuilt("fakechat");
    let yes = ["add", component.to_str().unwrap(), "--name", "chat", "--yes"];
    let ran = home.run(&yes).unwrap();
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("in all it asks for 1 network, 1 page\n"),
        "{}",
        ran.stderr
    );
    let full = line(&ran.stderr);
    assert_eq!(full[5], "--digest");
    assert_eq!(full[7..], ["--grant", "network:fakechat"]);
    assert!(home.run(&words(&full)).unwrap().ok());
    assert!(home.config().unwrap().contains("network = \"fakechat\""));
}

#[test]
fn a_sessions_shell_can_look_but_not_give() {
    let scene = Scene::set();
    scene.put(&with_salt(&scene.bytes, 1));
    let file = scene.file.to_str().unwrap();
    let cases: [(&[&str], i32); 7] = [
        (&["add", file, "--name", "ci", "--yes"], 3),
        (&["review", "ci", "--resume"], 3),
        (&["review", "ci", "--accept"], 3),
        (&["secret", "set", "ci-key"], 3),
        (&["check", file], 0),
        (&["secret", "list"], 0),
        (&["review"], 0),
    ];
    for (arguments, code) in cases {
        let mut command = scene.home.lockgate();
        let output = command
            .env("CLAUDECODE", "1")
            .args(arguments)
            .stdin(Stdio::null())
            .output();
        let output = output.unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?} {said}");
        assert_eq!(
            said.contains("a session runs this shell"),
            code == 3,
            "{arguments:?} {said}"
        );
    }
}

#[test]
fn check_tells_a_script_all_that_is_asked() {
    let scene = Scene::set();
    scene.put(&scene.newer(WIDER));
    let ran = scene.done(&["check", scene.file.to_str().unwrap(), "--json"]);
    let asks = serde_json::from_str::<Value>(&ran.stdout).unwrap()["asks"].take();
    assert_eq!(asks["http"][0]["label"], "api.example.org");
    assert_eq!(asks["http"][0]["wildcard_with_credential"], true);
    assert_eq!(asks["http"][0]["secrets"][0], "api");
    assert_eq!(asks["folders"]["notes"]["access"], "read");
    assert_eq!(asks["databases"]["messages"]["title"], "Messages");
    assert_eq!(asks["commands"]["notify"]["required"], false);
    assert_eq!(asks["rules"][0]["name"], RULE);
    let said = scene.done(&["check", scene.file.to_str().unwrap()]).stdout;
    assert!(said.contains("a wildcard with a credential: it may call"), "{said}");
    // Of a channel that was added, the approved bytes are shown, whatever the file holds now.
    let said = scene.done(&["check", "ci"]).stdout;
    assert!(!said.contains("api.example.org"), "{said}");
    assert!(
        scene
            .run(&["check", "nobody"])
            .stderr
            .contains("neither a file nor a channel nobody")
    );
}

#[test]
fn check_says_what_would_become_of_a_request() {
    let scene = Scene::set();
    scene.put(&scene.newer(WIDER));
    let file = scene.file.to_str().unwrap();
    let add = ["add", file, "--name", "ci", "--yes"];
    let done = |more: &[&str]| {
        let ran = scene.home.add_shown(&[&add[..], more].concat()).unwrap();
        assert!(ran.ok(), "{}", ran.stderr);
    };
    done(&["--withhold", "all"]);
    let asked = |method: &str, url: &str| scene.run(&["check", "ci", method, url]);
    #[track_caller]
    fn check(ran: &Ran, code: i32, words: &[&str]) {
        assert_eq!(ran.code, Some(code), "{}{}", ran.stdout, ran.stderr);
        let shown = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        words
            .iter()
            .for_each(|words| assert!(shown.contains(words), "{words}\n{}", ran.stdout));
    }
    let url = "https://api.example.org/v1/items";
    check(
        &asked("GET", url),
        1,
        &["refused", "add \"api.example.org\" to `hosts`"],
    );
    done(&["--grant", "hosts"]);
    check(&asked("GET", url), 1, &["refused", "needs the secret `api`"]);
    let short = scene.home.beside().join("short");
    fs::write(&short, "too-short").unwrap();
    fs::set_permissions(&short, fs::Permissions::from_mode(0o600)).unwrap();
    let secret = format!("api=file:{}", short.display());
    done(&["--secret", &secret]);
    let rules = [
        "allowed by the path /v1/* of api.example.org",
        "put in the secret api in the header authorization after `Bearer `",
        "the secret api has less than 12 bytes",
        "a wildcard with a credential",
    ];
    check(&asked("GET", url), 0, &rules);
    check(&asked("DELETE", url), 1, &["another method", "refused"]);
    check(&asked("GET", "https://api.example.org/v2"), 1, &["another path"]);
    check(&asked("GET", "https://127.0.0.1/v1/items"), 1, &["another host"]);
    check(&asked("GET", "https://API.example.org/v1/items"), 1, &["refused"]);
    let upstream = "upstream.\"api.example.org\" = \"http://127.0.0.1:8081\"\n[channel.ci.config]";
    let led = scene.home.config().unwrap().replace("[channel.ci.config]", upstream);
    scene.home.write_config(&led).unwrap();
    check(&asked("GET", url), 0, &["is led to http://127.0.0.1:8081"]);
    let ran = scene.run(&["status"]);
    assert!(
        ran.stdout
            .contains("requests to api.example.org go to http://127.0.0.1:8081"),
        "{}",
        ran.stdout
    );
    let ran = scene.done(&["check", "ci", "POST", url, "--json"]);
    let value: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        (&value["allowed"], &value["short_secrets"][0]),
        (&true.into(), &"api".into())
    );
    assert_eq!(value["upstream"], "http://127.0.0.1:8081");
    assert!(!(ran.stdout + &ran.stderr).contains("too-short"));
}

#[test]
fn a_session_that_works_above_the_operators_files_gets_no_channels() {
    let home = Home::with_webhook("ci").unwrap();
    let mut command = home.lockgate();
    command.args(["serve", "--channel"]).current_dir(home.beside());
    let mut serve = Serve::spawn_command(command, home.next_log()).unwrap();
    serve.handshake().unwrap();
    let answer = serve
        .client
        .call("channels", &serde_json::json!({}))
        .unwrap()
        .to_string();
    assert!(
        answer.contains("where the session works and the model can write"),
        "{answer}"
    );
    assert!(!home.state().join("host.sock").exists(), "it was used all the same");
}

#[test]
fn folders_databases_and_programs_are_given_by_path() {
    let scene = Scene::set();
    let needed = WIDER.replace("required = false\n[asks.commands", "[asks.commands");
    scene.put(&scene.newer(&needed));
    let file = scene.file.to_str().unwrap();
    let base = ["add", file, "--name", "ci", "--yes", "--withhold", "all"];
    let said = scene.refused(&base);
    assert_eq!(line(&said)[9..], ["--grant", "database:messages=PATH"], "{said}");
    let notes = scene.home.beside().join("notes");
    fs::create_dir(&notes).unwrap();
    let database = scene.home.beside().join("chat.db");
    fs::write(&database, "").unwrap();
    let folder = format!("folder:notes={}:write", notes.display());
    let grants = [
        &folder,
        &format!("database:messages={}", database.display()),
        "command:notify=/bin/true",
    ];
    let grants: Vec<&str> = grants.iter().flat_map(|grant| ["--grant", grant]).collect();
    let ran = scene.home.add_shown(&[&base[..], &grants].concat()).unwrap();
    assert!(
        ran.stdout.contains("notify without any argument of the channel's"),
        "{}",
        ran.stdout
    );
    let config = scene.home.config().unwrap();
    // The manifest asks to read the folder, so that is all that the flag gives.
    assert!(
        config.contains(&format!("folders.notes = \"{}\"", notes.display())),
        "{config}"
    );
    assert!(
        config.contains(&format!("databases.messages = \"{}\"", database.display())),
        "{config}"
    );
    assert!(config.contains("program = \"/bin/true\""), "{config}");
    let said = scene.done(&["check", "ci"]).stdout;
    assert!(said.contains("a program: notify (/bin/true)"), "{said}");
    // The same bytes again, with nothing to decide: what was given stays.
    scene.done(&["add", file, "--name", "ci"]);
    assert_eq!(scene.home.config().unwrap(), config);
}
