//! What a new project that looks for news has to keep to, the same in every language: ids come in any order, one item that
//! can't be read keeps back nothing but itself, and no item pays for what the platform alone does wrong. The project's
//! component is called in a room, and what it writes to its store is committed.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, ensure};
use lockgate::config::Upstream;
use lockgate::journal::CallCommit;
use lockgate::limits;
use lockgate::model::{Frame, Inbound, Outcome, Secret, Trouble, UnixMillis};
use lockgate::reach::Scheme;
use lockgate::sandbox::{Allocation, CallError, ChannelContext, Folders, Happening, Prepared};

use crate::platform::net::Net;
use crate::platform::{Answer, Platform};
use crate::room::Room;

/// Items that no language can read, in both kinds: without an id, no object, an id or a name of the wrong type.
const ODD: &str = r#"{"title":"no id","text":"no id"}, 7, null, {"id":["x"],"title":"t"}"#;
/// Milliseconds until the next look, if nothing is left.
const FEED_AGAIN: u32 = 60_000;
/// The same of a chat.
const CHAT_AGAIN: u32 = 2_000;

/// Calls a project's component of this kind; nothing to prove of a webhook.
///
/// # Errors
/// It loses something, or could not be called.
pub fn loses_nothing(kind: &str, component: &Path) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.context("start a runtime")?.block_on(async {
        match kind {
            "feed" => News::open(component).await?.feed().await,
            "chat" => News::open(component).await?.chat().await,
            "live-chat" => News::open(component).await?.live_chat().await,
            _ => Ok(()),
        }
    })
}

/// What one look brought: ids in order, how often something was stepped over, and milliseconds until the next look.
type Look = (Vec<String>, usize, u32);

/// A component, and a platform whose answer a test may change.
struct News {
    room: Room,
    prepared: Prepared,
    channel: Arc<ChannelContext>,
    shown: Arc<Mutex<(u16, String)>>,
    _net: Net,
    _platform: Platform,
}

impl News {
    async fn open(component: &Path) -> Result<News> {
        let bytes = std::fs::read(component).with_context(|| format!("read {}", component.display()))?;
        let (room, net) = (Room::new(Allocation::Pooling)?, Net::new()?);
        let examined = room.compile(bytes).await?;
        let shown = Arc::new(Mutex::new((200, String::new())));
        let answer = Arc::clone(&shown);
        let platform = Platform::plain(move |_| {
            let (status, text) = answer.lock().unwrap_or_else(PoisonError::into_inner).clone();
            Answer::with(status, &[], text)
        })?;
        let upstream = Upstream {
            scheme: Scheme::Http,
            address: platform.address(),
        };
        net.wires.lead(&platform.address().to_string(), platform.address());
        let rules = examined.manifest.http.clone();
        let upstreams: BTreeMap<_, _> = rules.iter().map(|rule| (rule.label(), upstream.clone())).collect();
        let secrets = BTreeMap::from([("token".to_owned(), Secret::new("the-token-of-the-account"))]);
        let line = net.egress.line("news".parse()?, rules, upstreams, secrets);
        Ok(News {
            prepared: room.load(&examined)?,
            channel: room.channel_with("news", &[], line)?,
            room,
            shown,
            _net: net,
            _platform: platform,
        })
    }

    fn shows(&self, status: u16, text: String) {
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = (status, text);
    }

    /// One look, committed.
    async fn look(&self, failures: u32) -> Result<Look, CallError> {
        let (channel, folders) = (&self.channel, Folders::default());
        let done = self
            .prepared
            .poll(channel, failures, limits::POLL_DEADLINE, &folders)
            .await?;
        let commit = CallCommit {
            instance: channel.instance,
            channel: channel.name.clone(),
            now: UnixMillis::now(),
            admitted: Vec::new(),
            effects: Vec::new(),
            checks: done.written.checks,
            writes: done.written.writes,
            replay: None,
            fired: None,
            tallies: Vec::new(),
        };
        assert!(
            self.room.journal.commit(commit).await.is_ok(),
            "the look can't be committed"
        );
        let (outcome, again) = done.value;
        let (ids, skipped) = brought(&outcome);
        Ok((ids, skipped, again))
    }

    /// Looks at this list after so many failures.
    async fn gives(&self, list: &str, failures: u32, expected: (&[&str], usize, u32)) -> Result<()> {
        self.shows(200, format!("[{list}]"));
        let (ids, skipped, again) = self.look(failures).await.with_context(|| list.to_owned())?;
        ensure!(
            (ids.iter().map(String::as_str).eq(expected.0.iter().copied()))
                && (skipped, again) == (expected.1, expected.2),
            "{list} brought {ids:?}, {skipped} skipped, {again}, and not {expected:?}"
        );
        Ok(())
    }

