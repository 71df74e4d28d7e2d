//! The desk of codes and invitations: whatever strangers write and an operator types, nobody comes in but with a code that
//! he was sent, or with the one of an invitation, and once.

use std::collections::{BTreeMap, BTreeSet};

use lockgate::access::pairing::{Answer, Code, Desk, Door, Invite, redemption};
use lockgate::access::{DirectPolicy, Role};
use lockgate::limits;
use lockgate::model::{Approach, ChannelName, Conversation, Scope, Sender, UnixMillis};

use super::super::Body;
use super::text;

/// Lines: `ID TEXT` is a stranger's message, `!TEXT` is typed by the operator, `@` is a minute, `+` a restart.
pub const BODY: Body = Body {
    name: "pairing",
    play,
    words: &[
        "1 hello\n",
        "2 hello\n",
        "1 /start\n",
        "1 pair 00000-00000\n",
        "2 /start 00000-00000\n",
        "2 PAIR ooooolllll\n",
        "1 pair 10000-00000\n",
        "!10000-00000\n",
        "!20000 00000\n",
        "!1oooo0oooo\n",
        "@\n",
        "@@@@@@@@@@\n",
        "+\n",
        "/start ",
        "pair ",
        "00000-00000",
        "\u{2003}",
        "\u{200b}",
        "-",
        "\n",
        "unknown ",
    ],
    usual: 4_000,
};

/// When it begins, and how long `@` lasts.
const BEGIN: u64 = 1_700_000_000_000;
const MINUTE: u64 = 60_000;
/// The invitation's code, as a stranger would have to know it.
const INVITED: &str = "0000000000";

/// All that is, and what may be.
struct Scene {
    desk: Desk,
    channel: ChannelName,
    now: u64,
    fresh: u8,
    /// Who was sent which code.
    sent: BTreeMap<String, String>,
    redeemed: usize,
    paired: usize,
    silent: usize,
}

fn play(data: &[u8]) -> String {
    let text = text(data);
    let mut scene = Scene::new();
    for line in text.lines().take(200) {
        match line.chars().next() {
            Some('!') => scene.typed(&line[1..]),
            Some('@') => scene.now += MINUTE * line.len().min(2_000) as u64,
            Some('+') => scene.restart(),
            _ => scene.written(line),
        }
        assert!(scene.desk.pending(UnixMillis(scene.now)).count() <= limits::PAIRING_PENDING);
    }
    super::counted(&[
        ("redeemed", scene.redeemed),
        ("paired", scene.paired),
        ("sent", scene.sent.len()),
        ("silent", scene.silent),
    ])
}

impl Scene {
    fn new() -> Self {
        let mut desk = Desk::default();
        let invite = Invite {
            person: "ann".parse().expect("a name"),
            roles: BTreeSet::from([Role::Chat]),
            found: None,
            since: UnixMillis(BEGIN),
            good: limits::INVITE_TTL,
        };
        let made = desk.invite(invite, Code::of([0; 7]), UnixMillis(BEGIN));
        assert!(made.is_ok());
        Self {
            desk,
            channel: "chat".parse().expect("a name"),
            now: BEGIN,
            fresh: 0,
            sent: BTreeMap::new(),
            redeemed: 0,
            paired: 0,
            silent: 0,
        }
    }

    /// A code that is another each time, and never the invitation's.
    fn code(&mut self) -> Code {
        self.fresh = self.fresh % 250 + 1;
        Code::of([0, 0, 0, 0, 0, 0, self.fresh])
    }

    fn written(&mut self, line: &str) {
        let (id, said) = line.split_once(' ').unwrap_or((line, ""));
        let (approach, code) = (approach(id, said), self.code());
        let door = Door {
            channel: &self.channel,
            network: "net",
            direct: DirectPolicy::Pairing,
        };
        let right = plain(said).is_some_and(|code| code == INVITED);
        assert!(!right || redemption(said).is_some(), "{said:?} sends the invitation");
        match self.desk.approach(door, &approach, code, UnixMillis(self.now)) {
            Answer::Redeemed(_) => {
                assert!(right, "{said:?} was taken for the invitation");
                self.redeemed += 1;
                assert!(self.redeemed == 1, "an invitation was taken twice");
            }
            Answer::Code(code) => {
                self.sent.insert(code.to_string(), id.to_owned());
            }
            Answer::StillPending(code) => assert_eq!(self.sent.get(&code.to_string()).map(String::as_str), Some(id)),
            Answer::Silent(_) => self.silent += 1,
        }
    }

    fn typed(&mut self, typed: &str) {
        if let Ok(stranger) = self.desk.pair(typed, UnixMillis(self.now)) {
            let code = dashed(&digits(typed));
            assert_eq!(self.sent.remove(&code), Some(stranger.account.id), "{typed:?}");
            self.paired += 1;
        }
    }

    fn restart(&mut self) {
        let text = serde_json::to_string(&self.desk).expect("a document");
        self.desk = serde_json::from_str(&text).expect("what was written");
        assert_eq!(serde_json::to_string(&self.desk).expect("a document"), text);
    }
}

fn approach(id: &str, text: &str) -> Approach {
    Approach {
        message: "m".to_owned(),
        sender: Sender {
            id: id.to_owned(),
            name: Some(text.to_owned()),
            bot: false,
        },
        conversation: Conversation {
            id: format!("d-{id}"),
            thread: None,
            scope: Scope::Direct,
            title: None,
        },
        text: text.to_owned(),
    }
}

/// The code of a message that sends an invitation, read in another way.
fn plain(text: &str) -> Option<String> {
    let text = text.trim();
    let rest = match text.get(..6) {
        Some("/start") => text.get(6..)?,
        _ => text
            .get(..4)
            .filter(|word| word.eq_ignore_ascii_case("pair"))
            .and(text.get(4..))?,
    };
    rest.starts_with(char::is_whitespace).then(|| digits(rest))
}

fn digits(typed: &str) -> String {
    let typed = typed.trim().chars().filter(|c| !matches!(c, '-' | ' '));
    let digit = |c: char| match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    typed.map(digit).collect()
}

fn dashed(code: &str) -> String {
    let (first, last) = code.split_at_checked(5).unwrap_or((code, ""));
    format!("{first}-{last}")
}
