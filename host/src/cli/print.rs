//! The only way to a terminal: every text is escaped here, so that no manifest, name, file or error of somebody else's
//! can move the cursor, turn lines around or hide what stands above a question. Answers go to standard output, talk to
//! standard error.

mod table;

use std::io::{self, IsTerminal, Write};

pub use table::{Cell, Colour, Table};

use crate::text::{char_width, terminal};

/// Columns, where no terminal says how many it has.
const WIDTH: usize = 100;
/// No narrower: a table needs some room.
const WIDTH_LEAST: usize = 50;
/// No wider: long lines are hard to read.
const WIDTH_MOST: usize = 120;

/// Where a verb prints.
pub struct Printer {
    answer: Sink,
    talk: Sink,
}

/// Standard output could not be written.
#[derive(Debug, thiserror::Error)]
#[error("can't write the answer: {0}")]
pub struct Unprintable(#[source] pub io::Error);

/// One of the two streams.
struct Sink {
    out: Box<dyn Write>,
    colour: Colour,
    width: usize,
    live: Live,
}

/// Whether a line can be drawn over.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Live {
    Terminal,
    File,
}

impl Printer {
    /// The process's own streams; colours where there is a terminal and NO_COLOR is not set.
    pub fn of_process() -> Self {
        Self {
            answer: Sink::new(Box::new(io::stdout()), &io::stdout()),
            talk: Sink::new(Box::new(io::stderr()), &io::stderr()),
        }
    }

    /// One that draws over no line: others print to the same terminal, or somebody types there.
    pub fn still(mut self) -> Self {
        (self.answer.live, self.talk.live) = (Live::File, Live::File);
        self
    }

    /// A line of the answer.
    ///
    /// # Errors
    /// Standard output can't be written.
    pub fn line(&mut self, text: &str) -> Result<(), Unprintable> {
        self.answer.write(&format!("{}\n", terminal(text))).map_err(Unprintable)
    }

    /// A table as the answer.
    ///
    /// # Errors
    /// Standard output can't be written.
    pub fn table(&mut self, table: &Table) -> Result<(), Unprintable> {
        let text = table.layout(self.answer.width, self.answer.colour);
        self.answer.write(&text).map_err(Unprintable)
    }

    /// A value as JSON, in lines. What a terminal would act upon is escaped as JSON does it: the value is the same.
    ///
    /// # Errors
    /// Standard output can't be written.
    pub fn json(&mut self, value: &serde_json::Value) -> Result<(), Unprintable> {
        self.answer
            .write(&format!("{}\n", harmless(&format!("{value:#}"))))
            .map_err(Unprintable)
    }

    /// A text that a program made for a program, as it is; nothing foreign.
    ///
    /// # Errors
    /// Standard output can't be written.
    pub fn script(&mut self, text: &str) -> Result<(), Unprintable> {
        self.answer.write(text).map_err(Unprintable)
    }

    /// A line of talk.
    pub fn say(&mut self, text: &str) {
        self.talk.tell(&Cell::plain(text));
    }

    /// A line of talk that the operator should act upon.
    pub fn warn(&mut self, text: &str) {
        self.talk.tell(&Cell::bad(format!("warning: {text}")));
    }

    /// Why a verb failed.
    pub fn error(&mut self, text: &str) {
        self.talk.tell(&Cell::bad(format!("error: {text}")));
    }

    /// A table as talk.
    pub fn show(&mut self, table: &Table) {
        let text = table.layout(self.talk.width, self.talk.colour);
        let _ = self.talk.write(&text);
    }

    /// A question, without a line's end. What does not fit in a line goes on below, indented.
    pub fn question(&mut self, text: &str) {
        let asked = table::question(text, self.talk.width);
        let _ = self.talk.write(&format!("{asked} "));
    }

    /// Whether talk goes to a terminal, where [`passing`](Self::passing) lines can be drawn.
    pub fn is_live(&self) -> bool {
        self.talk.live == Live::Terminal
    }

    /// A line that the next one is drawn over; nothing where there is no terminal.
    pub fn passing(&mut self, text: &str) {
        if self.is_live() {
            let mut room = self.talk.width - 1;
            let fits = |c: &char| {
                let fits = char_width(*c) <= room;
                room = room.saturating_sub(char_width(*c));
                fits
            };
            let shown: String = terminal(text).chars().take_while(fits).collect();
            let _ = self.talk.write(&format!("\r{shown}\x1b[K"));
        }
    }
}

