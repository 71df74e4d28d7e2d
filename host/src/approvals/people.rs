//! Who may approve at this moment: by the list as it is now, and only whom the existing approvers had time to object to.

use std::sync::Arc;

use super::Approvals;
use crate::access::{AccessBook, Role};
use crate::journal::JournalError;
use crate::model::UnixMillis;
use crate::relay::audience::Approver;
use crate::widening::{Approvers, may_approve};

impl Approvals {
    /// All who may approve now, in the order of the list. Nobody, if the list can't be read.
    ///
    /// # Errors
    /// The journal can't be read or written: then nobody may.
    pub(super) async fn approvers(&self) -> Result<Vec<Approver>, JournalError> {
        let Some(list) = self.list().await else {
            return Ok(Vec::new());
        };
        let now = UnixMillis::now();
        let counted = self
            .around
            .journal
            .revise(Approvers::DOCUMENT, move |approvers: &mut Approvers| {
                // Seen here first, somebody waits from now on, whoever else looks later.
                approvers.observe(&may_approve(&list), now);
                let counts = |approver: &Approver| approvers.counts(&approver.account, now);
                listed(&list).into_iter().filter(counts).collect()
            });
        counted.await
    }

    /// The list as it is now; none, if it can't be read. What a look at the disk takes, no other task waits for.
    pub(super) async fn list(&self) -> Option<Arc<AccessBook>> {
        let book = Arc::clone(&self.around.book);
        let read = tokio::task::spawn_blocking(move || book.readable()).await;
        read.ok().flatten()
    }
}

/// Everybody on the list who has the role, with each account that is not denied.
fn listed(book: &AccessBook) -> Vec<Approver> {
    let people = book
        .people()
        .iter()
        .filter(|person| person.roles.contains(&Role::Approve));
    let accounts = people.flat_map(|person| {
        person.accounts.iter().map(|account| Approver {
            name: person.name.clone(),
            account: account.clone(),
        })
    });
    accounts
        .filter(|approver| !book.denies(&approver.account.network, &approver.account.id))
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::access::{Account, Person};

    #[test]
    fn only_who_has_the_role_and_is_not_denied_is_listed() {
        let account = |id: &str| Account {
            network: "net".into(),
            id: id.into(),
        };
        let person = |name: &str, roles: &[Role], ids: &[&str]| Person {
            name: name.parse().unwrap(),
            roles: roles.iter().copied().collect(),
            accounts: ids.iter().map(|id| account(id)).collect(),
        };
        let mut book = AccessBook::default();
        book.add(person("ann", &[Role::Chat, Role::Approve], &["1", "2"]))
            .unwrap();
        book.add(person("ben", &[Role::Chat], &["3"])).unwrap();
        book.add(person("cat", &[Role::Approve], &["4"])).unwrap();
        book.deny(account("2"));
        let found: Vec<String> = listed(&book)
            .iter()
            .map(|approver| format!("{} {}", approver.name, approver.account))
            .collect();
        assert_eq!(found, ["ann net:1", "cat net:4"]);
    }
}
