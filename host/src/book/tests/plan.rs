//! What is planned, and that the text says it afterwards.

use proptest::prelude::*;

use super::*;
use crate::access::Role;

fn list() -> AccessBook {
    parsed(LIST).unwrap()
}

#[test]
fn allowing_adds_what_is_missing() {
    let check = |who: &str, accounts: &[&str], roles: &[Role], expected: &[Change]| {
        let accounts: Vec<Account> = accounts.iter().map(|text| acc(text)).collect();
        let planned = allow(&list(), &name(who), &accounts, roles).unwrap();
        assert_eq!(planned, expected, "{who} {accounts:?}");
    };
    let (owner, bo) = (name("owner"), name("bo"));
    check("owner", &["forge:alice"], &[Role::Chat], &[]);
    let added = Change::Account(owner.clone(), acc("mail:1"));
    check("owner", &["forge:alice", "mail:1", "mail:1"], &[], &[added]);
    let new = [
        Change::Person(bo.clone()),
        Change::Role(bo.clone(), Role::Chat),
        Change::Account(bo.clone(), acc("chat:7")),
        Change::Undenied(acc("chat:7")),
    ];
    check("bo", &["chat:7"], &[], &new);
    check("ann", &[], &[Role::Chat], &[Change::Role(name("ann"), Role::Chat)]);
}

#[test]
fn what_can_not_be_is_refused() {
    let check = |planned: Result<Vec<Change>, BookError>, expected: &str| {
        let error = planned.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    let list = list();
    check(allow(&list, &name("bo"), &[], &[]), "at least one account");
    check(
        allow(&list, &name("bo"), &[acc("forge:alice")], &[]),
        "is owner's already",
    );
    check(remove(&list, &name("bo"), &[]), "there is no bo");
    check(remove(&list, &name("ann"), &[acc("forge:alice")]), "is not ann's");
    assert!(deny(&list, &[acc("chat:7")]).is_empty());
    assert_eq!(
        deny(&list, &[acc("chat:412587349")]),
        [Change::Denied(acc("chat:412587349"))]
    );
}

/// One thing that an operator does.
#[derive(Debug, Clone)]
enum Deed {
    Allow(PersonName, Vec<Account>, Vec<Role>),
    Deny(Vec<Account>),
    Remove(PersonName, Vec<Account>),
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let who = prop::sample::select(vec!["jo", "ann", "bo"]).prop_map(name);
    let account = prop::sample::select(vec!["a:1", "a:2", "a:é \"x\"", "b:1", "b:#2"]).prop_map(acc);
    let accounts = prop::collection::vec(account, 0..3);
    let roles = prop::collection::vec(prop::sample::select(vec![Role::Chat, Role::Approve]), 0..2);
    let deed = prop_oneof![
        3 => (who.clone(), accounts.clone(), roles).prop_map(|(who, accounts, roles)| Deed::Allow(who, accounts, roles)),
        1 => accounts.clone().prop_map(Deed::Deny),
        1 => (who, accounts).prop_map(|(who, accounts)| Deed::Remove(who, accounts)),
    ];
    prop::collection::vec(deed, 1..12)
}

fn planned(list: &AccessBook, deed: &Deed) -> Result<Vec<Change>, BookError> {
    match deed {
        Deed::Allow(who, accounts, roles) => allow(list, who, accounts, roles),
        Deed::Deny(accounts) => Ok(deny(list, accounts)),
        Deed::Remove(who, accounts) => remove(list, who, accounts),
    }
}

/// Whether the list says what the deed wanted.
fn is_done(list: &AccessBook, deed: &Deed) -> bool {
    match deed {
        Deed::Allow(who, accounts, roles) => list.person(who).is_some_and(|person| {
            let his = |account: &Account| person.accounts.contains(account) && !list.denied().contains(account);
            accounts.iter().all(his) && roles.iter().all(|role| person.roles.contains(role))
        }),
        Deed::Deny(accounts) => accounts
            .iter()
            .all(|account| list.admits(&account.network, &account.id).is_none() && list.denied().contains(account)),
        Deed::Remove(who, accounts) => match list.person(who) {
            None => accounts.is_empty(),
            Some(person) => !accounts.is_empty() && accounts.iter().all(|account| !person.accounts.contains(account)),
        },
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn the_text_says_what_was_planned(deeds in deeds()) {
        let mut text = "# mine\n\n# jo\n[[person]] # him\nname = \"jo\"\nroles = [\"chat\"]\n\n[denied] # these\na = \"2\"\n".to_owned();
        for deed in deeds {
            let before = parsed(&text).unwrap();
            let Ok(changes) = planned(&before, &deed) else { continue };
            text = edit::apply(&text, &changes).unwrap();
            let after = parsed(&text).unwrap();
            prop_assert!(is_done(&after, &deed), "{deed:?} is not done in\n{text}");
            prop_assert!(text.starts_with("# mine\n") && text.contains("[denied] # these\n"), "{text}");
            prop_assert!(planned(&after, &deed).map_or(true, |more| more.is_empty()), "{deed:?} twice");
            // Nobody else is touched.
            for person in before.people() {
                let named = matches!(&deed, Deed::Allow(who, ..) | Deed::Remove(who, ..) if *who == person.name);
                prop_assert!(named || after.person(&person.name) == Some(person));
            }
        }
    }
}
