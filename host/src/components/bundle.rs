//! The components that the binary brings along, and where a channel's component comes from: from there, or from a file.
//! Which ones there are is not written in the host.

use std::io;

#[path = "../../../examples/bundled.rs"]
mod table;

pub use table::{CHAT, RECEIVER};

use crate::config::Origin;

/// A bundled component's bytes.
pub fn bundled(name: &str) -> Option<&'static [u8]> {
    let found = table::ALL.iter().find(|(known, _)| *known == name);
    found.map(|(_, bytes)| *bytes)
}

/// The names of those that there are, for a person.
pub fn bundled_names() -> String {
    let names: Vec<&str> = table::ALL.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}

/// The bytes at a component's origin now; of a file no more than a component may have.
///
/// # Errors
/// There is no such file or bundled component.
pub fn read_origin(origin: &Origin) -> io::Result<Vec<u8>> {
    match origin {
        Origin::File(path) => super::read_bounded(path),
        Origin::Bundled(name) => bundled(name).map(<[u8]>::to_vec).ok_or_else(|| {
            let text = format!("this lockgate brings no {name} along, but {}", bundled_names());
            io::Error::new(io::ErrorKind::NotFound, text)
        }),
    }
}

/// The text of the manifest beside a component that carries none: one that is bundled carries its own.
///
/// # Errors
/// It is there, and can't be read or is no text.
pub fn manifest_at(origin: &Origin) -> io::Result<Option<String>> {
    match origin {
        Origin::File(path) => super::manifest_beside(path),
        Origin::Bundled(_) => Ok(None),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::model::ChannelName;

    #[test]
    fn each_bundled_component_is_a_channel_with_a_manifest_of_its_own() {
        for (name, bytes) in table::ALL {
            let origin = Origin::from(*name);
            assert_eq!(origin, Origin::Bundled((*name).to_owned()));
            assert_eq!(read_origin(&origin).unwrap(), *bytes);
            let examined = super::super::examine(bytes.to_vec(), None).unwrap();
            assert_eq!(examined.bytes, *bytes, "what is kept is what is bundled");
            // It is what a channel is called unless the operator says otherwise.
            assert!(name.parse::<ChannelName>().is_ok() && examined.manifest.about.name == *name);
        }
        let gone = read_origin(&Origin::Bundled("nobody".into())).unwrap_err().to_string();
        assert!(gone.starts_with("this lockgate brings no nobody along, but "), "{gone}");
    }
}
