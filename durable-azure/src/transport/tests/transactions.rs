use super::super::error::StorageErrorKind;
use super::super::table::{IfMatch, Query, TableClient, TableOp};
use super::{name, storage};
use crate::value::{Row, Value};

fn numbered(n: usize) -> Row {
    let mut row = Row::new("a^0b'", format!("{n:016X}"));
    row.columns.push((
        "Result".to_owned(),
        Value::String(format!("\u{e9}\r\n--changeset {n}")),
    ));
    row
}

/// 99 events and the sentinel.
fn commit(sentinel: TableOp) -> Vec<TableOp> {
    (0..99)
        .map(|n| TableOp::InsertOrReplace(numbered(n)))
        .chain([sentinel])
        .collect()
}

fn sentinel(execution: &str) -> Row {
    let mut row = Row::new("a^0b'", "sentinel");
    row.columns
        .push(("ExecutionId".to_owned(), Value::String(execution.to_owned())));
    row
}

async fn has(table: &TableClient, row_key: &str) -> bool {
    table.get("a^0b'", row_key, &[]).await.unwrap().is_some()
}

#[tokio::test]
async fn a_hundred_operations_are_stored_at_once_each_with_its_etag() {
    let Some(storage) = storage() else { return };
    let table = storage.table(&name());
    table.create().await.unwrap();
    let etags = table
        .batch(&commit(TableOp::Insert(sentinel("one"))))
        .await
        .unwrap();
    assert_eq!(etags.len(), 100);
    assert!(etags.iter().all(Option::is_some));
    let read = table.get("a^0b'", "sentinel", &[]).await.unwrap().unwrap();
    assert_eq!(read.etag, etags[99]);
    let row = table
        .get("a^0b'", &numbered(98).row_key, &[])
        .await
        .unwrap()
        .unwrap();
    assert_eq!(row.text("Result"), numbered(98).text("Result"));

    let condition = IfMatch::Etag(etags[99].clone().unwrap());
    let again = table
        .batch(&commit(TableOp::Merge(sentinel("two"), condition)))
        .await
        .unwrap();
    assert!(again[99] != etags[99]);
}

#[tokio::test]
async fn a_refused_operation_refuses_all_and_is_named() {
    let Some(storage) = storage() else { return };
    let table = storage.table(&name());
    table.create().await.unwrap();
    let first = table.insert(&sentinel("one")).await.unwrap();
    let second = table.insert_or_replace(&sentinel("two")).await.unwrap();
    assert!(first != second);

    let stale = TableOp::Merge(sentinel("three"), IfMatch::Etag(first));
    let error = table.batch(&commit(stale)).await.unwrap_err();
    assert_eq!(
        (error.index, error.error.kind),
        (Some(99), StorageErrorKind::PreconditionFailed)
    );
    assert!(!error.error.uncertain);
    assert!(!has(&table, &numbered(0).row_key).await);

    let error = table
        .batch(&commit(TableOp::Insert(sentinel("three"))))
        .await
        .unwrap_err();
    assert_eq!(
        (error.index, error.error.kind),
        (Some(99), StorageErrorKind::Conflict)
    );
    assert_eq!(error.error.code.as_deref(), Some("EntityAlreadyExists"));
    assert!(!has(&table, &numbered(0).row_key).await);
}

#[tokio::test]
async fn every_kind_of_operation_can_be_part_of_one() {
    let Some(storage) = storage() else { return };
    let table = storage.table(&name());
    table.create().await.unwrap();
    for n in 0..4 {
        table.insert(&numbered(n)).await.unwrap();
    }
    let mut other = Row::new("a^0b'", numbered(0).row_key);
    other.columns.push(("Other".to_owned(), Value::Int32(7)));
    let replaced = Row {
        row_key: numbered(1).row_key,
        ..other.clone()
    };
    let merged = Row {
        row_key: numbered(2).row_key,
        ..other.clone()
    };
    let operations = [
        TableOp::Merge(other, IfMatch::Any),
        TableOp::Replace(replaced, IfMatch::Any),
        TableOp::InsertOrMerge(merged),
        TableOp::Delete {
            partition_key: "a^0b'".to_owned(),
            row_key: numbered(3).row_key,
            condition: IfMatch::Any,
        },
        TableOp::Insert(numbered(4)),
    ];
    let etags = table.batch(&operations).await.unwrap();
    let has_etag: Vec<_> = etags.iter().map(Option::is_some).collect();
    assert_eq!(has_etag, [true, true, true, false, true]);
    let mut columns = Vec::new();
    for n in 0..3 {
        let row = table
            .get("a^0b'", &numbered(n).row_key, &[])
            .await
            .unwrap()
            .unwrap();
        columns.push((row.text("Result").is_some(), row.int("Other")));
    }
    assert_eq!(columns, [(true, Some(7)), (false, Some(7)), (true, Some(7))]);
    assert!(!has(&table, &numbered(3).row_key).await);
    assert!(has(&table, &numbered(4).row_key).await);
}

#[tokio::test]
async fn a_missing_table_refuses_a_transaction() {
    let Some(storage) = storage() else { return };
    let error = storage
        .table(&name())
        .batch(&[TableOp::Insert(numbered(0))])
        .await
        .unwrap_err();
    assert_eq!(error.error.kind, StorageErrorKind::NotFound);
}

#[tokio::test]
async fn a_page_has_at_most_a_thousand_rows() {
    let Some(storage) = storage() else { return };
    let table = storage.table(&name());
    table.create().await.unwrap();
    let rows: Vec<_> = (0..1001).map(|n| TableOp::Insert(numbered(n))).collect();
    for batch in rows.chunks(100) {
        table.batch(batch).await.unwrap();
    }
    let first = table.query(&Query::default(), None).await.unwrap();
    assert_eq!(first.rows.len(), 1000);
    let second = table.query(&Query::default(), first.next.as_ref()).await.unwrap();
    assert_eq!((second.rows.len(), second.next), (1, None));
}
