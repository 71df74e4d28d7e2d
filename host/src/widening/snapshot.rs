//! What the host lets somebody or something do by the operator's files at one moment, small enough to be kept, and what of it
//! is wider than at another: the abilities, whose each account is, and who is denied. What became narrower is nobody's danger and is not told, but for an approver who is gone: whoever takes
//! him away takes away the one who would have objected.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::ability::{self, Ability, line, wider};
use super::approvers::{Approvers, Confirmed, Standing};
use crate::access::{AccessBook, Account, Role};
use crate::config::Config;
use crate::limits;
use crate::lockfile::Lock;
use crate::model::{ChannelName, Digest, UnixMillis};
use crate::text::{self, Bound, clock};

/// Accounts of one kind of change that get a line each; of more only the number is told.
const EACH_BY_NAME: usize = 8;

/// What channels and the house as a whole may do.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Granted {
    house: BTreeSet<Ability>,
    channels: BTreeMap<ChannelName, BTreeSet<Ability>>,
}

/// One moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// By network and id.
    approvers: BTreeMap<String, BTreeMap<String, Approver>>,
    heard: Part<Heard>,
    granted: Part<Granted>,
}

/// Who is heard and who is not, by the list.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Heard {
    names: Names,
    /// Not heard, also where everybody is.
    denied: BTreeSet<Account>,
}

/// Whose an account is, by network and id.
type Names = BTreeMap<String, BTreeMap<String, String>>;

/// An account that may approve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Approver {
    name: String,
    /// `None`: there are more approvers than are looked at, and it never counts.
    standing: Option<Standing>,
}

/// A part as it is, or, if that takes too much place, only that it is what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Part<T> {
    Each(T),
    Many(Digest),
}

impl<T: Serialize + DeserializeOwned> Part<T> {
    /// Within so many bytes.
    fn within(bytes: usize, whole: T) -> Self {
        // What can't be written as text is not kept as it is either.
        let text = serde_json::to_vec(&whole).unwrap_or_default();
        if text.is_empty() || text.len() > bytes {
            return Self::Many(Digest::of(&text));
        }
        Self::Each(whole)
    }
}

impl Granted {
    /// Whether any channel was approved.
    pub fn has_channels(&self) -> bool {
        !self.channels.is_empty()
    }

    /// By lockgate.toml and lockgate.lock: what was never approved does not run, and may nothing.
    pub fn of(config: &Config, lock: &Lock) -> Self {
        let channels = config.channels.iter().filter_map(|(name, channel)| {
            let pin = lock.channels.get(name)?;
            Some((name.clone(), ability::of_channel(channel, pin)))
        });
        Self {
            house: ability::of_house(config),
            channels: channels.collect(),
        }
    }
}

/// The accounts that may approve by the list.
pub fn may_approve(book: &AccessBook) -> BTreeSet<Account> {
    accounts(book, Role::Approve).map(|(account, _)| account).collect()
}

fn accounts(book: &AccessBook, role: Role) -> impl Iterator<Item = (Account, String)> {
    let people = book.people().iter().filter(move |person| person.roles.contains(&role));
    let all = people.flat_map(|person| {
        let name = person.name.to_string();
        person
            .accounts
            .iter()
            .map(move |account| (account.clone(), name.clone()))
    });
    all.filter(|(account, _)| !book.denies(&account.network, &account.id))
}

impl Snapshot {
    /// A moment at which nobody and nothing might anything.
    pub fn empty() -> Self {
        Self {
            approvers: BTreeMap::new(),
            heard: Part::Each(Heard::default()),
            granted: Part::Each(Granted::default()),
        }
    }

    /// Of what stands in the files now. `approvers` has observed this list.
    pub fn of(book: &AccessBook, approvers: &Approvers, granted: Granted) -> Self {
        let mut heard = Heard {
            names: Names::new(),
            denied: book.denied().clone(),
        };
        for (Account { network, id }, name) in accounts(book, Role::Chat) {
            heard.names.entry(network).or_default().insert(id, name);
        }
        let mut judges: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
        let mut all: Vec<_> = accounts(book, Role::Approve).collect();
        // Those who never count are the first to be left out.
        all.sort_by_key(|(account, _)| approvers.standing(account).is_none());
        for (account, name) in all.into_iter().take(limits::APPROVERS) {
            let standing = approvers.standing(&account).cloned();
            let ids = judges.entry(account.network).or_default();
            ids.insert(account.id, Approver { name, standing });
        }
        Self {
            approvers: judges,
            heard: Part::within(limits::TOLD_PEOPLE_BYTES, heard),
            granted: Part::within(limits::TOLD_GRANTS_BYTES, granted),
        }
    }

