//! Moments, as users write them: `2026-11-21`, `2026-11-21T14:30`, `2026-11-21T14:30:05.25Z`, or a span before now.

use std::time::Duration;

use durable_core::Timestamp;

use crate::span;

/// A moment as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// A moment of its own.
    At(Timestamp),
    /// That long from now: before it or after it, as the option says.
    Off(Duration),
}

impl Moment {
    /// Returns the moment, if a span means that long before now.
    pub(crate) fn before(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(moment) => moment,
            Self::Off(span) => now - span,
        }
    }
}

/// Parses a moment.
pub(crate) fn parse(text: &str) -> Result<Moment, String> {
    if let Ok(span) = span::parse(text) {
        return Ok(Moment::Off(span));
    }
    absolute(text).map(Moment::At)
}

/// Parses a moment that is not relative to now.
pub(crate) fn absolute(text: &str) -> Result<Timestamp, String> {
    utc(text).ok_or_else(|| {
        format!("`{text}` is no moment: write `2026-11-21`, `2026-11-21T14:30:00Z` (always UTC), or a span such as `2h`")
    })
}

fn utc(text: &str) -> Option<Timestamp> {
    let text = text.strip_suffix('Z').unwrap_or(text);
    let (date, time) = text.split_once(['T', ' ']).unwrap_or((text, "00:00"));
    let mut date = date.split('-').map(number);
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let (clock, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let mut clock = clock.split(':').map(number);
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next().unwrap_or(Some(0))?);
    if date.next().is_some() || clock.next().is_some() || fraction.is_empty() || fraction.len() > 6 {
        return None;
    }
    let micros = number(fraction)? * 10_i64.pow(6 - u32::try_from(fraction.len()).ok()?);
    let inside = (1970..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=days_in(year, month)).contains(&day);
    let inside = inside && hour < 24 && minute < 60 && second < 60;
    let seconds = ((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
    inside.then(|| Timestamp::from_micros(seconds * 1_000_000 + micros))
}

/// Parses digits only: a sign is none.
fn number(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits && text.len() <= 6 {
        text.parse().ok()
    } else {
        None
    }
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Counts the days from 1970-01-01 to a Gregorian date, in years that begin in March.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_read() {
        for text in [
            "1970-01-01T00:00:00Z",
            "2000-02-29T23:59:59Z",
            "2026-11-21T01:43:00.25Z",
            "2100-03-01T00:00:00.000001Z",
            "9999-12-31T12:00:00Z",
        ] {
            assert_eq!(absolute(text).unwrap().to_string(), text);
        }
        assert_eq!(
            absolute("2026-11-21").unwrap().to_string(),
            "2026-11-21T00:00:00Z"
        );
        assert_eq!(
            absolute("2026-11-21 14:30").unwrap().to_string(),
            "2026-11-21T14:30:00Z"
        );
    }

    #[test]
    fn a_span_is_counted_from_now() {
        let now = absolute("2026-11-21").unwrap();
        let before = |text| parse(text).unwrap().before(now).to_string();
        assert_eq!(before("2h"), "2026-11-20T22:00:00Z");
        assert_eq!(before("2026-01-01"), "2026-01-01T00:00:00Z");
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for bad in [
            "",
            "today",
            "2026",
            "2026-13-01",
            "2026-02-29",
            "2026-1--1",
            "2026-01-01T25:00",
            "2026-01-01T10",
            "2026-01-01T10:00:00.",
            "2026-01-01T10:00:00.1234567",
            "2026-01-01T10:00:00+02:00",
            "1969-12-31",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
