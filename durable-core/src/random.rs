//! Randomness from outside: injected, so that tests and simulations own it.

use std::fmt;

/// Where random ids come from.
pub trait Entropy: Send + Sync + fmt::Debug + 'static {
    /// Draws 128 bits.
    fn draw(&self) -> u128;
}

/// The operating system's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    /// # Panics
    ///
    /// If the operating system has no randomness to give: ids drawn without it could collide and overwrite instances.
    #[expect(
        clippy::expect_used,
        reason = "documented: there is no safe way to go on without unique ids"
    )]
    fn draw(&self) -> u128 {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).expect("the operating system must provide randomness");
        u128::from_le_bytes(bytes)
    }
}
