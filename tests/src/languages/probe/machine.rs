//! What the probe is given of the machine: a database with one row, and a program that repeats what it gets.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use rusqlite::Connection;

use super::Probe;
use crate::home::Home;

/// What is in stock, in its own spelling.
const NAME: &str = "Zoë's \u{1f980}";
/// Says its argument and its input, then something else where errors go, and ends with 3.
const PROGRAM: &str = "printf '%s;' \"$1\"; cat; printf ';oops' >&2; exit 3";

/// Makes both beside the home.
///
/// # Errors
/// If the database can't be written.
pub(super) fn lines(home: &Home) -> Result<toml::Table> {
    let database = home
        .beside()
        .canonicalize()
        .context("the home has a folder")?
        .join("shop.sqlite");
    stock(&database)?;
    let mut show = toml::Table::new();
    show.insert("program".into(), "/bin/sh".into());
    show.insert("fixed".into(), vec!["-c", PROGRAM, "show"].into());
    show.insert("arguments".into(), vec!["[a-z ]+"].into());
    let shop = database.to_str().context("a path is not text")?;
    let databases = toml::Table::from_iter([("shop".to_owned(), shop.into())]);
    let commands = toml::Table::from_iter([("show".to_owned(), show.into())]);
    Ok(toml::Table::from_iter([
        ("databases".to_owned(), databases.into()),
        ("commands".to_owned(), commands.into()),
    ]))
}

fn stock(path: &Path) -> Result<()> {
    let connection = Connection::open(path).with_context(|| format!("open {}", path.display()))?;
    connection.execute_batch("CREATE TABLE stock (name TEXT, count INTEGER, price REAL, picture BLOB, note TEXT)")?;
    let sql = "INSERT INTO stock VALUES (?1, 7, 2.5, x'00ff80', NULL), ('noted', 1, 1.0, x'', 'it''s'), ('gone', 0, 1.0, x'', '')";
    connection.execute(sql, [NAME])?;
    Ok(())
}

impl Probe {
    pub(super) fn only_what_was_granted_is_asked(&self) -> Result<()> {
        let rows = [
            (NAME, format!("{NAME} 7 5 3 null")),
            ("noted", "noted 1 2 0 it's".to_owned()),
            ("gone", "nothing".to_owned()),
            ("no such' OR 1", "nothing".to_owned()),
        ];
        for (name, expected) in rows {
            let pushed = self.hear(&format!("query shop {name}"))?;
            ensure!(pushed.content.trim() == expected, "{name}: {:?}", pushed.content);
        }
        self.refused("query other x")
    }

    pub(super) fn only_what_was_granted_is_run(&self) -> Result<()> {
        let pushed = self.hear("run show a b")?;
        ensure!(pushed.content.trim() == "3 a b;in;oops", "it said {:?}", pushed.content);
        self.refused("run show $(id)")?;
        self.refused("run other a")
    }

    fn refused(&self, body: &str) -> Result<()> {
        let answer = self.post(body)?;
        ensure!(answer.status == 400, "{body} was answered with {}", answer.status);
        Ok(())
    }
}
