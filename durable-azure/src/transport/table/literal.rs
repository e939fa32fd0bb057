//! Values as they stand in OData conditions and in the addresses of rows.

use crate::value::Ticks;

/// Writes a text: `'it''s'`.
pub(crate) fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// Writes a moment: `datetime'2026-11-21T01:43:00Z'`.
pub(crate) fn time(value: Ticks) -> String {
    format!("datetime'{value}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_doubled() {
        assert_eq!(text("it's '"), "'it''s '''");
        assert_eq!(time(Ticks::MIN), "datetime'0001-01-01T00:00:00Z'");
    }
}
