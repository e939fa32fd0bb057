//! Versions of functions: how they are written, compared, and kept when they come from elsewhere.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The most parts a version may have, as in .NET's `System.Version`.
pub const VERSION_PARTS_MAX: usize = 4;

/// The most bytes a foreign version text may have.
pub const VERSION_TEXT_MAX: usize = 100;

/// Why a text is not a version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a version: {problem}; a version is 1 to 4 numbers with dots between them, such as `2` or `1.4.10`"
)]
pub struct VersionError {
    text: String,
    problem: &'static str,
}

/// A version of an orchestrator or activity: 1 to 4 dotted numbers, compared numerically.
///
/// Missing parts count as zero, so `2` and `2.0` are one version; `2` is the canonical form.
///
/// ```
/// use durable_core::Version;
/// let v: Version = "1.10".parse()?;
/// assert!(v > "1.9".parse()?);
/// assert_eq!("2.0".parse::<Version>()?.to_string(), "2");
/// # Ok::<(), durable_core::VersionError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version([u32; VERSION_PARTS_MAX]);

impl Version {
    /// The version of a function that names none: `1`.
    pub const ONE: Self = Self([1, 0, 0, 0]);

    /// Makes a version from its parts. The macros use it in constants.
    #[doc(hidden)]
    pub const fn from_parts(parts: [u32; VERSION_PARTS_MAX]) -> Self {
        Self(parts)
    }

    /// Parses a version.
    pub fn new(text: &str) -> Result<Self, VersionError> {
        let refuse = |problem| VersionError {
            text: text.chars().take(64).collect(),
            problem,
        };
        if text.is_empty() {
            return Err(refuse("it is empty"));
        }
        let mut parts = [0; VERSION_PARTS_MAX];
        for (at, part) in text.split('.').enumerate() {
            let Some(slot) = parts.get_mut(at) else {
                return Err(refuse("it has more than 4 parts"));
            };
            *slot = parse_part(part).map_err(refuse)?;
        }
        Ok(Self(parts))
    }

    /// Returns the four parts, missing ones as zero.
    pub const fn parts(self) -> [u32; VERSION_PARTS_MAX] {
        self.0
    }

    /// Returns the canonical form with `_` between the parts, as it stands in a handle's name: `checkout_v1_4_10`.
    pub fn mangled(self) -> String {
        self.to_string().replace('.', "_")
    }
}

fn parse_part(part: &str) -> Result<u32, &'static str> {
    if part.is_empty() {
        return Err("a part is empty");
    }
    if !part.bytes().all(|b| b.is_ascii_digit()) {
        return Err("a part is not a number");
    }
    if part.len() > 1 && part.starts_with('0') {
        return Err("a part has a leading zero");
    }
    // The greatest part that .NET's System.Version, and so the Azure hub, can hold.
    part.parse()
        .ok()
        .filter(|&n| n <= i32::MAX.unsigned_abs())
        .ok_or("a part is greater than 2147483647")
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let used = self.0.iter().rposition(|&n| n != 0).unwrap_or(0);
        for (at, part) in self.0.iter().take(used + 1).enumerate() {
            if at > 0 {
                f.write_str(".")?;
            }
            write!(f, "{part}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Version({self})")
    }
}

impl FromStr for Version {
    type Err = VersionError;
    fn from_str(text: &str) -> Result<Self, VersionError> {
        Self::new(text)
    }
}

impl TryFrom<String> for Version {
    type Error = VersionError;
    fn try_from(text: String) -> Result<Self, VersionError> {
        Self::new(&text)
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.to_string()
    }
}

/// A version as it stands in a history: ours, blank (a foreign start without one), or a foreign text.
///
/// Order: blank before everything; versions numerically; then foreign texts, by their letters whatever the case.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum RecordedVersion {
    /// None was recorded; the first turn resolves it once and writes it down.
    Blank,
    /// A version of the form this library writes.
    Known(Version),
    /// A text that is no version of ours, kept as it came.
    Foreign(String),
}

