//! Rows and columns that fit a terminal. A cell never begins left of its column, also where it is wrapped: foreign text
//! can't look like a row of its own.

use crate::text::{char_width, terminal, text_width};

/// The widest column that is not the last one.
const COLUMN_MOST: usize = 40;
/// The last column has this much room at least, whatever the others take.
const LAST_LEAST: usize = 24;
/// Between two columns.
const GAP: usize = 2;
/// Before a note.
const NOTE_INDENT: usize = 4;

/// Whether tones are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// By escape sequences.
    Always,
    /// Not at all.
    Never,
}

/// How a text is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tone {
    Plain,
    Strong,
    Faint,
    Good,
    Bad,
}

/// A text in a table; escaped when it is made.
#[derive(Debug, Clone)]
pub struct Cell {
    text: String,
    tone: Tone,
}

/// Rows, in order.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Row>,
}

#[derive(Debug)]
enum Row {
    Gap,
    Line(Cell),
    Note(Cell),
    Unbroken(Cell),
    Cells(Vec<Cell>),
}

impl Cell {
    /// A text as any other.
    pub fn plain(text: impl AsRef<str>) -> Self {
        Self {
            text: terminal(text.as_ref()),
            tone: Tone::Plain,
        }
    }

    /// A heading.
    pub fn strong(text: impl AsRef<str>) -> Self {
        Self {
            tone: Tone::Strong,
            ..Self::plain(text)
        }
    }

    /// By the way.
    pub fn faint(text: impl AsRef<str>) -> Self {
        Self {
            tone: Tone::Faint,
            ..Self::plain(text)
        }
    }

    /// As it should be.
    pub fn good(text: impl AsRef<str>) -> Self {
        Self {
            tone: Tone::Good,
            ..Self::plain(text)
        }
    }

    /// Somebody should act.
    pub fn bad(text: impl AsRef<str>) -> Self {
        Self {
            tone: Tone::Bad,
            ..Self::plain(text)
        }
    }

    /// The text, in one line.
    pub(super) fn painted(&self, colour: Colour) -> String {
        paint(&self.text, self.tone, colour)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::plain(text)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::plain(text)
    }
}

impl Table {
    /// A line over the whole width.
    pub fn line(&mut self, cell: impl Into<Cell>) -> &mut Self {
        self.rows.push(Row::Line(cell.into()));
        self
    }

    /// A line that belongs to the row above.
    pub fn note(&mut self, cell: impl Into<Cell>) -> &mut Self {
        self.rows.push(Row::Note(cell.into()));
        self
    }

    /// A note that is not wrapped: a link that is broken opens nothing.
    pub fn unbroken(&mut self, cell: impl Into<Cell>) -> &mut Self {
        self.rows.push(Row::Unbroken(cell.into()));
        self
    }

    /// Cells, one for each column.
    pub fn row<C: Into<Cell>>(&mut self, cells: impl IntoIterator<Item = C>) -> &mut Self {
        self.rows.push(Row::Cells(cells.into_iter().map(Into::into).collect()));
        self
    }

    /// An empty line.
    pub fn gap(&mut self) -> &mut Self {
        self.rows.push(Row::Gap);
        self
    }

    /// The rows as text, each line with its end.
    pub fn layout(&self, width: usize, colour: Colour) -> String {
        let columns = self.columns(width);
        let mut out = String::new();
        for row in &self.rows {
            match row {
                Row::Gap => out.push('\n'),
                Row::Line(cell) => lines(&mut out, cell, 0, width, colour),
                Row::Note(cell) => lines(&mut out, cell, NOTE_INDENT, width, colour),
                Row::Unbroken(cell) => lines(&mut out, cell, NOTE_INDENT, usize::MAX, colour),
                Row::Cells(cells) => side_by_side(&mut out, cells, &columns, colour),
            }
        }
        out
    }

    /// How wide each column is; the last one takes what is left. The last cell of a row that has fewer cells than others
    /// goes over the columns that it lacks, so it says nothing of its own.
    fn columns(&self, width: usize) -> Vec<usize> {
        let mut columns: Vec<usize> = Vec::new();
        let rows = self.rows.iter().filter_map(|row| match row {
            Row::Cells(cells) => Some(cells),
            _ => None,
        });
        let most = rows.clone().map(Vec::len).max().unwrap_or(0);
        for cells in rows {
            let own = if cells.len() < most {
                cells.len().saturating_sub(1)
            } else {
                most
            };
            for (index, cell) in cells.iter().take(own).enumerate() {
                let wide = text_width(&cell.text).min(COLUMN_MOST);
                match columns.get_mut(index) {
                    Some(column) => *column = wide.max(*column),
                    None => columns.push(wide),
                }
            }
        }
        if let Some((last, others)) = columns.split_last_mut() {
            let taken: usize = others.iter().map(|column| column + GAP).sum();
            *last = width.saturating_sub(taken).max(LAST_LEAST);
        }
        columns
    }
}

fn lines(out: &mut String, cell: &Cell, indent: usize, width: usize, colour: Colour) {
    // What is wrapped is indented more, so that only the first line can look like one of ours.
    for (number, line) in wrap(&cell.text, width.saturating_sub(indent + NOTE_INDENT))
        .iter()
        .enumerate()
    {
        let before = if number == 0 { indent } else { indent + NOTE_INDENT };
        out.push_str(&" ".repeat(before));
        out.push_str(&paint(line, cell.tone, colour));
        out.push('\n');
    }
}

