//! Since when a new approver counts, for the verbs that make one: at once if a person did it at a terminal of his own, else
//! only when those who could approve before had time to object. What a line does not name it does not confirm: another
//! account of the same person may be one that the operator has never seen, and is shown and asked about by itself.

use std::collections::BTreeSet;

use super::ask::{Hands, Person, Reply};
use super::files::Files;
use super::print::Printer;
use crate::access::{AccessBook, Account, PersonName};
use crate::book::Book;
use crate::journal::{Journal, JournalError};
use crate::limits;
use crate::model::UnixMillis;
use crate::paths::Home;
use crate::widening::{Approvers, Standing, may_approve};

/// What a line is about: the accounts that stand in it, or that it changed, and whose they are.
#[derive(Clone, Copy)]
pub(super) struct Named<'a> {
    pub owner: &'a PersonName,
    pub accounts: &'a [Account],
}

/// The accounts of one person that may approve by the list.
#[derive(Debug, PartialEq, Eq)]
struct Claims {
    /// Those that the line names.
    named: BTreeSet<Account>,
    /// The others, as far as they do not count now.
    others: Vec<Account>,
}

impl Claims {
    fn of(list: &AccessBook, named: Named<'_>, known: &Approvers, now: UnixMillis) -> Self {
        let listed = may_approve(list);
        let person = list.person(named.owner).into_iter();
        let all = person.flat_map(|person| &person.accounts);
        let (named, others): (BTreeSet<Account>, _) = all
            .filter(|account| listed.contains(*account))
            .cloned()
            .partition(|account| named.accounts.contains(account));
        let others = others.into_iter().filter(|account| known.must_wait(account, now));
        Self {
            named,
            others: others.collect(),
        }
    }
}

/// Has those of these accounts that may approve by the list count at once, or says that they don't yet. The list was
/// changed before: an account that nobody saw on it is not kept.
///
/// # Errors
/// The journal can't be read or written, or the terminal can't be read.
///
/// # Authority
/// This makes approvers count. Only verbs that a person types lead here, and only at his own terminal it confirms: what
/// he typed, and of the same person's other accounts those to which he says yes one by one.
pub(super) fn settle(home: &Home, named: Named<'_>, printer: &mut Printer, person: Person) -> anyhow::Result<()> {
    let list = Book::new(home.clone()).current();
    let listed = may_approve(&list);
    let his = list.person(named.owner).map(|person| &person.accounts);
    if !his.into_iter().flatten().any(|account| listed.contains(account)) {
        return Ok(());
    }
    let journal = Journal::open(&home.open_state(None)?.journal())?;
    let (mut known, now): (Approvers, _) = (journal.document(Approvers::DOCUMENT)?, UnixMillis::now());
    let nothing_approved = Files::read(home)?.lock.channels.is_empty();
    if nothing_approved {
        known.begin();
    }
    let claims = Claims::of(&list, named, &known, now);
    if !Hands::are_at_own_terminal() {
        tell(&claims, named.owner, &known, now, printer);
        return Ok(());
    }
    let mut confirmed = claims.named;
    for account in claims.others {
        let what = other(&account, named.owner, known.standing(&account));
        if person == Person::AtTerminal
            && person.confirm(printer, &format!("{what}. Let it approve?"), "")? == Reply::Yes
        {
            confirmed.insert(account);
        } else {
            printer.warn(&format!("{what}; it was not confirmed"));
        }
    }
    let confirm = move |approvers: &mut Approvers| {
        if nothing_approved {
            approvers.begin();
        }
        // Who was never looked at would be taken for new, and the others for as old as the list.
        approvers.observe(&listed, UnixMillis::now());
        confirmed.iter().for_each(|account| approvers.confirm(account));
    };
    Ok(journal.revise_blocking(Approvers::DOCUMENT, confirm)?)
}

/// What does not count, where nobody can confirm it.
fn tell(claims: &Claims, owner: &PersonName, known: &Approvers, now: UnixMillis, printer: &mut Printer) {
    for account in claims.named.iter().filter(|account| known.must_wait(account, now)) {
        printer.say(&match known.standing(account) {
            Some(Standing::Refused { .. }) => format!(
                "{account} does not count as an approver's, because an approver said that nobody of you added it; type \
                 this at your own terminal to lift that"
            ),
            _ => format!(
                "{account} counts as an approver's only ten minutes after the running lockgate has seen it; sooner if an \
                 approver confirms it, or if you type this at your own terminal"
            ),
        });
    }
    for account in &claims.others {
        printer.warn(&other(account, owner, known.standing(account)));
    }
}

