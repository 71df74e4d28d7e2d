//! A fake of ntfy with one topic, as its documentation says: messages come over a websocket, after `open` and what was
//! missed since a message or a time, and between them keepalives; what is published over HTTP comes back over it, too.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use serde_json::{Value, json};

use crate::gateway::Gateway;
use crate::platform::{Answer, Platform, Seen};

/// A running one; it ends with the value.
pub struct Ntfy {
    /// Where it is listened to.
    pub gateway: Arc<Gateway>,
    /// Where it is published to.
    pub platform: Platform,
    topic: Arc<Topic>,
}

/// The topic, and all that was ever published to it.
struct Topic {
    name: &'static str,
    told: Mutex<Vec<Value>>,
    limited: Mutex<usize>,
}

impl Ntfy {
    /// One with this topic, to which nothing was published.
    ///
    /// # Errors
    /// If loopback has no port.
    pub fn start(name: &'static str) -> Result<Ntfy> {
        let topic = Arc::new(Topic {
            name,
            told: Mutex::default(),
            limited: Mutex::default(),
        });
        let gateway = Arc::new(Gateway::start()?);
        let greeted = Arc::clone(&topic);
        gateway.greet(move |head| greeted.greeting(head));
        let (asked, line) = (Arc::clone(&topic), Arc::clone(&gateway));
        let platform = Platform::plain(move |seen| asked.answer(seen, &line))?;
        Ok(Ntfy {
            gateway,
            platform,
            topic,
        })
    }

    /// What the operator writes, so that it is asked instead of the real one.
    #[must_use]
    pub fn upstreams(&self) -> toml::Table {
        let published = format!("http://{}", self.platform.address());
        toml::Table::from_iter([
            ("wss://ntfy.sh".to_owned(), self.gateway.url().into()),
            ("ntfy.sh".to_owned(), published.into()),
        ])
    }

    /// Somebody publishes this.
    pub fn publish(&self, message: &str) {
        let event = self.topic.keep(message, &[]);
        self.gateway.say(&event.to_string());
    }

    /// Says again over the websocket what was published last: a subscriber who comes in that moment gets it twice.
    pub fn repeat(&self) {
        let last = lock(&self.topic.told).last().cloned();
        self.gateway.say(&last.unwrap_or_default().to_string());
    }

    /// Says what is no message: that it is still there, and that there is something to be asked for.
    pub fn keepalive(&self) {
        for event in ["keepalive", "poll_request"] {
            self.gateway.say(&self.topic.event(event).to_string());
        }
    }

    /// Answers so many who publish that they do it too often.
    pub fn limit(&self, times: usize) {
        *lock(&self.topic.limited) = times;
    }

    /// The `since` of each request for a websocket, in order.
    #[must_use]
    pub fn since(&self) -> Vec<Option<String>> {
        self.gateway.requests().iter().map(|head| since(head)).collect()
    }
}

impl Topic {
    /// `open`, and what was missed.
    fn greeting(&self, head: &str) -> Vec<String> {
        let told = lock(&self.told);
        let missed = match since(head) {
            None => &[][..],
            Some(since) => match told.iter().position(|event| event["id"] == since.as_str()) {
                Some(last) => &told[last + 1..],
                // No message that it knows: a time, or else all that it has.
                None => {
                    let time = since.parse().unwrap_or(0);
                    &told[told.partition_point(|event| event["time"].as_u64() < Some(time))..]
                }
            },
        };
        let open = self.event("open");
        [&[open], missed].concat().iter().map(Value::to_string).collect()
    }

    fn answer(&self, seen: &Seen, line: &Gateway) -> Answer {
        let limited = {
            let mut limited = lock(&self.limited);
            let before = *limited;
            *limited = before.saturating_sub(1);
            before > 0
        };
        if limited {
            let words = json!({"code": 42901, "http": 429, "error": "limit reached: too many requests"});
            return Answer::with(429, &[("content-type", "application/json")], words.to_string());
        }
        let published: Value = serde_json::from_slice(&seen.body).unwrap_or_default();
        let (message, tags) = (published["message"].as_str(), published["tags"].as_array());
        match message.filter(|_| seen.line() == "POST / HTTP/1.1" && published["topic"] == self.name) {
            Some(message) => {
                let event = self.keep(message, tags.map_or(&[], Vec::as_slice)).to_string();
                line.say(&event);
                Answer::with(200, &[("content-type", "application/json")], event)
            }
            None => Answer::with(400, &[], r#"{"code":40024,"http":400,"error":"invalid request"}"#),
        }
    }

    /// One more message; whoever asks from now on gets it.
    fn keep(&self, message: &str, tags: &[Value]) -> Value {
        let mut event = self.event("message");
        event["message"] = message.into();
        if !tags.is_empty() {
            event["tags"] = tags.into();
        }
        let mut told = lock(&self.told);
        event["id"] = format!("m{:0>11}", told.len()).into();
        told.push(event.clone());
        event
    }

    fn event(&self, event: &str) -> Value {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        json!({"id": "hwQ2YpKdmg00", "time": now.as_secs(), "event": event, "topic": self.name})
    }
}

fn since(head: &str) -> Option<String> {
    let target = head.split(' ').nth(1)?;
    let (_, since) = target.split_once("?since=")?;
    Some(since.to_owned())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
