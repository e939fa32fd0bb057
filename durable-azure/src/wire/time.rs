//! Moments of the core in a form that both .NET and Azure tables can hold.

use durable_core::Timestamp;

use crate::value::Ticks;

/// 1601-01-01, the earliest moment that a table stores, in .NET's count.
const TABLE_MIN: i64 = 504_911_232_000_000_000;

/// A moment as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct StoredTime {
    /// The moment, or the nearest one that can be stored.
    pub(super) ticks: Ticks,
    /// The core's count, if it is another moment: before the year 1601 or after 9999.
    pub(super) exact: Option<i64>,
}

/// Returns the moment, or the nearest one that a table holds.
pub(super) fn held_by_tables(at: Ticks) -> Ticks {
    at.max(Ticks::new(TABLE_MIN))
}

/// Returns what a moment has below a microsecond, in steps of 100 ns.
pub(super) fn fine_of(ticks: Ticks) -> u8 {
    u8::try_from(ticks.get().rem_euclid(10)).unwrap_or_default()
}

impl StoredTime {
    /// Adds steps of 100 ns, which the core's time leaves out.
    pub(super) fn with_fine(self, fine: u8) -> Self {
        if self.exact.is_some() || fine > 9 {
            return self;
        }
        Self {
            ticks: Ticks::new(self.ticks.get() + i64::from(fine)),
            ..self
        }
    }

    pub(super) fn of(at: Timestamp) -> Self {
        let ticks = held_by_tables(Ticks::from(at));
        let exact = (Timestamp::from(ticks) != at).then_some(at.as_micros());
        Self { ticks, exact }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_table_holds_is_clamped_and_noted() {
        let usual = Timestamp::from_micros(1_795_225_380_250_001);
        let stored = StoredTime::of(usual);
        assert_eq!(stored.exact, None);
        assert_eq!(Timestamp::from(stored.ticks), usual);

        let early = StoredTime::of(Timestamp::from_micros(i64::MIN));
        assert_eq!(early.ticks.to_string(), "1601-01-01T00:00:00Z");
        assert_eq!(early.exact, Some(i64::MIN));

        let late = StoredTime::of(Timestamp::MAX);
        assert_eq!(late.ticks.to_string(), "9999-12-31T23:59:59.9999999Z");
        assert_eq!(late.exact, Some(i64::MAX));
    }
}
