//! CommonMark, as the model writes it, to the platform's MarkdownV2. What that has no mark for keeps its words: headings are
//! bold, items have bullets, tables are text of fixed width. Pure.

mod marks;
mod table;

use marks::{Marks, Style};
use pulldown_cmark::{CodeBlockKind, CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd};
use table::Table;

/// UTF-16 units of a message after its marks were read.
const LIMIT: usize = 4_096;
/// A horizontal line: no longer than the mark for it.
const RULE: &str = "———";

/// The text in MarkdownV2; none if it is better sent as it is, since nothing would be left to see or too much.
pub fn convert(text: &str) -> Option<String> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut page = Page::default();
    for event in Parser::new_ext(text, options) {
        page.take(event);
    }
    let (marked, visible) = page.marks.finish()?;
    (visible <= LIMIT).then_some(marked)
}

/// What is written so far, and what is open.
#[derive(Default)]
struct Page {
    marks: Marks,
    /// The next number of each list that is open; none for bullets.
    lists: Vec<Option<u64>>,
    /// Links and pictures that are open.
    links: Vec<Link>,
    /// A block of code, with its language.
    code: Option<(String, String)>,
    table: Option<Table>,
}

/// A link or a picture that is open.
struct Link {
    url: String,
    /// Written before its words.
    before: usize,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Its words are marked.
    Marked,
    /// The platform can't mark it: its address follows its words.
    Spelled,
    /// Its words are its address, or it stands inside another.
    Words,
}

impl Page {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => self.text(&text),
            Event::Code(text) => self.snippet(&text),
            Event::SoftBreak | Event::HardBreak => self.line_break(),
            Event::Rule => self.block(RULE),
            Event::TaskListMarker(done) => self.marks.bullet(if done { "☑ " } else { "☐ " }),
            Event::InlineMath(text) | Event::DisplayMath(text) | Event::FootnoteReference(text) => self.text(&text),
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph | Tag::HtmlBlock => self.marks.lines(2),
            Tag::Heading { level, .. } => self.heading(level),
            Tag::BlockQuote(_) => self.marks.open_quote(),
            Tag::CodeBlock(kind) => self.code = Some((language(&kind), String::new())),
            Tag::List(first) => self.list(first),
            Tag::Item => self.item(),
            Tag::Emphasis => self.marks.open(Style::Italic),
            Tag::Strong => self.marks.open(Style::Bold),
            Tag::Strikethrough => self.marks.open(Style::Strike),
            Tag::Link {
                link_type, dest_url, ..
            } => self.link(link_type, dest_url),
            Tag::Image { dest_url, .. } => self.link(LinkType::Inline, dest_url),
            Tag::Table(_) => self.table = Some(Table::default()),
            Tag::TableHead | Tag::TableRow => self.in_table(Table::row),
            Tag::TableCell => self.in_table(Table::cell),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::HtmlBlock => self.marks.lines(2),
            TagEnd::Heading(_) => {
                self.marks.close();
                self.marks.lines(2);
            }
            TagEnd::BlockQuote(_) => self.marks.close_quote(),
            TagEnd::CodeBlock => self.code_block(),
            TagEnd::List(_) => {
                self.lists.pop();
                self.marks.lines(if self.lists.is_empty() { 2 } else { 1 });
            }
            TagEnd::Item => self.marks.end_item(),
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough => self.marks.close(),
            TagEnd::Link | TagEnd::Image => self.end_link(),
            TagEnd::Table => {
                let text = self.table.take().map(|table| table.text()).unwrap_or_default();
                self.marks.code_block("", &text);
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        match (&mut self.code, &mut self.table) {
            (Some((_, code)), _) => code.push_str(text),
            (_, Some(table)) => table.write(text),
            _ => self.marks.text(text),
        }
    }

    fn snippet(&mut self, text: &str) {
        match &mut self.table {
            Some(table) => table.write(text),
            // A link can't hold code: its words are worth more than how they look.
            None if self.links.iter().any(|link| link.kind == Kind::Marked) => self.marks.text(text),
            None => self.marks.code(text),
        }
    }

    fn line_break(&mut self) {
        match &mut self.table {
            Some(table) => table.write(" "),
            None => self.marks.lines(1),
        }
    }

    fn block(&mut self, text: &str) {
        self.marks.lines(2);
        self.marks.text(text);
        self.marks.lines(2);
    }

    fn heading(&mut self, _level: HeadingLevel) {
        self.marks.lines(2);
        self.marks.open(Style::Bold);
    }

    fn list(&mut self, first: Option<u64>) {
        self.marks.lines(if self.lists.is_empty() { 2 } else { 1 });
        self.lists.push(first);
    }

    fn item(&mut self) {
        let indent = "  ".repeat(self.lists.len().saturating_sub(1));
        let mark = match self.lists.last_mut() {
            Some(Some(number)) => {
                *number = number.saturating_add(1);
                format!("{}.", number.saturating_sub(1))
            }
            _ => "•".to_owned(),
        };
        self.marks.lines(1);
        self.marks.bullet(&format!("{indent}{mark} "));
    }

    fn link(&mut self, link_type: LinkType, url: CowStr<'_>) {
        let kind = match link_type {
            _ if self.links.iter().any(|link| link.kind == Kind::Marked) => Kind::Words,
            LinkType::Autolink | LinkType::Email => Kind::Words,
            _ if url.is_empty() || url.starts_with('#') => Kind::Words,
            _ if self.table.is_none() && is_marked(&url) => Kind::Marked,
            _ => Kind::Spelled,
        };
        if kind == Kind::Marked {
            self.marks.open(Style::Link(url.to_string()));
        }
        self.links.push(Link {
            url: url.into_string(),
            before: self.written(),
            kind,
        });
    }

    fn end_link(&mut self) {
        let Some(link) = self.links.pop() else { return };
        if link.kind == Kind::Marked {
            self.marks.close();
        }
        let has_words = self.written() > link.before;
        match link.kind {
            Kind::Spelled if has_words => self.text(&format!(" ({})", link.url)),
            Kind::Spelled | Kind::Marked if !has_words => self.text(&link.url),
            _ => {}
        }
    }

    fn code_block(&mut self) {
        if let Some((language, code)) = self.code.take() {
            self.marks.code_block(&language, &code);
        }
    }

    fn written(&self) -> usize {
        self.table.as_ref().map_or(self.marks.visible(), Table::written)
    }

    fn in_table(&mut self, act: fn(&mut Table)) {
        if let Some(table) = &mut self.table {
            act(table);
        }
    }
}

/// Whether the platform makes a link of this address: on the web, with a host that has a dot. Of any other only the words
/// would be left.
fn is_marked(url: &str) -> bool {
    let after = ["https://", "http://"]
        .iter()
        .find_map(|scheme| url.strip_prefix(scheme));
    let host = after.and_then(|after| after.split(['/', '?', '#', ':']).next());
    host.is_some_and(|host| host.contains('.') && !url.chars().any(|c| c.is_control() || c == ' '))
}

/// The language of a block of code, as far as it is one word of harmless characters.
fn language(kind: &CodeBlockKind<'_>) -> String {
    let CodeBlockKind::Fenced(info) = kind else {
        return String::new();
    };
    let word = info.split([' ', ',', '\t']).next().unwrap_or_default();
    let harmless = |c: char| c.is_ascii_alphanumeric() || "+#-_.".contains(c);
    if word.chars().all(harmless) {
        word.to_owned()
    } else {
        String::new()
    }
}
