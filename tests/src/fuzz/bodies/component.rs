//! A component's bytes: they are read or refused, and a manifest that is put into them is the one that is found.

use lockgate::component::{embed, inspect};
use lockgate::limits;
use lockgate::manifest::Interface;

use super::super::Body;
use super::counted;

/// A file that somebody calls a component.
pub const BODY: Body = Body {
    name: "component",
    play,
    words: &[
        "\0asm\r\0\u{1}\0",
        "\0asm\u{1}\0\0\0",
        "lockgate:channel/hook@0.1.0",
        "lockgate:channel/hook@0.1.1",
        "lockgate:channel/timer@0.1.0",
        "lockgate:channel/hook@0.2.0",
        "lockgate:channel/@",
        "lockgate:manifest",
        "wasi:http/types@0.2.0",
        "\0\0",
        "\u{1}",
        "\u{7f}",
        "\u{b}",
        "\u{a}",
    ],
    usual: 6_000,
};

/// What no test writes by chance.
const MANIFEST: &str = "# put here by a test\n";

fn play(data: &[u8]) -> String {
    match inspect(data) {
        Ok(found) => {
            assert_eq!(found.size, data.len());
            assert!(data.len() <= limits::COMPONENT_BYTES);
            let exported = Interface::ALL
                .into_iter()
                .filter(|interface| found.has(interface.as_str()));
            let exported: Vec<Interface> = exported.collect();
            assert_eq!(found.matches(&exported), Ok(()), "it does not match what it exports");
            let with = inspect(&embed(data, MANIFEST));
            match &found.manifest {
                Some(_) => assert!(with.is_err(), "a second manifest was taken"),
                None => assert_eq!(with.map(|with| with.manifest), Ok(Some(MANIFEST.to_owned()))),
            }
            let parts = [
                ("imports", found.imports.len()),
                ("manifest", usize::from(found.manifest.is_some())),
            ];
            format!("{exported:?} {}", counted(&parts))
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            error.to_string()
        }
    }
}
