//! Since when a new approver counts, for the verbs that make one: at once if a person did it at a terminal of his own, else
//! only when those who could approve before had time to object.

use std::collections::BTreeSet;

use super::ask::Hands;
use super::print::Printer;
use crate::access::Account;
use crate::book::Book;
use crate::journal::{Journal, JournalError};
use crate::limits;
use crate::model::UnixMillis;
use crate::paths::Home;
use crate::widening::{Approvers, Standing, may_approve};

/// Has those of these accounts that may approve by the list count at once, or says that they don't yet. The list was
/// changed before: an account that nobody saw on it is not kept.
///
/// # Errors
/// The journal can't be read or written.
///
/// # Authority
/// This makes approvers count. Only verbs that a person types lead here, and only at his own terminal it confirms.
pub(super) fn settle(home: &Home, accounts: &[Account], printer: &mut Printer) -> anyhow::Result<()> {
    let listed = may_approve(&Book::new(home.clone()).current());
    let named: BTreeSet<Account> = accounts
        .iter()
        .filter(|account| listed.contains(*account))
        .cloned()
        .collect();
    if named.is_empty() {
        return Ok(());
    }
    let journal = Journal::open(&home.open_state(None)?.journal())?;
    if Hands::are_at_own_terminal() {
        let confirm = move |approvers: &mut Approvers| {
            // Who was never looked at would be taken for new, and the others for as old as the list.
            approvers.observe(&listed, UnixMillis::now());
            named.iter().for_each(|account| approvers.confirm(account));
        };
        journal.revise_blocking(Approvers::DOCUMENT, confirm)?;
        return Ok(());
    }
    let (known, now): (Approvers, _) = (journal.document(Approvers::DOCUMENT)?, UnixMillis::now());
    for account in named.iter().filter(|account| known.must_wait(account, now)) {
        printer.say(&format!(
            "{account} counts as an approver's only ten minutes after the running lockgate has seen it; sooner if an approver \
             confirms it, or if you type this at your own terminal"
        ));
    }
    Ok(())
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
        Standing::Waiting { since } if !known.counts(account, now) => {
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
