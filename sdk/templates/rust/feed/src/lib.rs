//! News from a feed: each item that was not there before becomes an event.

use lockgate_sdk::http::Request;
use lockgate_sdk::{Batch, Message, Outcome, Source, Trouble, channel, json};
use serde::Deserialize;
use serde_json::Value;

/// Where the news are: a JSON list of items.
const FEED: &str = "https://feeds.example.org/news.json";
/// Milliseconds until the next look.
const AGAIN: u32 = 60_000;
/// Items of one look; the host takes at most 100.
const MOST: usize = 50;
/// Items that are remembered, the newest ones.
const REMEMBERED: usize = 500;
/// Where they are remembered.
const SEEN: &str = "seen";

channel!(struct {{Name}}: source);

/// One of the news.
#[derive(Deserialize)]
struct Item {
    id: String,
    title: String,
    link: String,
}

impl Source for {{Name}} {
    fn poll(failures: u32) -> Result<Batch, Trouble> {
        let items: Vec<Value> = match Request::get(FEED).send()?.ok()?.json() {
            Ok(items) => items,
            // Again and again no list at all: that is what is stepped over.
            Err(trouble) if failures < 3 => return Err(trouble),
            Err(_) => {
                return Ok(Batch::new(Outcome::none().skipped("the feed is no list of items"), AGAIN));
            }
        };
        let mut seen: Vec<String> = json::get(SEEN)?.unwrap_or_default();
        let mut fresh: Vec<&Value> = Vec::new();
        for item in &items {
            if !seen.contains(&key(item)) && !fresh.iter().any(|other| key(other) == key(item)) {
                fresh.push(item);
            }
        }
        // After a failure one at a time, so that what can't be read keeps back nothing but itself.
        let most = if failures == 0 { MOST } else { 1 };
        let more = fresh.len() > most;
        let mut outcome = Outcome::none();
        for item in fresh.into_iter().take(most) {
            outcome = match Item::deserialize(item) {
                Ok(item) => outcome.event(message(item)),
                Err(error) if failures < 3 => return Err(error.into()),
                Err(error) => outcome.skipped(format!("an item that can't be read: {error}")),
            };
            seen.push(key(item));
        }
        seen.drain(..seen.len().saturating_sub(REMEMBERED));
        json::set(SEEN, &seen)?;
        Ok(Batch::new(outcome, if more { 0 } else { AGAIN }))
    }
}

fn message(item: Item) -> Message {
    Message::service("{{name}}", format!("{}\n{}", item.title, item.link)).id(item.id)
}

/// By what an item is known again, whether or not it can be read.
fn key(item: &Value) -> String {
    let key = item["id"].as_str().map_or_else(|| item.to_string(), str::to_owned);
    key.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use lockgate_sdk::Inbound;
    use lockgate_sdk::harness::Harness;
    use lockgate_sdk::http::Response;
    use std::cell::RefCell;
    use std::rc::Rc;

    /// A feed whose text a test may change.
    fn feed(text: &str) -> (Harness, Rc<RefCell<String>>) {
        let text = Rc::new(RefCell::new(text.to_owned()));
        let shown = Rc::clone(&text);
        let house = Harness::new().http(move |_| Ok(Response::new(200, shown.borrow().clone())));
        (house, text)
    }

    fn texts(house: &Harness) -> Vec<String> {
        house.events().into_iter().map(|event| event.text).collect()
    }

    #[test]
    fn each_item_comes_once() {
        let one = r#"{"id":"1","title":"One","link":"https://feeds.example.org/1"}"#;
        let two = r#"{"id":"2","title":"Two","link":"https://feeds.example.org/2"}"#;
        let (house, text) = feed(&format!("[{one}]"));
        assert_eq!(house.poll::<{{Name}}>().map(|batch| batch.again_after), Ok(AGAIN));
        assert_eq!(texts(&house), ["One\nhttps://feeds.example.org/1"]);
        *text.borrow_mut() = format!("[{two}, {one}]");
        assert!(house.poll::<{{Name}}>().is_ok() && house.poll::<{{Name}}>().is_ok());
        assert_eq!(texts(&house), ["Two\nhttps://feeds.example.org/2"]);
    }

    #[test]
    fn an_item_that_can_not_be_read_is_stepped_over() {
        let (house, _) = feed(r#"[{"id":"1"}, {"id":"2","title":"Two","link":"l"}]"#);
        for _ in 0..3 {
            assert!(matches!(house.poll::<{{Name}}>(), Err(Trouble::Malformed(_))));
        }
        assert!(house.poll::<{{Name}}>().is_ok());
        assert!(matches!(&house.inbound()[..], [Inbound::Skipped(_)]));
        assert!(house.poll::<{{Name}}>().is_ok());
        assert_eq!(texts(&house), ["Two\nl"]);
    }
}
