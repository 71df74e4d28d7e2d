//! Random lives of a journal against a model of a few lines: after every step both say the same, also after a reopen and
//! through a second process's eyes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use proptest::prelude::*;

use super::*;
use crate::limits;

#[derive(Debug, Clone)]
enum Step {
    /// A call with these messages, which fails at its end or not.
    Call(Vec<u8>, bool),
    Sent(u8, Proof, Vec<usize>),
    Prove(u8),
    Acknowledge(Vec<usize>),
    Release(Option<u8>),
    Collect(Vec<usize>),
    /// A reader that has come up to so many events before the last one reads so many.
    Read(i64, usize),
    /// What follows is done by the other of two processes.
    Elsewhere,
    Reopen,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Held,
    Collected,
    Sent(u8),
    Seen,
    Dead,
}

#[derive(Default)]
struct Model {
    known: BTreeSet<u8>,
    events: BTreeMap<EventId, (Place, u32)>,
}

impl Model {
    fn change(&mut self, ids: &[EventId], step: impl Fn(Place) -> Option<Place>) {
        for id in ids {
            if let Some((place, _)) = self.events.get_mut(id)
                && let Some(next) = step(*place)
            {
                *place = next;
            }
        }
    }

    fn release(&mut self, whose: Option<u8>) {
        for (place, refusals) in self.events.values_mut() {
            if matches!(*place, Place::Sent(session) if whose.is_none_or(|whose| whose == session)) {
                *refusals += 1;
                *place = if *refusals >= limits::REFUSALS {
                    Place::Dead
                } else {
                    Place::Held
                };
            }
        }
    }

    fn standing(&self, places: &[Place]) -> Vec<EventId> {
        self.events
            .iter()
            .filter(|(_, (place, _))| places.contains(place))
            .map(|(id, _)| *id)
            .collect()
    }

