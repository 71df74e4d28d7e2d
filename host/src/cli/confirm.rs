//! Since when a new approver counts, for the verbs that make one: at once if a person did it at a terminal of his own, else
//! only when those who could approve before had time to object.

use std::collections::BTreeSet;

use super::ask::Hands;
use super::print::Printer;
use crate::access::Account;
use crate::book::Book;
use crate::journal::Journal;
use crate::model::UnixMillis;
use crate::paths::Home;
use crate::widening::{Approvers, may_approve};

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
