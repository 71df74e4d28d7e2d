//! Groups of the Telegram channel: heard only where the operator says so, only whom he names, and only when they speak to the
//! bot.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use lockgate_tests::botapi::{BOT, BotApi, USERNAME};
use lockgate_tests::home::{Home, Status};
use lockgate_tests::telegram::{self, ANN, BEN, EVE, NAME, Telegram, chat_id, scene};
use serde_json::{Value, json};

/// A group with an entry, a forum with one, and one without.
const GROUP: i64 = -1_001_000_001;
const FORUM: i64 = -1_001_000_002;
const OTHER: i64 = -1_001_000_003;
/// A topic of the forum.
const TOPIC: i64 = 7;

fn grouped(groups: &str) -> Telegram {
    let (api, home) = scene().unwrap();
    for (id, topics) in [(GROUP, &[][..]), (FORUM, &[TOPIC]), (OTHER, &[])] {
        api.group(id, "A group", topics);
    }
    set_groups(&home, groups);
    let telegram = Telegram::over(api, home).unwrap();
    telegram.wait_phase("ready").unwrap();
    telegram
}

fn set_groups(home: &Home, groups: &str) {
    let groups: toml::Table = groups.parse().unwrap();
    home.edit_config(|config| {
        let channel = telegram::channel(config).unwrap();
        channel.insert("groups".into(), groups.into());
    })
    .unwrap();
}

/// Waits until so many were dropped for a reason.
#[track_caller]
fn dropped(telegram: &Telegram, reason: &str, count: u64) {
    let enough = |status: &Status| (status.channel(NAME)?.tallies.get(reason)? == &count).then_some(());
    telegram.home.wait_status(&format!("{count} {reason}"), enough).unwrap();
}

fn contents(telegram: &Telegram) -> Vec<String> {
    telegram
        .events()
        .unwrap()
        .into_iter()
        .map(|event| event.content)
        .collect()
}

/// A message that answers one of the bot's.
fn answers(api: &BotApi, chat: i64, user: i64, message: i64, text: &str) {
    let own = json!({"message_id": message, "from": {"id": BOT, "is_bot": true, "first_name": "x", "username": USERNAME},
        "chat": {"id": chat, "type": "supergroup"}, "date": 1, "text": "what I said"});
    api.sends(chat, user, &json!({"text": text, "reply_to_message": own}));
}

#[test]
fn a_group_without_an_entry_is_not_heard() {
    let telegram = grouped("");
    telegram.api.says(GROUP, ANN, &format!("@{USERNAME} hello"));
    telegram.api.says(GROUP, EVE, &format!("/start@{USERNAME}"));
    telegram.says(ANN, "after them").unwrap();
    assert_eq!(contents(&telegram), ["after them"]);
    dropped(&telegram, "group-not-granted", 2);
}

#[test]
fn in_a_group_only_who_is_named_is_heard_and_only_when_he_speaks_to_the_bot() {
    let telegram = grouped(&format!(
        "{GROUP} = {{ people = [\"ann\"], patterns = [\"(?i)\\\\bclaude\\\\b\"] }}"
    ));
    let api = &telegram.api;
    api.says(GROUP, ANN, "not for you");
    api.says(GROUP, EVE, &format!("@{USERNAME} from a stranger"));
    api.says(GROUP, BEN, &format!("@{USERNAME} from one who is not named here"));
    api.says(OTHER, ANN, &format!("@{USERNAME} from elsewhere"));
    api.says(GROUP, ANN, &format!("😀 @{USERNAME} by name"));
    api.says(GROUP, ANN, &format!("/do@{USERNAME} by command"));
    api.says(GROUP, ANN, "hey Claude, by pattern");
    api.says(GROUP, ANN, "@another_bot not for you either");
    answers(api, GROUP, ANN, 55, "by answer");
    telegram.says(ANN, "after them").unwrap();
    let heard = contents(&telegram);
    let ends: Vec<&str> = heard
        .iter()
        .map(|content| content.rsplit(['\n']).next().unwrap())
        .collect();
    let name = format!("😀 @{USERNAME} by name");
    let command = format!("/do@{USERNAME} by command");
    assert_eq!(
        ends,
        [&*name, &*command, "hey Claude, by pattern", "by answer", "after them"]
    );
    dropped(&telegram, "not-addressed", 2);
    dropped(&telegram, "group-not-granted", 1);
}

