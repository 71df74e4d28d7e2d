//! Files that the session sends: each is a message of its own. Pictures go as such, all else as it is.

use lockgate_sdk::http::Part;
use lockgate_sdk::{Outgoing, Trouble, files};
use serde_json::Value;

use crate::{api, sink};

/// What is shown as a picture, by the end of its name.
const PICTURES: [&str; 5] = [".jpg", ".jpeg", ".png", ".gif", ".webp"];
/// Bytes of the largest picture that the platform takes as such.
const PICTURE_BYTES: u64 = 10_000_000;

/// Sends one file, a path under `/outbox`, where the text goes; the message that was made of it.
pub fn send(outgoing: &Outgoing, path: &str) -> Result<Value, Trouble> {
    let fields = fields(outgoing)?;
    let upload = |method: &str, field: &str| {
        let mut parts = fields.clone();
        parts.push(Part::file(field, path));
        api::submit(method, parts)
    };
    if is_picture(path) {
        match upload("sendPhoto", "photo") {
            // Too many pixels, too narrow, no picture at all: nothing was sent yet.
            Err(Trouble::Rejected(_)) => {}
            sent => return sent,
        }
    }
    upload("sendDocument", "document")
}

fn is_picture(path: &str) -> bool {
    let name = path.to_ascii_lowercase();
    PICTURES.iter().any(|end| name.ends_with(end)) && files::size(path).is_ok_and(|size| size <= PICTURE_BYTES)
}

/// The parameters of a message as fields of a form.
fn fields(outgoing: &Outgoing) -> Result<Vec<Part>, Trouble> {
    let parameters = sink::to(&outgoing.place, outgoing.reply_to.as_deref())?;
    let fields = parameters.as_object().into_iter().flatten();
    Ok(fields
        .map(|(name, value)| Part::text(name.as_str(), value.to_string()))
        .collect())
}
