//! Spans of time, as they are written and read: `500ms`, `30s`, `1h30m`, `2d`.

use std::time::Duration;

/// Units from the greatest to the least, in milliseconds.
const UNITS: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1000),
    ("ms", 1),
];

/// Parses a span: numbers, each with its unit.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let bad = || format!("`{text}` is no span of time: write `30s`, `5m`, `1h30m` or `2d`");
    let (mut rest, mut millis) = (text, 0_u64);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(bad)?;
        let (number, tail) = rest.split_at(digits);
        let letters = tail
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(letters);
        let (_, size) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(bad)?;
        let part = number
            .parse::<u64>()
            .ok()
            .and_then(|number| number.checked_mul(*size));
        millis = part.and_then(|part| millis.checked_add(part)).ok_or_else(bad)?;
        rest = tail;
    }
    if text.is_empty() {
        return Err(bad());
    }
    Ok(Duration::from_millis(millis))
}

/// Writes a span with its two greatest units: `1h 30m`, `2.5s`, `40ms`.
pub(crate) fn text(span: Duration) -> String {
    let millis = span.as_millis();
    if millis < 1000 {
        return format!("{millis}ms");
    }
    if millis < 60_000 {
        let (seconds, rest) = (millis / 1000, millis % 1000);
        let digits = format!("{rest:03}");
        let digits = digits.trim_end_matches('0');
        let dot = if digits.is_empty() { "" } else { "." };
        return format!("{seconds}{dot}{digits}s");
    }
    let (mut rest, mut parts) = (millis, Vec::new());
    for (name, size) in UNITS.iter().take(4) {
        let count = rest / u128::from(*size);
        rest %= u128::from(*size);
        if count > 0 || !parts.is_empty() {
            parts.push((count, name));
        }
    }
    let parts = parts.into_iter().take(2).filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts.map(|(count, name)| format!("{count}{name}")).collect();
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_with_their_units() {
        for (written, millis) in [
            ("500ms", 500),
            ("30s", 30_000),
            ("1h30m", 5_400_000),
            ("2d", 172_800_000),
            ("0s", 0),
        ] {
            assert_eq!(parse(written), Ok(Duration::from_millis(millis)), "{written}");
        }
        for bad in [
            "",
            "30",
            "s",
            "1y",
            "1h 30m",
            "-1s",
            "99999999999999999999d",
            "999999999999999d",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn spans_are_written_with_two_units() {
        for (millis, written) in [
            (0, "0ms"),
            (999, "999ms"),
            (1000, "1s"),
            (2500, "2.5s"),
            (60_000, "1m"),
            (61_000, "1m 1s"),
            (3_600_000, "1h"),
            (3_605_000, "1h"),
            (90_000_000, "1d 1h"),
        ] {
            assert_eq!(text(Duration::from_millis(millis)), written);
        }
    }
}