    /// The accounts that could approve at this moment, and that were not refused since: who has to hear what changes.
    pub fn counting(&self, since: &Approvers, now: UnixMillis) -> Vec<Account> {
        let all = each(&self.approvers).filter_map(|(account, approver)| {
            let counted = approver.standing.as_ref().is_some_and(|standing| standing.counts(now));
            let refused = matches!(since.standing(&account), Some(Standing::Refused { .. }));
            (counted && !refused).then_some(account)
        });
        all.collect()
    }
}

/// How much a line matters: what matters least is dropped first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// Something may do more.
    Rest,
    /// Somebody may not approve any more, or an approver has another name.
    Left,
    /// Somebody may approve, or his word counts otherwise than before.
    Judge,
}

/// Something that became wider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// How much it matters.
    pub weight: Weight,
    /// The approver that it is about: a later line about him stands for this one.
    pub about: Option<Account>,
    /// The sentence.
    pub line: String,
}

/// The sentences of [`changes`].
#[cfg(test)]
pub fn diff(before: &Snapshot, after: &Snapshot) -> Vec<String> {
    changes(before, after).into_iter().map(|change| change.line).collect()
}

/// What is wider in the later one, a sentence each, the gravest first.
pub fn changes(before: &Snapshot, after: &Snapshot) -> Vec<Change> {
    // No field is left out.
    let Snapshot {
        approvers,
        heard,
        granted,
    } = after;
    let mut all = judges(&before.approvers, approvers);
    let mut lines = Vec::new();
    lines.extend(match (&before.granted, granted) {
        (Part::Each(old), Part::Each(new)) => grants(old, new),
        (old, new) if old == new => Vec::new(),
        _ => vec!["what the channels may has changed, and is too much to be listed; run `lockgate status`".to_owned()],
    });
    lines.extend(match (&before.heard, heard) {
        (Part::Each(old), Part::Each(new)) => {
            // Of an approver's account it is told above.
            let told = |account: &Account| {
                [&before.approvers, approvers]
                    .iter()
                    .all(|all| find(all, account).is_some())
            };
            people(old, new, told)
        }
        (old, new) if old == new => Vec::new(),
        _ => vec!["who is heard has changed, and is too much to be listed; run `lockgate access list`".to_owned()],
    });
    all.extend(lines.into_iter().map(|line| Change {
        weight: Weight::Rest,
        about: None,
        line,
    }));
    for change in &mut all {
        change.line = in_bounds(&change.line);
    }
    all
}

/// A sentence within its bounds. What stands in one is shortened before; this holds for whatever is added.
pub(super) fn in_bounds(sentence: &str) -> String {
    let line = text::clip(sentence, Bound::Chars(limits::TOLD_LINE_CHARS));
    text::clip(&line, Bound::Bytes(limits::TOLD_LINE_BYTES))
}

fn each<T>(all: &BTreeMap<String, BTreeMap<String, T>>) -> impl Iterator<Item = (Account, &T)> {
    all.iter().flat_map(|(network, ids)| {
        ids.iter().map(move |(id, value)| {
            let (network, id) = (network.clone(), id.clone());
            (Account { network, id }, value)
        })
    })
}

fn find<'a, T>(all: &'a BTreeMap<String, BTreeMap<String, T>>, account: &Account) -> Option<&'a T> {
    all.get(&account.network)?.get(&account.id)
}

