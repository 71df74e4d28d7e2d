//! Plays a body with one input after the other, until one fails or the time is over. What fails is made small and kept
//! under `target/`; it becomes part of the corpus by somebody's hand.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use data_encoding::HEXLOWER;
use ring::digest::{SHA256, digest};

use super::{Body, Mutator};

/// How long one input may take: far more than any needs, so that a busy machine is no failure.
const PATIENCE: Duration = Duration::from_secs(10);
/// Inputs with words of their own that are kept in memory.
const POOL: usize = 4_096;
/// Words by which one way is told from another.
const WORDS: usize = 8;
/// How often a failing input is tried smaller.
const TRIES: usize = 300;

/// When to stop.
#[derive(Debug, Clone, Copy)]
pub enum Until {
    /// After so many mutations.
    Executions(u64),
    /// At this moment.
    Moment(Instant),
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Played {
    /// Inputs.
    pub executions: u64,
    /// How many different things became of them.
    pub ways: usize,
}

/// An input that fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Which body.
    pub body: &'static str,
    /// The smallest that was found.
    pub input: Vec<u8>,
    /// What it said.
    pub why: String,
}

/// Plays the corpus, and then mutations of it.
///
/// # Errors
/// The first input that fails, made small.
pub fn drive(body: &Body, corpus: &[Vec<u8>], mut mutator: Mutator, until: Until) -> Result<Played, Found> {
    let mut ways = BTreeSet::new();
    let mut pool = corpus.to_vec();
    let mut executions = 0;
    for input in corpus {
        ways.insert(way(&checked(body, input)?));
        executions += 1;
    }
    while !over(until, executions - corpus.len() as u64) {
        let input = mutator.next(&pool);
        let became = checked(body, &input)?;
        executions += 1;
        if ways.insert(way(&became)) && pool.len() < POOL {
            pool.push(input);
        }
    }
    let ways = ways.len();
    Ok(Played { executions, ways })
}

fn over(until: Until, mutations: u64) -> bool {
    match until {
        Until::Executions(most) => mutations >= most,
        Until::Moment(end) => Instant::now() >= end,
    }
}

/// The first words of what a body said. What it quotes, numbers and names differ from input to input and make no new way.
fn way(became: &str) -> String {
    let unquoted = became.split(['`', '"']).step_by(2);
    let words = unquoted.flat_map(|text| text.split(|c: char| !c.is_ascii_alphabetic()));
    words
        .filter(|word| !word.is_empty())
        .take(WORDS)
        .collect::<Vec<_>>()
        .join(" ")
}

fn checked(body: &Body, input: &[u8]) -> Result<String, Found> {
    played(body, input).map_err(|why| {
        let input = smaller(body, input.to_vec());
        let body = body.name;
        Found { body, input, why }
    })
}

/// What became of an input, or why it fails.
fn played(body: &Body, input: &[u8]) -> Result<String, String> {
    let begun = Instant::now();
    let became = catch_unwind(AssertUnwindSafe(|| (body.play)(input))).map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
            .unwrap_or_else(|| "it panicked without a word".to_owned())
    })?;
    let took = begun.elapsed();
    if took > PATIENCE {
        return Err(format!("it took {took:?}"));
    }
    Ok(became)
}

/// Takes away whatever can be taken away while the input still fails.
fn smaller(body: &Body, mut input: Vec<u8>) -> Vec<u8> {
    let (mut piece, mut tries) = (input.len() / 2, 0);
    while piece > 0 && tries < TRIES {
        let (mut at, before) = (0, input.len());
        while at < input.len() && tries < TRIES {
            let mut less = input.clone();
            less.drain(at..less.len().min(at + piece));
            tries += 1;
            if played(body, &less).is_err() {
                input = less;
            } else {
                at += piece;
            }
        }
        if input.len() == before || piece > 1 {
            piece /= 2;
        }
    }
    input
}

/// Keeps a failing input under `target/fuzz/`.
///
/// # Errors
/// If it can't be written.
pub fn keep(repository: &Path, found: &Found) -> Result<PathBuf> {
    let folder = repository.join("target/fuzz").join(found.body);
    std::fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
    let name = HEXLOWER.encode(&digest(&SHA256, &found.input).as_ref()[..8]);
    let path = folder.join(name);
    std::fs::write(&path, &found.input).with_context(|| format!("write {}", path.display()))?;
    Ok(path)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::load::random::Random;

    fn body(play: fn(&[u8]) -> String) -> Body {
        Body {
            name: "planted",
            play,
            words: &["red", "green"],
            usual: 0,
        }
    }

    fn driven(play: fn(&[u8]) -> String, corpus: &[&str], most: u64) -> Result<Played, Found> {
        let body = body(play);
        let corpus: Vec<Vec<u8>> = corpus.iter().map(|text| text.as_bytes().to_vec()).collect();
        let mutator = Mutator::new(Random::seeded(1), body.words);
        drive(&body, &corpus, mutator, Until::Executions(most))
    }

    /// Wrong for two words in this order, which the corpus does not have.
    fn planted(input: &[u8]) -> String {
        let text = String::from_utf8_lossy(input);
        match (text.find("red"), text.find("green")) {
            (Some(red), Some(green)) => assert!(red > green, "red before green"),
            (Some(_), None) => return "red".to_owned(),
            _ => {}
        }
        "nothing".to_owned()
    }

    #[test]
    fn a_planted_mistake_is_found_and_made_small() {
        let found = driven(planted, &["a long text that has neither of the two words"], 50_000).unwrap_err();
        assert_eq!(found.input, b"redgreen");
        assert!(found.why.contains("red before green"), "{}", found.why);
    }

    #[test]
    fn a_mistake_in_the_corpus_is_found_at_once() {
        let found = driven(planted, &["fine", "a red and a green one"], 0).unwrap_err();
        assert_eq!(found.input, b"redgreen");
    }

    #[test]
    fn without_a_mistake_all_is_played_and_ways_are_counted() {
        let played = driven(|input| format!("{} bytes, `{input:?}`", input.len()), &["a", "b"], 100).unwrap();
        assert_eq!(
            played,
            Played {
                executions: 102,
                ways: 1
            }
        );
    }

    #[test]
    fn what_was_found_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let found = Found {
            body: "planted",
            input: b"x".to_vec(),
            why: String::new(),
        };
        let path = keep(folder.path(), &found).unwrap();
        assert_eq!(std::fs::read(path).unwrap(), b"x");
    }
}
