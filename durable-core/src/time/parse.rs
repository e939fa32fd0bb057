//! Moments as text.

use std::str::FromStr;

use super::Timestamp;

/// The text is no moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no moment: write it as `2026-11-21T01:43:00Z`, with `+01:00` for another zone")]
pub struct TimestampError(String);

/// Reads RFC 3339, and its ISO 8601 relatives: a date alone, no seconds, a space for the `T`, no zone for UTC. Fractions
/// are cut after the microseconds.
///
/// ```
/// use durable_core::Timestamp;
///
/// let moment: Timestamp = "2026-11-21T02:43:00.25+01:00".parse()?;
/// assert_eq!(moment.to_string(), "2026-11-21T01:43:00.25Z");
/// # Ok::<(), durable_core::time::TimestampError>(())
/// ```
impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        parse(text).ok_or_else(|| TimestampError(text.chars().take(64).collect()))
    }
}

fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let (date, rest) = text.split_at_checked(10)?;
    let mut parts = date.split('-');
    let (year, month, day) = (
        number(parts.next()?, 4)?,
        number(parts.next()?, 2)?,
        number(parts.next()?, 2)?,
    );
    let (second, zone, micros) = match rest.strip_prefix(['T', 't', ' ']) {
        Some(rest) => time_of_day(rest)?,
        None if rest.is_empty() => (0, 0, 0),
        None => return None,
    };
    if parts.next().is_some() || !(1..=12).contains(&month) || !(1..=days_in(year, month)).contains(&day) {
        return None;
    }
    let seconds = days_from_civil(year, month, day) * 86_400 + second - zone;
    Some(Timestamp::from_micros(seconds * 1_000_000 + micros))
}

/// Returns the second of the day, the zone's seconds ahead of UTC, and the microseconds.
fn time_of_day(text: &str) -> Option<(i64, i64, i64)> {
    let (clock, zone) = match text.strip_suffix(['Z', 'z']) {
        Some(clock) => (clock, 0),
        // In a query a plus stands for a space, and is often sent unescaped.
        None => match text.find(['+', ' ', '-']) {
            Some(at) => (&text[..at], zone(text.split_at(at).1)?),
            None => (text, 0),
        },
    };
    let (clock, fraction) = clock
        .split_once('.')
        .map_or((clock, None), |(clock, fraction)| (clock, Some(fraction)));
    let mut parts = clock.split(':');
    let (hour, minute) = (number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    let second = parts.next().map_or(Some(0), |second| number(second, 2))?;
    let good = hour < 24 && minute < 60 && second < 60 && parts.next().is_none();
    let micros = fraction.map_or(Some(0), micros)?;
    good.then_some((hour * 3_600 + minute * 60 + second, zone, micros))
}

fn zone(text: &str) -> Option<i64> {
    let (sign, hours) = text.split_at_checked(1)?;
    let (hours, minutes) = hours.split_once(':')?;
    let (hours, minutes) = (number(hours, 2)?, number(minutes, 2)?);
    let ahead = hours * 3_600 + minutes * 60;
    (hours < 24 && minutes < 60).then_some(if sign == "-" { -ahead } else { ahead })
}

fn micros(fraction: &str) -> Option<i64> {
    let digits = (1..=9).contains(&fraction.len()) && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let padded = format!("{fraction:0<6}");
    digits.then(|| padded.get(..6)?.parse().ok()).flatten()
}

fn number(text: &str, digits: usize) -> Option<i64> {
    let good = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    good.then(|| text.parse().ok()).flatten()
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The inverse of `civil_from_days`: counts in years that begin in March.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for micros in [
            0,
            951_782_400_000_000,
            1_795_225_380_250_000,
            -1,
            253_402_300_799_999_999,
        ] {
            let moment = Timestamp::from_micros(micros);
            assert_eq!(moment.to_string().parse(), Ok(moment));
        }
    }

    #[test]
    fn relatives_of_the_form_are_read() {
        let cases = [
            ("2026-11-21", "2026-11-21T00:00:00Z"),
            ("2026-11-21T01:43", "2026-11-21T01:43:00Z"),
            ("2026-11-21 01:43:07", "2026-11-21T01:43:07Z"),
            ("2026-11-21T01:43:07.1234567Z", "2026-11-21T01:43:07.123456Z"),
            ("2026-11-21T01:43:07-01:30", "2026-11-21T03:13:07Z"),
            ("2026-11-21T01:43:07 01:00", "2026-11-21T00:43:07Z"),
            ("2024-02-29", "2024-02-29T00:00:00Z"),
        ];
        for (text, read) in cases {
            assert_eq!(
                text.parse::<Timestamp>().map(|moment| moment.to_string()),
                Ok(read.to_owned())
            );
        }
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in [
            "",
            "now",
            "2026",
            "2026-13-01",
            "2026-02-29",
            "2026-11-21T24:00",
            "2026-11-21T01:60",
            "2026-11-21T01:00:00.",
            "2026-11-21T01:00:00+1",
            "2026-11-21x",
            "20261-11-2",
            "2026-11-21T",
            "2026-11-2€T00:00",
            "-026-11-21",
            "2026-11-21T01:00:00Zjunk",
            "2026-11-21T01:00:00.12a",
        ] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }
}
