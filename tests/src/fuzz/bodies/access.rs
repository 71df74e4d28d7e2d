//! The list of people: whatever is read of it admits exactly whom it names, and can be edited without admitting others.

use std::path::Path;

use lockgate::access::{AccessBook, Account, PersonName, Role};
use lockgate::book::{self, BookError};
use lockgate::limits;

use super::super::Body;
use super::{assert_inside, counted, text};

/// `access.toml`.
pub const BODY: Body = Body {
    name: "access",
    play,
    words: &[
        "[[person]]\n",
        "name = \"owner\"\n",
        "name = \"ann\"\n",
        "roles = [\"chat\", \"approve\"]\n",
        "roles = []\n",
        "ids = { forge = \"1\" }\n",
        "ids = { forge = [\"1\", \"2\"] }\n",
        "[person.ids]\n",
        "forge = \"7\"\n",
        "chat = [\"a\"]\n",
        "[denied]\n",
        "denied = { forge = \"1\" }\n",
        "person = []\n",
        "person = [{ name = \"x\", roles = [] }]\n",
        "# who\n",
        "\"\"",
        "\" 1\"",
        "\"\\u202e1\"",
        "\"\\n\"",
        "forge",
        "'",
    ],
    usual: 6_000,
};

fn play(data: &[u8]) -> String {
    let text = text(data);
    match parsed(&text) {
        Ok(list) => {
            assert_bounds(&list);
            assert_admits(&list);
            let edited = assert_edits(&text, &list);
            counted(&[
                ("people", list.people().len()),
                ("denied", list.denied().len()),
                (edited, 1),
            ])
        }
        Err(error) => {
            match &error {
                BookError::Unreadable { place, .. } | BookError::Wrong { place, .. } => assert_inside(*place, &text),
                _ => {}
            }
            error.to_string()
        }
    }
}

fn parsed(text: &str) -> Result<AccessBook, BookError> {
    book::parse(text, Path::new("access.toml"))
}

fn assert_bounds(list: &AccessBook) {
    assert!(list.people().len() <= limits::PEOPLE && list.denied().len() <= limits::DENIED_ACCOUNTS);
    for person in list.people() {
        assert!(person.accounts.len() <= limits::PERSON_ACCOUNTS);
        for Account { id, .. } in &person.accounts {
            assert!(
                !id.is_empty() && id.len() <= limits::ACCOUNT_ID_BYTES && id.trim() == id,
                "{id:?}"
            );
            assert!(!id.chars().any(char::is_control), "{id:?}");
        }
    }
}

/// An account is admitted if it is somebody's who may speak and is not denied; anything else is nobody's.
fn assert_admits(list: &AccessBook) {
    for person in list.people() {
        for Account { network, id } in &person.accounts {
            let speaks = person.roles.contains(&Role::Chat) && !list.denies(network, id);
            assert_eq!(list.admits(network, id).is_some(), speaks, "{network}:{id}");
            for near in [
                format!("{id} "),
                format!("{id}\0"),
                id.chars().skip(1).chain(['?']).collect(),
            ] {
                let known = list.owner(network, &near).is_some();
                assert!(known || list.admits(network, &near).is_none(), "{network}:{near:?}");
            }
        }
    }
    assert!(
        list.denied()
            .iter()
            .all(|account| list.admits(&account.network, &account.id).is_none())
    );
}

/// Somebody new is let in, and denied again; everybody else stands as before.
fn assert_edits(text: &str, list: &AccessBook) -> &'static str {
    let name: PersonName = "stranger-from-afar".parse().expect("a name");
    let account = Account {
        network: "elsewhere".to_owned(),
        id: "4711".to_owned(),
    };
    if list.person(&name).is_some() || list.owner(&account.network, &account.id).is_some() {
        return "there already";
    }
    let changes = book::allow(list, &name, std::slice::from_ref(&account), &[]).expect("nobody has this account");
    // A form that can be read and not edited is left alone, with words that say so.
    let Ok(with) = book::apply(text, &changes) else {
        return "another form";
    };
    let wide = parsed(&with).unwrap_or_else(|error| panic!("{error} in\n{with}"));
    assert!(
        wide.admits(&account.network, &account.id).is_some(),
        "not admitted by\n{with}"
    );
    assert_eq!(wide.people().len(), list.people().len() + 1);
    assert!(
        list.people()
            .iter()
            .all(|person| wide.person(&person.name) == Some(person))
    );
    let denied = book::apply(&with, &book::deny(&wide, std::slice::from_ref(&account)));
    if let Ok(text) = denied {
        let narrow = parsed(&text).unwrap_or_else(|error| panic!("{error} in\n{text}"));
        assert!(
            narrow.admits(&account.network, &account.id).is_none(),
            "still admitted by\n{text}"
        );
    }
    "edited"
}
