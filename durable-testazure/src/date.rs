//! Dates as the services and .NET write them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// A date in the headers of HTTP: `Wed, 24 Jun 2026 10:00:00 GMT`.
pub(crate) fn http(time: SystemTime) -> String {
    let since = since_epoch(time);
    let (seconds, days) = (since.as_secs(), since.as_secs() / 86_400);
    let (year, month, day) = civil(days);
    let (weekday, month) = (DAYS[(days % 7) as usize], MONTHS[month - 1]);
    let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
}

/// A date as .NET writes it: up to 7 digits of the second's fraction, no zeros at the end, and `Z`.
pub(crate) fn net(time: SystemTime) -> String {
    let since = since_epoch(time);
    let seconds = since.as_secs();
    let (year, month, day) = civil(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    let mut fraction = format!(".{:07}", since.subsec_nanos() / 100);
    fraction.truncate(fraction.trim_end_matches('0').trim_end_matches('.').len());
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z")
}

/// Compares two dates as .NET writes them.
pub(crate) fn is_before(one: &str, other: &str) -> bool {
    // Without its end the text of an earlier date is less, whatever its digits.
    one.trim_end_matches('Z') < other.trim_end_matches('Z')
}

/// A date in the headers of HTTP in a form whose texts are in the order of time. What is no date stays as it is.
pub(crate) fn sortable(http: &str) -> String {
    let parts: Vec<&str> = http.split(' ').collect();
    let [_, day, month, year, clock, _] = parts[..] else {
        return http.to_owned();
    };
    let month = MONTHS.iter().position(|known| *known == month);
    format!("{year}-{:02}-{day}T{clock}", month.map_or(0, |month| month + 1))
}

fn since_epoch(time: SystemTime) -> Duration {
    time.duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Year, month and day of the day `days` after 1 January 1970.
fn civil(days: u64) -> (u64, usize, u64) {
    let mut left = days;
    let mut year = 1970;
    let leap = |year: u64| year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    let length = |year| if leap(year) { 366 } else { 365 };
    while left >= length(year) {
        left -= length(year);
        year += 1;
    }
    let february = if leap(year) { 29 } else { 28 };
    let mut month = 1;
    for days in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if left < days {
            break;
        }
        left -= days;
        month += 1;
    }
    (year, month, left + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_known_moments() {
        // 24 June 2026 was a Wednesday, 29 February 2024 a Thursday.
        let time = |seconds, nanos| UNIX_EPOCH + Duration::new(seconds, nanos);
        assert_eq!(http(time(1_782_295_200, 0)), "Wed, 24 Jun 2026 10:00:00 GMT");
        assert_eq!(
            net(time(1_782_295_200, 123_456_700)),
            "2026-06-24T10:00:00.1234567Z"
        );
        assert_eq!(net(time(1_782_295_200, 200_000_000)), "2026-06-24T10:00:00.2Z");
        assert_eq!(net(time(1_709_251_199, 0)), "2024-02-29T23:59:59Z");
        assert_eq!(http(time(1_709_251_199, 0)), "Thu, 29 Feb 2024 23:59:59 GMT");
        assert!(is_before("2026-06-24T10:00:00Z", "2026-06-24T10:00:00.2Z"));
        assert!(!is_before("2026-06-24T10:00:00.20Z", "2026-06-24T10:00:00.2Z"));
        assert_eq!(sortable("Wed, 24 Jun 2026 10:00:00 GMT"), "2026-06-24T10:00:00");
        assert_eq!(net(UNIX_EPOCH), "1970-01-01T00:00:00Z");
    }
}
