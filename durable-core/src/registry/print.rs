//! The fingerprint of a function's text.

use std::fmt;
use std::str::FromStr;

/// The hash of what stands in a function's body, by the algorithm `fp1`, which `durable-macros` computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BodyFingerprint(u64);

impl BodyFingerprint {
    /// Makes a fingerprint of the hash. Called by generated code.
    #[doc(hidden)]
    pub const fn new(hash: u64) -> Self {
        Self(hash)
    }

    /// Returns the hash.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for BodyFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "fp1:{:016x}", self.0)
    }
}

/// Why a text is not a fingerprint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a fingerprint of the form `fp1:` and 16 hexadecimal digits")]
pub struct FingerprintError(String);

impl FromStr for BodyFingerprint {
    type Err = FingerprintError;

    fn from_str(text: &str) -> Result<Self, FingerprintError> {
        let digits = text.strip_prefix("fp1:").and_then(hex);
        digits
            .map(Self)
            .ok_or_else(|| FingerprintError(text.chars().take(64).collect()))
    }
}

/// Reads exactly 16 lower-case hexadecimal digits.
pub(crate) fn hex(text: &str) -> Option<u64> {
    let well = text.len() == 16 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    well.then(|| u64::from_str_radix(text, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_read_as_it_is_written() {
        let print = BodyFingerprint::new(0xb60a_e7b0_d6b6_9277);
        assert_eq!(print.to_string(), "fp1:b60ae7b0d6b69277");
        assert_eq!(print.to_string().parse(), Ok(print));
        for bad in [
            "",
            "fp1:",
            "fp2:b60ae7b0d6b69277",
            "fp1:+60ae7b0d6b69277",
            "fp1:B60AE7B0D6B69277",
        ] {
            bad.parse::<BodyFingerprint>().unwrap_err();
        }
    }
}
