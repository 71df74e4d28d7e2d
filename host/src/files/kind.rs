//! What a file is, by its first bytes. Names and stated types count for nothing; what could act in a viewer (a drawing
//! with scripts, a page) is text or bytes here, never an image.

use std::fs::File;
use std::io::{self, Read, Seek};

use crate::model::FileKind;

/// Every extension that a copy can get.
pub const EXTENSIONS: [&str; 12] = [
    "png", "jpg", "gif", "webp", "pdf", "zip", "mp3", "ogg", "mp4", "wav", "txt", "bin",
];

/// Bytes that are looked at.
const HEAD_BYTES: u64 = 8 << 10;

/// The extension for a copy, and whether it is an image. The file is read from its beginning.
///
/// # Errors
/// It can't be read.
pub fn of(file: &mut File) -> io::Result<(&'static str, FileKind)> {
    let mut head = Vec::new();
    file.rewind()?;
    file.take(HEAD_BYTES).read_to_end(&mut head)?;
    let extension = extension(&head);
    let kind = match extension {
        "png" | "jpg" | "gif" | "webp" => FileKind::Image,
        _ => FileKind::Other,
    };
    Ok((extension, kind))
}

/// The media type of a copy, by the extension that it got.
pub fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "png" => "image/png",
        "jpg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "pdf" => "application/pdf",
        "zip" => "application/zip",
        "mp3" => "audio/mpeg",
        "ogg" => "audio/ogg",
        "mp4" => "video/mp4",
        "wav" => "audio/wav",
        "txt" => "text/plain",
        _ => "application/octet-stream",
    }
}

fn extension(head: &[u8]) -> &'static str {
    let inside = |at: usize, wanted: &[u8]| head.get(at..).is_some_and(|rest| rest.starts_with(wanted));
    match head {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => "png",
        [0xff, 0xd8, 0xff, ..] => "jpg",
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => "gif",
        [b'R', b'I', b'F', b'F', ..] if inside(8, b"WEBP") => "webp",
        [b'R', b'I', b'F', b'F', ..] if inside(8, b"WAVE") => "wav",
        [b'%', b'P', b'D', b'F', b'-', ..] => "pdf",
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => "zip",
        [b'I', b'D', b'3', ..] | [0xff, 0xfb | 0xf3 | 0xf2, ..] => "mp3",
        [b'O', b'g', b'g', b'S', ..] => "ogg",
        _ if inside(4, b"ftyp") => "mp4",
        _ if is_text(head) => "txt",
        _ => "bin",
    }
}

/// Readable UTF-8. The last character may be cut in two where the head ends.
fn is_text(head: &[u8]) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() && head.len() as u64 == HEAD_BYTES => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or("\0")
        }
        Err(_) => return false,
    };
    let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}');
    !text.chars().any(odd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_decides() {
        let check = |head: &[u8], expected| {
            assert_eq!(extension(head), expected);
            assert!(EXTENSIONS.contains(&expected));
        };
        check(b"\x89PNG\r\n\x1a\n....", "png");
        check(b"\xff\xd8\xff\xe0", "jpg");
        check(b"GIF89a", "gif");
        check(b"GIF88a", "txt");
        check(b"RIFF\0\0\0\0WEBPVP8 ", "webp");
        check(b"RIFF\0\0\0\0WAVEfmt ", "wav");
        check(b"RIFF\0\0\0\0AVI ", "bin");
        check(b"%PDF-1.7", "pdf");
        check(b"PK\x03\x04", "zip");
        check(b"ID3\x04", "mp3");
        check(b"OggS", "ogg");
        check(b"\0\0\0\x20ftypisom", "mp4");
        check(b"<svg onload='alert(1)'/>", "txt");
        check(b"<!doctype html><script>", "txt");
        check("gr\u{fc}n\n".as_bytes(), "txt");
        check(b"#!/bin/sh\n", "txt");
        check(b"\x7fELF", "bin");
        check(b"nul\0", "bin");
        check(b"", "txt");
    }

    #[test]
    fn a_character_that_the_head_cuts_does_not_make_it_bytes() {
        let mut head = vec![b'a'; HEAD_BYTES as usize - 1];
        head.push(0xc3);
        assert_eq!(extension(&head), "txt");
        assert_eq!(extension(&head[1..]), "bin");
    }
}
