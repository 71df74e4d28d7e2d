//! The file is replaced in the middle of a look at it: who stood on the list before and after is heard all the while.

use std::sync::atomic::{AtomicBool, Ordering};

use super::disk::Scene;
use super::*;

/// Changes that are made while somebody listens.
const CHANGES: u32 = 150;

/// Ends the listening also when a change fails.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_change_of_somebody_elses_place_silences_nobody() {
    let scene = Scene::set();
    // Long enough for a reader to be met in the middle.
    scene.write(&format!(
        "{LIST}\n{}",
        "# A long comment of the operator's.\n".repeat(10_000)
    ));
    let (over, account) = (AtomicBool::new(false), acc("forge:7"));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let _over = Over(&over);
            for _ in 0..CHANGES / 2 {
                change(&scene.home, |list| Ok(deny(list, std::slice::from_ref(&account)))).unwrap();
                change(&scene.home, |list| {
                    allow(list, &name("owner"), std::slice::from_ref(&account), &[])
                })
                .unwrap();
            }
        });
        while !over.load(Ordering::Relaxed) {
            assert!(scene.hears("alice"), "{:?}", scene.book.problem());
        }
    });
}
