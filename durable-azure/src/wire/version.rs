//! Versions as the Durable Task Framework writes and compares them.

use durable_core::RecordedVersion;

/// Returns the text of a version. One of a single part gets a second one: `2` is no version for .NET, and `2.0` is.
pub(crate) fn version_text(version: &RecordedVersion) -> String {
    match version {
        RecordedVersion::Known(version) => {
            let text = version.to_string();
            if text.contains('.') { text } else { text + ".0" }
        }
        RecordedVersion::Blank | RecordedVersion::Foreign(_) => version.to_string(),
    }
}

/// Reads a version; nothing is blank. A text that is no version is kept as it came.
pub(crate) fn read_version(text: Option<&str>) -> RecordedVersion {
    RecordedVersion::from(text.unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use durable_core::Version;

    use super::*;

    /// Compares two versions as the framework's worker does: blank first, those of numbers by their numbers, all others as
    /// texts whatever the case.
    ///
    /// This is no total order, so nothing is sorted by it: `9.0` is before `10.0`, `10.0` before `1a`, `1a` before `9.0`.
    fn compare(a: &str, b: &str) -> Ordering {
        match (a.trim().is_empty(), b.trim().is_empty()) {
            (true, true) => return Ordering::Equal,
            (true, false) => return Ordering::Less,
            (false, true) => return Ordering::Greater,
            (false, false) => {}
        }
        match (dotted(a), dotted(b)) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => upper(a).cmp(upper(b)),
        }
    }

    /// Reads 2 to 4 dotted numbers. .NET counts a missing part as -1: `1.0` is before `1.0.0`.
    fn dotted(text: &str) -> Option<[i64; 4]> {
        // The parser of versions refuses everything that is no number, and leading zeros, which .NET takes.
        let plain = |part: &str| {
            let digits = part.trim_start_matches('0');
            if digits.is_empty() && !part.is_empty() {
                "0".to_owned()
            } else {
                digits.to_owned()
            }
        };
        let parts: Vec<String> = text.trim().split('.').map(plain).collect();
        if parts.len() < 2 {
            return None;
        }
        let parsed = Version::new(&parts.join(".")).ok()?.parts().map(i64::from);
        let mut numbers = [-1; 4];
        for (number, part) in numbers.iter_mut().zip(parsed).take(parts.len()) {
            *number = part;
        }
        Some(numbers)
    }

    fn upper(text: &str) -> impl Iterator<Item = char> {
        text.chars().flat_map(char::to_uppercase)
    }

    #[test]
    fn a_version_of_one_part_gets_a_second() {
        for (ours, theirs) in [
            ("2", "2.0"),
            ("0", "0.0"),
            ("1.4.10", "1.4.10"),
            ("", ""),
            ("beta", "beta"),
        ] {
            let version = RecordedVersion::from(ours.to_owned());
            assert_eq!(version_text(&version), theirs);
            assert_eq!(read_version(Some(theirs)), version);
        }
        assert_eq!(read_version(None), RecordedVersion::Blank);
    }

    #[test]
    fn versions_are_compared_as_the_framework_does() {
        for (a, b, expected) in [
            ("", " ", Ordering::Equal),
            ("", "0.0", Ordering::Less),
            ("beta", "", Ordering::Greater),
            ("1.9", "1.10", Ordering::Less),
            ("1.0", "1.0.0", Ordering::Less),
            ("01.2", "1.2", Ordering::Equal),
            ("2.0", "2.0", Ordering::Equal),
            ("Beta", "bETA", Ordering::Equal),
            ("alpha", "Beta", Ordering::Less),
            // One number is no version for .NET, so these are texts.
            ("9", "10", Ordering::Greater),
            ("1.2.3.4.5", "1.2", Ordering::Greater),
        ] {
            assert_eq!(compare(a, b), expected, "{a:?} {b:?}");
            assert_eq!(compare(b, a), expected.reverse(), "{b:?} {a:?}");
        }
    }

    #[test]
    fn ours_are_in_the_order_of_the_framework_but_for_parts_that_are_missing() {
        for (a, b) in [
            ("1", "2"),
            ("1.9", "1.10"),
            ("0.1", "1"),
            ("2.0.1", "2.1"),
            ("3.1", "3.1"),
        ] {
            let [ours, theirs] = [a, b].map(|text| RecordedVersion::from(text.to_owned()));
            let framework = compare(&version_text(&ours), &version_text(&theirs));
            assert_eq!(ours.cmp(&theirs), framework, "{a} {b}");
        }
        let [short, long] = ["1.0", "1.0.0"].map(|text| RecordedVersion::from(text.to_owned()));
        assert_eq!(short.cmp(&long), Ordering::Equal);
        assert_eq!(compare("1.0", "1.0.0"), Ordering::Less);
    }
}
