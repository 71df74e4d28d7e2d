//! MarkdownV2 as the Bot API reads it, strictly: what it would refuse is refused here, in its words. It gives the visible
//! text and the entities in UTF-16 units.

/// A formatted stretch of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entity {
    /// `bold`, `text_link`, `pre`…
    pub kind: &'static str,
    /// What it covers, as the reader sees it.
    pub text: String,
    /// A link's address, or a code block's language.
    pub extra: Option<String>,
}

/// Characters that need a backslash unless they mean something.
const RESERVED: &str = "_*[]()~`>#+-=|{}.!";

/// A text while it is read.
struct Reader<'t> {
    left: &'t str,
    whole: &'t str,
    shown: String,
    open: Vec<Open>,
    quote: Option<usize>,
    entities: Vec<Entity>,
}

struct Open {
    kind: &'static str,
    at: usize,
    from: usize,
    extra: Option<String>,
}

/// Reads a text.
///
/// # Errors
/// What the Bot API would say of it, without `Bad Request: can't parse entities: `.
pub fn parse(text: &str) -> Result<(String, Vec<Entity>), String> {
    let mut reader = Reader {
        left: text,
        whole: text,
        shown: String::new(),
        open: Vec::new(),
        quote: None,
        entities: Vec::new(),
    };
    while !reader.left.is_empty() {
        reader.step()?;
    }
    if let Some(open) = reader.open.last() {
        return Err(format!(
            "Can't find end of {} entity at byte offset {}",
            open.kind, open.at
        ));
    }
    reader.end_quote();
    Ok((reader.shown, reader.entities))
}

impl Reader<'_> {
    fn step(&mut self) -> Result<(), String> {
        if let Some(next) = escaped(self.left) {
            self.show(next, 1 + next.len_utf8());
            return Ok(());
        }
        if self.closes() {
            return self.close();
        }
        let verbatim = matches!(self.open.last(), Some(open) if open.kind == "code" || open.kind == "pre");
        let Some(first) = self.left.chars().next() else {
            return Ok(());
        };
        if first == '>' && !verbatim && self.open.is_empty() && self.line_begins() {
            self.quote.get_or_insert(self.shown.len());
            self.left = &self.left[1..];
            return Ok(());
        }
        if first == '\n' && self.quote.is_some() && !self.left.starts_with("\n>") && self.open.is_empty() {
            self.end_quote();
        }
        if verbatim && first != '`' || !RESERVED.contains(first) {
            self.show(first, first.len_utf8());
            return Ok(());
        }
        self.begin(first)
    }

    fn show(&mut self, shown: char, length: usize) {
        self.shown.push(shown);
        self.left = &self.left[length..];
    }

    fn at(&self) -> usize {
        self.whole.len() - self.left.len()
    }

    fn line_begins(&self) -> bool {
        self.at() == 0 || self.whole[..self.at()].ends_with('\n')
    }

    /// Whether the innermost entity ends here.
    fn closes(&self) -> bool {
        let Some(open) = self.open.last() else { return false };
        match open.kind {
            "italic" => self.left.starts_with('_') && !self.left.starts_with("__"),
            "text_link" => self.left.starts_with(']'),
            kind => self.left.starts_with(mark(kind)),
        }
    }

    fn close(&mut self) -> Result<(), String> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        self.left = &self.left[mark(open.kind).len()..];
        let text = self.shown[open.from..].to_owned();
        let extra = match open.kind {
            "text_link" => Some(self.address(&text)?),
            _ => open.extra,
        };
        // The Bot API takes an entity without a text away, silently.
        if !text.is_empty() {
            let kind = open.kind;
            self.entities.push(Entity { kind, text, extra });
        }
        Ok(())
    }

    /// `(address)` after `[text]`; without one the text is the address.
    fn address(&mut self, text: &str) -> Result<String, String> {
        let Some(mut rest) = self.left.strip_prefix('(') else {
            return Ok(text.to_owned());
        };
        let begin = self.at();
        let mut address = String::new();
        loop {
            let next = escaped(rest);
            let Some(first) = next.or_else(|| rest.chars().next()) else {
                return Err(format!("Can't find end of a URL at byte offset {begin}"));
            };
            if next.is_none() && first == ')' {
                self.left = &rest[1..];
                return Ok(address);
            }
            address.push(first);
            rest = &rest[usize::from(next.is_some()) + first.len_utf8()..];
        }
    }

    fn begin(&mut self, first: char) -> Result<(), String> {
        let at = self.at();
        let kind = match first {
            '_' if self.left.starts_with("__") => "underline",
            '_' => "italic",
            '*' => "bold",
            '~' => "strikethrough",
            '|' if self.left.starts_with("||") => "spoiler",
            '[' => "text_link",
            '`' if self.left.starts_with("```") => "pre",
            '`' => "code",
            other => {
                return Err(format!(
                    "Character '{other}' is reserved and must be escaped with the preceding '\\'"
                ));
            }
        };
        let begun = if kind == "text_link" { "[" } else { mark(kind) };
        self.left = &self.left[begun.len()..];
        let extra = if kind == "pre" { self.language() } else { None };
        let from = self.shown.len();
        self.open.push(Open { kind, at, from, extra });
        Ok(())
    }

    /// The word after three backticks, if a line end follows it; and the line end.
    fn language(&mut self) -> Option<String> {
        let end = self.left.find(|c: char| c.is_whitespace() || c == '`')?;
        let (word, rest) = self.left.split_at(end);
        let word = (!word.is_empty() && !rest.starts_with('`')).then(|| word.to_owned());
        if word.is_some() {
            self.left = rest;
        }
        self.left = self.left.strip_prefix('\n').unwrap_or(self.left);
        word
    }

    fn end_quote(&mut self) {
        if let Some(from) = self.quote.take() {
            let text = self.shown[from..].to_owned();
            let kind = "blockquote";
            self.entities.push(Entity {
                kind,
                text,
                extra: None,
            });
        }
    }
}

