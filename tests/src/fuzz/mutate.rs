//! Makes new inputs of old ones: flipped bits, cut and doubled pieces, words of the format, numbers at their edges. The
//! same seed makes the same inputs.

use crate::load::random::Random;

/// Bytes of an input: enough for every shape, and few enough for thousands a second.
const MOST: usize = 8 << 10;
/// Changes that are made to an input at once, at most.
const CHANGES: u64 = 6;
/// Numbers at which something may go wrong.
const NUMBERS: [&str; 14] = [
    "0",
    "1",
    "-1",
    "255",
    "256",
    "65535",
    "65536",
    "2147483648",
    "4294967296",
    "9223372036854775807",
    "18446744073709551616",
    "1e999",
    "0.0",
    "00",
];
/// Texts that no dictionary should lack.
const ODD: [&str; 16] = [
    "",
    "\n",
    "\r\n",
    "\0",
    "\u{1b}[2J",
    "\u{202e}",
    "\u{200d}",
    "\u{feff}",
    "é",
    "日本",
    "😀",
    "\\",
    "\"",
    "'''",
    "%2f",
    "..",
];

/// A source of inputs.
#[derive(Debug)]
pub struct Mutator {
    random: Random,
    words: &'static [&'static str],
    most: usize,
}

impl Mutator {
    /// Begins with these random numbers; the words are the format's.
    #[must_use]
    pub fn new(random: Random, words: &'static [&'static str]) -> Mutator {
        Mutator {
            random,
            words,
            most: MOST,
        }
    }

    /// The same for inputs of another size, in bytes.
    #[must_use]
    pub fn within(self, most: usize) -> Mutator {
        Mutator { most, ..self }
    }

    /// A number below `bound`; 0 if there is none below.
    pub fn below(&mut self, bound: usize) -> usize {
        let drawn = self.random.below(bound.max(1) as u64);
        usize::try_from(drawn).unwrap_or_default()
    }

    /// A new input, made of one of the pool's, now and then of two.
    pub fn next(&mut self, pool: &[Vec<u8>]) -> Vec<u8> {
        let Some(first) = pool.get(self.below(pool.len())) else {
            return Vec::new();
        };
        let mut input = first.clone();
        for _ in 0..=self.random.below(CHANGES) {
            self.change(&mut input, pool);
        }
        input.truncate(self.most);
        input
    }

    fn change(&mut self, input: &mut Vec<u8>, pool: &[Vec<u8>]) {
        match self.below(10) {
            0 => self.flip(input),
            1 => self.overwrite(input),
            2 => self.take_away(input),
            3 => self.double(input),
            4 => self.splice(input, pool),
            5 => self.number(input),
            6 => self.insert(input, &ODD),
            7 => self.swap_lines(input),
            _ => self.insert(input, self.words),
        }
    }

    fn flip(&mut self, input: &mut [u8]) {
        let (at, bit) = (self.below(input.len()), self.below(8));
        if let Some(byte) = input.get_mut(at) {
            *byte ^= 1 << bit;
        }
    }

    fn overwrite(&mut self, input: &mut [u8]) {
        let (at, value) = (self.below(input.len()), self.below(256));
        if let Some(byte) = input.get_mut(at) {
            *byte = u8::try_from(value).unwrap_or_default();
        }
    }

    /// Two places in the input, in order, not far from each other.
    fn range(&mut self, input: &[u8]) -> (usize, usize) {
        let start = self.below(input.len());
        let most = [1, 4, 16, 64, input.len()][self.below(5)];
        (start, input.len().min(start + 1 + self.below(most)))
    }

    fn take_away(&mut self, input: &mut Vec<u8>) {
        let (start, end) = self.range(input);
        if start < end {
            input.drain(start..end);
        }
    }

    fn double(&mut self, input: &mut Vec<u8>) {
        let (start, end) = self.range(input);
        let piece = input[start.min(end)..end].to_vec();
        let at = self.below(input.len() + 1);
        let times = if piece.len() < 8 {
            [1, 1, 2, 200][self.below(4)]
        } else {
            1
        };
        input.splice(at..at, piece.repeat(times));
    }

    fn splice(&mut self, input: &mut Vec<u8>, pool: &[Vec<u8>]) {
        let Some(other) = pool.get(self.below(pool.len())) else {
            return;
        };
        let (start, end) = self.range(other);
        let piece = other[start.min(end)..end].to_vec();
        let at = self.below(input.len() + 1);
        input.splice(at..at, piece);
    }

    /// Puts another number in the place of one that stands there.
    fn number(&mut self, input: &mut Vec<u8>) {
        let from = self.below(input.len());
        let Some(start) = input.iter().skip(from).position(u8::is_ascii_digit).map(|at| at + from) else {
            return;
        };
        let digits = input[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let number = NUMBERS[self.below(NUMBERS.len())];
        input.splice(start..start + digits, number.bytes());
    }

    /// Puts a word somewhere, or in the place of something.
    fn insert(&mut self, input: &mut Vec<u8>, words: &[&str]) {
        let Some(word) = words.get(self.below(words.len())) else {
            return;
        };
        let (start, end) = self.range(input);
        let end = if self.below(2) == 0 { start } else { end };
        input.splice(start.min(end)..end, word.bytes());
    }

    fn swap_lines(&mut self, input: &mut Vec<u8>) {
        let mut lines: Vec<&[u8]> = input.split(|byte| *byte == b'\n').collect();
        let (one, other) = (self.below(lines.len()), self.below(lines.len()));
        lines.swap(one, other);
        *input = lines.join(&b'\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(seed: u64) -> Vec<Vec<u8>> {
        let mut mutator = Mutator::new(Random::seeded(seed), &["word", "7"]);
        let pool = [b"first = 1\nsecond = 2\n".to_vec(), Vec::new(), vec![0xff; 9]];
        (0..2_000).map(|_| mutator.next(&pool)).collect()
    }

    #[test]
    fn a_seed_makes_the_same_inputs_again_and_many_different_ones() {
        let (one, again, other) = (made(1), made(1), made(2));
        assert!(one == again && one != other);
        let different: std::collections::BTreeSet<_> = one.iter().collect();
        assert!(different.len() > 1_000, "{}", different.len());
        assert!(one.iter().all(|input| input.len() <= MOST));
        assert!(one.iter().any(|input| input.windows(4).any(|window| window == b"word")));
    }
}
