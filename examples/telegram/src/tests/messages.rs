//! What people write, kind by kind, as the platform documents them.

use super::*;
use lockgate_sdk::{Attachment, Author, Conversation, Scope, Sender};

fn sender(message: &Message) -> &Sender {
    match &message.author {
        Author::Person(sender) => sender,
        Author::Service(name) => panic!("{name} is no account"),
    }
}

fn meta<'a>(message: &'a Message, key: &str) -> Option<&'a str> {
    let found = message.meta.iter().find(|(name, _)| name == key);
    found.map(|(_, value)| value.as_str())
}

#[test]
fn a_direct_text_is_what_its_writer_says() {
    let message = Bot::begun().reads(direct(json!({ "text": "/start AB12C-DE34F" })));
    // A command is a text like any other: nothing here answers it.
    assert_eq!(
        (message.id.as_str(), message.text.as_str()),
        ("7", "/start AB12C-DE34F")
    );
    assert_eq!(message.author, Author::Person(Sender::account("42").named("ann")));
    assert_eq!(message.conversation, Conversation::direct("42"));
    assert_eq!(message.sent_at, Some(1_700_000_000_000));
    assert!(message.mentions_me);
    assert_eq!(message.meta, [("name".to_owned(), "Ann Lee".to_owned())]);
}

#[test]
fn nothing_is_sent_to_anybody_who_writes() {
    let bot = Bot::begun();
    for text in ["/start", "/help", "/status", "hello", "pair AB12C-DE34F"] {
        bot.reads(direct(json!({ "text": text })));
        assert_eq!(bot.request().0, "getUpdates");
    }
}

#[test]
fn a_file_is_named_by_its_handle_and_described() {
    let file = |id: &str| Attachment::handle(id);
    let check = |fields: Value, text: &str, kind: &str, attachment: Attachment| {
        let message = Bot::begun().reads(direct(fields));
        assert_eq!((message.text.as_str(), meta(&message, "kind")), (text, Some(kind)));
        assert_eq!(message.attachments, [attachment]);
    };
    let photo = json!([
        { "file_id": "s", "width": 90, "height": 60, "file_size": 1_000 },
        { "file_id": "l", "width": 1_280, "height": 853, "file_size": 90_000 },
        { "file_id": "m", "width": 320, "height": 213, "file_size": 9_000 },
    ]);
    let large = || file("l").mime("image/jpeg").size(90_000);
    check(json!({ "photo": photo }), "(photo)", "photo", large());
    check(json!({ "photo": photo, "caption": "look" }), "look", "photo", large());
    let document = json!({ "file_id": "d", "file_name": "a.pdf", "mime_type": "application/pdf", "file_size": 5 });
    let pdf = file("d").named("a.pdf").mime("application/pdf").size(5);
    check(json!({ "document": document }), "(document: a.pdf)", "document", pdf);
    check(
        json!({ "document": { "file_id": "d" } }),
        "(document)",
        "document",
        file("d"),
    );
    let gif = json!({ "file_id": "g", "file_name": "a.mp4" });
    let both = json!({ "animation": gif, "document": gif });
    check(
        both,
        "(animation)",
        "animation",
        file("g").named("a.mp4").mime("video/mp4"),
    );
    check(
        json!({ "voice": { "file_id": "v" } }),
        "(voice message)",
        "voice",
        file("v").mime("audio/ogg"),
    );
    let song = json!({ "file_id": "a", "title": "Song", "performer": "Band", "mime_type": "audio/flac" });
    check(
        json!({ "audio": song }),
        "(audio: Song)",
        "audio",
        file("a").mime("audio/flac"),
    );
    check(
        json!({ "video": { "file_id": "v" } }),
        "(video)",
        "video",
        file("v").mime("video/mp4"),
    );
    check(
        json!({ "video_note": { "file_id": "n" } }),
        "(video note)",
        "video_note",
        file("n").mime("video/mp4"),
    );
    let sticker = |fields: Value| json!({ "sticker": with(json!({ "file_id": "s", "emoji": "😀" }), fields) });
    check(
        sticker(json!({})),
        "(sticker 😀)",
        "sticker",
        file("s").mime("image/webp"),
    );
    let animated = file("s").mime("application/x-tgsticker");
    check(
        sticker(json!({ "is_animated": true })),
        "(sticker 😀)",
        "sticker",
        animated,
    );
    check(
        sticker(json!({ "is_video": true })),
        "(sticker 😀)",
        "sticker",
        file("s").mime("video/webm"),
    );
}

