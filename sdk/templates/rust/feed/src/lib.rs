//! News from a feed: each item that was not there before becomes an event.

use lockgate_sdk::http::Request;
use lockgate_sdk::{Batch, Message, Outcome, Source, Trouble, channel, json};
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashSet;

/// Where the news are: a JSON list of items.
const FEED: &str = "https://feeds.example.org/news.json";
/// Milliseconds until the next look.
const AGAIN: u32 = 60_000;
/// Items of one look; the host takes at most 100.
const MOST: usize = 50;
/// Items that are remembered of those that are no longer in the list.
const REMEMBERED: usize = 500;
/// Where they are remembered.
const SEEN: &str = "seen";
/// Characters of what an item is remembered by.
const KEY: usize = 200;

channel!(struct {{Name}}: source);

/// One of the news.
#[derive(Deserialize)]
struct Item {
    id: Value,
    title: String,
    #[serde(default)]
    link: String,
}

impl Source for {{Name}} {
    fn poll(failures: u32) -> Result<Batch, Trouble> {
        let items = items().map_err(platforms)?;
        let mut seen: Vec<String> = json::get(SEEN)?.unwrap_or_default();
        let mut known: HashSet<String> = seen.iter().cloned().collect();
        let fresh: Vec<&Value> = items.iter().filter(|item| known.insert(key(item))).collect();
        // After a failure one thing at a time, and in the end past the one that fails.
        let most = if failures == 0 { MOST } else { 1 };
        let more = fresh.len() > most;
        let mut outcome = Outcome::none();
        for item in fresh.into_iter().take(most) {
            outcome = match message(item) {
                _ if failures >= 3 => outcome.skipped(format!("an item that failed three times: {}", key(item))),
                Ok(message) => outcome.event(message),
                // What can't be read keeps back nothing but itself.
                Err(why) => outcome.skipped(format!("an item that can't be read: {why}")),
            };
            seen.push(key(item));
        }
        // Whatever stands in the list stays known, in whichever order it was told.
        let listed: HashSet<String> = items.iter().map(key).collect();
        let mut gone = seen.iter().filter(|key| !listed.contains(*key)).count();
        seen.retain(|key| {
            let is_listed = listed.contains(key);
            gone -= usize::from(!is_listed);
            is_listed || gone < REMEMBERED
        });
        json::set(SEEN, &seen)?;
        Ok(Batch::new(outcome, if more { 0 } else { AGAIN }))
    }
}

/// The feed as it is now.
fn items() -> Result<Vec<Value>, Trouble> {
    Request::get(FEED).send()?.ok()?.json()
}

/// Said to be malformed or rejected, what the platform alone does wrong would count as a failure, and an item would pay for it.
fn platforms(trouble: Trouble) -> Trouble {
    match trouble {
        Trouble::Malformed(why) | Trouble::Rejected(why) => Trouble::Unavailable(why),
        other => other,
    }
}

fn message(item: &Value) -> Result<Message, String> {
    let item = Item::deserialize(item).map_err(|error| error.to_string())?;
    let id = id(&item.id).ok_or("it has no id")?;
    Ok(Message::service("{{name}}", format!("{}\n{}", item.title, item.link)).id(id))
}

/// An id, which may be a text or a number.
fn id(value: &Value) -> Option<String> {
    match value {
        Value::String(id) if !id.is_empty() => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

/// By what an item is known again, whether or not it can be read: of a long id the beginning and the end.
fn key(item: &Value) -> String {
    let whole: Vec<char> = id(&item["id"]).unwrap_or_else(|| format!("no id: {item}")).chars().collect();
    match whole.len() {
        ..=KEY => whole.into_iter().collect(),
        length => whole[..KEY / 2].iter().chain(&whole[length - KEY / 2..]).collect(),
    }
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

    /// An item with this id, as it stands in JSON.
    fn item(id: &str) -> String {
        format!(r#"{{"id":{id},"title":"title {}","link":"l"}}"#, id.trim_matches('"'))
    }

    #[test]
    fn each_item_comes_once() {
        let (house, text) = feed(&format!("[{}]", item("1")));
        assert_eq!(house.poll::<{{Name}}>().map(|batch| batch.again_after), Ok(AGAIN));
        assert_eq!(texts(&house), ["title 1\nl"]);
        *text.borrow_mut() = format!("[{}, {}]", item("2"), item("1"));
        assert!(house.poll::<{{Name}}>().is_ok() && house.poll::<{{Name}}>().is_ok());
        assert_eq!(texts(&house), ["title 2\nl"]);
    }

    #[test]
    fn ids_come_in_any_order_and_an_item_that_can_not_be_read_keeps_back_only_itself() {
        let odd = r#"{"title":"no id"}, 7, {"id":["x"],"title":"t"}, {"id":5}"#;
        let (house, text) = feed(&format!("[{}, {odd}, {}]", item("9"), item("3")));
        assert!(house.poll::<{{Name}}>().is_ok());
        let inbound = house.inbound();
        assert_eq!(inbound.iter().filter(|one| matches!(one, Inbound::Skipped(_))).count(), 4);
        *text.borrow_mut() = format!("[{}, {odd}, {}, {}]", item("4"), item("9"), item("\"x\""));
        assert!(house.poll::<{{Name}}>().is_ok());
        assert_eq!(texts(&house), ["title 4\nl", "title x\nl"]);
    }

    #[test]
    fn ids_that_only_begin_alike_are_two() {
        let long = "x".repeat(300);
        let (house, _) = feed(&format!("[{}, {}]", item(&format!("\"{long}1\"")), item(&format!("\"{long}2\""))));
        assert!(house.poll::<{{Name}}>().is_ok());
        assert_eq!(house.events().len(), 2);
    }

    #[test]
    fn after_failures_it_goes_step_by_step_and_past_what_fails() {
        let (_house, _) = feed(&format!("[{}, {}, {}]", item("2"), item("1"), item("3")));
        for (failures, again) in [(3, 0), (1, 0), (0, AGAIN)] {
            let batch = {{Name}}::poll(failures);
            let batch = batch.unwrap_or_else(|trouble| panic!("{trouble:?}"));
            let skipped = matches!(batch.outcome.inbound[..], [Inbound::Skipped(_)]);
            assert_eq!((batch.outcome.inbound.len(), skipped, batch.again_after), (1, failures == 3, again));
        }
    }

    #[test]
    fn what_is_no_list_is_held_against_no_item() {
        let (house, text) = feed("<html>");
        for _ in 0..4 {
            assert!(matches!(house.poll::<{{Name}}>(), Err(Trouble::Unavailable(_))));
        }
        *text.borrow_mut() = format!("[{}]", item("1"));
        assert!(house.poll::<{{Name}}>().is_ok());
        assert_eq!(texts(&house), ["title 1\nl"]);
    }
}
