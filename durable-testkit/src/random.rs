//! Random bits that are the same for the same seed.

use std::sync::{Mutex, PoisonError};

/// A source of random bits for tests and simulations: the same seed gives the same bits, on every machine.
#[derive(Debug)]
pub struct SeededBits(Mutex<u64>);

impl SeededBits {
    /// Makes a source.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }

    /// Draws 64 bits (`SplitMix64`).
    pub fn next_u64(&self) -> u64 {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Draws 128 bits, enough for an execution id.
    pub fn next_u128(&self) -> u128 {
        (u128::from(self.next_u64()) << 64) | u128::from(self.next_u64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_bits() {
        let (a, b, c) = (SeededBits::new(7), SeededBits::new(7), SeededBits::new(8));
        let drawn = a.next_u128();
        assert_eq!(drawn, b.next_u128());
        assert_ne!(drawn, c.next_u128());
        assert_ne!(drawn, a.next_u128());
    }
}
