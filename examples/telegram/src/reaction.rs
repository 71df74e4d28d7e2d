//! The emoji that Telegram takes as a reaction: a list of its own. Pure.

use lockgate_sdk::Trouble;

/// All of them, without variation selectors; those that go with most things come first.
const TAKEN: [&str; 73] = [
    "👍",
    "👎",
    "❤",
    "🔥",
    "👏",
    "🎉",
    "🤔",
    "👀",
    "🙏",
    "👌",
    "💯",
    "🤝",
    "✍",
    "🫡",
    "🥰",
    "😁",
    "🤯",
    "😱",
    "🤬",
    "😢",
    "🤩",
    "🤮",
    "💩",
    "🕊",
    "🤡",
    "🥱",
    "🥴",
    "😍",
    "🐳",
    "❤\u{200d}🔥",
    "🌚",
    "🌭",
    "🤣",
    "⚡",
    "🍌",
    "🏆",
    "💔",
    "🤨",
    "😐",
    "🍓",
    "🍾",
    "💋",
    "🖕",
    "😈",
    "😴",
    "😭",
    "🤓",
    "👻",
    "👨\u{200d}💻",
    "🎃",
    "🙈",
    "😇",
    "😨",
    "🤗",
    "🎅",
    "🎄",
    "☃",
    "💅",
    "🤪",
    "🗿",
    "🆒",
    "💘",
    "🙉",
    "🦄",
    "😘",
    "💊",
    "🙊",
    "😎",
    "👾",
    "🤷\u{200d}♂",
    "🤷",
    "🤷\u{200d}♀",
    "😡",
];
/// How many of them a refusal names.
const NAMED: usize = 14;

/// The emoji as Telegram writes it.
pub fn taken(emoji: &str) -> Result<&'static str, Trouble> {
    let plain: String = emoji.chars().filter(|c| *c != '\u{fe0f}').collect();
    TAKEN.into_iter().find(|one| *one == plain).ok_or_else(|| {
        let some = TAKEN[..NAMED].join(" ");
        Trouble::rejected(format!(
            "Telegram does not take this emoji as a reaction; among those it takes are {some}"
        ))
    })
}
