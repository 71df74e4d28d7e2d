//! An invitation that was taken: the operator's decision of earlier becomes a line of the list now. Whatever has changed
//! since then against it wins, and the operator is told.
//!
//! # Authority
//! The person's name and the roles are the invitation's, the account is the sender's; nothing else of a message counts.

use super::Reception;
use super::greetings::welcome;
use crate::access::pairing::Invite;
use crate::access::{AccessBook, Account, Person, Role};
use crate::book::{self, BookError, Change};
use crate::channel::Channel;
use crate::model::{Place, UnixMillis};

/// What he is told whose invitation could not be followed.
const FAILED: &str = "Your invitation could not be followed. The owner of this bot sees why, and can make a new one.";

impl Reception {
    /// Puts the sender on the list, says so to him and to the session.
    pub(super) async fn redeem(&self, channel: &Channel, place: &Place, account: Account, invite: Invite) {
        let name = &channel.context().name;
        let (home, taken, person) = (self.home.clone(), account.clone(), invite.person.clone());
        let work = move || book::change(&home, |list| plan(list, &invite, &taken));
        let done = tokio::task::spawn_blocking(work).await;
        let told = match done {
            Ok(Ok(_)) => {
                self.say(channel, place, &welcome(person.as_str())).await;
                format!("{person} can write over {name} now (invitation)")
            }
            Ok(Err(error)) => {
                self.failed(channel, place).await;
                format!("an invitation for {person} was used in {name} and could not be followed: {error}")
            }
            Err(_) => return self.failed(channel, place).await,
        };
        let key = format!("invitation-{account}-{}", UnixMillis::now().0);
        if let Err(error) = self.herald.tell(key, told).await {
            tracing::error!(%error, "the session can't be told of an invitation");
        }
    }

    async fn failed(&self, channel: &Channel, place: &Place) {
        channel.count("invitation-failed");
        self.say(channel, place, FAILED).await;
    }
}

/// What the list lacks. Who was denied since stays denied, and nobody gets a right that the invitation did not name by
/// being put beside somebody who has it.
fn plan(list: &AccessBook, invite: &Invite, account: &Account) -> Result<Vec<Change>, BookError> {
    if list.denies(&account.network, &account.id) {
        return Err(BookError::Denied(account.clone()));
    }
    let may_approve = |person: &Person| person.roles.contains(&Role::Approve);
    if !invite.roles.contains(&Role::Approve) && list.person(&invite.person).is_some_and(may_approve) {
        return Err(BookError::Inherits(invite.person.clone(), account.clone()));
    }
    let roles: Vec<Role> = invite.roles.iter().copied().collect();
    book::allow(list, &invite.person, std::slice::from_ref(account), &roles)
}
