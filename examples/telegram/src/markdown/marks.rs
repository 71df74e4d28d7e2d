//! Writes MarkdownV2: escapes what has a meaning, and opens a mark only when there is something to mark, so that none is
//! empty, two that touch are one, and no underscore meets another. Pure.

/// What a stretch of text is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Style {
    /// Bold.
    Bold,
    /// Italic.
    Italic,
    /// Struck through.
    Strike,
    /// A link to this address.
    Link(String),
    /// Code in a line; it is never inside of another.
    Code,
}

/// All that has a meaning somewhere outside of code.
const RESERVED: &str = "_*[]()~`>#+-=|{}.!\\";

/// A page of MarkdownV2.
#[derive(Default)]
pub struct Marks {
    page: String,
    /// UTF-16 units that a reader sees.
    visible: usize,
    /// Something of it is no blank.
    has_ink: bool,
    /// What the next text is to be, the outermost first.
    wanted: Vec<Style>,
    /// What is open on the page.
    open: Vec<Style>,
    /// Line ends before the next text.
    lines: usize,
    /// A bullet was the last thing to be written: what comes next stands beside it.
    beside: bool,
    /// Quotes that are open.
    depth: usize,
    /// Counts quotes, so that two of them that follow each other stay two.
    quotes: usize,
    /// The quote to which the line belongs that is being written.
    line: Option<usize>,
}

impl Marks {
    /// Begins a mark.
    pub fn open(&mut self, style: Style) {
        self.wanted.push(style);
    }

    /// Ends the mark that was begun last.
    pub fn close(&mut self) {
        self.wanted.pop();
    }

    /// The next text begins so many lines further down, unless there is nothing above it, or a bullet to its left.
    pub fn lines(&mut self, count: usize) {
        if !self.beside && !self.page.is_empty() {
            self.lines = self.lines.max(count);
        }
    }

    /// Begins a quote; one inside of another is a part of it.
    pub fn open_quote(&mut self) {
        self.beside = false;
        self.lines(if self.depth == 0 { 2 } else { 1 });
        self.quotes += usize::from(self.depth == 0);
        self.depth += 1;
    }

    /// Ends the quote that was begun last.
    pub fn close_quote(&mut self) {
        self.beside = false;
        self.depth = self.depth.saturating_sub(1);
        self.lines(2);
    }

    /// What stands before an item.
    pub fn bullet(&mut self, text: &str) {
        self.text(text);
        self.beside = true;
    }

    /// Ends an item, also one in which nothing stands.
    pub fn end_item(&mut self) {
        self.beside = false;
        self.lines(1);
    }

    /// Adds text, as it is to be seen.
    pub fn text(&mut self, text: &str) {
        self.each_line(text, Self::marked);
    }

    /// Adds code inside of a line.
    pub fn code(&mut self, text: &str) {
        self.each_line(text, |marks, text| {
            let marked = std::mem::replace(&mut marks.wanted, vec![Style::Code]);
            marks.marked(text);
            marks.wanted = marked;
        });
    }

    /// Adds a block of code; it is no part of a quote.
    pub fn code_block(&mut self, language: &str, code: &str) {
        let code = code.trim_end_matches(['\n', '\r']);
        self.beside = false;
        self.lines(1);
        if code.trim().is_empty() {
            return;
        }
        self.quotes += 1;
        self.settle(&[], None);
        self.page.extend(["```", language, "\n"]);
        self.escape(code, "`\\");
        self.page.push_str("```");
        self.lines(1);
    }

    /// How much a reader sees so far, in UTF-16 units.
    pub fn visible(&self) -> usize {
        self.visible
    }

    /// The page, and how much a reader sees of it; none if that is nothing.
    pub fn finish(mut self) -> Option<(String, usize)> {
        self.lines = 0;
        self.settle(&[], self.line);
        self.has_ink.then_some((self.page, self.visible))
    }

    fn each_line(&mut self, text: &str, mut write: impl FnMut(&mut Self, &str)) {
        for (nth, line) in text.split('\n').enumerate() {
            if nth > 0 {
                self.lines += usize::from(!self.page.is_empty());
            }
            let line: String = line.chars().filter(|c| *c == '\t' || !c.is_control()).collect();
            if !line.is_empty() {
                write(self, &line);
                self.beside = false;
            }
        }
    }

    fn marked(&mut self, text: &str) {
        let mut styles: Vec<Style> = Vec::new();
        for style in &self.wanted {
            // A mark inside of another of its kind adds nothing.
            if !styles.contains(style) {
                styles.push(style.clone());
            }
        }
        let quote = (self.depth > 0).then_some(self.quotes);
        self.settle(&styles, quote);
        let reserved = if styles == [Style::Code] { "`\\" } else { RESERVED };
        self.escape(text, reserved);
    }

    /// Closes what does not go on, goes down the lines that are due, and opens what begins.
    fn settle(&mut self, styles: &[Style], quote: Option<usize>) {
        let goes_on = self.open.iter().zip(styles).take_while(|(open, wanted)| open == wanted);
        // No mark reaches into a quote or out of one.
        let same = if quote == self.line { goes_on.count() } else { 0 };
        for style in self.open.split_off(same).iter().rev() {
            self.page.push_str(&closing(style));
        }
        self.descend(quote);
        for style in &styles[same..] {
            self.page.push_str(opening(style));
            self.open.push(style.clone());
        }
    }

    /// Each line of a quote begins with its mark; a line between two quotes has none.
    fn descend(&mut self, quote: Option<usize>) {
        let lines = std::mem::take(&mut self.lines);
        let is_first = self.page.is_empty();
        for nth in 1..=lines {
            self.page.push('\n');
            if quote.is_some() && (nth == lines || quote == self.line) {
                self.page.push('>');
            }
        }
        if is_first && quote.is_some() {
            self.page.push('>');
        }
        self.visible += lines;
        if lines > 0 || is_first {
            self.line = quote;
        }
    }

    fn escape(&mut self, text: &str, reserved: &str) {
        for c in text.chars() {
            if reserved.contains(c) {
                self.page.push('\\');
            }
            self.page.push(c);
            self.visible += c.len_utf16();
            self.has_ink |= !c.is_whitespace();
        }
    }
}

fn opening(style: &Style) -> &'static str {
    match style {
        Style::Bold => "*",
        Style::Italic => "_",
        Style::Strike => "~",
        Style::Link(_) => "[",
        Style::Code => "`",
    }
}

fn closing(style: &Style) -> String {
    match style {
        Style::Link(url) => {
            let mut closing = "](".to_owned();
            for c in url.chars() {
                if c == ')' || c == '\\' {
                    closing.push('\\');
                }
                closing.push(c);
            }
            closing + ")"
        }
        style => opening(style).to_owned(),
    }
}
