//! A channel with a page, told by the request what to answer: well-formed things, hostile ones, and none. Its document at
//! `/` tries to get at other pages when a test asks it to.
//!
//! - `/echo`: what came, line by line.
//! - `/events?TOPIC`: what is published to the topic. `/publish?TOPIC` publishes each line of the body to it.
//! - `/publish-many?TOPIC`: as often as a call may, each time the body.
//! - `/say`: reports the body as a message.
//! - `/answer?STATUS`: that status; each line of the body is a header, after an empty line comes the body.
//! - `/large?BYTES`, `/file?PATH`: a body of that size, or that file.
//! - `/trap`, `/spin`, `/busy`, `/rejected`: no answer.

use lockgate_sdk::{
    Answer, Body, Effect, Hook, Message, Outcome, Publication, Request, RequestBody, Trouble, channel, files,
};

struct Page;

impl Hook for Page {
    fn receive(request: Request) -> Result<Answer, Trouble> {
        let argument = request.query.as_str();
        match request.path.as_str() {
            "/" => Ok(typed("text/html; charset=utf-8", include_str!("hostile.html"))),
            "/echo" => Ok(typed("text/plain; charset=utf-8", &echo(&request))),
            "/events" => Ok(body(Body::Subscribe(argument.into()))),
            "/publish" => Ok(published(argument, request.text().lines().map(str::to_owned))),
            "/publish-many" => Ok(published(argument, (0..100).map(|_| request.text()))),
            "/say" => Ok(Answer::ok().event(Message::service("page", request.text()))),
            "/answer" => Ok(told(argument, &request.text())),
            "/large" => Ok(body(Body::Bytes(vec![b'x'; argument.parse().unwrap_or(0)]))),
            "/file" => Ok(body(Body::File(argument.into()))),
            "/trap" => panic!("the guest's own words"),
            "/spin" => loop {
                std::hint::spin_loop();
            },
            "/busy" => Err(Trouble::Busy(1_500)),
            "/rejected" => Err(Trouble::Rejected("the guest's own words".into())),
            _ => Ok(Answer::status(404)),
        }
    }
}

fn body(body: Body) -> Answer {
    Answer { body, ..Answer::ok() }
}

fn typed(kind: &str, text: &str) -> Answer {
    Answer {
        headers: vec![("content-type".into(), kind.into())],
        ..body(Body::Bytes(text.into()))
    }
}

fn echo(request: &Request) -> String {
    let mut lines = vec![
        format!("{} {} {}", request.method, request.path, request.query),
        format!("rule {}", request.rule),
        match &request.body {
            RequestBody::Bytes(bytes) => format!("bytes {}", bytes.len()),
            RequestBody::File(path) => format!("file {path} {:?}", files::read(path).map(|bytes| bytes.len())),
        },
    ];
    lines.extend(request.headers.iter().map(|(name, value)| format!("{name}: {value}")));
    lines.join("\n")
}

fn published(topic: &str, texts: impl Iterator<Item = String>) -> Answer {
    let publish = |outcome: Outcome, text| {
        outcome.effect(Effect::Publish(Publication {
            topic: topic.to_owned(),
            text,
        }))
    };
    Answer::ok().outcome(texts.fold(Outcome::none(), publish))
}

fn told(status: &str, text: &str) -> Answer {
    let (head, rest) = text.split_once("\n\n").unwrap_or((text, ""));
    let headers = head.lines().filter_map(|line| line.split_once(": "));
    Answer {
        headers: headers
            .map(|(name, value)| (name.into(), value.replace("\\r\\n", "\r\n")))
            .collect(),
        body: Body::Bytes(rest.into()),
        ..Answer::status(status.parse().unwrap_or(0))
    }
}

channel!(Page: hook);
