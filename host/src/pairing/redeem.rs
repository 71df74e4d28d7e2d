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

/// What the list lacks. Who was removed since does not come back, who was denied stays denied, and nobody gets a right that
/// the invitation did not name by being put beside somebody who has it.
fn plan(list: &AccessBook, invite: &Invite, account: &Account) -> Result<Vec<Change>, BookError> {
    if list.denies(&account.network, &account.id) {
        return Err(BookError::Denied(account.clone()));
    }
    let known = list.person(&invite.person);
    let may_approve = |person: &Person| person.roles.contains(&Role::Approve);
    if !invite.roles.contains(&Role::Approve) && known.is_some_and(may_approve) {
        return Err(BookError::Inherits(invite.person.clone(), account.clone()));
    }
    if known.map(|person| &person.roles) != invite.found.as_ref() {
        return Err(BookError::Outdated(invite.person.clone()));
    }
    let roles: Vec<Role> = invite.roles.iter().copied().collect();
    book::allow(list, &invite.person, std::slice::from_ref(account), &roles)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::limits;

    /// A list, by who is on it with which roles.
    fn list(people: &[(&str, &[Role])]) -> AccessBook {
        let mut list = AccessBook::default();
        for (name, roles) in people {
            let account = Account {
                network: "forge".into(),
                id: (*name).into(),
            };
            let person = Person {
                name: name.parse().unwrap(),
                roles: roles.iter().copied().collect(),
                accounts: [account].into(),
            };
            list.add(person).unwrap();
        }
        list
    }

    #[test]
    fn whoever_holds_an_invitation_does_not_come_back_after_the_list_was_changed() {
        use Role::{Approve, Chat};
        // What ann could do when she was invited, what she can do now, what she is promised; and what becomes of it.
        type Found = Option<&'static [Role]>;
        let rows: [(Found, Found, &[Role], &str); 8] = [
            (None, None, &[Chat], "taken"),
            (None, None, &[Chat, Approve], "taken"),
            (Some(&[Chat]), Some(&[Chat]), &[Chat], "taken"),
            (Some(&[Chat]), None, &[Chat], "outdated"),
            (Some(&[Chat, Approve]), None, &[Chat, Approve], "outdated"),
            (Some(&[Chat, Approve]), Some(&[Chat]), &[Chat, Approve], "outdated"),
            (None, Some(&[Chat]), &[Chat], "outdated"),
            (None, Some(&[Chat, Approve]), &[Chat], "inherits"),
        ];
        for (found, now, promised, expected) in rows {
            let invite = Invite {
                person: "ann".parse().unwrap(),
                roles: promised.iter().copied().collect(),
                found: found.map(|roles| roles.iter().copied().collect::<BTreeSet<Role>>()),
                since: UnixMillis(1),
                good: limits::INVITE_TTL,
            };
            let list = now.map_or(list(&[]), |roles| list(&[("ann", roles)]));
            let account = Account {
                network: "forge".into(),
                id: "7".into(),
            };
            let became = match plan(&list, &invite, &account) {
                Ok(_) => "taken",
                Err(BookError::Outdated(_)) => "outdated",
                Err(BookError::Inherits(..)) => "inherits",
                Err(other) => panic!("{other}"),
            };
            assert_eq!(became, expected, "{found:?} {now:?} {promised:?}");
        }
    }
}
