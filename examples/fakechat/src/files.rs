//! Files: bytes in `/data` under a random name, and what is known of them in the store. A file is loose from its upload
//! until a message names it; what stays loose for a day is taken away, and so is what a message names that is.

use lockgate_sdk::{RequestBody, Trouble, files, host, json, store};

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

impl From<files::Failure> for NotKept {
    fn from(failure: files::Failure) -> Self {
        match failure {
            files::Failure::Full(_) => Self::Full,
            failure => Self::Trouble(failure.into()),
        }
    }
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
        RequestBody::Bytes(bytes) => write(&path(&id), bytes)?,
        RequestBody::File(from) => files::copy(from, &path(&id))?,
    };
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
    let size = files::copy(from, &path(&id)).map_err(|failure| match failure {
        // Nothing that waiting would help against.
        files::Failure::Full(_) => Trouble::rejected("there is no more room for files in this chat"),
        failure => failure.into(),
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
    files::copy(&path(&file.id), into)?;
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
    discard(&path(&file.id));
}

/// Takes away what is in the folder and not in the store: left by calls that failed after they had written.
pub fn sweep() {
    for name in files::list("/data").unwrap_or_default() {
        if store::get(&file_key(&name)).is_none() {
            discard(&path(&name));
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
        if store::get_as::<u64>(&key).is_none_or(|since| since + LOOSE_MS < now) {
            let id = key.trim_start_matches("loose/");
            store::delete(&key);
            store::delete(&file_key(id));
            discard(&path(id));
        }
    }
}

/// Writes a new file; what was written of it when the folder got full is taken away.
fn write(path: &str, bytes: &[u8]) -> Result<u64, files::Failure> {
    let written = files::write(path, bytes);
    if written.is_err() {
        discard(path);
    }
    written.map(|()| bytes.len() as u64)
}

/// Takes bytes away that nothing names any more. If that fails, the next sweep finds them.
fn discard(path: &str) {
    let _ = files::remove(path);
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
