//! Moments as tables and messages hold them.

use std::fmt;

use durable_core::Timestamp;

/// A moment in UTC, in steps of 100 ns since 0001-01-01, as .NET's `DateTime` counts. Its years are 1 to 9999.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Ticks(i64);

const TICKS_PER_SECOND: i64 = 10_000_000;
const TICKS_PER_MICRO: i64 = 10;
const SECONDS_PER_DAY: i64 = 86_400;
/// Days from 0001-01-01 to 1970-01-01.
const DAYS_TO_1970: i64 = 719_162;
const EPOCH_TICKS: i64 = DAYS_TO_1970 * SECONDS_PER_DAY * TICKS_PER_SECOND;

impl Ticks {
    /// 0001-01-01T00:00:00Z.
    pub(crate) const MIN: Self = Self(0);
    /// 9999-12-31T23:59:59.9999999Z.
    pub(crate) const MAX: Self = Self(3_155_378_975_999_999_999);

    /// Takes steps of 100 ns since 0001-01-01, and the nearest moment that can be stored if there is none at that place.
    pub(crate) fn new(ticks: i64) -> Self {
        Self(ticks.clamp(Self::MIN.0, Self::MAX.0))
    }

    /// Returns steps of 100 ns since 0001-01-01.
    pub(crate) fn get(self) -> i64 {
        self.0
    }

    /// Returns the moment of the core's time, or the nearest that can be stored.
    pub(crate) fn of(at: Timestamp) -> Self {
        at.into()
    }

    /// Returns the core's time of the moment, without what is below a microsecond.
    pub(crate) fn timestamp(self) -> Timestamp {
        self.into()
    }

    /// Reads ISO 8601 as .NET writes it: a date, `T`, a time, up to 7 digits of fraction, and `Z`, a numeric offset, or
    /// nothing, which is UTC. More digits are cut off.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (date, rest) = text.split_once(['T', 't'])?;
        let (time, offset) = split_offset(rest)?;
        let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
        let (clock, fraction) = time.split_once('.').unwrap_or((time, "0"));
        let [hour, minute, second] = numbers(clock, ':', [2, 2, 2])?;
        let days = days_from_civil(year, month, day)?;
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let seconds = days * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second - offset;
        let ticks = seconds * TICKS_PER_SECOND + fraction_ticks(fraction)?;
        (Self::MIN.0..=Self::MAX.0)
            .contains(&ticks)
            .then_some(Self(ticks))
    }
}

impl From<Timestamp> for Ticks {
    fn from(moment: Timestamp) -> Self {
        Self::new(
            moment
                .as_micros()
                .saturating_mul(TICKS_PER_MICRO)
                .saturating_add(EPOCH_TICKS),
        )
    }
}

impl From<Ticks> for Timestamp {
    /// Drops what is below a microsecond.
    fn from(ticks: Ticks) -> Self {
        Self::from_micros((ticks.0 - EPOCH_TICKS).div_euclid(TICKS_PER_MICRO))
    }
}

impl fmt::Display for Ticks {
    /// Writes ISO 8601 with up to 7 digits of fraction, trailing zeros dropped, and `Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, fraction) = (self.0 / TICKS_PER_SECOND, self.0 % TICKS_PER_SECOND);
        let (days, second) = (seconds / SECONDS_PER_DAY, seconds % SECONDS_PER_DAY);
        let (year, month, day) = civil_from_days(days);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
        )?;
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

/// Splits a time from its offset in seconds.
fn split_offset(text: &str) -> Option<(&str, i64)> {
    if let Some(time) = text.strip_suffix(['Z', 'z']) {
        return Some((time, 0));
    }
    let Some(at) = text.find(['+', '-']) else {
        return Some((text, 0));
    };
    let (time, offset) = text.split_at(at);
    let [hours, minutes] = numbers(&offset[1..], ':', [2, 2])?;
    let seconds = hours * 3600 + minutes * 60;
    Some((
        time,
        if offset.starts_with('-') {
            -seconds
        } else {
            seconds
        },
    ))
}

