//! Identities of messages.

use std::fmt;

/// A GUID, as 128 bits in the order in which they are written.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Guid(pub(crate) u128);

impl Guid {
    /// Returns 32 hexadecimal digits without dashes.
    pub(crate) fn simple(self) -> String {
        format!("{:032x}", self.0)
    }

    /// Reads a GUID with or without dashes.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(|&c| c != '-').collect();
        let plain = digits.len() == 32 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        if !plain {
            return None;
        }
        u128::from_str_radix(&digits, 16).ok().map(Self)
    }
}

impl fmt::Display for Guid {
    /// Writes it with dashes, in small letters.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = self.0;
        write!(
            f,
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            bits >> 96,
            (bits >> 80) & 0xffff,
            (bits >> 64) & 0xffff,
            (bits >> 48) & 0xffff,
            bits & 0xffff_ffff_ffff
        )
    }
}

impl fmt::Debug for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guids_are_written_with_and_without_dashes() {
        let text = "3f0c2a51-5f0e-4d53-9c2f-8f3a5d0b7c11";
        let guid = Guid::parse(text).unwrap();
        assert_eq!(guid.to_string(), text);
        assert_eq!(guid.simple(), "3f0c2a515f0e4d539c2f8f3a5d0b7c11");
        assert_eq!(Guid::parse(&guid.simple()), Some(guid));
        assert_eq!(
            Guid::default().to_string(),
            "00000000-0000-0000-0000-000000000000"
        );
        for bad in ["", "3f0c2a51", "+f0c2a515f0e4d539c2f8f3a5d0b7c11"] {
            assert_eq!(Guid::parse(bad), None, "{bad}");
        }
    }
}
