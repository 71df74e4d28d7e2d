//! The items in the store: added, found, changed, listed, and the oldest taken away before the store is full.
//!
//! ```text
//! item/<seq>/<bytes>   an item; its length stands in the key, so that all lengths are known from a list of the keys
//! id/<id>              the seq of the item of this id
//! reactions/<id>       the reactions to it
//! ```
//!
//! No key is written by two calls at once but the one of an item that is edited twice at the same moment; there is no
//! counter that every call would have to win.

use lockgate_sdk::{Trouble, host, json, store};
use serde::Serialize;

use crate::files;
use crate::item::{Event, File, Format, Item, Side};

/// The topic that the page listens to.
pub const TOPIC: &str = "chat";
/// Items that are kept.
pub const ITEMS: usize = 2_000;
/// Bytes of items that are kept: the store holds 16 MiB, with its indexes.
pub const BYTES: usize = 12 << 20;
/// Items that one call takes away at most; the rest goes with the next call.
const TRIMMED: usize = 100;
/// Reactions to one item.
const REACTIONS: usize = 20;

/// What is written into a new item.
pub struct Draft {
    /// What it is called, if that is settled.
    pub id: Option<String>,
    /// Who writes it.
    pub from: Side,
    /// What it says.
    pub text: String,
    /// How that is to be read.
    pub format: Format,
    /// What it answers.
    pub reply_to: Option<String>,
    /// What goes with it.
    pub files: Vec<File>,
}

/// A part of the history.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Page {
    /// Oldest first.
    pub items: Vec<Item>,
    /// Whether there are older ones.
    pub more: bool,
    /// The newest item's number; 0 without one.
    pub seq: u64,
}

/// Adds an item, and takes the oldest away if there are too many.
///
/// # Errors
/// The store does not take it.
pub fn add(draft: Draft) -> Result<Item, Trouble> {
    let index = Index::read();
    let at = host::now();
    let seq = index.next(at);
    let item = Item {
        seq,
        id: draft.id.unwrap_or_else(|| format!("s{seq}")),
        from: draft.from,
        at,
        text: draft.text,
        format: draft.format,
        reply_to: draft.reply_to,
        edited: None,
        files: draft.files,
        reactions: Vec::new(),
    };
    // Two tries at one message at the same moment: one of them runs again, and finds the other's.
    if item.from == Side::You {
        store::check(&id_key(&item.id), None);
    }
    store::set(&id_key(&item.id), seq.to_string())?;
    let bytes = write(&item)?;
    index.trim(bytes)?;
    Ok(item)
}

/// The item of this id, with its reactions.
///
/// # Errors
/// What the store has can't be read.
pub fn find(id: &str) -> Result<Option<Item>, Trouble> {
    Ok(locate(id)?.map(|(_, item)| item))
}

/// Changes the text of an item.
///
/// # Errors
/// There is none of this id from this side.
pub fn edit(id: &str, from: Side, text: String, format: Format) -> Result<Item, Trouble> {
    let Some((key, mut item)) = locate(id)?.filter(|(_, item)| item.from == from) else {
        return Err(Trouble::rejected("there is no such message to be edited"));
    };
    item.text = text;
    item.format = format;
    item.edited = Some(host::now());
    store::delete(&key);
    write(&item)?;
    Ok(item)
}

/// Adds a reaction; the same one again changes nothing.
///
/// # Errors
/// There is no such item, or there are too many reactions to it.
pub fn react(id: &str, emoji: &str) -> Result<Item, Trouble> {
    let Some(mut item) = find(id)? else {
        return Err(Trouble::rejected("there is no message of this id"));
    };
    if item.reactions.iter().any(|one| one == emoji) {
        return Ok(item);
    }
    if item.reactions.len() >= REACTIONS {
        return Err(Trouble::rejected("there are too many reactions to this message"));
    }
    item.reactions.push(emoji.to_owned());
    json::set(&reactions_key(id), &item.reactions)?;
    Ok(item)
}

/// The newest items older than `before`, at most `limit` of them.
///
/// # Errors
/// What the store has can't be read.
pub fn history(before: Option<u64>, limit: usize) -> Result<Page, Trouble> {
    let index = Index::read();
    let older = index.0.partition_point(|entry| entry.seq < before.unwrap_or(u64::MAX));
    let first = older.saturating_sub(limit);
    let mut items = Vec::with_capacity(older - first);
    for entry in &index.0[first..older] {
        items.extend(read(&entry.key)?);
    }
    Ok(Page {
        items,
        more: first > 0,
        seq: index.0.last().map_or(0, |entry| entry.seq),
    })
}

/// What the page is told, as text for the topic.
///
/// # Errors
/// Never: an event has a form in JSON.
pub fn news(event: &Event<'_>) -> Result<String, Trouble> {
    Ok(serde_json::to_string(event)?)
}

/// The keys of all items, oldest first.
struct Index(Vec<Entry>);

struct Entry {
    seq: u64,
    bytes: usize,
    key: String,
}

impl Index {
    fn read() -> Self {
        let entry = |key: String| {
            let (seq, bytes) = key.strip_prefix("item/")?.split_once('/')?;
            let (seq, bytes) = (seq.parse().ok()?, bytes.parse().ok()?);
            Some(Entry { seq, bytes, key })
        };
        Self(store::keys("item/").into_iter().filter_map(entry).collect())
    }

    /// A number above all there are, even if the clock was set back.
    fn next(&self, now: u64) -> u64 {
        let newest = self.0.last().map_or(0, |entry| entry.seq + 1);
        let random = host::random(2).iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        (now * 1_000).max(newest) + random % 1_000
    }

    /// Takes the oldest away, so that there is room for one more of `bytes`.
    fn trim(&self, bytes: usize) -> Result<(), Trouble> {
        let mut count = self.0.len() + 1;
        let mut total = bytes + self.0.iter().map(|entry| entry.bytes).sum::<usize>();
        for entry in self.0.iter().take(TRIMMED) {
            if count <= ITEMS && total <= BYTES {
                break;
            }
            count -= 1;
            total -= entry.bytes;
            remove(&entry.key)?;
        }
        Ok(())
    }
}

fn remove(key: &str) -> Result<(), Trouble> {
    if let Some(item) = read(key)? {
        store::delete(&id_key(&item.id));
        store::delete(&reactions_key(&item.id));
        item.files.iter().for_each(files::forget);
    }
    store::delete(key);
    Ok(())
}

/// Writes an item without its reactions; answers its length.
fn write(item: &Item) -> Result<usize, Trouble> {
    let bare = Item {
        reactions: Vec::new(),
        ..item.clone()
    };
    let text = serde_json::to_string(&bare)?;
    store::set(&format!("item/{:020}/{}", item.seq, text.len()), &text)?;
    Ok(text.len())
}

fn read(key: &str) -> Result<Option<Item>, Trouble> {
    let Some(mut item) = json::get::<Item>(key)? else {
        return Ok(None);
    };
    item.reactions = json::get(&reactions_key(&item.id))?.unwrap_or_default();
    Ok(Some(item))
}

fn locate(id: &str) -> Result<Option<(String, Item)>, Trouble> {
    let Some(seq) = store::get_as::<u64>(&id_key(id)) else {
        return Ok(None);
    };
    for key in store::keys(&format!("item/{seq:020}/")) {
        match read(&key)? {
            Some(item) if item.id == id => return Ok(Some((key, item))),
            _ => {}
        }
    }
    Ok(None)
}

fn id_key(id: &str) -> String {
    format!("id/{id}")
}

fn reactions_key(id: &str) -> String {
    format!("reactions/{id}")
}
