//! What the model is told of an event's attachments: a number, a harmless name, what it is, and whether its bytes are
//! there. A path is shown only of a file that the host itself has made.

use super::Stamp;
use crate::files::media_type;
use crate::limits;
use crate::model::{Attachment, Event, FileKind, Filed};
use crate::text::{self, Bound};

/// The first image, as an absolute path.
pub(super) fn image_path(event: &Event, stamp: &Stamp) -> Option<String> {
    let files = &event.admitted.files;
    let image = files.iter().find(|file| file.kind == FileKind::Image)?;
    let inbox = stamp.inbox.as_ref()?;
    Some(text::attribute(&format!("{inbox}/{}", image.name)))
}

/// All of them in one line, numbered from 1.
pub(super) fn list(event: &Event) -> Option<String> {
    let attachments = &event.admitted.message.attachments;
    let line = |(nth, attachment): (usize, &Attachment)| {
        let filed = event.admitted.files.iter().find(|filed| filed.attachment == nth);
        let name = plain(attachment.name.as_deref()).unwrap_or_else(|| "unnamed".to_owned());
        format!("{}: {name} ({})", nth + 1, about(attachment, filed).join(", "))
    };
    let lines: Vec<String> = attachments.iter().enumerate().map(line).collect();
    (!lines.is_empty()).then(|| lines.join("; "))
}

/// What the host found in the file; else what the platform says.
fn about(attachment: &Attachment, filed: Option<&Filed>) -> Vec<String> {
    let kind = match filed {
        Some(filed) => media_type(&filed.name).to_owned(),
        None => plain(attachment.mime.as_deref()).unwrap_or_else(|| "unknown type".to_owned()),
    };
    let size = filed.map(|filed| filed.bytes).or(attachment.size).map(size);
    let bytes = if filed.is_some() {
        "file"
    } else {
        "call download_attachment"
    };
    [Some(kind), size, Some(bytes.to_owned())]
        .into_iter()
        .flatten()
        .collect()
}

/// Foreign words in one piece: without the marks that the list itself sets.
fn plain(words: Option<&str>) -> Option<String> {
    let line = text::attribute(words?).replace(['(', ')', '[', ']', ';', ':', ','], " ");
    let words: Vec<&str> = line.split_whitespace().collect();
    let words = text::head(&words.join(" "), Bound::Chars(limits::SHOWN_NAME_CHARS)).to_owned();
    (!words.is_empty()).then_some(words)
}

fn size(bytes: u64) -> String {
    format!("{} KB", bytes.div_ceil(1 << 10))
}
