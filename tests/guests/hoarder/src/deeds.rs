//! The deeds, by name. Each answers what it managed, and the error that stopped it.

use crate::disk::{folder, open, read, read_write, stream, write};
use wasip2::filesystem::types::{Descriptor, DescriptorFlags, ErrorCode, OpenFlags, PathFlags};

fn new() -> OpenFlags {
    OpenFlags::CREATE | OpenFlags::EXCLUSIVE
}

/// Does it.
pub fn done(deed: &str, argument: &str) -> String {
    let (first, rest) = argument.split_once(' ').unwrap_or((argument, ""));
    match deed {
        "write" => write(first, &vec![b'x'; rest.parse().unwrap_or(1)]),
        "text" => write(first, rest.as_bytes()),
        "read" => read(first),
        "folder" => said(on(first, |folder, path| folder.create_directory_at(path))),
        "remove" => said(on(first, |folder, path| folder.unlink_file_at(path))),
        "many" => many(first),
        "fill" => fill(first, rest.parse().unwrap_or(64)),
        "unlinked" => unlinked(first),
        "rewrite" => rewrite(first),
        "grow" => grow(first),
        "far" => far(first),
        "append" => append(first),
        "links" => links(first),
        "deep" => deep(first),
        "move" => moved(first, rest),
        "onto-itself" => onto_itself(first),
        "handles" => handles(first),
        "streams" => streams(first),
        "listings" => listings(first),
        _ => format!("no such deed: {deed}"),
    }
}

fn said(result: Result<(), ErrorCode>) -> String {
    match result {
        Ok(()) => "ok".to_owned(),
        Err(code) => format!("refused, {}", code.name()),
    }
}

fn on(path: &str, act: impl FnOnce(&Descriptor, &str) -> Result<(), ErrorCode>) -> Result<(), ErrorCode> {
    let (folder, rest) = folder(path).ok_or(ErrorCode::NoDevice)?;
    act(&folder, rest)
}

/// How often it works until it does not, at most so often.
fn until_refused(most: u64, mut act: impl FnMut(u64) -> Result<(), String>) -> String {
    for nth in 0..most {
        if let Err(why) = act(nth) {
            return format!("{nth}, then {why}");
        }
    }
    format!("{most} and no end")
}

fn many(folder: &str) -> String {
    until_refused(1_000_000, |nth| {
        let file = open(&format!("{folder}/{nth}"), new(), read_write());
        file.map(drop).map_err(|code| code.name().to_owned())
    })
}

/// Files of so many KiB.
fn fill(folder: &str, size: usize) -> String {
    until_refused(10_000, |nth| {
        match write(&format!("{folder}/{nth}"), &vec![7; size << 10]) {
            ok if ok == "ok" => Ok(()),
            why => Err(why),
        }
    })
}

/// Files of 128 KiB that have no name any more, but are open.
fn unlinked(folder: &str) -> String {
    let mut kept = Vec::new();
    until_refused(10_000, |_| {
        let path = format!("{folder}/gone");
        let file = open(&path, new(), read_write()).map_err(|code| code.name().to_owned())?;
        stream(&file, &vec![7; 128 << 10])?;
        kept.push(file);
        on(&path, |folder, path| folder.unlink_file_at(path)).map_err(|code| code.name().to_owned())
    })
}

/// One file of 640 KiB again and again, which is as much as one.
fn rewrite(path: &str) -> String {
    until_refused(10, |_| match write(path, &vec![7; 640 << 10]) {
        ok if ok == "ok" => Ok(()),
        why => Err(why),
    })
}

fn grow(path: &str) -> String {
    let file = open(path, OpenFlags::CREATE, read_write());
    said(file.and_then(|file| file.set_size(1 << 40)))
}

fn far(path: &str) -> String {
    let file = open(path, OpenFlags::CREATE, read_write());
    said(file.and_then(|file| file.write(b"x", 1 << 40).map(drop)))
}

