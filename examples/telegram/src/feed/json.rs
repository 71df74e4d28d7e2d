//! Where the values of a JSON text begin and end, without reading them: brackets and strings are all that is looked at, so
//! a value that no parser takes is still told from its neighbours. Pure.

/// The value of a field of an object; none if there is no such field, or no object.
pub fn field<'a>(object: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = object.trim_start().strip_prefix('{')?;
    loop {
        let (key, after) = value(rest)?;
        let (found, after) = value(after.trim_start().strip_prefix(':')?)?;
        if key.strip_prefix('"')?.strip_suffix('"')? == name {
            return Some(found);
        }
        rest = after.trim_start().strip_prefix(',')?;
    }
}

/// The items of a list; none if it is no whole list.
pub fn items(list: &str) -> Option<Vec<&str>> {
    let mut rest = list.trim_start().strip_prefix('[')?.trim_start();
    let mut items = Vec::new();
    if rest.starts_with(']') {
        return Some(items);
    }
    loop {
        let (item, after) = value(rest)?;
        items.push(item);
        let after = after.trim_start();
        if after.starts_with(']') {
            return Some(items);
        }
        rest = after.strip_prefix(',')?;
    }
}

/// The first value, and what comes after it.
fn value(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        let ends_before = !in_string
            && depth == 0
            && at > 0
            && matches!(byte, b',' | b':' | b']' | b'}' | b' ' | b'\n' | b'\r' | b'\t');
        if ends_before {
            return Some(text.split_at(at));
        }
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth = depth.checked_sub(1)?,
            _ => continue,
        }
        let is_closed = !in_string && depth == 0 && matches!(byte, b'"' | b'}' | b']');
        if is_closed {
            return Some(text.split_at(at + 1));
        }
    }
    None
}
