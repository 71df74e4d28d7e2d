//! A channel that does with its folders what no channel should. The body's first word names the deed, the rest is its
//! argument; the answer's text says what the host made of it. A fetched handle names what is left under which path.

mod deeds;
mod disk;
mod media;

use lockgate_sdk::{Answer, Attachment, Body, Content, Hook, Message, Request, RequestBody, Trouble, channel, store};

struct Hoarder;

impl Hook for Hoarder {
    fn receive(request: Request) -> Result<Answer, Trouble> {
        if let RequestBody::File(path) = &request.body {
            return Ok(Answer::ok().text(format!("{path}: {}", disk::read(path))));
        }
        let body = request.text();
        let (deed, argument) = body.split_once(' ').unwrap_or((&body, ""));
        Ok(match deed {
            "attach" => Answer::ok().event(attached(argument.split(' ').map(file))),
            "attach-handle" => Answer::ok().event(attached(argument.split(' ').map(handle))),
            "answer-file" => {
                let mut answer = Answer::ok();
                answer.body = Body::File(argument.to_owned());
                answer
            }
            "write-attach-trap" => {
                disk::write(argument, b"left behind");
                panic!("after writing {argument}")
            }
            "write-attach" => {
                disk::write(argument, b"\x89PNG\r\n\x1a\nnot much of an image");
                Answer::ok().event(attached([file(argument)]).id("always the same"))
            }
            "contended" => {
                // Fails at commit every time: somebody else's value is expected.
                store::check("never", Some(b"there"));
                Answer::ok().text(disk::write("/inbox/once", b"x"))
            }
            _ => Answer::ok().text(deeds::done(deed, argument)),
        })
    }
}

fn attached(attachments: impl IntoIterator<Item = Attachment>) -> Message {
    let mut message = Message::service("hoarder", "look");
    message.attachments = attachments.into_iter().collect();
    message
}

fn file(path: &str) -> Attachment {
    Attachment {
        name: Some("../../evil.sh\n".to_owned()),
        mime: Some("image/png".to_owned()),
        size: Some(1),
        content: Content::File(path.to_owned()),
    }
}

fn handle(handle: &str) -> Attachment {
    Attachment {
        content: Content::Handle(handle.to_owned()),
        ..file("")
    }
}

channel!(Hoarder: hook);
