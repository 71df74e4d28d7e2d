//! The whole house with a channel that speaks HTTP: what the operator granted goes out with its credential, to where the
//! operator led it, and nowhere else; what was refused is counted; and no environment leads anything astray.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::os::unix::fs::OpenOptionsExt;

use lockgate_tests::guests;
use lockgate_tests::home::{Home, SECRET, Status};
use lockgate_tests::load::Hook;
use lockgate_tests::platform::Platform;
use lockgate_tests::serve::Serve;
use lockgate_tests::web::{TOKEN, answer, echo, writings};

/// A home with the guest `web`, granted one of its two hosts, which is led to a platform here.
struct House {
    home: Home,
    serve: Serve,
    hook: Hook,
    platform: Platform,
    proxy: Platform,
}

fn house(platform: Platform) -> House {
    let home = Home::new().unwrap();
    add(&home);
    home.edit_config(|config| {
        let channel = config["channel"]["web"].as_table_mut().unwrap();
        let upstream = format!("http://{}", platform.address());
        let upstreams = toml::Table::from_iter([("api.example.org".to_owned(), upstream.into())]);
        channel.insert("upstream".into(), upstreams.into());
    })
    .unwrap();
    let proxy = Platform::plain(answer).unwrap();
    let mut command = home.lockgate();
    command.args(["serve", "--channel"]);
    for name in [
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "http_proxy",
        "https_proxy",
        "all_proxy",
    ] {
        command.env(name, format!("http://{}", proxy.address()));
    }
    let mut serve = Serve::spawn_command(command, home.next_log()).unwrap();
    serve.handshake().unwrap();
    let ready = |status: &Status| {
        status
            .listen
            .filter(|_| status.channel("web").is_some_and(|web| web.phase == "ready"))
    };
    let hook = Hook::new(home.wait_status("web is ready", ready).unwrap(), "/web/do", SECRET);
    House {
        home,
        serve,
        hook,
        platform,
        proxy,
    }
}

fn add(home: &Home) {
    let component = guests::component("web").unwrap();
    let path = home.beside().join("token");
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).open(&path).unwrap();
    std::io::Write::write_all(&mut file, TOKEN.as_bytes()).unwrap();
    let key = format!("key=file:{}", home.secret_file(SECRET).unwrap().display());
    let token = format!("token=file:{}", path.display());
    let file = component.to_str().unwrap();
    let mut arguments = vec![
        "add", file, "--name", "web", "--yes", "--secret", &key, "--secret", &token,
    ];
    arguments.extend(["--grant", "host:api.example.org", "--withhold", "open.example.org"]);
    let ran = home.run(&arguments).unwrap();
    assert!(ran.ok(), "{}{}", ran.stdout, ran.stderr);
}

impl House {
    /// What the guest says of its deed.
    fn does(&self, deed: &str) -> String {
        let signature = self.hook.signature(deed.as_bytes());
        let request = self.hook.request(&[("X-Signature", &signature)], deed.as_bytes());
        let answer = self.hook.post(&request).unwrap();
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        assert_eq!(answer.status, 200, "{deed}: {body}\n{}", self.serve.stderr());
        body
    }
}

#[test]
fn what_was_granted_goes_out_and_nothing_else_does() {
    let house = house(Platform::plain(answer).unwrap());
    for by in ["plain", "wasi"] {
        let report = house.does(&format!("get {by} https://api.example.org/bot{{token}}/items"));
        assert!(
            report.starts_with("200 [") && report.ends_with("] fine"),
            "{by}: {report}"
        );
        // Asked for, and not granted; and never asked for.
        for url in [
            "https://open.example.org/x",
            "https://other.example.org/x",
            "https://127.0.0.1/header/x",
        ] {
            let report = house.does(&format!("get {by} {url}"));
            assert!(report.starts_with("refused: "), "{by} {url}: {report}");
        }
        assert!(house.does(&format!("other-method {by}")).starts_with("refused: "));
        assert!(house.does(&format!("set-credential {by}")).starts_with("refused: "));
    }
    let seen = house.platform.seen();
    assert_eq!(seen.len(), 2);
    for seen in &seen {
        assert_eq!(seen.line(), format!("GET /bot{TOKEN}/items HTTP/1.1"));
        assert_eq!(seen.header("host"), ["api.example.org"]);
    }
    assert_eq!(house.proxy.connections(), 0, "nobody asked a proxy");
    let refused = |status: &Status| {
        let tallies = status.channel("web")?.tallies.iter();
        let refused = tallies
            .filter(|(reason, _)| reason.starts_with("egress-refused-"))
            .map(|(_, count)| count);
        (refused.sum::<u64>() >= 10).then_some(())
    };
    house.home.wait_status("the refusals are counted", refused).unwrap();
}

#[test]
fn a_credential_comes_back_nowhere() {
    let house = house(Platform::plain(echo).unwrap());
    let report = house.does("get plain https://api.example.org/header/x");
    assert!(report.contains("raw ****"), "{report}");
    let status = format!("{:?}", house.home.run(&["status"]).unwrap());
    for text in [report, house.serve.stderr(), status] {
        for writing in writings(TOKEN) {
            assert!(!text.contains(&writing), "{writing} stands in {text}");
        }
    }
}