    /// Event ids by number, some of which are no event's.
    fn ids(&self, numbers: &[usize]) -> Vec<EventId> {
        numbers
            .iter()
            .map(|&number| self.events.keys().nth(number).copied().unwrap_or(EventId(9999)))
            .collect()
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let some = || proptest::collection::vec(0_usize..24, 0..6);
    let proof = || prop_oneof![Just(Proof::Proven), Just(Proof::Unproven), Just(Proof::Unproven)];
    let step = prop_oneof![
        4 => (proptest::collection::vec(0_u8..40, 0..5), any::<bool>()).prop_map(|(ids, fails)| Step::Call(ids, fails)),
        4 => (0_u8..3, proof(), some()).prop_map(|(session, proof, ids)| Step::Sent(session, proof, ids)),
        1 => (0_u8..3).prop_map(Step::Prove),
        1 => some().prop_map(Step::Acknowledge),
        3 => proptest::option::of(0_u8..3).prop_map(Step::Release),
        1 => some().prop_map(Step::Collect),
        4 => (0_i64..4, 1_usize..4).prop_map(|(behind, limit)| Step::Read(behind, limit)),
        1 => Just(Step::Elsewhere),
        1 => Just(Step::Reopen),
    ];
    proptest::collection::vec(step, 1..40)
}

async fn perform(house: &mut House, other: &mut Journal, model: &mut Model, step: Step) {
    let of = |number: u8| session(&number.to_string());
    match step {
        Step::Call(messages, fails) => call_step(house, model, &messages, fails).await,
        Step::Sent(number, proof, numbers) => {
            let ids = model.ids(&numbers);
            house
                .journal
                .sent(&of(number), proof, ids.clone(), at(2))
                .await
                .unwrap();
            let next = if proof == Proof::Proven {
                Place::Seen
            } else {
                Place::Sent(number)
            };
            model.change(&ids, |place| {
                matches!(place, Place::Held | Place::Collected).then_some(next)
            });
        }
        Step::Prove(number) => {
            let had = model.standing(&[Place::Sent(number)]);
            assert_eq!(house.journal.prove(&of(number), at(2)).await.unwrap(), had.len() as u64);
            model.change(&had, |_| Some(Place::Seen));
        }
        Step::Acknowledge(numbers) => {
            let ids = model.ids(&numbers);
            house.journal.acknowledge(ids.clone(), at(2)).await.unwrap();
            model.change(&ids, |_| Some(Place::Seen));
        }
        Step::Release(whose) => {
            let released = whose.map_or(Released::All, |whose| Released::One(of(whose)));
            house.journal.release(released, at(2)).await.unwrap();
            model.release(whose);
        }
        Step::Collect(numbers) => {
            let ids = model.ids(&numbers);
            house.journal.collect(ids.clone()).await.unwrap();
            model.change(&ids, |place| (place == Place::Held).then_some(Place::Collected));
        }
        Step::Read(behind, limit) => {
            let last = model.events.keys().next_back().map_or(0, |last| last.0);
            read_step(house, EventId(last - behind), limit);
        }
        Step::Elsewhere => std::mem::swap(&mut house.journal, other),
        Step::Reopen => house.journal = Journal::open(&house.path()).unwrap(),
    }
}

async fn call_step(house: &House, model: &mut Model, messages: &[u8], fails: bool) {
    let admitted = messages.iter().map(|id| message(&id.to_string())).collect();
    let checks = if fails { vec![write("never", "x")] } else { Vec::new() };
    match house
        .commit(CallCommit {
            admitted,
            checks,
            ..house.call()
        })
        .await
    {
        Ok(done) => {
            let new: BTreeSet<u8> = messages
                .iter()
                .filter(|id| !model.known.contains(id))
                .copied()
                .collect();
            assert_eq!(
                (done.events.len(), done.duplicates as usize),
                (new.len(), messages.len() - new.len())
            );
            model.known.extend(new);
            model
                .events
                .extend(done.events.into_iter().map(|id| (id, (Place::Held, 0))));
        }
        Err(error) => assert!(fails, "{error}"),
    }
}

/// What is given without the file is what the file would give.
fn read_step(house: &House, after: EventId, limit: usize) {
    // For a clock that stands still nothing grows old.
    let then = Instant::now().checked_sub(limits::FRESH_FOR).unwrap();
    if let Some(given) = house.journal.desk.fresh.held(after, limit, then) {
        assert_eq!(given, house.journal.reader.held(Some(after), limit).unwrap());
    }
}

/// What the writer knows, and what the file says: events that wait and their bytes, and the next id.
async fn sums(house: &House) -> [(u64, u64, i64); 2] {
    const FILE: &str = "SELECT count(*), ifnull(sum(bytes), 0), \
                        (SELECT max(next_event, (SELECT ifnull(max(id), 0) + 1 FROM event)) FROM house) \
                        FROM spool WHERE state < 3 AND instance = ?1";
    let ci = house.ci;
    let work = move |group: &mut Group<'_>| {
        let file = group.connection().query_row(FILE, [ci.0], |row| {
            Ok((rows::natural(row, 0)?, rows::natural(row, 1)?, row.get(2)?))
        })?;
        let next = group.next_event().0;
        let account = group.account(ci).unwrap();
        let known = (account.spool_events, account.spool_bytes, next);
        // The id was not given to anything.
        group.forget();
        Ok([known, file])
    };
    house.journal.change(work).await.unwrap()
}

async fn agree(house: &House, model: &Model) {
    let [known, file] = sums(house).await;
    assert_eq!(known, file);
    assert_eq!(house.held(), model.standing(&[Place::Held]));
    assert_eq!(house.inbox(), model.standing(&[Place::Held, Place::Collected]));
    for event in house.journal.held(None, 1000).unwrap() {
        assert_eq!(event.replay, model.events[&event.id].1 > 0);
    }
    let count = house.count();
    assert_eq!(count.seen, model.standing(&[Place::Seen]).len() as u64);
    assert_eq!(count.dead, model.standing(&[Place::Dead]).len() as u64);
    assert_eq!(
        count.sent,
        model.standing(&[Place::Sent(0), Place::Sent(1), Place::Sent(2)]).len() as u64
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn the_journal_does_as_the_model(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (mut house, mut model) = (House::new(), Model::default());
            let mut other = Journal::open(&house.path()).unwrap();
            for step in steps {
                perform(&mut house, &mut other, &mut model, step).await;
                agree(&house, &model).await;
            }
            house.journal.check().unwrap();
        });
    }
}
