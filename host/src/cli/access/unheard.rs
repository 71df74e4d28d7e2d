//! Whom the gate did not hear lately, for `lockgate access list`: how often for which reason, who it was, and what would
//! change it. Changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::waiting::in_his_words;
use crate::access::{AccessBook, DropReason, DroppedSender, DroppedSenders};
use crate::channel::DROPPED;
use crate::cli::print::{Cell, Printer, Table, ago};
use crate::journal::{Journal, JournalError, Reader};
use crate::model::{ChannelName, InstanceId, UnixMillis};
use crate::paths::Home;
use crate::supervisor;

/// Senders that are shown; the rest is in the JSON.
const SHOWN: usize = 20;

/// What the journal says of it.
#[derive(Default)]
pub(super) struct Unheard {
    counts: Vec<Dropped>,
    /// Who wrote last stands last.
    senders: Vec<DroppedSender>,
    /// Entries for groups that have none, with their channels, each once.
    groups: Vec<(ChannelName, String)>,
}

/// What the gate dropped in one channel for one reason.
struct Dropped {
    channel: ChannelName,
    reason: DropReason,
    count: u64,
    last: UnixMillis,
}

impl Unheard {
    /// As it stands in the journal, if there is one; of the channels that there are.
    pub(super) fn read(home: &Home, list: &AccessBook, printer: &mut Printer) -> anyhow::Result<Self> {
        let journal = home.state_dir().join("journal.sqlite");
        if !journal.exists() {
            return Ok(Self::default());
        }
        let wanted = match supervisor::read(home) {
            Ok(wanted) => wanted,
            Err(problem) => {
                printer.warn(&problem);
                return Ok(Self::default());
            }
        };
        let networks: BTreeMap<ChannelName, Option<String>> = wanted
            .specs
            .iter()
            .map(|(name, spec)| (name.clone(), spec.config.network.clone()))
            .collect();
        let names: BTreeMap<InstanceId, ChannelName> = wanted
            .specs
            .into_iter()
            .map(|(name, spec)| (spec.pin.instance, name))
            .collect();
        let reader = Journal::peek(&journal)?;
        let senders = reader.document::<DroppedSenders>(DROPPED).inspect_err(|error| {
            printer.warn(&format!("who was not heard can't be read: {error}"));
        });
        let mut senders = senders.map_or(Vec::new(), |senders| senders.all().to_vec());
        senders.retain(|sender| {
            networks
                .get(&sender.channel)
                .is_some_and(|network| !is_let_in(sender, network.as_deref(), list))
        });
        Ok(Self {
            counts: counts(&reader, &names)?,
            groups: groups(&senders, &networks, list),
            senders,
        })
    }

    pub(super) fn table(&self, now: UnixMillis) -> Table {
        let mut table = Table::default();
        if !self.counts.is_empty() {
            self.add_counts(&mut table, now);
        }
        if !self.senders.is_empty() {
            add_senders(&mut table, &self.senders, now);
        }
        table
    }

    fn add_counts(&self, table: &mut Table, now: UnixMillis) {
        table.gap();
        table.row(["not heard in", "because", "times", "last"].map(Cell::faint));
        for one in &self.counts {
            table.row([
                Cell::strong(one.channel.as_str()),
                Cell::plain(one.reason.as_str()),
                Cell::plain(one.count.to_string()),
                Cell::plain(ago(now.since(one.last))),
            ]);
            table.note(Cell::faint(meaning(one)));
            let groups = self.groups.iter().filter(|(channel, _)| *channel == one.channel);
            for (_, line) in groups.filter(|_| one.reason == DropReason::GroupNotGranted).take(SHOWN) {
                table.note(Cell::plain(line));
            }
        }
    }

    /// Adds it to what is printed as JSON.
    pub(super) fn add_to(&self, json: &mut Value) {
        let counts = self.counts.iter().map(|one| {
            let (channel, reason) = (one.channel.as_str(), one.reason.as_str());
            json!({"channel": channel, "reason": reason, "count": one.count, "last": one.last})
        });
        json["dropped"] = counts.collect::<Vec<_>>().into();
        let senders = self.senders.iter().rev().map(|one| {
            let (channel, message) = (one.channel.as_str(), &one.message);
            json!({"channel": channel, "message": message, "count": one.count, "last": one.last})
        });
        json["not_heard"] = senders.collect::<Vec<_>>().into();
    }
}