#[test]
fn a_topic_is_answered_in_the_topic() {
    let mut telegram = grouped(&format!("{FORUM} = {{ mention = false }}"));
    let more = json!({"text": "in the topic", "message_thread_id": TOPIC, "is_topic_message": true});
    let question = telegram.api.sends(FORUM, ANN, &more);
    let event = telegram.hear("in the topic").unwrap();
    assert_eq!(
        (&*event.meta["thread"], &*event.meta["chat_id"]),
        ("7", &*chat_id(FORUM))
    );
    // Before the answer, which ends it.
    let typed = || telegram.api.actions().contains(&(FORUM, Some(TOPIC))).then_some(());
    telegram.api.wait("a sign of typing in the topic", typed).unwrap();
    let arguments = json!({"chat_id": chat_id(FORUM), "text": "here", "reply_to": question.to_string()});
    let result = telegram.call("reply", &arguments).unwrap();
    assert_ne!(result["isError"], true, "{result}");
    let sent = telegram.api.sent().remove(0);
    assert_eq!((sent.thread, sent.reply_to), (Some(TOPIC), Some(question)));
}

#[test]
fn who_writes_as_the_group_or_a_channel_is_nobody_on_the_list() {
    let telegram = grouped(&format!("{GROUP} = {{ mention = false }}"));
    // An anonymous administrator and a linked channel: the platform names a bot of its own as the sender.
    let stand_in = json!({"id": 1_087_968_824, "is_bot": true, "first_name": "Group", "username": "GroupAnonymousBot"});
    for chat in [GROUP, OTHER] {
        let sender = json!({"id": chat, "type": "supergroup", "title": "ann"});
        telegram.api.sends(
            GROUP,
            ANN,
            &json!({"text": "anonymous", "from": stand_in, "sender_chat": sender}),
        );
    }
    telegram.says(ANN, "after them").unwrap();
    assert_eq!(contents(&telegram), ["after them"]);
}

#[test]
fn an_edit_passes_the_gate_like_a_message() {
    let telegram = grouped(&format!("{GROUP} = {{}}"));
    let first = telegram.api.says(GROUP, ANN, "not for you");
    let strangers = telegram.api.says(GROUP, EVE, "hello");
    telegram.api.edits(first, &format!("@{USERNAME} for you now")).unwrap();
    telegram
        .api
        .edits(strangers, &format!("@{USERNAME} for you now"))
        .unwrap();
    telegram.hear("for you now").unwrap();
    telegram.says(ANN, "after them").unwrap();
    let events = telegram.events().unwrap();
    let edited: Vec<_> = events
        .iter()
        .filter(|event| event.meta.contains_key("edited"))
        .collect();
    assert_eq!(edited.len(), 1, "{events:?}");
    assert_eq!(edited[0].meta["user_id"], ANN.to_string());
}

#[test]
fn joins_and_other_happenings_are_no_messages() {
    let telegram = grouped(&format!("{GROUP} = {{ mention = false, people = \"everyone\" }}"));
    let member = json!({"id": EVE, "is_bot": false, "first_name": "Eve"});
    let happenings: [Value; 4] = [
        json!({"new_chat_members": [member]}),
        json!({"left_chat_member": member}),
        json!({"new_chat_title": "Another title"}),
        json!({"pinned_message": {"message_id": 1, "date": 0, "chat": {"id": GROUP, "type": "supergroup"}}}),
    ];
    for more in &happenings {
        telegram.api.sends(GROUP, EVE, more);
    }
    telegram.api.says(GROUP, EVE, "said by a guest");
    let event = telegram.hear("said by a guest").unwrap();
    assert_eq!(event.meta["role"], "guest");
    assert_eq!(telegram.events().unwrap().len(), 1);
}
