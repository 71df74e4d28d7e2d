//! The deeds, by name. Each answers what it managed, or the error that stopped it.

use std::collections::BTreeMap;

use lockgate_sdk::database::{self, Value};
use lockgate_sdk::{command, host};
use wasip2::filesystem::types::{DescriptorFlags, NewTimestamp, OpenFlags, PathFlags};

use crate::disk::{folder, folders, list, on, open, read, write};

/// Does it.
pub fn done(deed: &str, argument: &str) -> String {
    let (first, rest) = argument.split_once(' ').unwrap_or((argument, ""));
    match deed {
        "folders" => folders().join(" "),
        "read" => read(argument),
        "list" => list(argument),
        "write" => write(
            first,
            OpenFlags::CREATE | OpenFlags::TRUNCATE,
            rest.parse().unwrap_or(1),
        ),
        "over" => write(first, OpenFlags::empty(), rest.parse().unwrap_or(1)),
        "change" => change(first),
        "race" => race(first),
        "deep" => list(&format!("{first}{}", "/a".repeat(rest.parse().unwrap_or(20)))),
        "query" => query(first, rest),
        "bind" => bind(first, rest),
        "run" => run(first, rest),
        "input" => input(first, rest.parse().unwrap_or(1)),
        _ => format!("no such deed: {deed}"),
    }
}

/// Every way to change something in a folder.
fn change(name: &str) -> String {
    let file = format!("{name}/file");
    let now = || NewTimestamp::Now;
    let all = [
        write(&format!("{name}/new"), OpenFlags::CREATE, 1),
        write(&file, OpenFlags::empty(), 1),
        write(&file, OpenFlags::TRUNCATE, 0),
        on(&format!("{name}/made"), |folder, path| folder.create_directory_at(path)),
        on(&file, |folder, path| folder.unlink_file_at(path)),
        on(&format!("{name}/inner"), |folder, path| {
            folder.remove_directory_at(path)
        }),
        on(&file, |folder, path| folder.rename_at(path, folder, "moved")),
        on(&file, |folder, path| {
            folder.symlink_at("/etc/passwd", &format!("{path}-link"))
        }),
        on(&file, |folder, path| {
            folder.link_at(PathFlags::empty(), path, folder, "hard")
        }),
        on(&file, |folder, path| {
            folder.set_times_at(PathFlags::empty(), path, now(), now())
        }),
        on(&file, |_, _| {
            open(&file, OpenFlags::empty(), DescriptorFlags::READ)?.set_size(0)
        }),
        on(&file, |_, _| {
            open(&file, OpenFlags::empty(), DescriptorFlags::READ)?.set_times(now(), now())
        }),
        on(&file, |_, _| {
            open(&file, OpenFlags::empty(), DescriptorFlags::READ)?
                .write(b"x", 0)
                .map(drop)
        }),
        on(name, |_, _| {
            folder(name).map_or(Ok(()), |(folder, _)| folder.set_times(now(), now()))
        }),
    ];
    all.join("; ")
}

/// Reads the same paths for two seconds, while somebody exchanges what stands there; all that was ever read, and how often.
fn race(name: &str) -> String {
    let (begun, mut found) = (host::now(), BTreeMap::<String, u32>::new());
    while host::now() < begun + 2_000 {
        for path in ["swap", "swap/secret", "inner/secret", "inner/../inner/secret"] {
            *found.entry(read(&format!("{name}/{path}"))).or_default() += 1;
        }
    }
    found
        .into_iter()
        .map(|(text, count)| format!("{count} times {text}\n"))
        .collect()
}

fn query(name: &str, sql: &str) -> String {
    told(database::query(name, sql, &[]))
}

/// One value of each type, and the statement.
fn bind(name: &str, sql: &str) -> String {
    let values = [Value::Null, (-7).into(), 0.5.into(), "it's".into(), vec![0, 255].into()];
    told(database::query(name, sql, &values))
}

fn told(result: Result<Vec<database::Row>, database::Failure>) -> String {
    match result {
        Ok(rows) if rows.len() > 10 => format!("{} rows", rows.len()),
        Ok(rows) => rows.iter().map(|row| format!("{row:?}\n")).collect(),
        Err(failure) => format!("{failure:?}"),
    }
}

fn run(name: &str, arguments: &str) -> String {
    let arguments: Vec<&str> = arguments.split('|').filter(|argument| !argument.is_empty()).collect();
    match command::run(name, &arguments, "the input") {
        Ok(output) => {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            format!("{}: {}{}", output.status, text(&output.stdout), text(&output.stderr))
        }
        Err(failure) => format!("{failure:?}"),
    }
}

fn input(name: &str, bytes: usize) -> String {
    match command::run(name, &[""; 0], vec![b'x'; bytes]) {
        Ok(output) => format!("{}: {} bytes", output.status, output.stdout.len()),
        Err(failure) => format!("{failure:?}"),
    }
}