    async fn feed(&self) -> Result<()> {
        let (nine, three) = (item(r#""9""#), item("3"));
        let list = format!(r#"{nine}, {ODD}, {{"id":5}}, {three}, {nine}"#);
        self.gives(&list, 0, (&["9", "3"], 5, FEED_AGAIN)).await?;
        // One of what can't be read is the mere number 7.
        let list = format!("{}, {ODD}, {nine}, {}, {}", item("4"), item(r#""x""#), item("7"));
        self.gives(&list, 0, (&["4", "x", "7"], 0, FEED_AGAIN)).await?;
        let long = ["1", "2"].map(|end| format!("{}{end}", "é".repeat(300)));
        let both = long.each_ref().map(|id| item(&format!("{id:?}"))).join(", ");
        self.gives(&both, 0, (&long.each_ref().map(String::as_str), 0, FEED_AGAIN))
            .await?;
        self.gives(&both, 0, (&[], 0, FEED_AGAIN)).await?;
        self.steps(["32", "31", "33"].map(item), ["31", "33"], FEED_AGAIN)
            .await?;
        self.platforms_own_troubles().await?;
        self.forgets_nothing_of_long_lists().await
    }

    /// A list that is longer than what is remembered of others, the newest first, that gains an item and loses its last.
    async fn forgets_nothing_of_long_lists(&self) -> Result<()> {
        let long = |id: u32| item(&format!(r#""{id}-{}""#, "x".repeat(120)));
        let at = |newest: u32| (newest - 619..=newest).rev().map(long).collect::<Vec<_>>().join(", ");
        for (newest, expected) in [(1_619, 620_usize), (1_620, 1), (1_621, 1), (3_000, 620), (3_001, 1)] {
            self.shows(200, format!("[{}]", at(newest)));
            let mut told = 0;
            for _ in 0..expected.div_ceil(50).max(10) {
                let looked = self.look(0).await.with_context(|| format!("after {told} items"))?;
                told += looked.0.len();
            }
            ensure!(
                told == expected,
                "of a list up to {newest} {told} were told, and not {expected}"
            );
        }
        let after = self.look(0).await?;
        ensure!(
            after == (vec![], 0, FEED_AGAIN),
            "a long list brought {after:?} once more"
        );
        Ok(())
    }

    async fn chat(&self) -> Result<()> {
        let odd = r#"{"id":2,"user":{},"room":"r","text":"t"}, {"id":3,"user":"u","room":"r","text":7}"#;
        let list = format!("{}, {ODD}, {odd}, {}, {}", update(9), update(1), update(4));
        self.gives(&list, 0, (&["1", "4", "9"], 3, CHAT_AGAIN)).await?;
        self.gives(&list, 0, (&[], 1, CHAT_AGAIN)).await?;
        self.steps([32, 31, 33].map(update), ["32", "33"], CHAT_AGAIN).await?;
        self.platforms_own_troubles().await?;
        // More than one look takes, the newest first.
        self.shows(
            200,
            format!("[{}]", (100..160).rev().map(update).collect::<Vec<_>>().join(", ")),
        );
        let (mut ids, _, again) = self.look(0).await?;
        ensure!(again == 0, "what is left has to wait {again} ms");
        ids.extend(self.look(0).await?.0);
        let expected: Vec<String> = (100..160).map(|id: u32| id.to_string()).collect();
        ensure!(ids == expected, "60 messages came as {ids:?}");
        Ok(())
    }

    /// Of three that are new: after three failures the first is stepped over, after one the next alone is told.
    async fn steps(&self, list: [String; 3], told: [&str; 2], again: u32) -> Result<()> {
        let list = list.join(", ");
        self.gives(&list, 3, (&[], 1, 0)).await?;
        self.gives(&list, 1, (&told[..1], 0, 0)).await?;
        self.gives(&list, 0, (&told[1..], 0, again)).await
    }

    /// They must not count as failures: the host doesn't count `unavailable`.
    async fn platforms_own_troubles(&self) -> Result<()> {
        for (status, text) in [(503, ""), (404, "gone"), (200, "<html>"), (200, "{}"), (200, "null")] {
            self.shows(status, text.to_owned());
            let looked = self.look(0).await;
            let unavailable = matches!(looked, Err(CallError::Trouble(Trouble::Unavailable(_))));
            ensure!(unavailable, "{status} {text:?} was {looked:?}");
        }
        Ok(())
    }

    async fn live_chat(&self) -> Result<()> {
        let hi = r#"{"op":"message","id":7,"user":"u1","name":"Ann","room":"u1","text":"hi"}"#;
        ensure!(self.heard(hi).await? == (vec!["7".to_owned()], 0), "{hi}");
        ensure!(self.heard(r#"{"op":"pong"}"#).await? == (vec![], 0), "a pong");
        let no_user = r#"{"op":"message","id":7,"user":[],"room":"r","text":"hi"}"#;
        for odd in ["", "[]x", r#"{"op":"message"}"#, no_user] {
            let heard = self.heard(odd).await.with_context(|| format!("the frame {odd:?}"))?;
            ensure!(heard == (vec![], 1), "the frame {odd:?} was {heard:?}");
        }
        Ok(())
    }

    async fn heard(&self, frame: &str) -> Result<(Vec<String>, usize)> {
        let frame = Happening::Frame(Frame::Text(frame.to_owned()));
        let folders = Folders::default();
        let done = self
            .prepared
            .happened(&self.channel, "main", frame, 0, &folders)
            .await?;
        Ok(brought(&done.value))
    }
}

/// The ids of the messages, and how much was stepped over.
fn brought(outcome: &Outcome) -> (Vec<String>, usize) {
    let mut skipped = 0;
    let ids = outcome.inbound.iter().filter_map(|inbound| match inbound {
        Inbound::Message(message) => Some(message.id.clone()),
        _ => {
            skipped += 1;
            None
        }
    });
    (ids.collect(), skipped)
}

/// An item with this id, as it stands in JSON.
fn item(id: &str) -> String {
    format!(r#"{{"id":{id},"title":"a title","link":"https://feeds.example.org/"}}"#)
}

fn update(id: u32) -> String {
    format!(r#"{{"id":{id},"user":"u1","name":null,"room":1,"text":"text {id}"}}"#)
}
