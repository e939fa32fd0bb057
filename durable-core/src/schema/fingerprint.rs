//! A hash that is the same in every build.

/// Computes a schema's fingerprint in a constant: FNV-1a over parts that cannot run into each other.
///
/// The function is fixed for ever: fingerprints are compared with those that earlier releases wrote down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Fingerprint(u64);

impl Fingerprint {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;

    /// Starts a fingerprint of a form of the given kind.
    pub const fn new(kind: &str) -> Self {
        Self(Self::OFFSET).text(kind)
    }

    /// Adds a text.
    pub const fn text(self, text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut hash = self.number(bytes.len() as u64);
        let mut at = 0;
        while at < bytes.len() {
            hash = hash.byte(bytes[at]);
            at += 1;
        }
        hash
    }

    /// Adds a number, such as another fingerprint.
    pub const fn number(self, number: u64) -> Self {
        let bytes = number.to_le_bytes();
        let mut hash = self;
        let mut at = 0;
        while at < bytes.len() {
            hash = hash.byte(bytes[at]);
            at += 1;
        }
        hash
    }

    /// Adds a named part: a field or a variant, with the fingerprint of its form.
    pub const fn field(self, name: &str, marks: &str, form: u64) -> Self {
        self.text(name).text(marks).number(form)
    }

    /// Returns the hash.
    pub const fn get(self) -> u64 {
        self.0
    }

    const fn byte(self, byte: u8) -> Self {
        Self((self.0 ^ byte as u64).wrapping_mul(Self::PRIME))
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
}
