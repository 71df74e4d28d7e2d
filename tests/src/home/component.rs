//! Variants of a prebuilt component, made by changing its bytes: other digests, other manifests, another contract.
//!
//! Sections are appended or replaced, never decoded further than their lengths.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

/// The custom section that holds a component's manifest.
pub const MANIFEST_SECTION: &str = "lockgate:manifest";
/// Bytes before the first section: magic, version and layer.
const HEADER: usize = 8;

/// The committed component of an example.
#[must_use]
pub fn prebuilt(name: &str) -> PathBuf {
    super::repository()
        .join("examples/prebuilt")
        .join(format!("{name}.wasm"))
}

/// Reads the committed component of an example.
///
/// # Errors
/// If it can't be read.
pub fn read_prebuilt(name: &str) -> Result<Vec<u8>> {
    let path = prebuilt(name);
    std::fs::read(&path).with_context(|| format!("read {}; run the tool `guests -- build`", path.display()))
}

/// The same component with another digest.
#[must_use]
pub fn with_salt(component: &[u8], salt: u32) -> Vec<u8> {
    let mut salted = component.to_vec();
    append_section(&mut salted, "salt", &salt.to_le_bytes());
    salted
}

/// The same component with another manifest.
///
/// # Errors
/// If the component has no manifest to take away.
pub fn with_manifest(component: &[u8], manifest: &str) -> Result<Vec<u8>> {
    let mut changed = without_manifest(component)?;
    append_section(&mut changed, MANIFEST_SECTION, manifest.as_bytes());
    Ok(changed)
}

/// The same component without a manifest.
///
/// # Errors
/// If it has none.
pub fn without_manifest(component: &[u8]) -> Result<Vec<u8>> {
    let mut changed = component.get(..HEADER).context("too short for a component")?.to_vec();
    let mut found = false;
    for section in sections(component)? {
        if section.name.as_deref() == Some(MANIFEST_SECTION) {
            found = true;
        } else {
            changed.extend_from_slice(section.bytes);
        }
    }
    if !found {
        bail!("the component has no section {MANIFEST_SECTION}");
    }
    Ok(changed)
}

/// The manifest that stands in a component.
///
/// # Errors
/// If there is none.
pub fn manifest_of(component: &[u8]) -> Result<String> {
    let found = sections(component)?
        .into_iter()
        .find(|section| section.name.as_deref() == Some(MANIFEST_SECTION));
    let bytes = found.context("the component has no manifest")?.content.to_vec();
    String::from_utf8(bytes).context("the manifest is not text")
}

/// The same component, as if made for another version of the contract.
#[must_use]
pub fn other_contract(component: &[u8]) -> Vec<u8> {
    let (ours, theirs) = (b"@0.1.0", b"@0.9.0");
    let mut changed = component.to_vec();
    let mut at = 0;
    while at + ours.len() <= changed.len() {
        if &changed[at..at + ours.len()] == ours {
            changed[at..at + ours.len()].copy_from_slice(theirs);
        }
        at += 1;
    }
    changed
}

/// A core module: valid WebAssembly, but no component.
pub const CORE_MODULE: &[u8] = b"\0asm\x01\0\0\0";

struct Section<'a> {
    name: Option<String>,
    content: &'a [u8],
    bytes: &'a [u8],
}

fn sections(component: &[u8]) -> Result<Vec<Section<'_>>> {
    let mut found = Vec::new();
    let mut at = HEADER;
    while at < component.len() {
        let start = at;
        let id = component[at];
        at += 1;
        let size = read_leb(component, &mut at)?;
        let body = component.get(at..at + size).context("a section is cut off")?;
        at += size;
        let (name, content) = if id == 0 { custom(body)? } else { (None, body) };
        found.push(Section {
            name,
            content,
            bytes: &component[start..at],
        });
    }
    Ok(found)
}

fn custom(body: &[u8]) -> Result<(Option<String>, &[u8])> {
    let mut at = 0;
    let size = read_leb(body, &mut at)?;
    let name = body.get(at..at + size).context("a section's name is cut off")?;
    Ok((Some(String::from_utf8_lossy(name).into_owned()), &body[at + size..]))
}

fn append_section(component: &mut Vec<u8>, name: &str, content: &[u8]) {
    let mut body = Vec::new();
    write_leb(&mut body, name.len());
    body.extend_from_slice(name.as_bytes());
    body.extend_from_slice(content);
    component.push(0);
    write_leb(component, body.len());
    component.extend_from_slice(&body);
}

fn read_leb(bytes: &[u8], at: &mut usize) -> Result<usize> {
    let mut value = 0;
    for shift in (0..35).step_by(7) {
        let byte = *bytes.get(*at).context("a length is cut off")?;
        *at += 1;
        value |= usize::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    bail!("a length is too long")
}

fn write_leb(bytes: &mut Vec<u8>, mut value: usize) {
    while value > 0x7f {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn sample() -> Vec<u8> {
        let mut component = b"\0asm\x0d\0\x01\0".to_vec();
        append_section(&mut component, "other", &[b'x'; 300]);
        append_section(&mut component, MANIFEST_SECTION, b"old");
        component.extend_from_slice(&[1, 3, 7, 8, 9]);
        component
    }

    #[test]
    fn replaces_the_manifest_and_nothing_else() {
        let changed = with_manifest(&sample(), "new").unwrap();
        assert_eq!(manifest_of(&changed).unwrap(), "new");
        assert_eq!(changed.len(), sample().len());
        assert!(changed.windows(5).any(|window| window == [1, 3, 7, 8, 9]));
        assert!(with_manifest(b"\0asm\x0d\0\x01\0", "new").is_err());
    }

    #[test]
    fn salts_differ_and_can_be_parsed() {
        let (one, two) = (with_salt(&sample(), 1), with_salt(&sample(), 2));
        assert_ne!(one, two);
        assert_eq!(sections(&one).unwrap().len(), 4);
        assert_eq!(manifest_of(&one).unwrap(), "old");
    }

    #[test]
    fn another_contract_has_the_same_length() {
        let changed = other_contract(b"..lockgate:channel/hook@0.1.0..@0.1.1");
        assert_eq!(changed, b"..lockgate:channel/hook@0.9.0..@0.1.1");
    }
}
