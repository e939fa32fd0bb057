//! Commits that are larger than a transaction of a table.

use super::large::utf16_len;
use crate::value::{Row, Value};

/// The most events in one transaction, which holds the sentinel besides.
pub(crate) const BATCH_EVENTS_MAX: usize = 99;

/// A batch is ended once its estimated size is over this many bytes. The service takes 4 MiB.
const BATCH_BYTES_MAX: usize = 3 * 1024 * 1024;

/// What a row is estimated at, besides its texts.
const ROW_BYTES: usize = 1024;

/// Cuts the rows of a commit into batches: of how many rows each consists, in order.
///
/// There is always one, because a commit without events still moves the sentinel.
pub(crate) fn batches(rows: &[Row]) -> Vec<usize> {
    let mut batches = Vec::new();
    let (mut count, mut bytes) = (0, 0);
    for row in rows {
        count += 1;
        bytes += estimate(row);
        if count == BATCH_EVENTS_MAX || bytes > BATCH_BYTES_MAX {
            batches.push(count);
            (count, bytes) = (0, 0);
        }
    }
    if count > 0 || batches.is_empty() {
        batches.push(count);
    }
    batches
}

fn estimate(row: &Row) -> usize {
    let texts = row.columns.iter().map(|(_, value)| match value {
        Value::String(text) => utf16_len(text),
        Value::Binary(bytes) => bytes.len(),
        Value::Bool(_)
        | Value::Int32(_)
        | Value::Int64(_)
        | Value::Double(_)
        | Value::DateTime(_)
        | Value::Guid(_) => 0,
    });
    ROW_BYTES + texts.sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(count: usize, texts: usize, len: usize) -> Vec<Row> {
        let mut row = Row::new("a", "0");
        for column in 0..texts {
            row.columns
                .push((format!("c{column}"), Value::String("x".repeat(len))));
        }
        vec![row; count]
    }

    #[test]
    fn a_batch_has_at_most_99_events() {
        assert_eq!(batches(&[]), [0]);
        assert_eq!(batches(&rows(1, 0, 0)), [1]);
        assert_eq!(batches(&rows(99, 0, 0)), [99]);
        assert_eq!(batches(&rows(100, 0, 0)), [99, 1]);
        assert_eq!(batches(&rows(250, 1, 10)), [99, 99, 52]);
    }

    #[test]
    fn a_batch_ends_with_the_row_that_makes_it_larger_than_3_mib() {
        // One row of 16 columns of 60 KiB is estimated at 984,064 bytes: the fourth is over.
        assert_eq!(batches(&rows(9, 16, 30_720)), [4, 4, 1]);
        // Exactly 3 MiB is not over.
        assert_eq!(batches(&rows(4, 1, (786_432 - 1_024) / 2)), [4]);
    }
}
