//! The last net: finds a channel's secrets in what comes back, in any of the writings in which an answer may repeat
//! them, and puts asterisks over them. As many bytes go out as came in. Never decides who may see what: no guest may.
//!
//! Found are, as they stand, percent-encoded or escaped as in JSON, wholly or in part: the secret itself, its hex, and its
//! base64 in both alphabets, alone or within something longer; the same of the secret as it stands in a path,
//! percent-encoded, of the secret without the blanks around it, and of the text whose base64 it is; and all of these in
//! UTF-16 as it stands. Not found are other writings: entities of HTML, other alphabets, what is packed or turned around.

mod form;
mod shape;
#[cfg(test)]
mod tests;
mod unit;

use std::collections::BTreeSet;
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
    /// The shapes that begin with a character.
    begins: Vec<Vec<usize>>,
    /// A bit for every two bytes with which one may begin: nearly all of a text is passed over by it.
    pairs: Vec<u64>,
}

impl Masks {
    /// For these secrets, those of [`limits::SECRET_MASKED_FROM`] bytes and more.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Arc<Self> {
        let readings = secrets.into_iter().flat_map(|secret| form::readings(secret.expose()));
        let long = readings.filter(|reading| reading.len() >= limits::SECRET_MASKED_FROM);
        let long: BTreeSet<Vec<u8>> = long.collect();
        let shapes: Vec<Shape> = long.iter().flat_map(|reading| Shape::all(reading)).collect();
        let begins = |byte: u8| -> Vec<usize> {
            let at = 0..shapes.len();
            at.filter(|at| shapes[*at].accepts(0, byte)).collect()
        };
        let begins: Vec<Vec<usize>> = (0..=u8::MAX).map(begins).collect();
        let mut pairs = vec![0; 1 << 10];
        for (first, second) in (0..=u8::MAX).flat_map(|first| (0..=u8::MAX).map(move |second| (first, second))) {
            let follows = |at: &usize| is_sign(second) || shapes[*at].accepts(1, second);
            let may = is_sign(first) || begins[usize::from(first)].iter().any(follows);
            let (word, bit) = place(first, second);
            pairs[word] |= u64::from(may) << bit;
        }
        Arc::new(Self { shapes, begins, pairs })
    }

    /// Whether there is nothing to be searched for.
    pub fn is_empty(&self) -> bool {
        self.shapes.is_empty()
    }

    /// Whether a secret stands in a header's name, which is in lower case now, whatever it was.
    pub fn in_name(&self, name: &str) -> bool {
        let name = name.as_bytes();
        (0..name.len()).any(|at| {
            [Writing::Plain, Writing::Percent]
                .into_iter()
                .any(|writing| self.begins_name(writing, &name[at..]))
        })
    }

    fn begins_name(&self, writing: Writing, text: &[u8]) -> bool {
        let Unit::Bytes { bytes, .. } = unit::read(writing, text) else {
            return false;
        };
        let first = [bytes[0], bytes[0].to_ascii_uppercase()];
        let mut shapes = first.iter().flat_map(|byte| &self.begins[usize::from(*byte)]);
        let fits = |shape: &Shape| fit_by(Shape::accepts_folded, shape, writing, text).0;
        shapes.any(|shape| matches!(fits(&self.shapes[*shape]), Try::Fits(_)))
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

    /// The first place from there on where something may begin, or the end.
    fn next(&self, text: &[u8], from: usize) -> usize {
        let may = |at: &usize| {
            let Some(second) = text.get(at + 1) else { return true };
            let (word, bit) = place(text[*at], *second);
            self.pairs[word] >> bit & 1 == 1
        };
        (from..text.len()).find(may).unwrap_or(text.len())
    }

    /// What begins at the beginning of this text, which is not empty: the longest that fits.
    fn at(&self, text: &[u8], end: End) -> Try {
        let escaped = match text[0] {
            b'%' => self.escaped(Writing::Percent, text),
            b'\\' => self.escaped(Writing::Json, text),
            _ => Try::Miss,
        };
        let shapes = self.begins[usize::from(text[0])].iter();
        let tries = shapes.flat_map(|shape| tries(&self.shapes[*shape], text));
        let tries = tries
            .chain([escaped])
            .filter(|found| end == End::Open || *found != Try::Cut);
        // As long as one may still become longer, none is the longest.
        tries.max().unwrap_or(Try::Miss)
    }

    /// The same for what begins with an escape.
    fn escaped(&self, writing: Writing, text: &[u8]) -> Try {
        let Unit::Bytes { bytes, .. } = unit::read(writing, text) else {
            return Try::Cut;
        };
        let shapes = self.begins[usize::from(bytes[0])].iter();
        let tries = shapes.map(|shape| fit(&self.shapes[*shape], writing, text).0);
        tries.max().unwrap_or(Try::Miss)
    }
}

/// Whether an escape begins with it.
fn is_sign(byte: u8) -> bool {
    matches!(byte, b'%' | b'\\')
}

/// Where the bit for two bytes is.
fn place(first: u8, second: u8) -> (usize, u32) {
    (
        usize::from(first) << 2 | usize::from(second >> 6),
        u32::from(second & 63),
    )
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

/// Every writing that could make a difference, for a text whose first character stands for itself: as far as there are no
/// escapes, all read it alike.
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
    fit_by(Shape::accepts, shape, writing, text)
}

/// The same by another way of comparing.
fn fit_by(accepts: impl Fn(&Shape, usize, u8) -> bool, shape: &Shape, writing: Writing, text: &[u8]) -> (Try, usize) {
    let (mut index, mut at) = (0, 0);
    while index < shape.len() {
        let Unit::Bytes { bytes, count, taken } = unit::read(writing, &text[at..]) else {
            return (Try::Cut, text.len());
        };
        at += taken;
        for byte in &bytes[..count] {
            if index < shape.len() && !accepts(shape, index, *byte) {
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
        while out.len() < self.held.len() {
            let at = self.masks.next(&self.held, out.len());
            self.give(&mut out, at);
            if at == self.held.len() {
                break;
            }
            match self.masks.at(&self.held[at..], end) {
                Try::Cut => break,
                Try::Miss => {}
                Try::Fits(taken) => {
                    // Shapes of one secret may overlap at their edges: that is one find.
                    self.found += u64::from(at >= self.covered);
                    self.covered = self.covered.max(at + taken);
                }
            }
            self.give(&mut out, at + 1);
        }
        self.held.drain(..out.len());
        self.covered = self.covered.saturating_sub(out.len());
        out
    }

    /// Gives away what is held up to there.
    fn give(&self, out: &mut Vec<u8>, to: usize) {
        out.resize(self.covered.clamp(out.len(), to), COVER);
        out.extend_from_slice(&self.held[out.len()..to]);
    }
}
