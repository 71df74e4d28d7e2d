//! The pure parts together: gate, desk of codes, approvers and ledger, as the house puts them together, under a crowd that
//! does whatever it likes. What they let happen is compared with what was written down apart from them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "people_law/crowd.rs"]
mod crowd;
#[path = "people_law/doing.rs"]
mod doing;
#[path = "people_law/world.rs"]
mod world;

use std::collections::BTreeSet;

use lockgate::model::Behavior;
use proptest::prelude::*;

use crowd::{Act, Edit, Place, Text, Who};
use world::{IDS, Step, World};

fn who() -> impl Strategy<Value = Who> {
    prop::sample::select(Who::ALL.to_vec())
}

fn place() -> impl Strategy<Value = Place> {
    prop_oneof![
        6 => Just(Place::Own),
        1 => who().prop_map(Place::Of),
        3 => prop::sample::select(vec![Place::Open, Place::Team, Place::Ungranted]),
    ]
}

fn text() -> impl Strategy<Value = Text> {
    let behavior = prop::sample::select(vec![Behavior::Allow, Behavior::Deny]);
    prop_oneof![
        2 => Just(Text::Chat),
        1 => Just(Text::Mention),
        6 => (behavior, 0..IDS.len()).prop_map(|(behavior, id)| Text::Verdict(behavior, id)),
        1 => Just(Text::NearVerdict),
        2 => Just(Text::Start),
        1 => Just(Text::Invitation),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        5 => (text(), prop::sample::select(vec![Edit::No, Edit::No, Edit::No, Edit::Yes]))
            .prop_map(|(text, edit)| Act::Say(text, edit)),
        5 => (0..60_usize).prop_map(Act::Press),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..IDS.len()).prop_map(Step::Ask),
        24 => (who(), 0..world::CHANNELS.len(), place(), act())
            .prop_map(|(who, channel, place, act)| Step::Do { who, channel, place, act }),
        2 => (0..3_600_u64).prop_map(Step::Wait),
        1 => Just(Step::Restart),
        1 => Just(Step::Invite),
        1 => who().prop_map(Step::Pair),
        2 => who().prop_map(Step::Promote),
        1 => who().prop_map(Step::Deny),
        1 => who().prop_map(Step::Remove),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whoever they are and whatever they do: nobody is heard whom the list does not let speak there, and there is no verdict
    /// but by an approver's own act, in his own conversation, over a channel that carries answers, on a question that was
    /// shown to him there, in time, and once.
    #[test]
    fn nothing_comes_in_and_nothing_is_approved_but_by_whom_the_operator_let(
        steps in prop::collection::vec(step(), 1..120),
    ) {
        let mut world = World::new();
        for step in steps {
            world.take(&step).map_err(|wrong| TestCaseError::fail(format!("{step:?}: {wrong}")))?;
        }
    }
}

/// The same world lets happen what shall happen, so that what is not let happen says something.
#[test]
fn those_who_may_are_heard_and_their_word_counts() {
    let mut world = World::new();
    let mut take = |step: Step| world.take(&step).unwrap();
    let own = |who, text| Step::Do {
        who,
        channel: 0,
        place: Place::Own,
        act: Act::Say(text, Edit::No),
    };
    assert_eq!(take(own(Who::Ben, Text::Chat)), "heard");
    assert_eq!(take(own(Who::Eve, Text::Chat)), "stranger");
    assert_eq!(take(Step::Pair(Who::Eve)), "paired");
    assert_eq!(take(own(Who::Eve, Text::Chat)), "heard");
    take(Step::Invite);
    assert_eq!(take(own(Who::Nan, Text::Invitation)), "invited");
    assert_eq!(take(own(Who::Nan, Text::Chat)), "heard");
    take(Step::Ask(0));
    assert_eq!(
        take(own(Who::Ben, Text::Verdict(Behavior::Allow, 0))),
        "answer-no-approver"
    );
    assert_eq!(take(own(Who::Ann, Text::Verdict(Behavior::Allow, 0))), "allow");
    let group = |place, text| Step::Do {
        who: Who::Ben,
        channel: 0,
        place,
        act: Act::Say(text, Edit::No),
    };
    assert_eq!(take(group(Place::Team, Text::Mention)), "heard");
    assert_eq!(take(group(Place::Team, Text::Chat)), "not-addressed");
    assert_eq!(take(group(Place::Open, Text::Chat)), "heard");
    assert_eq!(take(group(Place::Ungranted, Text::Mention)), "group-not-granted");
    take(Step::Ask(4));
    // He may not speak, and his word counts.
    assert_eq!(take(own(Who::Abe, Text::Chat)), "unknown-person");
    assert_eq!(take(own(Who::Abe, Text::Verdict(Behavior::Deny, 4))), "deny");
    take(Step::Ask(1));
    // Each question has two buttons for each of the three who stand there as approvers; Ann's come first.
    let pressed = Step::Do {
        who: Who::Ann,
        channel: 0,
        place: Place::Own,
        act: Act::Press(13),
    };
    assert_eq!(take(pressed.clone()), "deny");
    assert_eq!(take(pressed), "answer-unknown");
    take(Step::Promote(Who::Ben));
    take(Step::Ask(2));
    assert_eq!(
        take(own(Who::Ben, Text::Verdict(Behavior::Deny, 2))),
        "answer-no-approver"
    );
    take(Step::Wait(601));
    take(Step::Ask(3));
    assert_eq!(take(own(Who::Ben, Text::Verdict(Behavior::Deny, 3))), "deny");
    take(Step::Deny(Who::Ann));
    assert_eq!(take(own(Who::Ann, Text::Chat)), "denied-person");
}

/// Each account of the crowd is another.
#[test]
fn nobody_is_somebody_else() {
    let ids: BTreeSet<&str> = Who::ALL.iter().map(|who| who.id()).collect();
    assert_eq!(ids.len(), Who::ALL.len());
}
