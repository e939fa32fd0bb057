//! Seeded choices: the same seed makes the same ones.

use durable_testkit::SeededBits;

#[derive(Debug)]
pub(crate) struct Random(SeededBits);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(SeededBits::new(seed))
    }

    /// Returns a number below `end`.
    pub(crate) fn below(&self, end: u64) -> u64 {
        self.0.next_u64() % end.max(1)
    }
}
