//! What the operator does at the desk besides typing a code: he looks, takes back, and says how long.

use super::*;

/// The operator is asked something between the two.
#[test]
fn looking_uses_nothing_up_and_counts_what_is_wrong() {
    let mut desk = Desk::default();
    write(&mut desk, 1, "7", "hello", T);
    for _ in 0..100 {
        assert_eq!(desk.look(&code(1).to_string(), T).unwrap().account.id, "7");
    }
    for nth in 0..limits::PAIRING_TRIES_A_MINUTE as u64 {
        assert_eq!(desk.look(&code(100 + nth).to_string(), T), Err(NoCode::Nobody));
    }
    assert_eq!(desk.look(&code(1).to_string(), T), Err(NoCode::Locked));
    assert_eq!(desk.pair(&code(1).to_string(), T), Err(NoCode::Locked));
    assert!(desk.pair(&code(1).to_string(), after(60)).is_ok());
    assert_eq!(desk.look(&code(1).to_string(), after(60)), Err(NoCode::Nobody));
}

#[test]
fn a_code_can_be_taken_back() {
    let mut desk = Desk::default();
    write(&mut desk, 1, "7", "hello", T);
    write(&mut desk, 2, "8", "hello", T);
    let account = |id: &str| Account {
        network: "chat".into(),
        id: id.into(),
    };
    assert_eq!((desk.forget(&account("7")), desk.forget(&account("7"))), (1, 0));
    assert_eq!(desk.pair(&code(1).to_string(), T), Err(NoCode::Nobody));
    assert!(desk.pair(&code(2).to_string(), T).is_ok());
}

#[test]
fn an_invitation_is_good_as_long_as_was_said() {
    let mut desk = Desk::default();
    let mut short = invitation("ann", BTreeSet::from([Role::Chat]), T);
    short.good = Duration::from_secs(600);
    desk.invite(short, code(1), T).unwrap();
    assert_eq!(
        (desk.invites(after(599)).count(), desk.invites(after(600)).count()),
        (1, 0)
    );
    let text = format!("pair {}", code(1));
    let mut late = desk.clone();
    check(
        &write(&mut late, 1, "7", &text, after(600)),
        &format!("code {}", code(1)),
    );
    check(&write(&mut desk, 1, "7", &text, after(599)), "redeemed ann");
}