impl Sink {
    fn new(out: Box<dyn Write>, stream: &(impl IsTerminal + std::os::fd::AsFd)) -> Self {
        let live = if stream.is_terminal() {
            Live::Terminal
        } else {
            Live::File
        };
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let colour = if live == Live::Terminal && !plain {
            Colour::Always
        } else {
            Colour::Never
        };
        let columns = rustix::termios::tcgetwinsize(stream).map_or(0, |size| usize::from(size.ws_col));
        let width = if columns == 0 {
            WIDTH
        } else {
            columns.clamp(WIDTH_LEAST, WIDTH_MOST)
        };
        Self {
            out,
            colour,
            width,
            live,
        }
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }

    /// Talk that nobody can read is no reason to fail.
    fn tell(&mut self, cell: &Cell) {
        let text = format!("{}\n", cell.painted(self.colour));
        let _ = self.write(&text);
    }
}

/// The same JSON without a character that a terminal acts upon or does not show. Such ones stand inside strings only.
fn harmless(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c == '\n' || terminal(c.encode_utf8(&mut [0; 4])).starts_with(c) {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            out.push_str(&format!("\\u{unit:04x}"));
        }
    }
    out
}

/// A number of bytes for people.
pub fn bytes(count: u64) -> String {
    match count {
        0..1_024 => format!("{count} bytes"),
        1_024..1_048_576 => format!("{} KiB", count.div_ceil(1_024)),
        _ if count.is_multiple_of(1 << 20) => format!("{} MiB", count >> 20),
        _ => format!("{:.1} MiB", count as f64 / 1_048_576.0),
    }
}

/// How long ago, for people.
pub fn ago(passed: std::time::Duration) -> String {
    match passed.as_secs() {
        0 => "just now".to_owned(),
        seconds @ 1..120 => format!("{seconds} s ago"),
        seconds @ 120..7_200 => format!("{} min ago", seconds / 60),
        seconds @ 7_200..172_800 => format!("{} h ago", seconds / 3_600),
        seconds => format!("{} days ago", seconds / 86_400),
    }
}

/// As a shell takes it as one word.
pub fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@%:,=".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// One, or several.
pub fn counted(count: u64, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(super) mod tests {
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use super::*;

    /// What was printed, to look at.
    #[derive(Clone, Default)]
    pub struct Memory(Arc<Mutex<Vec<u8>>>);

    impl Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Memory {
        pub fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    /// A printer that prints answers and talk to memory.
    pub fn to_memory() -> (Printer, Memory, Memory) {
        let (answer, talk) = (Memory::default(), Memory::default());
        let sink = |memory: &Memory| Sink {
            out: Box::new(memory.clone()),
            colour: Colour::Never,
            width: WIDTH,
            live: Live::File,
        };
        (
            Printer {
                answer: sink(&answer),
                talk: sink(&talk),
            },
            answer,
            talk,
        )
    }

    #[test]
    fn no_stream_shows_what_a_terminal_would_act_upon() {
        let evil = "a\x1b[2J\u{202e}b\r\nc\u{9b}d\u{200b}\u{e0041}";
        let (mut printer, answer, talk) = to_memory();
        printer.line(evil).unwrap();
        printer.json(&serde_json::json!({ evil: evil })).unwrap();
        for out in [Printer::say, Printer::warn, Printer::error, Printer::question] {
            out(&mut printer, evil);
        }
        printer.passing(evil);
        let mut table = Table::default();
        table.line(evil).row([evil, evil]).note(evil);
        printer.table(&table).unwrap();
        printer.show(&table);
        let all = answer.text() + &talk.text();
        assert!(
            all.chars().all(|c| c == '\n' || c.is_ascii_graphic() || c == ' '),
            "{all:?}"
        );
    }

    #[test]
    fn json_that_is_safe_to_look_at_is_the_same_value() {
        let evil = "\u{1b}\u{202e}é\n\t\\\"\u{9b}\u{e0041}";
        let (mut printer, answer, _) = to_memory();
        printer.json(&serde_json::json!({ evil: [evil] })).unwrap();
        let text = answer.text();
        assert!(text.contains("\\u202eé") && text.contains("\\udb40\\udc41"), "{text}");
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value[evil][0], evil);
    }

    #[test]
    fn numbers_are_for_people() {
        let sizes: [(u64, &str); 5] = [
            (0, "0 bytes"),
            (1_023, "1023 bytes"),
            (141_152, "138 KiB"),
            (64 << 20, "64 MiB"),
            (1_600_000, "1.5 MiB"),
        ];
        for (count, expected) in sizes {
            assert_eq!(bytes(count), expected);
        }
        let times = [
            (0, "just now"),
            (119, "119 s ago"),
            (180, "3 min ago"),
            (7_200, "2 h ago"),
            (172_800, "2 days ago"),
        ];
        for (seconds, expected) in times {
            assert_eq!(ago(Duration::from_secs(seconds)), expected);
        }
    }
}
