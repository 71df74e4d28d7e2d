//! The last net: finds a channel's secrets in what comes back, in any of the writings in which an answer may repeat
//! them, and puts asterisks over them. As many bytes go out as came in. Never decides who may see what: no guest may.
//!
//! Found are, as they stand, percent-encoded or escaped as in JSON, wholly or in part: the secret itself, its hex, and its
//! base64 in both alphabets, alone or within something longer.

mod shape;
#[cfg(test)]
mod tests;
mod unit;

use std::sync::Arc;

use shape::Shape;
use unit::{Unit, Writing};

use crate::limits;
use crate::model::Secret;

/// What stands where a secret stood.
const COVER: u8 = b'*';

/// The secrets of a channel, in all their shapes.
pub struct Masks {
    shapes: Vec<Shape>,
    /// The shapes that may begin with a byte that stands for itself.
    begins: Vec<Vec<usize>>,
}

impl Masks {
    /// For these secrets, those of [`limits::SECRET_MASKED_FROM`] bytes and more.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Arc<Self> {
        let long = secrets.into_iter().map(Secret::expose);
        let long = long.filter(|secret| secret.len() >= limits::SECRET_MASKED_FROM);
        let shapes: Vec<Shape> = long.flat_map(Shape::all).collect();
        let begins = |byte: u8| {
            let begins = |shape: &Shape| matches!(byte, b'%' | b'\\') || shape.accepts(0, byte);
            (0..shapes.len()).filter(|at| begins(&shapes[*at])).collect()
        };
        let begins = (0..=u8::MAX).map(begins).collect();
        Arc::new(Self { shapes, begins })
    }

    /// A reader of a text that comes in pieces.
    pub fn scanner(self: &Arc<Self>) -> Scanner {
        Scanner {
            masks: Arc::clone(self),
            held: Vec::new(),
            covered: 0,
            found: 0,
        }
    }

    /// A whole text with its secrets covered, and how many there were.
    pub fn cover(self: &Arc<Self>, bytes: &[u8]) -> (Vec<u8>, u64) {
        let mut scanner = self.scanner();
        let mut out = scanner.push(bytes);
        out.append(&mut scanner.finish());
        (out, scanner.take_found())
    }

    /// What begins at the beginning of this text, which is not empty: the longest that fits.
    fn at(&self, text: &[u8], end: End) -> Try {
        let mut best = Try::Miss;
        for shape in &self.begins[usize::from(text[0])] {
            for found in tries(&self.shapes[*shape], text) {
                match (found, end) {
                    (Try::Cut, End::Open) => return Try::Cut,
                    (Try::Cut, End::Final) => {}
                    (found, _) => best = best.max(found),
                }
            }
        }
        best
    }
}

/// Whether more of a text may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Open,
    Final,
}

/// Whether a shape stands at the beginning of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Try {
    Miss,
    /// It does, with so many bytes.
    Fits(usize),
    /// The text ends before that can be told.
    Cut,
}

/// Every writing that could make a difference: as far as a text has no escapes, all read it alike.
fn tries(shape: &Shape, text: &[u8]) -> [Try; 3] {
    let (plain, seen) = fit(shape, Writing::Plain, text);
    let seen = &text[..seen];
    let other = |writing, sign| {
        if seen.contains(&sign) {
            fit(shape, writing, text).0
        } else {
            Try::Miss
        }
    };
    [plain, other(Writing::Percent, b'%'), other(Writing::Json, b'\\')]
}

/// Whether it fits, and how many bytes had to be looked at.
fn fit(shape: &Shape, writing: Writing, text: &[u8]) -> (Try, usize) {
    let (mut index, mut at) = (0, 0);
    while index < shape.len() {
        let Unit::Bytes { bytes, count, taken } = unit::read(writing, &text[at..]) else {
            return (Try::Cut, text.len());
        };
        at += taken;
        for byte in &bytes[..count] {
            if index < shape.len() && !shape.accepts(index, *byte) {
                return (Try::Miss, at);
            }
            index += 1;
        }
    }
    (Try::Fits(at), at)
}

/// Covers a text that comes in pieces. Holds back no more than may turn out to be the beginning of a secret.
pub struct Scanner {
    masks: Arc<Masks>,
    held: Vec<u8>,
    /// So many bytes of what is held belong to a secret that was found.
    covered: usize,
    found: u64,
}

impl Scanner {
    /// The next piece; what can be given away of it and of what was held.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<u8> {
        if self.masks.shapes.is_empty() {
            return bytes.to_vec();
        }
        self.held.extend_from_slice(bytes);
        self.scan(End::Open)
    }

    /// What is still held: no more of the text comes.
    pub fn finish(&mut self) -> Vec<u8> {
        self.scan(End::Final)
    }

    /// How many secrets were covered since this was asked last.
    pub fn take_found(&mut self) -> u64 {
        std::mem::take(&mut self.found)
    }

    fn scan(&mut self, end: End) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.held.len());
        while let Some(byte) = self.held.get(out.len()) {
            let at = out.len();
            match self.masks.at(&self.held[at..], end) {
                Try::Cut => break,
                Try::Miss => {}
                Try::Fits(taken) => {
                    // Shapes of one secret may overlap at their edges: that is one find.
                    self.found += u64::from(at >= self.covered);
                    self.covered = self.covered.max(at + taken);
                }
            }
            out.push(if at < self.covered { COVER } else { *byte });
        }
        self.held.drain(..out.len());
        self.covered = self.covered.saturating_sub(out.len());
        out
    }
}
