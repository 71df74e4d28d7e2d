//! Who is asked for permission: whoever spoke to the session last, if he may answer, else all who may. Pure.

use std::collections::BTreeMap;

use crate::access::{Account, PersonName};
use crate::limits;
use crate::model::ChannelName;

/// A channel that runs and may carry questions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// Its name.
    pub channel: ChannelName,
    /// Whose accounts it reaches.
    pub network: String,
    /// Whether it may carry the answer to this question.
    pub answers: super::ledger::Answers,
}

/// Somebody who may approve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approver {
    /// Who he is.
    pub name: PersonName,
    /// One of his accounts.
    pub account: Account,
}

/// Somebody who is asked, and over which channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The way to him.
    pub way: Way,
    /// His account.
    pub account: Account,
}

/// Whoever spoke to the session last, if he is an approver whose answer his channel may carry.
pub fn first(asker: (&ChannelName, &str), approvers: &[Approver], ways: &[Way]) -> Option<Asked> {
    let (channel, id) = asker;
    let way = ways
        .iter()
        .find(|way| way.channel == *channel && way.answers == super::ledger::Answers::Taken)?;
    let known = approvers
        .iter()
        .find(|approver| approver.account.network == way.network && approver.account.id == id)?;
    Some(Asked {
        way: way.clone(),
        account: known.account.clone(),
    })
}

/// All approvers, each account over one channel of its network: one that may carry the answer, if there is one. At most
/// [`limits::PROMPT_SHOWN`], and then everybody with one account before anybody with his second.
pub fn all(approvers: &[Approver], ways: &[Way]) -> Vec<Asked> {
    let mut turns: BTreeMap<&PersonName, usize> = BTreeMap::new();
    let mut asked = Vec::new();
    for approver in approvers {
        let reaching = ways.iter().filter(|way| way.network == approver.account.network);
        let Some(way) = reaching.min_by_key(|way| way.answers != super::ledger::Answers::Taken) else {
            continue;
        };
        let turn = turns.entry(&approver.name).or_default();
        let account = approver.account.clone();
        asked.push((
            *turn,
            Asked {
                way: way.clone(),
                account,
            },
        ));
        *turn += 1;
    }
    asked.sort_by_key(|(turn, _)| *turn);
    asked
        .into_iter()
        .map(|(_, asked)| asked)
        .take(limits::PROMPT_SHOWN)
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::ledger::Answers;
    use super::*;

    fn approver(name: &str, account: &str) -> Approver {
        let (network, id) = account.split_once(':').unwrap();
        Approver {
            name: name.parse().unwrap(),
            account: Account {
                network: network.into(),
                id: id.into(),
            },
        }
    }

    fn way(channel: &str, network: &str, answers: Answers) -> Way {
        Way {
            channel: channel.parse().unwrap(),
            network: network.into(),
            answers,
        }
    }

    fn words(asked: &[Asked]) -> Vec<String> {
        let words = asked
            .iter()
            .map(|asked| format!("{} {}", asked.way.channel, asked.account));
        words.collect()
    }

    #[test]
    fn the_asker_is_asked_alone_if_he_may_answer_where_he_spoke() {
        let approvers = [approver("ann", "a:1"), approver("ben", "b:1")];
        let ways = [
            way("chat", "a", Answers::Taken),
            way("mail", "b", Answers::Taken),
            way("note", "a", Answers::No),
        ];
        let check = |channel: &str, id: &str, expected: Option<&str>| {
            let found = first((&channel.parse().unwrap(), id), &approvers, &ways);
            let found = found.map(|asked| words(&[asked]).concat());
            assert_eq!(found.as_deref(), expected, "{channel} {id}");
        };
        check("chat", "1", Some("chat a:1"));
        check("mail", "1", Some("mail b:1"));
        check("chat", "2", None);
        check("other", "1", None);
        // He would read that it waits, and those who could answer would not hear of it.
        check("note", "1", None);
    }

    #[test]
    fn all_are_reached_over_one_channel_of_their_network_each() {
        let approvers = [
            approver("ann", "a:1"),
            approver("ann", "b:1"),
            approver("ben", "a:2"),
            approver("cay", "none:3"),
        ];
        let ways = [
            way("note", "a", Answers::No),
            way("talk", "a", Answers::Taken),
            way("talk2", "a", Answers::Taken),
            way("only-note", "b", Answers::No),
        ];
        let found = all(&approvers, &ways);
        assert_eq!(words(&found), ["talk a:1", "talk a:2", "only-note b:1"]);
        assert_eq!(all(&approvers, &[]), []);
    }

    #[test]
    fn not_more_than_the_bound_are_asked() {
        let many: Vec<Approver> = (0..100).map(|nth| approver("ann", &format!("a:{nth}"))).collect();
        let found = all(&many, &[way("chat", "a", Answers::Taken)]);
        assert_eq!(found.len(), limits::PROMPT_SHOWN);
        let last = [many, vec![approver("ben", "a:ben")]].concat();
        let found = all(&last, &[way("chat", "a", Answers::Taken)]);
        assert!(words(&found).contains(&"chat a:ben".to_owned()));
    }
}
