//! One source file, with its comments and strings blanked, and with its tests cut away.
//!
//! Lines keep their numbers in every form of it.

/// A source file.
#[derive(Debug, Clone)]
pub struct Source {
    /// Below the folder that was read, such as `sandbox/guest.rs`.
    pub path: String,
    /// As it stands.
    pub text: String,
    /// Comments, strings and characters blanked.
    pub code: String,
    /// The same without what stands under `#[cfg(test)]`.
    pub plain: String,
    /// The whole file belongs to tests.
    pub test: bool,
}

impl Source {
    /// Takes a file apart.
    #[must_use]
    pub fn new(path: &str, text: &str) -> Source {
        let code = blank(text);
        let plain = without_tests(&code);
        Source {
            path: path.to_owned(),
            text: text.to_owned(),
            code,
            plain,
            test: false,
        }
    }

    /// The room: the first part of the path, without its ending.
    #[must_use]
    pub fn room(&self) -> &str {
        let first = self.path.split('/').next().unwrap_or_default();
        first.strip_suffix(".rs").unwrap_or(first)
    }
}

/// Marks the files that are declared as `#[cfg(test)] mod name;`, and what lies below them.
pub fn mark_tests(sources: &mut [Source]) {
    let mut tests = Vec::new();
    for source in sources.iter() {
        let folder = source.path.strip_suffix(".rs").unwrap_or(&source.path);
        let folder = if matches!(folder, "lib" | "main") {
            String::new()
        } else {
            format!("{folder}/")
        };
        let mut lines = source.code.lines().map(str::trim);
        while let Some(line) = lines.next() {
            let module = if line == "#[cfg(test)]" {
                lines.find(|line| !line.starts_with("#["))
            } else {
                None
            };
            let name = module.and_then(|module| module.strip_suffix(';')?.rsplit_once("mod ").map(|(_, name)| name));
            tests.extend(name.map(|name| format!("{folder}{name}")));
        }
    }
    for source in sources {
        let below = |test: &String| source.path == format!("{test}.rs") || source.path.starts_with(&format!("{test}/"));
        source.test = tests.iter().any(below);
    }
}

/// Blanks what stands under `#[cfg(test)]`: one item, up to its semicolon or to the bracket at its own indentation.
fn without_tests(code: &str) -> String {
    let mut kept = String::new();
    let mut until: Option<String> = None;
    for line in code.lines() {
        let start = line.trim_start();
        let indent = &line[..line.len() - start.len()];
        match &until {
            Some(end) if end.is_empty() => {
                // The attribute's item begins here, unless this is one more attribute.
                if !start.starts_with("#[") {
                    until = (!start.trim_end().ends_with(';')).then(|| format!("{indent}}}"));
                }
            }
            Some(end) => {
                if line.trim_end() == *end {
                    until = None;
                }
            }
            None if start.trim_end() == "#[cfg(test)]" => until = Some(String::new()),
            None => kept.push_str(line),
        }
        kept.push('\n');
    }
    kept
}

/// Replaces comments and the insides of strings and characters by blanks; newlines stay.
fn blank(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (size, hidden) = token(rest, out.chars().next_back());
        let size = if size == 0 { first.len_utf8() } else { size };
        if hidden {
            out.extend(rest[..size].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        } else {
            out.push_str(&rest[..size]);
        }
        rest = &rest[size..];
    }
    out
}

/// The size of the token at the start of `rest`, and whether it is to be hidden. Size 0: one character of code.
fn token(rest: &str, before: Option<char>) -> (usize, bool) {
    let in_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    if rest.starts_with("//") {
        return (rest.find('\n').unwrap_or(rest.len()), true);
    }
    if rest.starts_with("/*") {
        return (comment(rest), true);
    }
    if rest.starts_with('"') {
        return (string(rest), true);
    }
    if !in_word && let Some(size) = raw_string(rest) {
        return (size, true);
    }
    if rest.starts_with('\'') && !in_word {
        return character(rest).map_or((0, false), |size| (size, true));
    }
    (0, false)
}

/// The size of a block comment, which may hold others.
fn comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        let bytes = &rest.as_bytes()[at..];
        match bytes {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// The size of a string that begins with a quote.
fn string(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// The size of a raw string, if one begins here.
fn raw_string(rest: &str) -> Option<usize> {
    let body = rest.strip_prefix('b').unwrap_or(rest).strip_prefix('r')?;
    let hashes = body.len() - body.trim_start_matches('#').len();
    let inside = body[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let size = inside.find(&end).map_or(inside.len(), |at| at + end.len());
    Some(rest.len() - inside.len() + size)
}

/// The size of a character, unless it is a lifetime.
fn character(rest: &str) -> Option<usize> {
    let mut chars = rest.char_indices().skip(1);
    let (_, first) = chars.next()?;
    if first == '\\' {
        return rest[3..].find('\'').map(|at| at + 4);
    }
    chars.next().filter(|(_, c)| *c == '\'').map(|(at, _)| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_what_is_no_code() {
        let cases = [
            ("a // b\nc", "a     \nc"),
            ("a /* b /* c */ d */ e", "a                   e"),
            (r#"f("x\"y") + 1"#, "f(      ) + 1"),
            (r##"f(r#"x"y"#, b)"##, "f(        , b)"),
            ("match c { '\"' => 'a, '\\'' => b }", "match c {     => 'a,      => b }"),
            ("bar\"x\"", "bar   "),
            ("'\\u{1F600}'+\"\"", "           +  "),
        ];
        for (text, expected) in cases {
            assert_eq!(blank(text), expected, "{text}");
        }
    }

    #[test]
    fn cuts_tests_away() {
        let text = "a\n#[cfg(test)]\n#[allow(x)]\nmod tests {\n    fn b() {\n    }\n}\nc\n#[cfg(test)]\nmod d;\ne\n";
        assert_eq!(without_tests(text).split_whitespace().collect::<String>(), "ace");
        assert_eq!(without_tests(text).lines().count(), text.lines().count());
    }

    #[test]
    fn knows_files_of_tests() {
        let files = [
            ("a.rs", "#[cfg(test)]\nmod b;\nmod c;\n"),
            ("a/b.rs", ""),
            ("a/b/x.rs", ""),
            ("a/c.rs", ""),
            ("b.rs", ""),
        ];
        let mut sources: Vec<Source> = files.iter().map(|(path, text)| Source::new(path, text)).collect();
        mark_tests(&mut sources);
        let tests: Vec<&str> = sources
            .iter()
            .filter(|source| source.test)
            .map(|source| source.path.as_str())
            .collect();
        assert_eq!(tests, ["a/b.rs", "a/b/x.rs"]);
    }
}
