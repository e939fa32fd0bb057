//! Rows on the wire.

use crate::partition::PartitionRow;
use crate::value::{Row, Ticks, Value};

fn ticks(text: &str) -> Ticks {
    Ticks::parse(text).unwrap()
}

/// The specification's sample 17.8, as the transport hands it over.
fn sample() -> (PartitionRow, Row) {
    let times = [
        ("OwnedSince", "2026-06-24T09:00:00Z"),
        ("LastRenewal", "2026-06-24T10:00:10Z"),
        ("ExpiresAt", "2026-06-24T10:00:40Z"),
    ];
    let mut wire = Row::new("", "orders-control-02");
    wire.etag = Some("W/\"1\"".to_owned());
    for (column, owner) in [("CurrentOwner", "worker-a"), ("NextOwner", "worker-b")] {
        wire.columns
            .push((column.to_owned(), Value::String(owner.to_owned())));
    }
    for (column, time) in times {
        wire.columns
            .push((column.to_owned(), Value::DateTime(ticks(time))));
    }
    wire.columns.push(("IsDraining".to_owned(), Value::Bool(false)));
    let row = PartitionRow {
        queue: "orders-control-02".to_owned(),
        etag: "W/\"1\"".to_owned(),
        current_owner: Some("worker-a".to_owned()),
        next_owner: Some("worker-b".to_owned()),
        owned_since: Some(ticks(times[0].1)),
        last_renewal: Some(ticks(times[1].1)),
        expires_at: Some(ticks(times[2].1)),
        is_draining: false,
    };
    (row, wire)
}

#[test]
fn an_owned_row_is_written_and_read_as_the_sample() {
    let (row, wire) = sample();
    assert_eq!(row.write(), wire);
    assert_eq!(PartitionRow::read(&wire).unwrap(), row);
}

#[test]
fn a_new_row_has_its_keys_and_is_not_draining() {
    let row = PartitionRow::new("orders-control-00").write();
    assert_eq!(
        (row.partition_key.as_str(), row.row_key.as_str()),
        ("", "orders-control-00")
    );
    assert_eq!(row.columns, [("IsDraining".to_owned(), Value::Bool(false))]);
    assert_eq!(row.etag, None);
}

#[test]
fn columns_of_others_are_left_aside_and_a_missing_flag_is_false() {
    let mut wire = Row::new("", "q");
    wire.etag = Some("1".to_owned());
    wire.columns.push(("Unknown".to_owned(), Value::Double(1.5)));
    let row = PartitionRow::read(&wire).unwrap();
    assert_eq!(
        row,
        PartitionRow {
            etag: "1".to_owned(),
            ..PartitionRow::new("q")
        }
    );
}

#[test]
fn a_column_of_another_type_is_named() {
    for (column, value) in [
        ("CurrentOwner", Value::Int32(7)),
        ("ExpiresAt", Value::String("soon".to_owned())),
        ("IsDraining", Value::String("false".to_owned())),
    ] {
        let mut wire = Row::new("", "orders-control-00");
        wire.etag = Some("1".to_owned());
        wire.columns.push((column.to_owned(), value));
        let error = PartitionRow::read(&wire).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "the row `orders-control-00` of the partition table has a column `{column}` of another type than the \
                 protocol's, or no etag"
            )
        );
    }
}
