//! Versions of durable functions: 1 to 4 dotted numbers, missing ones as zero.

use std::fmt;

/// A version, compared number by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version([u32; 4]);

impl Version {
    /// The version of a function that names none.
    pub(crate) const ONE: Self = Self([1, 0, 0, 0]);

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = [0; 4];
        for (at, part) in text.split('.').enumerate() {
            let plain =
                part.bytes().all(|byte| byte.is_ascii_digit()) && (part.len() == 1 || !part.starts_with('0'));
            let number = part.parse().ok().filter(|&n: &u32| n <= i32::MAX.unsigned_abs());
            *parts.get_mut(at)? = number.filter(|_| plain)?;
        }
        Some(Self(parts))
    }

    /// Returns the numbers up to the last that is not zero, with `separator` between them.
    fn canonical(self, separator: &str) -> String {
        let used = self.0.iter().rposition(|&part| part != 0).unwrap_or(0);
        let parts: Vec<String> = self.0.iter().take(used + 1).map(u32::to_string).collect();
        parts.join(separator)
    }

    /// Returns the name of the handle that is pinned to this version.
    pub(crate) fn pinned(self, function: &str) -> String {
        format!("{function}_v{}", self.canonical("_"))
    }

    /// Returns the text of the version after `text`, written with as many numbers: `1.5` after `1.4`.
    pub(crate) fn next(text: &str) -> Option<String> {
        let (front, last) = match text.rsplit_once('.') {
            Some((front, last)) => (Some(front), last),
            None => (None, text),
        };
        let next = last.parse::<u32>().ok()?.checked_add(1)?;
        Some(front.map_or_else(|| next.to_string(), |front| format!("{front}.{next}")))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.canonical("."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        let parse = |text| Version::parse(text).expect("a version");
        assert_eq!(parse("2"), parse("2.0.0"));
        assert!(parse("1.10") > parse("1.9"));
        assert_eq!(parse("1.10.0").to_string(), "1.10");
        for bad in ["", "a", "1.", "01", "1.2.3.4.5", "2147483648", "+1"] {
            assert_eq!(Version::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_next_version_counts_the_last_number() {
        assert_eq!(Version::next("1").as_deref(), Some("2"));
        assert_eq!(Version::next("1.4").as_deref(), Some("1.5"));
        assert_eq!(Version::next("2.0").as_deref(), Some("2.1"));
    }

    #[test]
    fn a_handle_is_named_by_the_canonical_version() {
        assert_eq!(
            Version::parse("1.4.0").expect("a version").pinned("checkout"),
            "checkout_v1_4"
        );
    }
}
