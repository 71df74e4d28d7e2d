//! Files: bytes in `/data` under a random name, and what is known of them in the store. A file is loose from its upload
//! until a message names it; what stays loose for a day is taken away, and so is what a message names that is.

use lockgate_sdk::{RequestBody, Trouble, host, json, store};

use crate::disk;
use crate::item::{File, is_id};

/// Milliseconds for which an upload may wait to be sent.
const LOOSE_MS: u64 = 24 * 60 * 60 * 1_000;
/// Bytes of a name.
const NAME_BYTES: usize = 200;
/// The types that go to the page as they are: pictures that hold no script. Everything else is only bytes, since a document
/// under the page's own origin could do what the page can.
const PICTURES: [&str; 5] = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"];

/// Why a file was not kept.
#[derive(Debug, PartialEq, Eq)]
pub enum NotKept {
    /// There is no more room.
    Full,
    /// Something else.
    Trouble(Trouble),
}

impl From<Trouble> for NotKept {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

/// Where a file's bytes are.
pub fn path(id: &str) -> String {
    format!("/data/{id}")
}

/// What is known of a file.
///
/// # Errors
/// What the store has can't be read.
pub fn find(id: &str) -> Result<Option<File>, Trouble> {
    if is_id(id) { json::get(&file_key(id)) } else { Ok(None) }
}

/// Keeps what was uploaded, loose.
///
/// # Errors
/// There is no room, or the store or the folder fails.
pub fn keep(name: &str, mime: &str, body: &RequestBody) -> Result<File, NotKept> {
    drop_loose(host::now());
    let id = random_id();
    let size = match body {
        RequestBody::Bytes(bytes) => disk::write(&path(&id), bytes),
        RequestBody::File(from) => disk::copy(from, &path(&id)),
    };
    let size = size.map_err(|error| {
        // What was written of it takes room, too.
        disk::remove(&path(&id));
        not_kept(&error)
    })?;
    let file = File {
        id,
        name: clean(name),
        mime: mime_of(name, mime),
        size,
    };
    json::set(&file_key(&file.id), &file)?;
    store::set(&loose_key(&file.id), host::now().to_string()).map_err(Trouble::from)?;
    Ok(file)
}

/// Keeps a file that the session sends.
///
/// # Errors
/// There is no room, or the store or the folder fails.
pub fn take_over(from: &str) -> Result<File, Trouble> {
    let name = from.rsplit('/').next().unwrap_or_default();
    let id = random_id();
    let size = disk::copy(from, &path(&id)).map_err(|error| {
        disk::remove(&path(&id));
        match not_kept(&error) {
            NotKept::Full => Trouble::rejected("there is no more room for files in this chat"),
            NotKept::Trouble(trouble) => trouble,
        }
    })?;
    let file = File {
        id,
        name: clean(name),
        mime: mime_of(name, ""),
        size,
    };
    json::set(&file_key(&file.id), &file)?;
    Ok(file)
}

/// Writes a file's bytes to a path under `/inbox`.
///
/// # Errors
/// There is no such file, or the folder fails.
pub fn hand_over(id: &str, into: &str) -> Result<(), Trouble> {
    let file = find(id)?.ok_or_else(|| Trouble::rejected("this file is no longer kept"))?;
    disk::copy(&path(&file.id), into).map_err(|error| Trouble::unavailable(format!("copy {}: {error}", file.name)))?;
    Ok(())
}

/// A message names this file now.
pub fn sent(file: &File) {
    store::delete(&loose_key(&file.id));
}

/// Takes a file away. If the call fails after this, a message may name a file that is gone: the page says so then.
pub fn forget(file: &File) {
    store::delete(&file_key(&file.id));
    store::delete(&loose_key(&file.id));
    disk::remove(&path(&file.id));
}

/// Takes away what is in the folder and not in the store: left by calls that failed after they had written.
pub fn sweep() {
    for name in disk::names() {
        if store::get(&file_key(&name)).is_none() {
            disk::remove(&path(&name));
        }
    }
}

/// The type with which a file's bytes go to the page.
pub fn served_type(mime: &str) -> &str {
    if PICTURES.contains(&mime) {
        mime
    } else {
        "application/octet-stream"
    }
}

fn drop_loose(now: u64) {
    for key in store::keys("loose/") {
        let since = store::get_text(&key).and_then(|since| since.parse::<u64>().ok());
        if since.is_none_or(|since| since + LOOSE_MS < now) {
            let id = key.trim_start_matches("loose/");
            store::delete(&key);
            store::delete(&file_key(id));
            disk::remove(&path(id));
        }
    }
}

fn not_kept(error: &std::io::Error) -> NotKept {
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => NotKept::Full,
        _ => NotKept::Trouble(Trouble::unavailable(format!("keep a file: {error}"))),
    }
}

/// A name for people: without folders, and nothing in it that moves the text around it.
fn clean(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown: String = last.chars().filter(|c| !c.is_control()).collect();
    let end = shown.floor_char_boundary(NAME_BYTES);
    match shown[..end].trim() {
        "" => "file".to_owned(),
        name => name.to_owned(),
    }
}

/// The stated type if it looks like one, else by the ending of the name.
fn mime_of(name: &str, stated: &str) -> String {
    let token = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte))
    };
    let plain = stated.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if plain.len() <= 100
        && plain
            .split_once('/')
            .is_some_and(|(kind, rest)| token(kind) && token(rest))
    {
        return plain;
    }
    let ending = name
        .rsplit_once('.')
        .map_or("", |(_, ending)| ending)
        .to_ascii_lowercase();
    let known = match ending.as_str() {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "pdf" => "application/pdf",
        "txt" | "md" | "log" => "text/plain",
        "json" => "application/json",
        _ => "application/octet-stream",
    };
    known.to_owned()
}

fn random_id() -> String {
    host::random(16).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn file_key(id: &str) -> String {
    format!("file/{id}")
}

fn loose_key(id: &str) -> String {
    format!("loose/{id}")
}
