//! Dates of HTTP headers: RFC 1123 in GMT, to the second.

use durable_core::Timestamp;

use crate::value::Ticks;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
/// 0001-01-01 was a Monday.
const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const TICKS_PER_DAY: i64 = 864_000_000_000;

/// Writes `Fri, 20 Nov 2026 10:00:00 GMT`.
pub(super) fn write(moment: Timestamp) -> String {
    let ticks = Ticks::from(moment);
    let text = ticks.to_string();
    let weekday = usize::try_from(ticks.get() / TICKS_PER_DAY % 7).unwrap_or(0);
    let month = text[5..7].parse::<usize>().unwrap_or(1);
    format!(
        "{}, {} {} {} {} GMT",
        WEEKDAYS[weekday],
        &text[8..10],
        MONTHS[month - 1],
        &text[..4],
        &text[11..19],
    )
}

/// Reads `Fri, 20 Nov 2026 10:00:00 GMT`. The weekday is not compared.
pub(super) fn parse(text: &str) -> Option<Ticks> {
    let (_, rest) = text.trim().split_once(", ")?;
    let mut parts = rest.split(' ');
    let (day, month, year, time) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if parts.next()? != "GMT" || parts.next().is_some() {
        return None;
    }
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    Ticks::parse(&format!("{year}-{month:02}-{day}T{time}Z"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dates_are_written_and_read() {
        // From Python's email.utils.formatdate(.., usegmt=True).
        let cases = [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (951_827_696, "Tue, 29 Feb 2000 12:34:56 GMT"),
            (1_795_225_380, "Sat, 21 Nov 2026 01:43:00 GMT"),
        ];
        for (seconds, text) in cases {
            let moment = Timestamp::from_micros(seconds * 1_000_000);
            assert_eq!(write(moment), text);
            assert_eq!(parse(text), Some(Ticks::from(moment)));
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "Sat, 21 Nov 2026 01:43:00",
            "Sat, 21 Nov 2026 01:43:00 CET",
            "Sat, 21 Nov 2026 01:43:00 GMT x",
            "Sat, 31 Nov 2026 01:43:00 GMT",
            "Sat, 21 November 2026 01:43:00 GMT",
            "2026-11-21T01:43:00Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_stops_the_reader(text in ".{0,40}") {
            let _ = parse(&text);
        }
    }
}
