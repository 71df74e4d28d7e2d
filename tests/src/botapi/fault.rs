//! What goes wrong: a script of faults for the next calls, or random ones by a seed. It decides nothing else.

use std::collections::VecDeque;

use crate::load::random::Random;

/// How one call goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Nothing is done, and this is said.
    Refuse {
        /// The status, also in the body.
        status: u16,
        /// The words.
        description: String,
        /// Seconds to wait.
        retry_after: Option<u64>,
    },
    /// Nothing is done, and the connection ends.
    Drop,
    /// It is done, and of the answer comes only so much.
    Lose(Cut),
    /// Nothing is done, and nothing is said until [`super::BotApi::release`]; then the connection ends.
    Hang,
    /// Nothing is done, and this is the body of an answer with status 200.
    Say(String),
}

/// Where an answer ends too early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Before its first byte.
    Whole,
    /// After the head.
    Body,
    /// In the middle of the body.
    Half,
}

impl Fault {
    /// `429`, with so many seconds to wait.
    #[must_use]
    pub fn busy(seconds: u64) -> Fault {
        Fault::Refuse {
            status: 429,
            description: format!("Too Many Requests: retry after {seconds}"),
            retry_after: Some(seconds),
        }
    }

    /// Any refusal without a wait.
    #[must_use]
    pub fn refuse(status: u16, description: &str) -> Fault {
        Fault::Refuse {
            status,
            description: description.to_owned(),
            retry_after: None,
        }
    }

    /// As a gateway in front of the API says it, which is no JSON.
    #[must_use]
    pub fn gateway() -> Fault {
        Fault::Say("<html><body>502 Bad Gateway</body></html>".to_owned())
    }
}

/// What is to go wrong.
#[derive(Debug, Default)]
pub struct Faults {
    script: VecDeque<(String, Fault)>,
    always: Vec<(String, Fault)>,
    random: Option<Chance>,
    taken: u64,
}

/// Faults by chance.
#[derive(Debug)]
struct Chance {
    random: Random,
    permille: u64,
    faults: Vec<Fault>,
}

impl Faults {
    /// The next call of this method goes wrong so; more of them come one after the other.
    pub fn next(&mut self, method: &str, fault: Fault) {
        self.script.push_back((method.to_owned(), fault));
    }

    /// Every call of this method goes wrong so.
    pub fn always(&mut self, method: &str, fault: Fault) {
        self.always.push((method.to_owned(), fault));
    }

    /// So many of a thousand calls go wrong, by one of these.
    pub fn random(&mut self, seed: u64, permille: u64, faults: Vec<Fault>) {
        let random = Random::seeded(seed);
        self.random = Some(Chance {
            random,
            permille,
            faults,
        });
    }

    /// From now on nothing goes wrong.
    pub fn clear(&mut self) {
        let taken = self.taken;
        *self = Faults {
            taken,
            ..Faults::default()
        };
    }

    /// How many calls went wrong.
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// What goes wrong with this call.
    pub fn take(&mut self, method: &str) -> Option<Fault> {
        let fault = self.find(method);
        self.taken += u64::from(fault.is_some());
        fault
    }

    fn find(&mut self, method: &str) -> Option<Fault> {
        if let Some(at) = self.script.iter().position(|(own, _)| own == method) {
            return self.script.remove(at).map(|(_, fault)| fault);
        }
        if let Some((_, fault)) = self.always.iter().find(|(own, _)| own == method) {
            return Some(fault.clone());
        }
        let chance = self.random.as_mut()?;
        let hit = chance.random.below(1_000) < chance.permille && !chance.faults.is_empty();
        let which = chance.random.below(chance.faults.len().max(1) as u64);
        hit.then(|| {
            usize::try_from(which)
                .ok()
                .and_then(|at| chance.faults.get(at).cloned())
        })?
    }
}
