//! Random numbers that can be had again: a test prints its seed, and takes one from the environment.

use anyhow::{Context, Result};
use ring::rand::{SecureRandom, SystemRandom};

/// The variable that gives a seed.
pub const SEED: &str = "LOCKGATE_SEED";

/// A small generator (SplitMix64), good enough to choose moments.
#[derive(Debug, Clone)]
pub struct Random {
    state: u64,
    /// With this seed the same numbers come again.
    pub seed: u64,
}

impl Random {
    /// Begins with a seed.
    #[must_use]
    pub fn seeded(seed: u64) -> Random {
        Random { state: seed, seed }
    }

    /// Begins with the seed of the environment, or with one that nobody knows.
    ///
    /// # Errors
    /// If the variable is no number, or the system gives no random bytes.
    pub fn from_environment() -> Result<Random> {
        if let Ok(text) = std::env::var(SEED) {
            return Ok(Random::seeded(
                text.parse().with_context(|| format!("{SEED} is no number"))?,
            ));
        }
        let mut bytes = [0; 8];
        SystemRandom::new()
            .fill(&mut bytes)
            .map_err(|_| anyhow::anyhow!("no random bytes"))?;
        Ok(Random::seeded(u64::from_le_bytes(bytes)))
    }

    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which is not 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.draw() % bound
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_numbers_again() {
        let draw = |seed| {
            let mut random = Random::seeded(seed);
            [random.draw(), random.draw(), random.below(10)]
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        // The published first output for the seed 0.
        assert_eq!(draw(0)[0], 0xe220_a839_7b1d_cdaf);
    }
}
