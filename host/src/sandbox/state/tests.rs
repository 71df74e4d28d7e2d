//! What one call may write, draw and hold: below, at and above each bound.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::time::Duration;

use super::super::bindings::{host, store};
use super::*;
use crate::database::Databases;
use crate::egress::Egress;
use crate::journal::Journal;
use crate::model::{ChannelName, Digest, UnixMillis};
use crate::paths::OffLimits;
use crate::program::Programs;
use crate::sandbox::{MinuteBudget, Tap};

/// A call of a channel that has a journal of its own, and nothing else.
struct Scene {
    _folder: tempfile::TempDir,
    call: CallState,
}

fn scene() -> Scene {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(&folder.path().join("journal.sqlite")).unwrap();
    let name: ChannelName = "probe".parse().unwrap();
    let egress = Egress::system(None).unwrap();
    let channel = Arc::new(ChannelContext {
        instance: journal.add_instance(&name, UnixMillis(0)).unwrap(),
        component: Digest::of(b""),
        journal,
        settings: BTreeMap::new(),
        log: Arc::new(MinuteBudget::of_log()),
        tap: Tap::default(),
        writes: MinuteBudget::of_store(),
        random: ring::rand::SystemRandom::new(),
        egress: egress.line(name.clone(), vec![], BTreeMap::new(), BTreeMap::new()),
        folders: Vec::new(),
        databases: Databases::new(BTreeMap::new(), OffLimits::default(), "lockgate".into()),
        programs: Programs::new(&BTreeMap::new(), Vec::new()).unwrap(),
        refusals: Arc::default(),
        name,
    });
    let deadline = Instant::now() + Duration::from_secs(60);
    Scene {
        _folder: folder,
        call: CallState::new(channel, limits::GUEST_MEMORY, deadline, &Folders::default()).unwrap(),
    }
}

impl Scene {
    /// Sets a key of so many bytes to a value of so many.
    fn set(&mut self, key: usize, value: usize) -> Result<(), store::Failure> {
        store::Host::set(&mut self.call, "k".repeat(key), vec![0; value]).unwrap()
    }
}

#[test]
fn a_key_and_a_value_have_their_bytes() {
    let (key, value) = (limits::STORE_KEY_BYTES, limits::STORE_VALUE_BYTES);
    for (key, value, fits) in [
        (key - 1, 0, true),
        (key, 0, true),
        (key + 1, 0, false),
        (1, value - 1, true),
        (1, value, true),
        (1, value + 1, false),
        (0, 0, true),
    ] {
        let done = scene().set(key, value);
        let too_large = matches!(done, Err(store::Failure::TooLarge));
        assert_eq!((done.is_ok(), too_large), (fits, !fits), "{key}, {value}");
    }
}

#[test]
fn a_key_that_can_not_be_set_is_not_there() {
    let mut scene = scene();
    scene.set(limits::STORE_KEY_BYTES, 1).unwrap();
    let mut get = |bytes| store::Host::get(&mut scene.call, "k".repeat(bytes)).unwrap();
    assert_eq!(get(limits::STORE_KEY_BYTES), Some(vec![0]));
    assert_eq!(get(limits::STORE_KEY_BYTES + 1), None);
}

#[test]
fn a_call_writes_its_bytes_and_no_more() {
    let each = limits::STORE_VALUE_BYTES;
    // Each write costs its key, too, and something beyond both.
    let cost = limits::STORE_WRITE_BYTES + 1;
    let whole = limits::STORE_WRITTEN_PER_CALL / (each + cost);
    let rest = limits::STORE_WRITTEN_PER_CALL - whole * (each + cost) - cost;
    for (last, fits) in [(rest - 1, true), (rest, true), (rest + 1, false)] {
        let mut scene = scene();
        (0..whole).for_each(|_| scene.set(1, each).unwrap());
        let done = scene.set(1, last);
        let full = matches!(done, Err(store::Failure::Full));
        assert_eq!((done.is_ok(), full), (fits, !fits), "{last}");
    }
}

#[test]
fn random_bytes_come_up_to_their_bound() {
    let mut scene = scene();
    let most = limits::RANDOM_BYTES;
    for bytes in [0, most - 1, most] {
        let drawn = host::Host::random(&mut scene.call, bytes).unwrap();
        assert_eq!(drawn.len(), bytes as usize);
    }
    for bytes in [most + 1, u32::MAX] {
        assert!(host::Host::random(&mut scene.call, bytes).is_err(), "{bytes}");
    }
}

#[test]
fn the_table_of_resources_has_its_rows() {
    let mut scene = scene();
    for row in 0..limits::GUEST_RESOURCES {
        scene.call.table.push(row).unwrap();
    }
    assert!(scene.call.table.push(0).is_err());
}