#[test]
fn a_thing_without_a_file_is_said_in_words() {
    let check = |fields: Value, text: &str, kind: &str| {
        let message = Bot::begun().reads(direct(fields));
        assert_eq!((message.text.as_str(), meta(&message, "kind")), (text, Some(kind)));
        assert!(message.attachments.is_empty());
    };
    let at = json!({ "latitude": 52.5, "longitude": 13.4 });
    check(json!({ "location": at }), "(location 52.5, 13.4)", "location");
    let live = with(at.clone(), json!({ "live_period": 900 }));
    check(json!({ "location": live }), "(live location: 52.5, 13.4)", "location");
    let venue = json!({ "title": "Café", "address": "Main St 1", "location": at });
    check(
        json!({ "venue": venue, "location": at }),
        "(venue: Café, Main St 1, 52.5, 13.4)",
        "venue",
    );
    let contact = json!({ "first_name": "Bo", "last_name": "Ek", "phone_number": "+4912345" });
    check(json!({ "contact": contact }), "(contact: Bo Ek, +4912345)", "contact");
    let poll = json!({ "id": "1", "question": "When?", "options": [{ "text": "Now" }, { "text": "Later" }] });
    check(json!({ "poll": poll }), "(poll: When? / Now / Later)", "poll");
    let checklist = json!({ "title": "Trip", "tasks": [{ "id": 1, "text": "Pack" }, { "id": 2, "text": "Go" }] });
    check(
        json!({ "checklist": checklist }),
        "(checklist: Trip / Pack / Go)",
        "checklist",
    );
    check(json!({ "dice": { "emoji": "🎲", "value": 4 } }), "(dice 🎲 4)", "dice");
    check(json!({ "game": { "title": "Chess" } }), "(game: Chess)", "game");
    check(json!({ "story": { "id": 1 } }), "(story)", "story");
    check(
        json!({ "paid_media": { "star_count": 1 } }),
        "(paid media)",
        "paid_media",
    );
}

#[test]
fn what_happens_in_a_chat_is_no_message_and_no_noise() {
    let bot = Bot::begun();
    let happened = [
        "new_chat_members",
        "left_chat_member",
        "new_chat_title",
        "new_chat_photo",
        "delete_chat_photo",
        "group_chat_created",
        "supergroup_chat_created",
        "channel_chat_created",
        "message_auto_delete_timer_changed",
        "pinned_message",
        "successful_payment",
        "refunded_payment",
        "users_shared",
        "chat_shared",
        "connected_website",
        "write_access_allowed",
        "proximity_alert_triggered",
        "boost_added",
        "chat_background_set",
        "forum_topic_created",
        "forum_topic_edited",
        "forum_topic_closed",
        "forum_topic_reopened",
        "general_forum_topic_hidden",
        "general_forum_topic_unhidden",
        "giveaway_created",
        "giveaway_completed",
        "video_chat_scheduled",
        "video_chat_started",
        "video_chat_ended",
        "video_chat_participants_invited",
        "paid_message_price_changed",
        "checklist_tasks_done",
        "checklist_tasks_added",
        "suggested_post_approved",
        "suggested_post_approval_failed",
        "suggested_post_declined",
        "suggested_post_paid",
        "suggested_post_refunded",
        "gift",
        "unique_gift",
    ];
    for kind in happened {
        let happened = [(kind.to_owned(), json!({ "x": 1 }))].into_iter().collect();
        assert_eq!(bot.brings(json!({ "message": grouped(happened) })), [], "{kind}");
    }
    let moved = bot.brings(json!({ "message": grouped(json!({ "migrate_to_chat_id": -1_009_999 })) }));
    let instead = "the group -1001234 has become -1009999: name that one in lockgate.toml";
    assert_eq!(moved, [Inbound::Skipped(instead.into())]);
}

#[test]
fn an_edit_is_the_whole_message_and_two_within_a_second_are_two() {
    let bot = Bot::begun();
    let mut revisions = Vec::new();
    for kind in ["edited_message", "edited_channel_post"] {
        let now = direct(json!({ "text": "new", "edit_date": 1_700_000_050 }));
        let inbound = bot.brings([(kind.to_owned(), now)].into_iter().collect());
        let [Inbound::Edited(edited)] = &inbound[..] else {
            panic!("{inbound:?}")
        };
        assert_eq!((edited.now.id.as_str(), edited.now.text.as_str()), ("7", "new"));
        revisions.push(edited.revision.clone());
    }
    assert_ne!(revisions[0], revisions[1], "both of one second");
    let moving = direct(json!({ "location": { "latitude": 1.0, "longitude": 2.0 }, "edit_date": 5 }));
    assert_eq!(bot.brings(json!({ "edited_message": moving })), []);
}

#[test]
fn a_topic_is_a_thread_and_an_ordinary_thread_is_none() {
    let thread = |fields: Value| Bot::begun().reads(grouped(fields)).conversation.thread;
    let topic = json!({ "text": "x", "message_thread_id": 33, "is_topic_message": true });
    assert_eq!(thread(topic).as_deref(), Some("33"));
    assert_eq!(thread(json!({ "text": "x", "message_thread_id": 33 })), None);
    assert_eq!(thread(json!({ "text": "x" })), None);
}