/// Reads numbers of fixed widths between separators.
fn numbers<const N: usize>(text: &str, separator: char, widths: [usize; N]) -> Option<[i64; N]> {
    let mut parts = text.split(separator);
    let mut read = [0; N];
    for (number, width) in read.iter_mut().zip(widths) {
        let part = parts.next().filter(|part| part.len() == width)?;
        if !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(read)
}

fn fraction_ticks(digits: &str) -> Option<i64> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    format!("{:0<7}", &digits[..digits.len().min(7)]).parse().ok()
}

/// Converts days since 0001-01-01 to a date, by counting in 400-year eras that begin in March.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 306;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Converts a date to days since 0001-01-01; `None` if there is no such date.
fn days_from_civil(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let shifted_year = year - i64::from(month <= 2);
    let (era, year_of_era) = (shifted_year.div_euclid(400), shifted_year.rem_euclid(400));
    let shifted_month = (month + 9) % 12;
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    let days = era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 306;
    (civil_from_days(days) == (year, month, day)).then_some(days)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn moments_are_written_and_read_as_dotnet_writes_them() {
        let cases = [
            (0, "0001-01-01T00:00:00Z"),
            (621_355_968_000_000_000, "1970-01-01T00:00:00Z"),
            // Counted with an independent calendar.
            (639_178_848_001_234_567, "2026-06-24T08:00:00.1234567Z"),
            (630_873_792_000_000_000 - 1, "2000-02-28T23:59:59.9999999Z"),
            (630_873_792_000_000_000 + 5_000_000, "2000-02-29T00:00:00.5Z"),
            (3_155_378_975_999_999_999, "9999-12-31T23:59:59.9999999Z"),
        ];
        for (ticks, text) in cases {
            assert_eq!(Ticks::new(ticks).to_string(), text);
            assert_eq!(Ticks::parse(text), Some(Ticks(ticks)), "{text}");
        }
    }

    #[test]
    fn offsets_and_further_digits_are_understood() {
        let at = Ticks::parse("2026-06-24T10:00:00.25Z");
        for text in [
            "2026-06-24T10:00:00.25",
            "2026-06-24T10:00:00.25+00:00",
            "2026-06-24T12:00:00.250000099+02:00",
            "2026-06-24T05:30:00.2500000-04:30",
        ] {
            assert_eq!(Ticks::parse(text), at, "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in [
            "",
            "2026-06-24",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "0000-01-01T00:00:00Z",
            "2026-06-24T24:00:00Z",
            "2026-06-24T10:00Z",
            "2026-06-24T10:00:00.Z",
            "2026-06-24T10:00:00.x1Z",
            "2026-06-24T10:00:00+2",
            "+026-06-24T10:00:00Z",
            "0001-01-01T00:00:00+01:00",
            "２０２６-06-24T10:00:00Z",
        ] {
            assert_eq!(Ticks::parse(text), None, "{text}");
        }
    }

    #[test]
    fn moments_of_the_core_are_kept_to_the_microsecond() {
        let moment = Timestamp::from_micros(1_795_225_380_250_001);
        let ticks = Ticks::from(moment);
        assert_eq!(ticks.to_string(), "2026-11-21T01:43:00.250001Z");
        assert_eq!(Timestamp::from(ticks), moment);
        assert_eq!(Timestamp::from(Ticks::new(ticks.get() + 9)), moment);
        assert_eq!(Ticks::from(Timestamp::MAX), Ticks::MAX);
        assert_eq!(Ticks::from(Timestamp::from_micros(i64::MIN)), Ticks::MIN);
    }

    proptest! {
        #[test]
        fn every_moment_is_read_as_it_was_written(ticks in 0..=Ticks::MAX.0) {
            let ticks = Ticks::new(ticks);
            prop_assert_eq!(Ticks::parse(&ticks.to_string()), Some(ticks));
        }

        #[test]
        fn no_text_stops_the_reader(text in ".{0,40}") {
            let _ = Ticks::parse(&text);
        }
    }
}
