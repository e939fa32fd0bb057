//! The texts inside attributes: versions, wire names and durations.
//!
//! Each function returns what is wrong as a fragment that reads after "it" or "because"; the caller words the error.

/// The most bytes a wire name may have. The same as in the core; a test in `ui-tests` compares the two rules.
const WIRE_NAME_MAX: usize = 128;

/// A version's four parts, missing ones as zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Version(pub(crate) [u32; 4]);

impl Version {
    /// The version of a function that names none.
    pub(crate) const ONE: Self = Self([1, 0, 0, 0]);

    /// Parses 1 to 4 dotted numbers, by the rule of the core's `Version`.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        if text.is_empty() {
            return Err("it is empty");
        }
        let mut parts = [0; 4];
        for (at, part) in text.split('.').enumerate() {
            let slot = parts.get_mut(at).ok_or("it has more than 4 parts")?;
            *slot = parse_part(part)?;
        }
        Ok(Self(parts))
    }

    /// Returns the canonical form with `separator` between the parts: `2` for `2.0`.
    pub(crate) fn canonical(self, separator: &str) -> String {
        let used = self.0.iter().rposition(|&part| part != 0).unwrap_or(0);
        let parts: Vec<String> = self.0.iter().take(used + 1).map(u32::to_string).collect();
        parts.join(separator)
    }
}

fn parse_part(part: &str) -> Result<u32, &'static str> {
    if part.is_empty() {
        return Err("a part of it is empty");
    }
    if !part.bytes().all(|b| b.is_ascii_digit()) {
        return Err("a part of it is not a number");
    }
    if part.len() > 1 && part.starts_with('0') {
        return Err("a part of it has a leading zero");
    }
    // The greatest part that the hubs can store.
    part.parse()
        .ok()
        .filter(|&n| n <= i32::MAX.unsigned_abs())
        .ok_or("a part of it is greater than 2147483647")
}

/// Checks a wire name by the rule of the core's `WireName`.
pub(crate) fn check_wire_name(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    if text.len() > WIRE_NAME_MAX {
        return Err(format!(
            "it has {} bytes, and at most {WIRE_NAME_MAX} can be stored",
            text.len()
        ));
    }
    let bad = text.char_indices().find(|&(at, c)| {
        let first = c.is_ascii_alphabetic() || c == '_';
        !(first || (at > 0 && (c.is_ascii_digit() || c == '.' || c == '-')))
    });
    match bad {
        None => Ok(()),
        Some((0, c)) => Err(format!("it starts with {c:?}")),
        Some((_, c)) => Err(format!("it contains {c:?}")),
    }
}

/// Parses a duration such as `30s` into milliseconds.
pub(crate) fn parse_duration(text: &str) -> Result<u64, &'static str> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (count, unit) = text.split_at(digits);
    if count.is_empty() {
        return Err("it does not start with a whole number");
    }
    let scale = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        "" => return Err("its unit is missing"),
        _ => return Err("its unit is none of `ms`, `s`, `m`, `h` and `d`"),
    };
    let millis = count.parse::<u64>().ok().and_then(|n| n.checked_mul(scale));
    // A hundred years: what lies beyond is a slip, and timestamps could overflow.
    match millis {
        Some(0) => Err("it is zero"),
        Some(n) if n <= 36_525 * 86_400_000 => Ok(n),
        _ => Err("it is longer than a hundred years"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_canonical() {
        let cases = [
            ("2", "2"),
            ("2.0", "2"),
            ("1.4.10", "1_4_10"),
            ("0", "0"),
            ("1.0.0.7", "1_0_0_7"),
        ];
        for (text, wanted) in cases {
            assert_eq!(Version::parse(text).unwrap().canonical("_"), wanted);
        }
    }

    #[test]
    fn malformed_versions_say_why() {
        let cases = [
            ("", "it is empty"),
            ("v2", "a part of it is not a number"),
            ("1..2", "a part of it is empty"),
            ("1.2.3.4.5", "it has more than 4 parts"),
            ("01", "a part of it has a leading zero"),
            ("2147483648", "a part of it is greater than 2147483647"),
        ];
        for (text, why) in cases {
            assert_eq!(Version::parse(text).unwrap_err(), why, "{text}");
        }
    }

    #[test]
    fn durations_have_a_number_and_a_unit() {
        let cases = [
            ("250ms", 250),
            ("30s", 30_000),
            ("5m", 300_000),
            ("2h", 7_200_000),
            ("3d", 259_200_000),
        ];
        for (text, millis) in cases {
            assert_eq!(parse_duration(text), Ok(millis));
        }
        for text in [
            "",
            "s",
            "5",
            "5 s",
            "-1s",
            "1.5s",
            "0s",
            "1w",
            "99999999999999999999s",
            "40000d",
        ] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn wire_names_are_ascii_and_bounded() {
        for good in ["a", "_", "shop.checkout-v2", &"x".repeat(128)] {
            assert_eq!(check_wire_name(good), Ok(()), "{good}");
        }
        for bad in ["", "1a", "-a", ".a", "a b", "é", "@a", &"x".repeat(129)] {
            assert!(check_wire_name(bad).is_err(), "{bad}");
        }
    }
}