#[test]
fn a_group_has_its_own_number_and_title_and_albums_are_marked() {
    let message = Bot::begun().reads(grouped(json!({
        "photo": [{ "file_id": "p", "width": 1, "height": 1 }], "media_group_id": "a1",
        "via_bot": { "id": 9, "is_bot": true, "username": "gif" },
    })));
    assert_eq!(
        (message.conversation.id.as_str(), message.conversation.scope),
        ("-1001234", Scope::Group)
    );
    assert_eq!(message.conversation.title.as_deref(), Some("Crew"));
    assert_eq!(
        (meta(&message, "album"), meta(&message, "via_bot")),
        (Some("a1"), Some("gif"))
    );
}

#[test]
fn whoever_writes_in_the_name_of_a_chat_is_that_chat_and_never_an_account_for_all() {
    let bot = Bot::begun();
    let check = |message: Value, id: &str, name: &str| {
        let message = bot.reads(message);
        assert_eq!(
            (sender(&message).id.as_str(), sender(&message).name.as_deref()),
            (id, Some(name))
        );
    };
    let anonymous =
        json!({ "id": 1_087_968_824, "is_bot": true, "first_name": "Group", "username": "GroupAnonymousBot" });
    let group = json!({ "id": GROUP, "type": "supergroup", "title": "Crew" });
    check(
        grouped(json!({ "text": "x", "from": anonymous, "sender_chat": group })),
        "-1001234",
        "Crew",
    );
    let channel = json!({ "id": -1_005, "type": "channel", "title": "News" });
    check(
        grouped(json!({ "text": "x", "from": { "id": 777_000 }, "sender_chat": channel })),
        "-1005",
        "News",
    );
    for from in [1_087_968_824_i64, 136_817_688, 777_000] {
        let skipped = bot.brings(json!({ "message": grouped(json!({ "text": "x", "from": { "id": from } })) }));
        assert!(matches!(&skipped[..], [Inbound::Skipped(why)] if why.ends_with("a message without a sender")));
    }
    // A chat that can't be read is nobody: its stand-in would be everybody.
    let broken = json!({ "text": "x", "from": ann(), "sender_chat": { "id": "x" } });
    assert!(matches!(
        &bot.brings(json!({ "message": grouped(broken) }))[..],
        [Inbound::Skipped(_)]
    ));
}

#[test]
fn a_post_is_its_channel_speaking() {
    let bot = Bot::begun();
    let chat = json!({ "id": -1_005, "type": "channel", "title": "News" });
    let post = json!({
        "message_id": 3, "date": 5, "chat": chat, "sender_chat": chat, "text": "hi", "author_signature": "Ed",
    });
    let inbound = bot.brings(json!({ "channel_post": post }));
    let [Inbound::Message(message)] = &inbound[..] else {
        panic!("{inbound:?}")
    };
    assert_eq!(
        (sender(message).id.as_str(), message.conversation.scope),
        ("-1005", Scope::Group)
    );
    assert_eq!(meta(message, "signature"), Some("Ed"));
}

#[test]
fn programs_say_that_they_are_some() {
    let bot = json!({ "id": 9, "is_bot": true, "first_name": "B" });
    let message = Bot::begun().reads(grouped(json!({ "text": "x", "from": bot })));
    assert_eq!(sender(&message), &Sender::account("9").named("B").bot());
}

#[test]
fn a_press_has_its_token_and_where_it_was() {
    let bot = Bot::begun();
    let query = json!({
        "id": "4382bfdwdsb323b2d9", "from": ann(), "chat_instance": "1", "data": "tok-en_1",
        "message": direct(json!({ "text": "May it?", "from": { "id": ME, "is_bot": true } })),
    });
    let inbound = bot.brings(json!({ "callback_query": query }));
    let [Inbound::Press(press)] = &inbound[..] else {
        panic!("{inbound:?}")
    };
    assert_eq!(
        (press.token.as_str(), press.id.as_str()),
        ("tok-en_1", "4382bfdwdsb323b2d9")
    );
    assert_eq!(press.handle.as_deref(), Some("4382bfdwdsb323b2d9"));
    assert_eq!(
        (press.sender.id.as_str(), &press.conversation),
        ("42", &Conversation::direct("42"))
    );
    // A message that is too old to be shown has still its chat.
    let old = with(
        query,
        json!({ "message": { "chat": { "id": GROUP, "type": "supergroup" }, "message_id": 1, "date": 0 } }),
    );
    assert!(matches!(
        &bot.brings(json!({ "callback_query": old }))[..],
        [Inbound::Press(_)]
    ));
}
