//! The guest `web` in a room, with a world outside in which everything that it may ask leads to one fake platform.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
use lockgate::config::Upstream;
use lockgate::egress::Line;
use lockgate::model::Secret;
use lockgate::reach::Scheme;
use lockgate::sandbox::{Allocation, CallError, ChannelContext, Folders, HookBody, Prepared, Quota};
use tempfile::TempDir;

use crate::platform::net::Net;
use crate::platform::{Answer, Platform, Seen};
use crate::room::{Room, guest, post};

/// The credential of the guest's rules.
pub const TOKEN: &str = "412587349-AAFx9dZk_77q";
/// What the guest asks for by itself.
pub const BY_ITSELF: &str = "https://open.example.org/news";
/// Bytes of the guest's `/data`.
const DATA: u64 = 1 << 20;

/// The guest and its world.
pub struct Web {
    /// Where it is.
    pub room: Room,
    /// Its world.
    pub net: Net,
    /// Whoever it speaks to.
    pub platform: Platform,
    /// Its way outward.
    pub line: Arc<Line>,
    /// Its `inbox`, `outbox` and `data`, and a `canary` beside them.
    pub folder: TempDir,
    prepared: Prepared,
    channel: Arc<ChannelContext>,
}

impl Web {
    /// With a platform that answers so.
    ///
    /// # Errors
    /// If the guest was not built, or something can't be made.
    pub async fn new(script: impl Fn(&Seen) -> Answer + Send + Sync + 'static) -> Result<Web> {
        let (room, net) = (Room::new(Allocation::Pooling)?, Net::new()?);
        let platform = Platform::plain(script)?;
        let examined = room.compile(guest("web")?).await?;
        let prepared = room.load(&examined)?;
        let upstream = Upstream {
            scheme: Scheme::Http,
            address: platform.address(),
        };
        net.wires.lead(&platform.address().to_string(), platform.address());
        let rules = examined.manifest.http.clone();
        let upstreams: BTreeMap<_, _> = rules.iter().map(|rule| (rule.label(), upstream.clone())).collect();
        let secrets = BTreeMap::from([("token".to_owned(), Secret::new(TOKEN))]);
        let line = net.egress.line("web".parse()?, rules, upstreams, secrets);
        let folder = TempDir::with_prefix("lockgate-web-").context("make a temporary folder")?;
        for name in ["inbox", "outbox", "data"] {
            std::fs::create_dir(folder.path().join(name)).context("make a folder")?;
        }
        std::fs::write(folder.path().join("canary"), "the canary").context("write the canary")?;
        Ok(Web {
            channel: room.channel_with("web", &[("by-itself", BY_ITSELF)], Arc::clone(&line))?,
            room,
            net,
            platform,
            line,
            folder,
            prepared,
        })
    }

    /// One poll that may take so long; it asks by another interface after an odd number of failures.
    ///
    /// # Errors
    /// As the call.
    pub async fn polls(&self, failures: u32, deadline: Duration) -> Result<(), CallError> {
        let folders = self.folders();
        let done = self.prepared.poll(&self.channel, failures, deadline, &folders).await;
        done.map(drop)
    }

    /// One timer.
    ///
    /// # Errors
    /// As the call.
    pub async fn fires(&self) -> Result<(), CallError> {
        let done = self.prepared.fire(&self.channel, "t", 0, &self.folders()).await;
        done.map(drop)
    }

    /// What the guest says of its deed.
    ///
    /// # Panics
    /// If the call fails.
    pub async fn does(&self, deed: &str) -> String {
        match self.calls(deed).await {
            Ok(report) => report,
            Err(error) => panic!("{deed}: {error}"),
        }
    }

    /// The same, if the call may fail.
    ///
    /// # Errors
    /// As the call.
    pub async fn calls(&self, deed: &str) -> Result<String, CallError> {
        let folders = self.folders();
        let done = self
            .prepared
            .receive(&self.channel, post("/do", deed), &folders)
            .await?;
        Ok(match done.value.0.body {
            HookBody::Bytes(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            other => format!("{other:?}"),
        })
    }

    fn folders(&self) -> Folders {
        let at = |name: &str| self.folder.path().join(name);
        Folders {
            inbox: Some(at("inbox")),
            outbox: Some(at("outbox")),
            data: Some(Quota::lasting(at("data"), DATA)),
        }
    }

    /// The names in one of its folders.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn entries(&self, folder: &str) -> Result<Vec<String>> {
        let entries = std::fs::read_dir(self.folder.path().join(folder))?;
        let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
        names.collect()
    }
}

/// An answer to everything.
#[must_use]
pub fn answer(_: &Seen) -> Answer {
    Answer::ok("fine")
}

/// Repeats the token in its answer, in every writing, in the head, and cut in two.
#[must_use]
pub fn echo(seen: &Seen) -> Answer {
    let got = if seen.head.contains(TOKEN) { "raw" } else { "nothing of" };
    let [raw, others @ ..] = &writings(TOKEN)[..] else {
        return Answer::ok("");
    };
    let body = format!("{got} {raw} and {}", others.join(" and "));
    let (begin, rest) = body.as_bytes().split_at(got.len() + 8);
    let head = format!(
        "HTTP/1.1 200 Said\r\nx-echo: {raw}\r\nx-{raw}: a\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    Answer::raw(head)
        .then(crate::platform::Step::Send(begin.to_vec()))
        .then(crate::platform::Step::Send(rest.to_vec()))
}

/// A text in seven writings, the first being its own.
#[must_use]
pub fn writings(text: &str) -> Vec<String> {
    let bytes = text.as_bytes();
    let escaped = |form: &dyn Fn(u8) -> String| bytes.iter().map(|byte| form(*byte)).collect::<String>();
    vec![
        text.to_owned(),
        escaped(&|byte| format!("%{byte:02X}")),
        BASE64.encode(bytes),
        BASE64URL_NOPAD.encode(bytes),
        HEXLOWER.encode(bytes),
        HEXUPPER.encode(bytes),
        escaped(&|byte| format!("\\u{byte:04x}")),
    ]
}
