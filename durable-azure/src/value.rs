//! What a row of a table holds.

use std::fmt;

use durable_core::Timestamp;

/// A moment in UTC, in steps of 100 ns since 0001-01-01, as .NET counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Ticks(i64);

const TICKS_PER_MICRO: i64 = 10;
const TICKS_PER_SECOND: i64 = 10_000_000;
const SECONDS_PER_DAY: i64 = 86_400;
/// 1970-01-01.
const UNIX_EPOCH: i64 = 621_355_968_000_000_000;
/// Days from 0001-01-01 to 1970-01-01.
const UNIX_EPOCH_DAYS: i64 = 719_162;

impl Ticks {
    /// 0001-01-01, the earliest moment.
    pub(crate) const MIN: Self = Self(0);
    /// The last moment of the year 9999, the latest one.
    pub(crate) const MAX: Self = Self(3_155_378_975_999_999_999);
    /// 1601-01-01, the earliest moment that a table stores.
    pub(crate) const TABLE_MIN: Self = Self(504_911_232_000_000_000);

    /// Makes a moment from .NET's count, or nothing if no such moment can be written.
    pub(crate) fn new(count: i64) -> Option<Self> {
        let ticks = Self(count);
        (Self::MIN..=Self::MAX).contains(&ticks).then_some(ticks)
    }

    /// Returns .NET's count.
    pub(crate) fn count(self) -> i64 {
        self.0
    }

    /// Converts the core's time. What lies outside the years 1 to 9999 becomes the nearest moment within.
    pub(crate) fn of(at: Timestamp) -> Self {
        let ticks = at
            .as_micros()
            .saturating_mul(TICKS_PER_MICRO)
            .saturating_add(UNIX_EPOCH);
        Self(ticks.clamp(Self::MIN.0, Self::MAX.0))
    }

    /// Converts to the core's time; what is finer than a microsecond is cut off.
    pub(crate) fn timestamp(self) -> Timestamp {
        Timestamp::from_micros((self.0 - UNIX_EPOCH).div_euclid(TICKS_PER_MICRO))
    }

    /// Reads ISO 8601: date, `T`, time with any number of fraction digits (seven count), and `Z`, an offset or nothing.
    /// Without an offset it is UTC.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (date, rest) = text.split_at_checked(10)?;
        let days = parse_date(date)?;
        let (time, offset) = split_offset(rest.strip_prefix('T')?)?;
        let within = parse_time(time)?;
        let count = days
            .checked_mul(SECONDS_PER_DAY)?
            .checked_sub(offset)?
            .checked_mul(TICKS_PER_SECOND)?
            .checked_add(within)?;
        Self::new(count)
    }
}

/// Reads `2026-06-24` as days since 0001-01-01.
fn parse_date(text: &str) -> Option<i64> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || (year.len(), month.len(), day.len()) != (4, 2, 2) {
        return None;
    }
    let (year, month, day) = (number(year)?, number(month)?, number(day)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if year < 1 || !(1..=length).contains(&day) {
        return None;
    }
    // A year is counted from March, so that the leap day is its last.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
    // The first of March of the year 0 is 306 days before the first of January of the year 1.
    Some(days - 306)
}

/// Splits `10:00:00.5Z` into the time and the offset in seconds.
fn split_offset(text: &str) -> Option<(&str, i64)> {
    if let Some(time) = text.strip_suffix('Z') {
        return Some((time, 0));
    }
    let Some(at) = text.rfind(['+', '-']) else {
        return Some((text, 0));
    };
    let (time, offset) = text.split_at_checked(at)?;
    let (hours, minutes) = offset.get(1..)?.split_once(':')?;
    let seconds = (number(hours)? * 60 + number(minutes)?) * 60;
    Some((
        time,
        if offset.starts_with('-') {
            -seconds
        } else {
            seconds
        },
    ))
}

/// Reads `10:00:00.1234567` as ticks since midnight.
fn parse_time(text: &str) -> Option<i64> {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let mut parts = clock.split(':').map(number);
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 59 || fraction.is_empty() {
        return None;
    }
    if !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let digits = fraction.bytes().chain(std::iter::repeat(b'0')).take(7);
    let ticks = digits.fold(0, |ticks, digit| ticks * 10 + i64::from(digit - b'0'));
    Some(((hour * 60 + minute) * 60 + second) * TICKS_PER_SECOND + ticks)
}

/// Reads a number of at most four digits and nothing else.
fn number(text: &str) -> Option<i64> {
    let plain = (1..=4).contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

impl fmt::Display for Ticks {
    /// Writes ISO 8601 in UTC with up to seven fraction digits, without trailing zeros: `2026-06-24T10:00:00.25Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, fraction) = (self.0 / TICKS_PER_SECOND, self.0 % TICKS_PER_SECOND);
        // The core writes whole seconds of the same calendar.
        let whole = (seconds - UNIX_EPOCH_DAYS * SECONDS_PER_DAY) * 1_000_000;
        let whole = Timestamp::from_micros(whole).to_string();
        f.write_str(whole.trim_end_matches('Z'))?;
        if fraction > 0 {
            let digits = format!("{fraction:07}");
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}

impl fmt::Debug for Ticks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The value of one column, of one of the types of Azure tables.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// `Edm.String`: at most 32 Ki UTF-16 units.
    String(String),
    /// `Edm.Boolean`.
    Bool(bool),
    /// `Edm.Int32`.
    Int32(i32),
    /// `Edm.Int64`.
    Int64(i64),
    /// `Edm.Double`.
    Double(f64),
    /// `Edm.DateTime`.
    DateTime(Ticks),
    /// `Edm.Guid`, in the form with dashes.
    Guid(String),
    /// `Edm.Binary`.
    Binary(Vec<u8>),
}

/// One row of a table, with its columns in the order in which they are written or were read.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Row {
    /// The partition key.
    pub(crate) partition_key: String,
    /// The row key, unique within the partition.
    pub(crate) row_key: String,
    /// The version of the row, as it was read.
    pub(crate) etag: Option<String>,
    /// The other columns. An absent column is null.
    pub(crate) columns: Vec<(String, Value)>,
}

