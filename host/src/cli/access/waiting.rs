//! Who waits with a code, and which invitations are open, for `lockgate access list`. No code is shown: each has to be
//! said by the one who has it. Changes nothing.

use std::time::Duration;

use serde_json::{Value, json};

use crate::access::Role;
use crate::access::pairing::{Desk, Invite, Pending};
use crate::cli::print::{Cell, Table, ago};
use crate::journal::Journal;
use crate::limits;
use crate::model::UnixMillis;
use crate::paths::Home;

/// What the desk has open.
pub(super) struct Waiting {
    desk: Desk,
    /// Why it can't be read, and what that means.
    pub(super) problem: Option<String>,
}

impl Waiting {
    /// As it stands in the journal, if there is one.
    pub(super) fn read(home: &Home) -> Self {
        let journal = home.state_dir().join("journal.sqlite");
        if !journal.exists() {
            return Self {
                desk: Desk::default(),
                problem: None,
            };
        }
        let read = Journal::peek(&journal).and_then(|reader| reader.document(Desk::DOCUMENT));
        let (desk, problem) = match read {
            Ok(desk) => (desk, None),
            Err(error) => {
                let problem = format!("{error}; until then no code and no invitation lets anybody in");
                (Desk::default(), Some(problem))
            }
        };
        Self { desk, problem }
    }

    pub(super) fn table(&self, now: UnixMillis) -> Table {
        let mut table = Table::default();
        let pending: Vec<&Pending> = self.desk.pending(now).collect();
        if !pending.is_empty() {
            table.gap();
            table.row(["waits", "there called", "in", "since", "code good for"].map(Cell::faint));
            for one in pending {
                table.row([
                    Cell::strong(one.account.to_string()),
                    Cell::plain(in_his_words(one.name.as_deref())),
                    Cell::plain(one.channel.as_str()),
                    Cell::plain(ago(now.since(one.since))),
                    Cell::plain(left(one.since, limits::CODE_TTL, now)),
                ]);
            }
            table.note(Cell::faint(
                "`lockgate access pair CODE --as NAME` lets in who tells you his code",
            ));
        }
        let invites: Vec<&Invite> = self.desk.invites(now).collect();
        if !invites.is_empty() {
            table.gap();
            table.row(["invited", "to", "since", "good for"].map(Cell::faint));
            for one in invites {
                let roles: Vec<&str> = one.roles.iter().map(|role: &Role| role.as_str()).collect();
                table.row([
                    Cell::strong(one.person.as_str()),
                    Cell::plain(roles.join(", ")),
                    Cell::plain(ago(now.since(one.since))),
                    Cell::plain(left(one.since, one.good, now)),
                ]);
            }
            table.note(Cell::faint("`lockgate access cancel NAME` takes an invitation back"));
        }
        table
    }

    /// Adds it to what is printed as JSON.
    pub(super) fn add_to(&self, json: &mut Value, now: UnixMillis) {
        let pending: Vec<Value> = self.desk.pending(now).map(|one| stranger(one, now)).collect();
        let invites: Vec<Value> = self.desk.invites(now).map(|one| invitation(one, now)).collect();
        json["pending"] = pending.into();
        json["invites"] = invites.into();
        json["pairing_problem"] = self.problem.clone().into();
    }
}

/// What somebody calls himself, in marks that tell it from our own words, and that he can't close.
pub(super) fn in_his_words(name: Option<&str>) -> String {
    name.map_or(String::new(), |name| format!("\"{}\"", name.replace('"', "'")))
}

fn stranger(one: &Pending, now: UnixMillis) -> Value {
    json!({
        "network": one.account.network, "id": one.account.id, "name": one.name, "channel": one.channel.as_str(),
        "since": one.since, "minutes_left": minutes(one.since, limits::CODE_TTL, now),
    })
}

fn invitation(one: &Invite, now: UnixMillis) -> Value {
    json!({
        "name": one.person.as_str(), "roles": one.roles, "since": one.since,
        "minutes_left": minutes(one.since, one.good, now),
    })
}

fn left(since: UnixMillis, good: Duration, now: UnixMillis) -> String {
    match minutes(since, good, now) {
        minutes @ 0..120 => format!("{minutes} min"),
        minutes => format!("{} h", minutes / 60),
    }
}

/// Whole minutes, the begun one included.
fn minutes(since: UnixMillis, good: Duration, now: UnixMillis) -> u64 {
    good.saturating_sub(now.since(since)).as_secs().div_ceil(60)
}
