//! What can be done to one row, alone or in a transaction.

use crate::value::{Row, Value};

/// On what a write depends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum IfMatch {
    /// The row exists.
    Any,
    /// The row is as it was when it had this etag.
    Etag(String),
}

/// One write of one row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TableOp {
    /// Refused if there is a row with its keys.
    Insert(Row),
    /// Refused if the condition does not hold. Columns that are not named are gone.
    Replace(Row, IfMatch),
    /// Refused if the condition does not hold. Columns that are not named stay.
    Merge(Row, IfMatch),
    InsertOrReplace(Row),
    InsertOrMerge(Row),
    /// Refused if the condition does not hold.
    Delete {
        partition_key: String,
        row_key: String,
        condition: IfMatch,
    },
}

impl TableOp {
    /// Returns partition key and row key.
    pub(super) fn keys(&self) -> (&str, &str) {
        match self {
            Self::Insert(row)
            | Self::Replace(row, _)
            | Self::Merge(row, _)
            | Self::InsertOrReplace(row)
            | Self::InsertOrMerge(row) => (&row.partition_key, &row.row_key),
            Self::Delete {
                partition_key,
                row_key,
                ..
            } => (partition_key, row_key),
        }
    }

    /// Returns whether the table is as this write leaves it; `found` is the row that is there.
    pub(super) fn is_done(&self, found: Option<&Row>) -> bool {
        match (self, found) {
            (Self::Delete { .. }, found) => found.is_none(),
            (_, None) => false,
            (Self::Insert(row) | Self::Replace(row, _) | Self::InsertOrReplace(row), Some(found)) => {
                has_all(found, row) && has_all(row, found)
            }
            (Self::Merge(row, _) | Self::InsertOrMerge(row), Some(found)) => has_all(found, row),
        }
    }
}

/// Returns whether each column of `wanted` is in `row`. The time at which the service stored it does not count.
fn has_all(row: &Row, wanted: &Row) -> bool {
    let mut own = wanted
        .columns
        .iter()
        .filter(|(name, _)| super::entity::is_own(name));
    own.all(|(name, value)| row.get(name).is_some_and(|stored| is_same(stored, value)))
}

fn is_same(stored: &Value, value: &Value) -> bool {
    match (stored, value) {
        (Value::Guid(stored), Value::Guid(value)) => stored.eq_ignore_ascii_case(value),
        (Value::Double(stored), Value::Double(value)) => stored.to_bits() == value.to_bits(),
        (stored, value) => stored == value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Ticks;

    fn row(columns: &[(&str, i32)]) -> Row {
        let mut row = Row::new("p", "r");
        row.columns = columns
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Value::Int32(*value)))
            .collect();
        row
    }

    #[test]
    fn a_replacement_is_done_when_the_row_is_the_same_and_a_merge_when_its_columns_are() {
        let written = row(&[("A", 1), ("B", 2)]);
        let mut same = row(&[("B", 2), ("A", 1)]);
        same.columns
            .push(("Timestamp".to_owned(), Value::DateTime(Ticks::MIN)));
        let (more, other) = (row(&[("A", 1), ("B", 2), ("C", 3)]), row(&[("A", 1), ("B", 3)]));
        let cases = [
            (Some(&same), true, true),
            (Some(&more), false, true),
            (Some(&other), false, false),
            (None, false, false),
        ];
        for (found, replaced, merged) in cases {
            assert_eq!(TableOp::Insert(written.clone()).is_done(found), replaced);
            assert_eq!(
                TableOp::Replace(written.clone(), IfMatch::Any).is_done(found),
                replaced
            );
            assert_eq!(TableOp::InsertOrReplace(written.clone()).is_done(found), replaced);
            assert_eq!(
                TableOp::Merge(written.clone(), IfMatch::Any).is_done(found),
                merged
            );
            assert_eq!(TableOp::InsertOrMerge(written.clone()).is_done(found), merged);
        }
    }

    #[test]
    fn a_removal_is_done_when_there_is_no_row() {
        let delete = TableOp::Delete {
            partition_key: "p".to_owned(),
            row_key: "r".to_owned(),
            condition: IfMatch::Any,
        };
        assert!(delete.is_done(None));
        assert!(!delete.is_done(Some(&row(&[]))));
    }

    #[test]
    fn values_that_can_be_written_in_two_ways_are_compared_by_what_they_are() {
        let of = |value| {
            let mut row = row(&[]);
            row.columns.push(("A".to_owned(), value));
            row
        };
        let guid = |text: &str| of(Value::Guid(text.to_owned()));
        assert!(TableOp::Insert(guid("AB-c")).is_done(Some(&guid("ab-C"))));
        let nan = of(Value::Double(f64::NAN));
        assert!(TableOp::Insert(nan.clone()).is_done(Some(&nan)));
        assert!(!TableOp::Insert(of(Value::Int64(1))).is_done(Some(&of(Value::Int32(1)))));
    }
}