impl RecordedVersion {
    /// Returns the parsed version, if it is one of ours.
    pub fn known(&self) -> Option<Version> {
        match self {
            Self::Known(version) => Some(*version),
            Self::Blank | Self::Foreign(_) => None,
        }
    }
}

impl From<String> for RecordedVersion {
    fn from(text: String) -> Self {
        if text.is_empty() {
            return Self::Blank;
        }
        Version::new(&text).map_or(Self::Foreign(text), Self::Known)
    }
}

impl From<&str> for RecordedVersion {
    fn from(text: &str) -> Self {
        if text.is_empty() {
            return Self::Blank;
        }
        Version::new(text).map_or_else(|_| Self::Foreign(text.to_owned()), Self::Known)
    }
}

impl From<RecordedVersion> for String {
    fn from(version: RecordedVersion) -> Self {
        match version {
            RecordedVersion::Blank => Self::new(),
            RecordedVersion::Known(version) => version.to_string(),
            RecordedVersion::Foreign(text) => text,
        }
    }
}

impl From<Version> for RecordedVersion {
    fn from(version: Version) -> Self {
        Self::Known(version)
    }
}

impl PartialOrd for RecordedVersion {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for RecordedVersion {
    fn cmp(&self, other: &Self) -> Ordering {
        // The framework compares a parsed version with a foreign text as texts, which is no total order: `9` is before
        // `10`, `10` before `1a`, and `1a` before `9`. So foreign texts come after all versions here.
        match (self, other) {
            (Self::Known(a), Self::Known(b)) => a.cmp(b),
            (Self::Foreign(a), Self::Foreign(b)) => {
                a.to_lowercase().cmp(&b.to_lowercase()).then_with(|| a.cmp(b))
            }
            (Self::Blank, Self::Blank) => Ordering::Equal,
            (Self::Blank, _) | (Self::Known(_), Self::Foreign(_)) => Ordering::Less,
            (_, Self::Blank) | (Self::Foreign(_), Self::Known(_)) => Ordering::Greater,
        }
    }
}

impl fmt::Display for RecordedVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blank => Ok(()),
            Self::Known(version) => version.fmt(f),
            Self::Foreign(text) => f.write_str(text),
        }
    }
}

impl fmt::Debug for RecordedVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn malformed_versions_are_refused_with_the_reason() {
        let cases = [
            ("", "it is empty"),
            ("v2", "a part is not a number"),
            ("1..2", "a part is empty"),
            ("1.2.3.4.5", "it has more than 4 parts"),
            ("01", "a part has a leading zero"),
            ("2147483648", "a part is greater than 2147483647"),
            ("1.-2", "a part is not a number"),
        ];
        for (text, problem) in cases {
            let error = Version::new(text).unwrap_err();
            assert_eq!(error.problem, problem, "{text}");
        }
    }

    #[test]
    fn zero_is_written_as_one_part() {
        assert_eq!(Version::new("0.0").unwrap().to_string(), "0");
    }

    proptest! {
        #[test]
        fn display_and_parse_agree(parts in proptest::array::uniform4(0..=2_147_483_647_u32)) {
            let version = Version(parts);
            prop_assert_eq!(Version::new(&version.to_string()).unwrap(), version);
        }

        #[test]
        fn order_is_numeric(a in proptest::array::uniform4(0..20_u32), b in proptest::array::uniform4(0..20_u32)) {
            prop_assert_eq!(Version(a).cmp(&Version(b)), a.cmp(&b));
        }

        #[test]
        fn recorded_versions_are_totally_ordered(texts in proptest::array::uniform3("[019a-bA-B.]{0,3}")) {
            let [a, b, c] = texts.map(RecordedVersion::from);
            prop_assert!(!(a <= b && b <= c) || a <= c);
            prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
            prop_assert_eq!(a.cmp(&b).is_eq(), a == b);
        }
    }
}
