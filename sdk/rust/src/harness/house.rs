//! What stands in for the host in one thread: its services, the store, the folders, and what came out of the calls. Lives
//! only in native builds.

use super::folders::Folders;
use super::kept::Kept;
use super::machine::Machine;
use super::web::Web;
use crate::host::Level;
use crate::{Connection, Inbound, OutgoingFrame};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

/// The most log lines that are remembered.
const LINES: usize = 10_000;

/// One stand-in for the host.
#[derive(Default)]
pub struct House {
    pub kept: Kept,
    pub folders: Folders,
    pub machine: Machine,
    pub web: Web,
    pub settings: BTreeMap<String, String>,
    pub services: Services,
    pub log: Vec<String>,
    pub inbound: Vec<Inbound>,
    /// Topic and text, in order.
    pub published: Vec<(String, String)>,
    /// When each wake is due, in milliseconds since the Unix epoch.
    pub wakes: BTreeMap<String, u64>,
    pub sockets: Vec<Socket>,
    /// The bytes of attachments, by message and position.
    pub attachments: BTreeMap<(String, usize), Vec<u8>>,
    /// How often in a row a poll, or the wake of a name, has failed.
    pub failures: BTreeMap<Option<String>, u32>,
}

/// What a channel asked of its websockets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Socket {
    /// To open one.
    Connect(Connection),
    /// To send over one.
    Send(OutgoingFrame),
    /// To close the one of this name.
    Disconnect(String),
}

/// Time and randomness.
#[derive(Debug, Clone, Copy, Default)]
pub enum Services {
    /// The system's.
    #[default]
    System,
    /// The same in each run.
    Fixed {
        /// Milliseconds since the Unix epoch.
        now: u64,
        /// What the next random bytes are made of.
        seed: u64,
    },
}

thread_local! {
    // A test has a thread of its own, and channels reach the host through plain functions.
    static HERE: RefCell<Rc<RefCell<House>>> = RefCell::default();
}

/// Does something with the stand-in of this thread. What it does must not come back here.
pub fn here<T>(act: impl FnOnce(&mut House) -> T) -> T {
    let house = HERE.with_borrow(Rc::clone);
    act(&mut house.borrow_mut())
}

/// Makes this the stand-in of this thread.
pub fn enter(house: &Rc<RefCell<House>>) {
    HERE.set(Rc::clone(house));
}

/// The services, as `crate::host` calls them.
pub fn log(level: Level, text: &str) {
    // Also for the reader of a failed test.
    eprintln!("{level:?}: {text}");
    here(|house| {
        if house.log.len() < LINES {
            house.log.push(text.replace(char::is_control, " "));
        }
    });
}

pub fn setting(key: &str) -> Option<String> {
    here(|house| house.settings.get(key).cloned())
}

pub fn now() -> u64 {
    match here(|house| house.services) {
        Services::Fixed { now, .. } => now,
        Services::System => {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
        }
    }
}

pub fn random(length: u32) -> Vec<u8> {
    assert!(length <= 1_024, "host::random gives at most 1,024 bytes in a call");
    here(|house| match &mut house.services {
        Services::Fixed { seed, .. } => (0..length).map(|_| next(seed)).collect(),
        Services::System => {
            // `RandomState` is seeded by the system; its hashes are random enough for a test's ids.
            let seed = RandomState::new();
            (0..length)
                .map(|position| seed.hash_one(position).to_le_bytes()[0])
                .collect()
        }
    })
}

/// A byte of splitmix64, whose state is a plain counter.
fn next(seed: &mut u64) -> u8 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*seed ^ (*seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ (mixed >> 31)).to_le_bytes()[0]
}
