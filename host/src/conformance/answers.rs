//! What platforms answer, badly and well: the moods of the stand-in, as bytes. It knows no platform; where an answer is to be
//! one that a channel can read, it has the usual names of fields, in the usual shapes.

use serde_json::{Value, json};

use crate::limits;

/// How the stand-in behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Nobody is there: the connection is refused.
    Unreachable,
    /// It takes the request and says nothing.
    Silent,
    /// It has trouble of its own.
    Failing,
    /// It does not know the credential.
    Unauthorized,
    /// It wants to be left alone for a second.
    Busy,
    /// There is nothing at this path.
    NotFound,
    /// All is well, and the body makes no sense.
    Odd(Odd),
    /// All is well, and the body may be one that the channel can read.
    Plausible(Shape),
}

/// A body that makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Odd {
    /// No byte.
    Empty,
    /// No UTF-8.
    Bytes,
    /// A page for people, as proxies and hotels send it.
    Page,
    /// JSON that ends in the middle.
    Cut,
    /// JSON within JSON within JSON.
    Deep,
    /// JSON of other types than anybody expects.
    Types,
    /// More than a guest is handed.
    Huge,
}

/// The shape of a body that makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A list of things with numbers as ids.
    Numbers,
    /// A list of things with texts as ids.
    Texts,
    /// The list in an object, under the usual names.
    Wrapped,
    /// One thing: what is answered to whoever has sent something.
    One,
    /// A feed in XML.
    Feed,
    /// A calendar.
    Calendar,
}

impl Odd {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Empty,
        Self::Bytes,
        Self::Page,
        Self::Cut,
        Self::Deep,
        Self::Types,
        Self::Huge,
    ];
}

impl Shape {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Numbers,
        Self::Texts,
        Self::Wrapped,
        Self::One,
        Self::Feed,
        Self::Calendar,
    ];
}

/// Status and body.
pub fn answer(mood: Mood) -> (u16, Vec<u8>) {
    let said = |status, body: Value| (status, body.to_string().into_bytes());
    match mood {
        // Whoever gets here all the same gets what a gateway says.
        Mood::Unreachable | Mood::Silent | Mood::Failing => (503, b"<h1>Service Unavailable</h1>".to_vec()),
        Mood::Unauthorized => said(401, json!({"ok": false, "error": "unauthorized", "error_code": 401})),
        Mood::Busy => said(
            429,
            json!({"ok": false, "error": "slow down", "error_code": 429, "retry_after": 1}),
        ),
        Mood::NotFound => said(404, json!({"ok": false, "error": "not found", "error_code": 404})),
        Mood::Odd(odd) => (200, nonsense(odd)),
        Mood::Plausible(shape) => (200, sense(shape)),
    }
}

fn nonsense(odd: Odd) -> Vec<u8> {
    match odd {
        Odd::Empty => Vec::new(),
        Odd::Bytes => vec![0xff, 0xfe, 0x00, 0x80, 0xc3, 0x28],
        Odd::Page => b"<!doctype html><title>Sign in</title><p>Please sign in to the network.".to_vec(),
        Odd::Cut => br#"{"ok":true,"result":[{"id":1,"te"#.to_vec(),
        Odd::Deep => vec![b'['; 100_000],
        Odd::Types => json!({"ok": "yes", "id": {}, "result": 5, "items": "none", "data": [null, 1, "x", [], {}]})
            .to_string()
            .into_bytes(),
        Odd::Huge => {
            let mut body = b"[\"".to_vec();
            body.resize(limits::RESPONSE_BYTES + 2, b'a');
            body.extend_from_slice(b"\"]");
            body
        }
    }
}

fn sense(shape: Shape) -> Vec<u8> {
    let things = |id: fn(u64) -> Value| Value::Array((1..=3).map(|nth| thing(nth, &id(nth))).collect());
    let number = |nth| json!(nth);
    let json = match shape {
        Shape::Numbers => things(number),
        Shape::Texts => things(|nth| json!(format!("id-{nth}"))),
        Shape::Wrapped => {
            let list = things(number);
            let mut wrapped = json!({"ok": true});
            for name in [
                "result", "results", "items", "data", "messages", "events", "updates", "runs",
            ] {
                wrapped[name] = list.clone();
            }
            wrapped
        }
        Shape::One => {
            let mut one = thing(1, &number(1));
            one["ok"] = Value::Bool(true);
            one["result"] = thing(1, &number(1));
            one
        }
        Shape::Feed => return FEED.as_bytes().to_vec(),
        Shape::Calendar => return CALENDAR.as_bytes().to_vec(),
    };
    json.to_string().into_bytes()
}

/// A thing as platforms list them, under all names that are usual.
fn thing(nth: u64, id: &Value) -> Value {
    let person = json!({"id": id, "name": "Ann", "username": "ann", "first_name": "Ann", "is_bot": false});
    json!({
        "id": id, "update_id": nth, "message_id": nth, "title": format!("Thing {nth}"), "text": format!("thing {nth}"),
        "link": format!("https://www.example.org/{nth}"), "url": format!("https://www.example.org/{nth}"),
        "user": "ann", "name": "Ann", "room": "room", "date": 1_700_000_000 + nth, "status": "completed",
        "message": {
            "message_id": nth, "id": id, "text": format!("thing {nth}"), "date": 1_700_000_000 + nth,
            "from": person, "chat": {"id": nth, "type": "private"},
        },
    })
}

const FEED: &str = r#"<?xml version="1.0"?>
<rss version="2.0"><channel><title>News</title>
<item><guid>1</guid><title>One</title><link>https://www.example.org/1</link></item>
<item><guid>2</guid><title>Two</title><link>https://www.example.org/2</link></item>
</channel></rss>"#;

const CALENDAR: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20300101T100000Z\r\n\
    SUMMARY:One\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_sense_is_json_with_ids_and_what_does_not_is_none() {
        for shape in [Shape::Numbers, Shape::Texts, Shape::Wrapped, Shape::One] {
            let (status, body) = answer(Mood::Plausible(shape));
            let json: Value = serde_json::from_slice(&body).unwrap();
            let first = json.get(0).or(json.pointer("/result/0")).unwrap_or(&json);
            assert!(status == 200 && first["id"] != Value::Null, "{shape:?}: {json}");
        }
        for odd in [Odd::Empty, Odd::Bytes, Odd::Page, Odd::Cut, Odd::Deep] {
            let (_, body) = answer(Mood::Odd(odd));
            assert!(serde_json::from_slice::<Value>(&body).is_err(), "{odd:?}");
        }
        assert!(answer(Mood::Odd(Odd::Huge)).1.len() > limits::RESPONSE_BYTES);
        let refused = [(Mood::Unauthorized, 401), (Mood::Busy, 429), (Mood::Failing, 503)];
        for (mood, status) in refused {
            assert_eq!(answer(mood).0, status);
        }
    }
}