fn counts(reader: &Reader, names: &BTreeMap<InstanceId, ChannelName>) -> Result<Vec<Dropped>, JournalError> {
    let of_the_gate = reader.tallies()?.into_iter().filter_map(|tally| {
        let reason = DropReason::ALL
            .into_iter()
            .find(|reason| reason.as_str() == tally.reason)?;
        Some(Dropped {
            channel: names.get(&tally.instance)?.clone(),
            reason,
            count: tally.count,
            last: tally.last,
        })
    });
    let mut all: Vec<Dropped> = of_the_gate.collect();
    all.sort_by_key(|dropped| std::cmp::Reverse(dropped.last));
    Ok(all)
}

fn add_senders(table: &mut Table, senders: &[DroppedSender], now: UnixMillis) {
    table.gap();
    table.row(["account", "there called", "in", "because", "times", "last"].map(Cell::faint));
    for one in senders.iter().rev().take(SHOWN) {
        let message = &one.message;
        let place = if message.group {
            format!("{}, group {}", one.channel, message.conversation)
        } else {
            one.channel.to_string()
        };
        table.row([
            Cell::strong(&message.id),
            Cell::plain(in_his_words(message.name.as_deref())),
            Cell::plain(place),
            Cell::plain(&message.reason),
            Cell::plain(one.count.to_string()),
            Cell::plain(ago(now.since(one.last))),
        ]);
    }
}

/// Whether he would be heard today: what kept him out was the list, and he is on it.
fn is_let_in(sender: &DroppedSender, network: Option<&str>, list: &AccessBook) -> bool {
    let of_the_list = [DropReason::UnknownPerson, DropReason::DeniedPerson].map(DropReason::as_str);
    let heard = network.and_then(|network| list.admits(network, &sender.message.id));
    of_the_list.contains(&sender.message.reason.as_str()) && heard.is_some()
}

/// The whole line for each group without an entry, whose number nobody knows by heart. It lets in one person: who wrote, if
/// he is on the list, or else the first who is.
fn groups(
    senders: &[DroppedSender],
    networks: &BTreeMap<ChannelName, Option<String>>,
    list: &AccessBook,
) -> Vec<(ChannelName, String)> {
    let not_granted = DropReason::GroupNotGranted.as_str();
    let mut seen = BTreeSet::new();
    let mut lines = Vec::new();
    for one in senders.iter().rev().filter(|one| one.message.reason == not_granted) {
        let id = &one.message.conversation;
        if !seen.insert((&one.channel, id)) {
            continue;
        }
        let network = networks.get(&one.channel).and_then(Option::as_deref);
        let writer = network.and_then(|network| list.owner(network, &one.message.id));
        let person = writer.or_else(|| list.people().first());
        let name = person.map_or("owner", |person| person.name.as_str());
        let key = toml::Value::from(id.as_str());
        lines.push((
            one.channel.clone(),
            format!("groups.{key} = {{ mention = true, people = [\"{name}\"] }}"),
        ));
    }
    lines
}

/// What a reason means, and how the operator would have it otherwise.
fn meaning(dropped: &Dropped) -> String {
    let channel = &dropped.channel;
    match dropped.reason {
        DropReason::UnknownPerson => {
            "an account that is not on the list; `lockgate access allow NAME NETWORK:ID` adds it".to_owned()
        }
        DropReason::DeniedPerson => "an account that you have denied".to_owned(),
        DropReason::Bot => format!(
            "an account that its network calls a program; `bots = true` under [channel.{channel}] in lockgate.toml lets those on the list speak"
        ),
        DropReason::DirectDisabled => {
            format!(
                "a direct message; `direct = \"allowlist\"` under [channel.{channel}] in lockgate.toml lets people on the list write"
            )
        }
        DropReason::GroupNotGranted => {
            format!(
                "a message in a group without an entry; a line such as this under [channel.{channel}] in lockgate.toml lets people speak there:"
            )
        }
        DropReason::NotInGroup => {
            format!(
                "somebody of the list, in a group where `people` under [channel.{channel}] in lockgate.toml names others"
            )
        }
        DropReason::NotAddressed => {
            format!(
                "a message to others in a group; `digest = true` in its entry under [channel.{channel}] keeps such for `inbox`"
            )
        }
        DropReason::EventsOff => {
            format!(
                "a thing, such as a build or a feed; `events = \"verified\"` under [channel.{channel}] in lockgate.toml lets them speak"
            )
        }
        DropReason::Unverified => {
            format!(
                "a thing, without a signature; `events = \"all\"` under [channel.{channel}] in lockgate.toml asks for none"
            )
        }
    }
}
