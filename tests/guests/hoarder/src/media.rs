//! What is left for a handle: the right thing, nothing, or something wrong.
#![allow(unsafe_code, missing_docs, clippy::all, reason = "generated")]

use crate::{deeds, disk};

wit_bindgen::generate!({
    path: "../../../wit",
    inline: "package hoarder:media; world media-only { export lockgate:channel/media@0.1.0; }",
    world: "hoarder:media/media-only",
    generate_all,
});

use exports::lockgate::channel::media::{Guest, Trouble};

struct Fetcher;

impl Guest for Fetcher {
    fn fetch(handle: String, into: String) -> Result<(), Trouble> {
        match handle.as_str() {
            "png" => drop(disk::write(&into, b"\x89PNG\r\n\x1a\nfetched")),
            "lie" => drop(disk::write(&into, b"<svg onload='alert(1)'/>")),
            "elsewhere" => drop(disk::write("/inbox/elsewhere", b"x")),
            "folder" => drop(deeds::done("folder", &into)),
            "spin" => loop {
                std::hint::black_box(());
            },
            "trap" => panic!("as asked"),
            "trouble" => return Err(Trouble::Rejected("no".to_owned())),
            _ => {}
        }
        Ok(())
    }
}

export!(Fetcher);