impl Row {
    /// Makes a row without columns.
    pub(crate) fn new(partition_key: impl Into<String>, row_key: impl Into<String>) -> Self {
        Self {
            partition_key: partition_key.into(),
            row_key: row_key.into(),
            etag: None,
            columns: Vec::new(),
        }
    }

    /// Adds a column.
    pub(crate) fn push(&mut self, column: impl Into<String>, value: Value) {
        self.columns.push((column.into(), value));
    }

    /// Returns a column's value.
    pub(crate) fn get(&self, column: &str) -> Option<&Value> {
        let found = self.columns.iter().find(|(name, _)| name == column);
        found.map(|(_, value)| value)
    }

    /// Returns a column that is text.
    pub(crate) fn text(&self, column: &str) -> Option<&str> {
        match self.get(column)? {
            Value::String(text) | Value::Guid(text) => Some(text),
            Value::Bool(_)
            | Value::Int32(_)
            | Value::Int64(_)
            | Value::Double(_)
            | Value::DateTime(_)
            | Value::Binary(_) => None,
        }
    }

    /// Returns a column that is an integer of either width.
    pub(crate) fn int(&self, column: &str) -> Option<i64> {
        match self.get(column)? {
            Value::Int32(number) => Some(i64::from(*number)),
            Value::Int64(number) => Some(*number),
            Value::String(_)
            | Value::Bool(_)
            | Value::Double(_)
            | Value::DateTime(_)
            | Value::Guid(_)
            | Value::Binary(_) => None,
        }
    }

    /// Returns a column that is true or false.
    pub(crate) fn bool(&self, column: &str) -> Option<bool> {
        match self.get(column)? {
            Value::Bool(flag) => Some(*flag),
            Value::String(_)
            | Value::Int32(_)
            | Value::Int64(_)
            | Value::Double(_)
            | Value::DateTime(_)
            | Value::Guid(_)
            | Value::Binary(_) => None,
        }
    }

    /// Returns a column that is a moment.
    pub(crate) fn time(&self, column: &str) -> Option<Ticks> {
        match self.get(column)? {
            Value::DateTime(at) => Some(*at),
            Value::String(_)
            | Value::Bool(_)
            | Value::Int32(_)
            | Value::Int64(_)
            | Value::Double(_)
            | Value::Guid(_)
            | Value::Binary(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn moments_are_written_with_the_digits_that_count() {
        for text in [
            "0001-01-01T00:00:00Z",
            "1601-01-01T00:00:00Z",
            "1970-01-01T00:00:00Z",
            "2000-02-29T23:59:59.5Z",
            "2026-06-24T10:00:00.1234567Z",
            "2026-06-24T10:00:00.0000001Z",
            "9999-12-31T23:59:59.9999999Z",
        ] {
            assert_eq!(Ticks::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Ticks::MAX, Ticks::parse("9999-12-31T23:59:59.9999999Z").unwrap());
        assert_eq!(Ticks::TABLE_MIN, Ticks::parse("1601-01-01T00:00:00Z").unwrap());
    }

    #[test]
    fn other_ways_to_write_a_moment_are_read() {
        let moment = Ticks::parse("2026-06-24T10:00:00.25Z");
        for text in [
            "2026-06-24T10:00:00.25",
            "2026-06-24T10:00:00.2500000Z",
            "2026-06-24T10:00:00.25000009Z",
            "2026-06-24T10:00:00.25+00:00",
            "2026-06-24T12:30:00.25+02:30",
            "2026-06-23T22:00:00.25-12:00",
        ] {
            assert_eq!(Ticks::parse(text), moment, "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in [
            "",
            "2026-06-24",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-06-24T24:00:00Z",
            "2026-06-24T10:00Z",
            "2026-06-24T10:00:00.Z",
            "0000-06-24T10:00:00Z",
            "0001-01-01T00:00:00+01:00",
            "9999-12-31T23:59:59-01:00",
            "2026-06-24T10:00:00é",
        ] {
            assert_eq!(Ticks::parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_no_calendar_of_four_digits_holds_is_clamped() {
        assert_eq!(Ticks::of(Timestamp::MAX), Ticks::MAX);
        assert_eq!(Ticks::of(Timestamp::from_micros(i64::MIN)), Ticks::MIN);
    }

    proptest! {
        #[test]
        fn every_moment_is_read_as_it_was_written(count in 0..=Ticks::MAX.count()) {
            let ticks = Ticks::new(count).unwrap();
            prop_assert_eq!(Ticks::parse(&ticks.to_string()), Some(ticks));
        }

        #[test]
        fn the_core_s_times_survive(micros in -50_000_000_000_000_000_i64..250_000_000_000_000_000) {
            let at = Timestamp::from_micros(micros);
            prop_assert_eq!(Ticks::of(at).timestamp(), at);
        }
    }
}