fn side_by_side(out: &mut String, cells: &[Cell], columns: &[usize], colour: Colour) {
    let last = cells.len().saturating_sub(1);
    let room = |index: usize, width: usize| match columns.get(index + 1..) {
        Some(more) if index == last => width + more.iter().map(|column| column + GAP).sum::<usize>(),
        _ => width,
    };
    let wrapped: Vec<Vec<String>> = cells
        .iter()
        .zip(columns)
        .enumerate()
        .map(|(index, (cell, width))| wrap(&cell.text, room(index, *width)))
        .collect();
    let height = wrapped.iter().map(Vec::len).max().unwrap_or(0);
    for number in 0..height {
        // Spaces are written when something follows, so that no line ends with them.
        let mut owed = 0;
        for ((cell, lines), width) in cells.iter().zip(&wrapped).zip(columns) {
            let line = lines.get(number).map_or("", String::as_str);
            if !line.is_empty() {
                out.push_str(&" ".repeat(owed));
                out.push_str(&paint(line, cell.tone, colour));
                owed = 0;
            }
            owed += width.saturating_sub(text_width(line)) + GAP;
        }
        out.push('\n');
    }
}

/// A question over several lines, if it needs them; what is wrapped is indented, so that no author's words in it stand where
/// a line of ours begins. Without a line's end.
pub(super) fn question(text: &str, width: usize) -> String {
    let indent = format!("\n{}", " ".repeat(NOTE_INDENT));
    wrap(&terminal(text), width.saturating_sub(NOTE_INDENT)).join(&indent)
}

/// The text in lines of at most this many cells, broken at spaces, or inside a word that is too long. At least one.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if used > 0 && used + 1 + text_width(word) > width {
            lines.push(String::new());
            used = 0;
        }
        let mut before = if used > 0 { " " } else { "" };
        for letter in word.chars() {
            let wide = char_width(letter) + before.len();
            if used > 0 && used + wide > width {
                lines.push(String::new());
                used = 0;
            }
            // There is always a last line.
            let Some(line) = lines.last_mut() else { continue };
            line.push_str(before);
            line.push(letter);
            before = "";
            used += wide;
        }
    }
    lines
}

fn paint(text: &str, tone: Tone, colour: Colour) -> String {
    let code = match tone {
        _ if colour == Colour::Never || text.is_empty() => return text.to_owned(),
        Tone::Plain => return text.to_owned(),
        Tone::Strong => "1",
        Tone::Faint => "2",
        Tone::Good => "32",
        Tone::Bad => "31",
    };
    format!("\x1b[{code}m{text}\x1b[0m")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_wrapped_inside_its_column() {
        let mut table = Table::default();
        table.line(Cell::strong("a heading that is longer than the width allows it to be"));
        table
            .row(["one", "short"])
            .row(["second", "a text that does not fit in a line of forty-four"]);
        table
            .row(["x", "https://example.org/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"])
            .gap()
            .note("a note");
        let expected = "\
a heading that is longer than the width
    allows it to be
one     short
second  a text that does not fit in a line
        of forty-four
x       https://example.org/aaaaaaaaaaaaaaaa
        aaaaaaaaaaaaaaaaaaaaaaa

    a note
";
        assert_eq!(table.layout(44, Colour::Never), expected);
    }

    #[test]
    fn the_last_cell_of_a_short_row_goes_over_the_columns_that_it_lacks() {
        let mut table = Table::default();
        table.row(["rule", "GET a.b", "another host"]);
        table.row(["refused", "a text that takes all of the width that there is in a row"]);
        let expected = "\
rule     GET a.b  another host
refused  a text that takes all of the width that
         there is in a row
";
        assert_eq!(table.layout(50, Colour::Never), expected);
    }

    #[test]
    fn spaces_can_not_push_text_into_another_row() {
        let mut table = Table::default();
        table.row(["says", &format!("fine{}can't  nothing", " ".repeat(200))]);
        assert_eq!(table.layout(60, Colour::Never), "says  fine can't nothing\n");
    }

    /// Wide characters that were counted once would run over the edge, and what follows would begin a line.
    #[test]
    fn wide_text_stays_inside_its_column() {
        let wide = "漢".repeat(60);
        let mut table = Table::default();
        table
            .row(["says", &format!("{wide} 漢can't 👍nothing")])
            .note(wide.as_str())
            .line(wide.as_str());
        for line in table.layout(60, Colour::Never).lines() {
            assert!(text_width(line) <= 60 && line.chars().count() < 50, "{line}");
        }
        let asked = question(&format!("name ({wide} {wide}can't do anything): path?"), 60);
        assert!(
            asked
                .lines()
                .skip(1)
                .all(|line| line.starts_with("    ") && text_width(line) <= 60),
            "{asked}"
        );
    }

    #[test]
    fn tones_are_painted_after_the_text_was_escaped() {
        let mut table = Table::default();
        table.row([Cell::good("ok"), Cell::bad("\x1b[0m")]);
        assert_eq!(
            table.layout(60, Colour::Always),
            "\x1b[32mok\x1b[0m  \x1b[31m\\u{1b}[0m\x1b[0m\n"
        );
        assert_eq!(table.layout(60, Colour::Never), "ok  \\u{1b}[0m\n");
    }
}
