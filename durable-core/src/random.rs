//! Randomness from outside: injected, so that tests and simulations own it.

use std::fmt;

/// Where random ids come from.
pub trait Entropy: Send + Sync + fmt::Debug + 'static {
    /// Draws 128 bits.
    fn draw(&self) -> u128;

    /// Draws twice 128 bits: what two draws give.
    fn draw_two(&self) -> [u128; 2] {
        [self.draw(), self.draw()]
    }
}

/// The operating system's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl SystemEntropy {
    /// # Panics
    ///
    /// If the operating system has no randomness to give: ids drawn without it could collide and overwrite instances.
    #[expect(
        clippy::expect_used,
        reason = "documented: there is no safe way to go on without unique ids"
    )]
    fn fill(bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system must provide randomness");
    }
}

/// Panics if the operating system has no randomness to give.
impl Entropy for SystemEntropy {
    fn draw(&self) -> u128 {
        let mut bytes = [0; 16];
        Self::fill(&mut bytes);
        u128::from_le_bytes(bytes)
    }

    /// Asks the operating system once: each question is a system call.
    fn draw_two(&self) -> [u128; 2] {
        let mut both = [[0; 16]; 2];
        Self::fill(both.as_flattened_mut());
        both.map(u128::from_le_bytes)
    }
}
