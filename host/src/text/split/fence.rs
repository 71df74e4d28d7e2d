//! Fenced code blocks, as CommonMark has them: where one begins, and what closes it. It reads lines and knows no limit.

/// The line that opens a code block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fence {
    indent: usize,
    mark: char,
    length: usize,
    info: String,
}

/// A code block that is open at the end of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// What opened it.
    pub fence: Fence,
    /// Where its first line begins, in bytes.
    pub at: usize,
    /// There is nothing in it yet.
    pub empty: bool,
}

impl Fence {
    fn of(line: &str) -> Option<Self> {
        let text = line.trim_start_matches(' ');
        let indent = line.len() - text.len();
        let mark = text.chars().next().filter(|c| matches!(c, '`' | '~'))?;
        let info = text.trim_start_matches(mark);
        let length = text.len() - info.len();
        let is_code = mark != '`' || !info.contains('`');
        (indent < 4 && length >= 3 && is_code).then(|| Self {
            indent,
            mark,
            length,
            info: info.trim().to_owned(),
        })
    }

    fn closes(&self, open: &Self) -> bool {
        self.mark == open.mark && self.length >= open.length && self.info.is_empty()
    }

    fn marks(&self) -> String {
        let marks = std::iter::repeat_n(self.mark, self.length);
        std::iter::repeat_n(' ', self.indent).chain(marks).collect()
    }

    /// The line that opens such a block, with its end.
    pub fn opening(&self) -> String {
        format!("{}{}\n", self.marks(), self.info)
    }

    /// The line that closes it, without one.
    pub fn closing(&self) -> String {
        self.marks()
    }

    /// The same without its info string.
    pub fn unnamed(self) -> Self {
        Self {
            info: String::new(),
            ..self
        }
    }

    /// If the first line that says something closes this block: how many bytes there are up to its end.
    pub fn closed_by(&self, text: &str) -> Option<usize> {
        let line = text.lines().next()?;
        Self::of(line).filter(|fence| fence.closes(self)).map(|_| line.len())
    }
}

/// The code block that is open at the end of the text.
pub fn last_open(text: &str) -> Option<Block> {
    let mut open: Option<Block> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let fence = Fence::of(line.trim_end_matches(['\n', '\r']));
        open = match (open, fence) {
            (Some(block), Some(fence)) if fence.closes(&block.fence) => None,
            (Some(block), _) => Some(Block { empty: false, ..block }),
            (None, Some(fence)) => Some(Block { fence, at, empty: true }),
            (None, None) => None,
        };
        at += line.len();
    }
    open
}
