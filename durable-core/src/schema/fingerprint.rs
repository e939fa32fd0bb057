//! A hash that is the same in every build.

/// Computes a schema's fingerprint in a constant: FNV-1a over parts that cannot run into each other.
///
/// The function is fixed for ever: fingerprints are compared with those that earlier releases wrote down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Fingerprint(u64);

impl Fingerprint {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

    // Wide, for products that are cut afterwards: the compiler's interpreter runs this for each type of a crate, and there
    // a call, that of `wrapping_mul` too, costs more than all else.
    const PRIME: u128 = 0x0000_0100_0000_01b3;

    /// The eighth power of the prime.
    const PRIME_8: u128 = Self::power(8);

    const fn power(exponent: u32) -> u128 {
        let mut product: u64 = 1;
        let mut left = exponent;
        while left > 0 {
            product = product.wrapping_mul(0x0000_0100_0000_01b3);
            left -= 1;
        }
        product as u128
    }

    /// Starts a fingerprint of a form of the given kind.
    pub const fn new(kind: &str) -> Self {
        Self(Self::OFFSET).text(kind)
    }

    /// Adds a text.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "FNV multiplies modulo two to the power of 64"
    )]
    pub const fn text(self, text: &str) -> Self {
        let mut rest = text.as_bytes();
        let mut hash = self.number(rest.len() as u64).0;
        while let [byte, after @ ..] = rest {
            hash = ((hash ^ *byte as u64) as u128 * Self::PRIME) as u64;
            rest = after;
        }
        Self(hash)
    }

    /// Adds a number, such as another fingerprint.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "FNV multiplies modulo two to the power of 64"
    )]
    pub const fn number(self, number: u64) -> Self {
        if number < 256 {
            // Its other bytes are zero, and change nothing before they are multiplied.
            return Self(((self.0 ^ number) as u128 * Self::PRIME_8) as u64);
        }
        let (mut hash, mut rest, mut left) = (self.0, number, 8);
        while left > 0 {
            hash = ((hash ^ (rest & 0xff)) as u128 * Self::PRIME) as u64;
            rest >>= 8;
            left -= 1;
        }
        Self(hash)
    }

    /// Adds a named part: a field or a variant, with the fingerprint of its form.
    pub const fn field(self, name: &str, marks: &str, form: u64) -> Self {
        self.text(name).text(marks).number(form)
    }

    /// Returns the hash.
    pub const fn get(self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Fingerprint;

    #[test]
    fn parts_do_not_run_into_each_other() {
        let two = Fingerprint::new("struct").text("ab").text("c");
        let other = Fingerprint::new("struct").text("a").text("bc");
        assert_ne!(two, other);
    }

    #[test]
    fn the_function_is_fixed() {
        assert_eq!(Fingerprint::new("u64").get(), 0x2b03_fdd2_8e27_f29b);
    }

    #[test]
    fn it_is_fnv_of_the_bytes() {
        let fnv = |bytes: &[u8], start: u64| {
            let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
            bytes.iter().fold(start, step)
        };
        let start = Fingerprint::new("struct").get();
        for number in [0, 1, 255, 256, 0x0100_0000_0000_0000, u64::MAX] {
            let wanted = fnv(&number.to_le_bytes(), start);
            assert_eq!(Fingerprint(start).number(number).get(), wanted, "{number}");
        }
        for text in ["", "a", "carrier", &"long".repeat(100)] {
            let wanted = fnv(text.as_bytes(), fnv(&(text.len() as u64).to_le_bytes(), start));
            assert_eq!(Fingerprint(start).text(text).get(), wanted, "{text}");
        }
    }
}