fn judges(
    before: &BTreeMap<String, BTreeMap<String, Approver>>,
    after: &BTreeMap<String, BTreeMap<String, Approver>>,
) -> Vec<Change> {
    let mut lines = Vec::new();
    let mut tell = |weight, about: Option<&Account>, line| {
        let about = about.cloned();
        lines.push(Change { weight, about, line });
    };
    for (account, now) in each(after) {
        let was = find(before, &account);
        let (name, shown) = (&now.name, line(&account.to_string()));
        match was {
            None => tell(
                Weight::Judge,
                Some(&account),
                format!("{name} may approve now, as {shown}; {}", when(now, &shown)),
            ),
            Some(was) if was == now => {}
            Some(was) => {
                if was.name != *name {
                    tell(
                        Weight::Left,
                        None,
                        format!("{shown}, which may approve, is {name}'s now and was {}'s", was.name),
                    );
                }
                if was.standing != now.standing {
                    tell(
                        Weight::Judge,
                        Some(&account),
                        format!("{name} may approve, as {shown}: {}", when(now, &shown)),
                    );
                }
            }
        }
    }
    for (account, was) in each(before) {
        let is_there = find(after, &account).is_some();
        if !is_there {
            let shown = line(&account.to_string());
            tell(
                Weight::Left,
                Some(&account),
                format!("{} may not approve any more, as {shown}", was.name),
            );
        }
    }
    lines
}

/// From when on an approver counts, and why.
fn when(approver: &Approver, account: &str) -> String {
    let name = &approver.name;
    match &approver.standing {
        Some(Standing::Waiting { since, .. }) => {
            let from = clock(since.after(limits::APPROVER_WAIT));
            format!("it counts from {from} on, or at once if an approver confirms it")
        }
        Some(Standing::Confirmed(Confirmed::First)) => "it counts".to_owned(),
        Some(Standing::Confirmed(Confirmed::Terminal)) => "it counts at once, confirmed at a terminal".to_owned(),
        Some(Standing::Confirmed(Confirmed::Approver(by))) => format!("it counts at once, confirmed by {}", line(by)),
        Some(Standing::Refused { .. }) => format!(
            "it does not count, because an approver said that nobody of you added it; at your terminal, `lockgate access \
             allow {name} {account} --role approve` lifts that"
        ),
        None => format!(
            "it never counts, because there are more than {} approvers",
            limits::APPROVERS
        ),
    }
}

fn grants(before: &Granted, after: &Granted) -> Vec<String> {
    let Granted { house, channels } = after;
    let nothing = BTreeSet::new();
    let mut lines = sentence("lockgate may now: ", &wider(&before.house, house));
    for (name, now) in channels {
        let (was, head) = match before.channels.get(name) {
            Some(was) => (was, format!("{name} may now: ")),
            None => (&nothing, format!("{name} is new, and may: ")),
        };
        lines.extend(sentence(&head, &wider(was, now)));
    }
    lines
}

/// What is new for one of them, in as many lines as it takes.
fn sentence(head: &str, abilities: &[Ability]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for ability in abilities {
        let words = ability.to_string();
        let room =
            |last: &&mut String| last.chars().count() + words.chars().count() + "; ".len() <= limits::TOLD_LINE_CHARS;
        match lines.last_mut().filter(room) {
            Some(last) => last.push_str(&format!("; {words}")),
            None => lines.push(format!("{head}{words}")),
        }
    }
    lines
}

/// Who is heard now, and who is heard as somebody else: with his name, in his groups. `told`: the accounts of which it is
/// said elsewhere that they are another's.
fn people(before: &Heard, after: &Heard, told: impl Fn(&Account) -> bool) -> Vec<String> {
    let (mut new, mut moved) = (Vec::new(), Vec::new());
    for (account, name) in each(&after.names) {
        let shown = line(&account.to_string());
        match find(&before.names, &account) {
            None => new.push(format!("{name} may write now, as {shown}")),
            Some(was) if was != name && !told(&account) => {
                moved.push(format!("{shown} is {name}'s now and was {was}'s"));
            }
            Some(_) => {}
        }
    }
    // Who is on the list is told of above.
    let lifted = before.denied.difference(&after.denied);
    let lifted = lifted.filter(|account| find(&after.names, account).is_none());
    let lifted = lifted.map(|account| format!("{} is denied no more", line(&account.to_string())));
    let mut lines = few(new, "more accounts may write now");
    lines.extend(few(moved, "accounts are somebody else's now"));
    lines.extend(few(lifted.collect(), "accounts are denied no more"));
    lines
}

/// A line each, or of many only how many there are.
fn few(lines: Vec<String>, many: &str) -> Vec<String> {
    if lines.len() > EACH_BY_NAME {
        return vec![format!("{} {many}; run `lockgate access list`", lines.len())];
    }
    lines
}
