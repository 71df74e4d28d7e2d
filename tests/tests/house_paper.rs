//! What of the machine a channel is given, as the operator does it: lines in lockgate.toml, what the running channel makes of
//! them, and what `status` says when one of them is wrong.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::path::PathBuf;

use lockgate_tests::guests;
use lockgate_tests::home::{Home, SECRET, Status};
use lockgate_tests::load::Hook;
use lockgate_tests::serve::Serve;

/// A home with the guest `paper`, whose table in lockgate.toml these lines are added to.
struct House {
    home: Home,
    serve: Serve,
}

fn house(lines: &dyn Fn(&Home) -> String) -> House {
    let home = Home::new().unwrap();
    let component = guests::component("paper").unwrap();
    let secret = format!("key=file:{}", home.secret_file(SECRET).unwrap().display());
    let component = component.to_str().unwrap();
    let ran = home
        .run(&["add", component, "--name", "paper", "--yes", "--secret", &secret])
        .unwrap();
    assert!(ran.ok(), "{}{}", ran.stdout, ran.stderr);
    let added: toml::Table = lines(&home).parse().unwrap();
    give(&home, added);
    let serve = Serve::channel(&home).unwrap();
    House { home, serve }
}

fn give(home: &Home, added: toml::Table) {
    home.edit_config(|config| {
        let paper = config["channel"]["paper"].as_table_mut().unwrap();
        paper.extend(added);
    })
    .unwrap();
}

fn folder(home: &Home, name: &str) -> PathBuf {
    let folder = home.beside().canonicalize().unwrap().join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

impl House {
    fn does(&self, deed: &str) -> String {
        let listening = |status: &Status| {
            status
                .listen
                .filter(|_| status.channel("paper").unwrap().phase == "ready")
        };
        let addr = self.home.wait_status("paper is ready", listening).unwrap();
        let hook = Hook::new(addr, "/paper/do", SECRET);
        let signature = hook.signature(deed.as_bytes());
        let answer = hook
            .post(&hook.request(&[("X-Signature", &signature)], deed.as_bytes()))
            .unwrap();
        assert_eq!(answer.status, 200, "{deed}");
        String::from_utf8(answer.body).unwrap()
    }

    /// The same home with other lines, after a restart.
    fn again(&mut self, lines: &str) {
        self.serve.kill().unwrap();
        give(&self.home, lines.parse().unwrap());
        self.serve = Serve::channel(&self.home).unwrap();
    }

    fn wait_broken(&self, expected: &str) {
        let said = |status: &Status| {
            let paper = status.channel("paper")?;
            (paper.phase == "broken" && paper.detail.as_ref()?.contains(expected)).then_some(())
        };
        self.home.wait_status(expected, said).unwrap();
    }
}

#[test]
fn what_the_operator_names_is_given_and_what_is_refused_is_counted() {
    let house = house(&|home| {
        let notes = folder(home, "notes");
        fs::write(notes.join("file"), "a note").unwrap();
        let database = folder(home, "db").join("m.db");
        rusqlite::Connection::open(&database)
            .unwrap()
            .execute_batch("CREATE TABLE t AS SELECT 7 AS x")
            .unwrap();
        format!(
            "folders.notes = \"{}\"\ndatabases.messages = \"{}\"\n[commands.show]\nprogram = \"/bin/echo\"\narguments = [\"[a-z]+\"]",
            notes.display(),
            database.display()
        )
    });
    assert_eq!(house.does("read /folders/notes/file"), "a note");
    assert_eq!(house.does("query messages SELECT x FROM t"), "[Value::Integer(7)]\n");
    assert_eq!(house.does("run show hello"), "0: hello\n");
    assert!(
        house
            .does("read /folders/notes/../../home/lockgate.toml")
            .starts_with("refused")
    );
    assert!(
        house
            .does("query messages PRAGMA user_version")
            .starts_with("Failure::Sql")
    );
    assert!(house.does("run show --help").starts_with("Failure::NotStarted"));
    let counted = |status: &Status| {
        let tallies = &status.channel("paper")?.tallies;
        let all = [
            "folder-path-refused",
            "database-sql-refused",
            "command-argument-refused",
        ];
        all.iter().all(|reason| tallies.get(*reason) == Some(&1)).then_some(())
    };
    house.home.wait_status("all three are counted", counted).unwrap();
}

#[test]
fn a_line_that_gives_too_much_is_named_and_its_repair_starts_the_channel() {
    let mut house = house(&|home| {
        format!(
            "folders.notes = {{ path = \"{}\", access = \"write\" }}",
            folder(home, "notes").display()
        )
    });
    house.wait_broken("take `access = \"write\"` out of `folders.notes` in lockgate.toml");
    let state = house.home.state().canonicalize().unwrap();
    for (lines, expected) in [
        (
            format!("folders = {{ notes = \"{}\" }}", state.display()),
            "no channel may reach",
        ),
        (
            format!(
                "folders = {{ notes = \"{}\" }}",
                house.home.path().canonicalize().unwrap().display()
            ),
            "no channel may reach",
        ),
        (
            "folders = { notse = \"/srv\" }".to_owned(),
            "does not ask for a folder `notse`",
        ),
        (
            "folders = { notes = \"/nowhere/at/all\" }".to_owned(),
            "can't be opened",
        ),
    ] {
        house.again(&lines);
        house.wait_broken(expected);
    }
    let notes = folder(&house.home, "notes");
    fs::write(notes.join("file"), "a note").unwrap();
    house.again(&format!("folders = {{ notes = \"{}\" }}", notes.display()));
    assert_eq!(house.does("read /folders/notes/file"), "a note");
}