/// An account that a line does not name.
fn other(account: &Account, owner: &PersonName, standing: Option<&Standing>) -> String {
    let how = match standing {
        Some(Standing::Refused { .. }) => "an approver said that nobody of you added it",
        _ => "it is new there, and counts only later",
    };
    format!("by the list {owner} may also approve as {account}, which you did not name: {how}")
}

/// Sentences about who stands on the list as an approver and does not count: who waits, how long still, and who was refused.
///
/// # Errors
/// The journal can't be read.
pub(super) fn undecided(home: &Home, now: UnixMillis) -> Result<Vec<String>, JournalError> {
    let journal = home.state_dir().join("journal.sqlite");
    if !journal.exists() {
        return Ok(Vec::new());
    }
    let known: Approvers = Journal::peek(&journal)?.document(Approvers::DOCUMENT)?;
    let listed = may_approve(&Book::new(home.clone()).current());
    let lines = listed.iter().filter_map(|account| match known.standing(account)? {
        Standing::Waiting { since, .. } if !known.counts(account, now) => {
            let left = limits::APPROVER_WAIT.saturating_sub(now.since(*since));
            let minutes = left.as_secs().div_ceil(60);
            Some(format!("{account} is on the list as an approver's, and counts in {minutes} min"))
        }
        Standing::Refused { .. } => Some(format!(
            "{account} is on the list as an approver's, and does not count: an approver said that nobody of you added it"
        )),
        Standing::Waiting { .. } | Standing::Confirmed(_) => None,
    });
    Ok(lines.collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::access::Role;
    use crate::cli::print::tests::to_memory;
    use crate::model::Digest;
    use crate::widening::{Offer, Pressed, Word};

    const NOW: UnixMillis = UnixMillis(50_520_000);

    fn account(id: &str) -> Account {
        let (network, id) = ("talk".into(), id.into());
        Account { network, id }
    }

    fn list(ids: &[&str]) -> AccessBook {
        let mut list = AccessBook::default();
        let person = crate::access::Person {
            name: "ann".parse().unwrap(),
            roles: [Role::Chat, Role::Approve].into(),
            accounts: ids.iter().map(|id| account(id)).collect(),
        };
        list.add(person).unwrap();
        list
    }

    /// ann has counted as 1; 2 came and waits, 3 came and was refused.
    fn known() -> Approvers {
        let mut known = Approvers::default();
        known.begin();
        known.observe(&may_approve(&list(&["1"])), NOW);
        known.observe(&may_approve(&list(&["1", "2", "3"])), NOW);
        let offer = Offer {
            to: account("1"),
            channel: "chat".parse().unwrap(),
            conversation: Digest::of(b"d"),
            about: account("3"),
            word: Word::NotMe,
        };
        known.offer("t", offer);
        let place = ("chat".parse().unwrap(), "d");
        let pressed = known.press("t", (&account("1"), Some("ann")), (&place.0, place.1), NOW);
        assert_eq!(pressed, Some(Pressed::Refused(account("3"))));
        known
    }

    /// A model writes an account into a person's ids, and waits until the operator confirms another one of hers.
    #[test]
    fn an_account_that_nobody_typed_is_not_confirmed_with_the_one_that_was() {
        let check = |typed: &[&str], named: &[&str], others: &[&str]| {
            let accounts: Vec<Account> = typed.iter().map(|id| account(id)).collect();
            let owner = "ann".parse().unwrap();
            let line = Named {
                owner: &owner,
                accounts: &accounts,
            };
            let expected = Claims {
                named: named.iter().map(|id| account(id)).collect(),
                others: others.iter().map(|id| account(id)).collect(),
            };
            let list = list(&["1", "2", "3", "4"]);
            assert_eq!(Claims::of(&list, line, &known(), NOW), expected, "{typed:?}");
        };
        // `--role approve` alone names none of them; the fourth was never looked at.
        check(&[], &[], &["2", "3", "4"]);
        check(&["1"], &["1"], &["2", "3", "4"]);
        check(&["3"], &["3"], &["2", "4"]);
        check(&["9"], &[], &["2", "3", "4"]);
    }

    #[test]
    fn what_does_not_count_is_told_with_its_reason() {
        let (mut printer, _, talk) = to_memory();
        let claims = Claims {
            named: [account("1"), account("2")].into(),
            others: vec![account("3")],
        };
        tell(&claims, &"ann".parse().unwrap(), &known(), NOW, &mut printer);
        let talk = talk.text();
        assert!(!talk.contains("talk:1"), "{talk}");
        assert!(
            talk.starts_with("talk:2 counts as an approver's only ten minutes"),
            "{talk}"
        );
        let refused = "as talk:3, which you did not name: an approver said that nobody of you added it";
        assert!(talk.contains(refused), "{talk}");
    }
}