fn append(path: &str) -> String {
    let stream = open(path, OpenFlags::CREATE, read_write()).and_then(|file| file.append_via_stream());
    match stream {
        Ok(stream) => until_refused(10_000, |_| {
            let written = stream.blocking_write_and_flush(&[7; 4096]);
            written.map_err(|error| format!("{error:?}"))
        }),
        Err(code) => format!("refused, {}", code.name()),
    }
}

/// Every way to make a link to what is outside, and to read what is there.
fn links(name: &str) -> String {
    let inside = format!("{name}/file");
    write(&inside, b"x");
    let Some((folder, _)) = folder(name) else {
        return "no folder".to_owned();
    };
    let outside = [
        "/etc/passwd",
        "../../../canary",
        "..",
        "./../x",
        "//etc/passwd",
        "a/../../x",
    ];
    let mut lines: Vec<String> = Vec::new();
    for target in outside {
        lines.push(said(folder.symlink_at(target, "link")));
        lines.push(said(folder.link_at(PathFlags::empty(), target, &folder, "hard")));
        let opened = folder.open_at(
            PathFlags::SYMLINK_FOLLOW,
            target,
            OpenFlags::empty(),
            DescriptorFlags::READ,
        );
        lines.push(said(opened.map(drop)));
        let made = folder.open_at(PathFlags::empty(), target, OpenFlags::CREATE, read_write());
        lines.push(said(made.map(drop)));
        lines.push(said(folder.rename_at("file", &folder, target)));
        lines.push(said(folder.stat_at(PathFlags::SYMLINK_FOLLOW, target).map(drop)));
    }
    lines.push(said(folder.link_at(PathFlags::empty(), "file", &folder, "hard")));
    lines.join("; ")
}

/// Folders in folders, each opened to make the next.
fn deep(name: &str) -> String {
    let Some((mut here, _)) = folder(name) else {
        return "no folder".to_owned();
    };
    until_refused(10_000, |_| {
        here.create_directory_at("a").map_err(|code| code.name().to_owned())?;
        let next = here.open_at(PathFlags::empty(), "a", OpenFlags::DIRECTORY, DescriptorFlags::READ);
        here = next.map_err(|code| code.name().to_owned())?;
        Ok(())
    })
}

fn moved(from: &str, to: &str) -> String {
    let (Some((from, path)), Some((to, new_path))) = (folder(from), folder(to)) else {
        return "no folder".to_owned();
    };
    said(from.rename_at(path, &to, new_path))
}

/// Moves a file onto itself often, and then makes many: what is counted must not get less.
fn onto_itself(name: &str) -> String {
    let path = format!("{name}/same");
    write(&path, b"x");
    for _ in 0..1_000 {
        moved(&path, &path);
    }
    many(name)
}

/// Opens one file until there are no descriptors; a stream keeps each of them alive.
fn handles(name: &str) -> String {
    let path = format!("{name}/file");
    write(&path, b"x");
    let mut kept = Vec::new();
    until_refused(10_000, |_| {
        let file = open(&path, OpenFlags::empty(), DescriptorFlags::READ).map_err(|code| code.name().to_owned())?;
        kept.push(file.read_via_stream(0).map_err(|code| code.name().to_owned())?);
        Ok(())
    })
}

fn streams(name: &str) -> String {
    let path = format!("{name}/file");
    write(&path, b"x");
    let Ok(file) = open(&path, OpenFlags::empty(), read_write()) else {
        return "not opened".to_owned();
    };
    let mut kept = Vec::new();
    until_refused(10_000, |_| {
        kept.push(file.write_via_stream(0).map_err(|code| code.name().to_owned())?);
        Ok(())
    })
}

fn listings(name: &str) -> String {
    let Some((folder, _)) = folder(name) else {
        return "no folder".to_owned();
    };
    let mut kept = Vec::new();
    until_refused(10_000, |_| {
        kept.push(folder.read_directory().map_err(|code| code.name().to_owned())?);
        Ok(())
    })
}