/// What ends an entity of this kind.
fn mark(kind: &str) -> &'static str {
    match kind {
        "underline" => "__",
        "italic" => "_",
        "bold" => "*",
        "strikethrough" => "~",
        "spoiler" => "||",
        "text_link" => "]",
        "pre" => "```",
        _ => "`",
    }
}

/// The character behind a backslash that takes its meaning away.
fn escaped(text: &str) -> Option<char> {
    let next = text.strip_prefix('\\')?.chars().next()?;
    (next as u32 <= 126 && next != '\0').then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, shown: &str, entities: &[(&str, &str, Option<&str>)]) {
        let parsed = parse(text);
        let found = parsed.as_ref().map(|(shown, found)| {
            let found: Vec<_> = found.iter().map(|e| (e.kind, &*e.text, e.extra.as_deref())).collect();
            (shown.as_str(), found)
        });
        assert_eq!(found, Ok((shown, entities.to_vec())), "{text:?}");
    }

    #[track_caller]
    fn refuse(text: &str, words: &str) {
        let said = parse(text);
        assert!(
            said.as_ref().is_err_and(|said| said.contains(words)),
            "{text:?}: {said:?}"
        );
    }

    #[test]
    fn what_is_marked_is_an_entity() {
        check("plain ü 😀", "plain ü 😀", &[]);
        check(
            "*b* _i_ __u__ ~s~ ||p||",
            "b i u s p",
            &[
                ("bold", "b", None),
                ("italic", "i", None),
                ("underline", "u", None),
                ("strikethrough", "s", None),
                ("spoiler", "p", None),
            ],
        );
        check("*a _b_*", "a b", &[("italic", "b", None), ("bold", "a b", None)]);
        check(
            "[t\\.](http://x/\\)a)",
            "t.",
            &[("text_link", "t.", Some("http://x/)a"))],
        );
        check("`a.b\\`c`", "a.b`c", &[("code", "a.b`c", None)]);
        check(
            "```rust\nlet x = 1.0;\n```",
            "let x = 1.0;\n",
            &[("pre", "let x = 1.0;\n", Some("rust"))],
        );
        check("```\na_b\n```", "a_b\n", &[("pre", "a_b\n", None)]);
        check(">a\n>b\nc", "a\nb\nc", &[("blockquote", "a\nb", None)]);
        check("\\*1\\. a\\-b\\!", "*1. a-b!", &[]);
    }

    #[test]
    fn what_is_reserved_or_open_is_refused() {
        for reserved in [
            "a.b", "a!", "1) x", "a-b", "#x", "a=b", "{", "}", "a > b", "a|b", "]", "+",
        ] {
            refuse(reserved, "is reserved and must be escaped");
        }
        refuse("*a", "Can't find end of bold entity at byte offset 0");
        refuse("x `a", "Can't find end of code entity at byte offset 2");
        refuse("*a _b* c_", "Can't find end of");
        refuse("[a](b", "Can't find end of a URL");
    }
}
