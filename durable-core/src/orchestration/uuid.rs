//! Identifiers drawn by an orchestrator.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A version 4 UUID, drawn from the execution's own random sequence: replay draws the same.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Uuid(u128);

impl Uuid {
    pub(crate) fn from_random(high: u64, low: u64) -> Self {
        let bits = (u128::from(high) << 64) | u128::from(low);
        let version_4 = (bits & !(0xf << 76)) | (0x4 << 76);
        // RFC 9562: the two bits after the third group are 10.
        Self((version_4 & !(0b11 << 62)) | (0b10 << 62))
    }

    /// Returns the 128 bits.
    pub const fn as_u128(self) -> u128 {
        self.0
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex = format!("{:032x}", self.0);
        let mut rest = hex.as_str();
        for (at, length) in [8, 4, 4, 4, 12].into_iter().enumerate() {
            let (group, tail) = rest.split_at(length);
            write!(f, "{}{group}", if at == 0 { "" } else { "-" })?;
            rest = tail;
        }
        Ok(())
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not a UUID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a UUID: 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12")]
pub struct UuidError(String);

impl TryFrom<String> for Uuid {
    type Error = UuidError;

    fn try_from(text: String) -> Result<Self, UuidError> {
        let groups: Vec<usize> = text.split('-').map(str::len).collect();
        let bits = u128::from_str_radix(&text.replace('-', ""), 16);
        match bits {
            Ok(bits) if groups == [8, 4, 4, 4, 12] => Ok(Self(bits)),
            Ok(_) | Err(_) => Err(UuidError(text)),
        }
    }
}

impl From<Uuid> for String {
    fn from(uuid: Uuid) -> Self {
        uuid.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_has_version_and_variant_and_survives_text() {
        let uuid = Uuid::from_random(u64::MAX, 0);
        assert_eq!(uuid.to_string(), "ffffffff-ffff-4fff-8000-000000000000");
        assert_eq!(Uuid::try_from(uuid.to_string()), Ok(uuid));
        assert!(Uuid::try_from("ffff".to_owned()).is_err());
    }
}
