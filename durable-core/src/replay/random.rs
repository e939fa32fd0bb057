//! Randomness for orchestrators: a sequence that the execution's id decides, so replay draws the same.

/// `SplitMix64`: small, and every seed gives a full-period sequence. Not for secrets.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    /// Makes the sequence of a seed text.
    pub(crate) fn from_text(text: &str) -> Self {
        let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
        });
        Self(hash)
    }

    /// Makes the sequence of a number.
    pub(crate) fn from_seed(seed: u64) -> Self {
        Self(seed)
    }

    /// Makes a sequence of its own for a number, without drawing from this one.
    pub(crate) fn fork(&self, number: u32) -> Self {
        let mut own = Self(self.0 ^ (u64::from(number) << 32 | 1));
        Self(own.next())
    }

    /// Draws 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Draws a number in `0..1`.
    pub(crate) fn next_unit(&mut self) -> f64 {
        // 32 bits convert to f64 without loss.
        let high = u32::try_from(self.next() >> 32).unwrap_or(u32::MAX);
        f64::from(high) / 4_294_967_296.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sequence is part of the engine's semantics: a change breaks running instances.
    #[test]
    fn the_sequence_never_changes() {
        let mut random = Random::from_seed(1);
        assert_eq!(
            [random.next(), random.next()],
            [0x910a_2dec_8902_5cc1, 0xbeeb_8da1_658e_ec67]
        );
        assert_eq!(Random::from_text("abc").next(), 0x29e3_2c04_ec3f_9c30);
    }

    #[test]
    fn units_are_below_one() {
        let mut random = Random::from_seed(9);
        assert!((0..1000).all(|_| (0.0..1.0).contains(&random.next_unit())));
    }
}
