//! A strict reader of MarkdownV2, by the rules that the Bot API documents: every reserved character outside of a mark is
//! escaped, every mark ends, and none stands where none may.

/// A mark, and the stretch of the visible text in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entity {
    pub kind: &'static str,
    pub text: String,
    /// The address of a link, the language of code.
    pub argument: String,
}

/// What a reader sees, and the marks in it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Seen {
    pub text: String,
    pub entities: Vec<Entity>,
}

struct Open {
    kind: &'static str,
    from: usize,
    argument: String,
}

struct Reader {
    rest: Vec<char>,
    at: usize,
    seen: Seen,
    open: Vec<Open>,
    in_quote: bool,
}

/// Reads it, or says what is wrong.
pub fn read(page: &str) -> Result<Seen, String> {
    let mut reader = Reader {
        rest: page.chars().collect(),
        at: 0,
        seen: Seen::default(),
        open: Vec::new(),
        in_quote: false,
    };
    if reader.peek(0) == Some('>') {
        reader.at += 1;
        reader.begin("quote", "")?;
    }
    while let Some(c) = reader.next() {
        reader.step(c)?;
    }
    if reader.in_quote {
        reader.end("quote")?;
    }
    match reader.open.pop() {
        Some(open) => Err(format!("no end of {}", open.kind)),
        None => Ok(reader.seen),
    }
}

impl Reader {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.rest.get(self.at + ahead).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek(0)?;
        self.at += 1;
        Some(c)
    }

    fn follows(&mut self, text: &str) -> bool {
        let found = text.chars().enumerate().all(|(nth, c)| self.peek(nth) == Some(c));
        self.at += if found { text.chars().count() } else { 0 };
        found
    }

    fn is_in(&self, kind: &str) -> bool {
        self.open.iter().any(|open| open.kind == kind)
    }

    fn step(&mut self, c: char) -> Result<(), String> {
        let code = self.open.last().map_or("", |open| open.kind);
        match (code, c) {
            (_, '\\') => {
                let escaped = self.next().filter(|c| (*c as u32) < 127).ok_or("a lone backslash")?;
                self.seen.text.push(escaped);
            }
            ("code", '`') => self.end("code")?,
            ("pre", '`') if self.follows("``") => self.end("pre")?,
            ("pre", '`') => return Err("a backtick in a block of code".into()),
            ("code" | "pre", c) => self.seen.text.push(c),
            (_, '`') if self.follows("``") => self.block()?,
            (_, '`') => self.begin("code", "")?,
            (_, '*') => self.toggle("bold")?,
            (_, '~') => self.toggle("strike")?,
            (_, '_') if self.follows("_") => self.toggle("underline")?,
            (_, '_') => self.toggle("italic")?,
            (_, '[') => self.begin("link", "")?,
            (_, ']') => self.link()?,
            (_, '\n') => self.line()?,
            (_, c) if "()>#+-=|{}.!".contains(c) => return Err(format!("{c:?} is reserved")),
            (_, c) => self.seen.text.push(c),
        }
        Ok(())
    }

    fn toggle(&mut self, kind: &'static str) -> Result<(), String> {
        match self.open.last() {
            Some(open) if open.kind == kind => self.end(kind),
            _ => self.begin(kind, ""),
        }
    }

    fn begin(&mut self, kind: &'static str, argument: &str) -> Result<(), String> {
        let alone = matches!(kind, "code" | "pre");
        if self.is_in(kind) || (alone && self.open.iter().any(|open| open.kind != "quote" || kind == "pre")) {
            return Err(format!("{kind} inside of {:?}", self.open.last().map(|open| open.kind)));
        }
        self.in_quote |= kind == "quote";
        self.open.push(Open {
            kind,
            from: self.seen.text.len(),
            argument: argument.to_owned(),
        });
        Ok(())
    }

    fn end(&mut self, kind: &'static str) -> Result<(), String> {
        let open = self
            .open
            .pop()
            .filter(|open| open.kind == kind)
            .ok_or(format!("{kind} ends before what is in it"))?;
        let text = self.seen.text[open.from..].to_owned();
        if text.is_empty() {
            return Err(format!("nothing in {kind}"));
        }
        self.in_quote &= kind != "quote";
        self.seen.entities.push(Entity {
            kind,
            text,
            argument: open.argument,
        });
        Ok(())
    }

    fn block(&mut self) -> Result<(), String> {
        let mut language = String::new();
        while let Some(c) = self.peek(0).filter(|c| !c.is_whitespace() && *c != '`') {
            language.push(c);
            self.at += 1;
        }
        if !self.follows("\n") {
            return Err("code on the line of its language".into());
        }
        self.begin("pre", &language)
    }

    fn link(&mut self) -> Result<(), String> {
        if !self.follows("(") {
            return Err("a link without an address".into());
        }
        let mut url = String::new();
        loop {
            match self.next().ok_or("no end of an address")? {
                ')' => break,
                '\\' => url.extend(self.next()),
                c => url.push(c),
            }
        }
        let open = self
            .open
            .last_mut()
            .filter(|open| open.kind == "link")
            .ok_or("a bracket that closes nothing")?;
        open.argument = url;
        self.end("link")
    }

    fn line(&mut self) -> Result<(), String> {
        self.seen.text.push('\n');
        match (self.in_quote, self.peek(0) == Some('>')) {
            (true, true) => self.at += 1,
            (true, false) => self.end("quote")?,
            (false, true) => {
                self.at += 1;
                self.begin("quote", "")?;
            }
            (false, false) => {}
        }
        Ok(())
    }
}

#[test]
fn the_reader_knows_what_is_wrong() {
    let wrong = [
        "a.b",
        "1-2",
        "(x)",
        "#",
        "a!b",
        "x|y",
        "*a",
        "_a",
        "~a",
        "`a",
        "```a",
        "[a](b",
        "[a]",
        "*a_b*_",
        "\\",
        "a > b",
        "**",
        "*`a`*",
        "```\n`\n```",
        "[a *b](c) d*",
        "> a *b\nc*",
    ];
    for page in wrong {
        assert!(read(page).is_err(), "{page}");
    }
    let page = "*b _i_* ~s~ `c\\`` [t](http://a.b/\\))\n>q *b*\n>r\nx\\.\n```rust\nlet a = 1;```";
    let seen = read(page).unwrap_or_else(|why| panic!("{why}"));
    assert_eq!(seen.text, "b i s c` t\nq b\nr\nx.\nlet a = 1;");
    let kinds: Vec<&str> = seen.entities.iter().map(|entity| entity.kind).collect();
    assert_eq!(
        kinds,
        ["italic", "bold", "strike", "code", "link", "bold", "quote", "pre"]
    );
    assert_eq!(
        (seen.entities[4].argument.as_str(), seen.entities[7].argument.as_str()),
        ("http://a.b/)", "rust")
    );
}
