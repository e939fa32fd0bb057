use super::super::error::StorageErrorKind;
use super::super::table::{IfMatch, Query};
use super::{name, storage};
use crate::value::{Row, Ticks, Value};

fn row(partition_key: &str, row_key: &str, name: &str) -> Row {
    let mut row = Row::new(partition_key, row_key);
    row.columns
        .push(("Name".to_owned(), Value::String(name.to_owned())));
    row
}

/// The row without what the service adds.
fn own(mut row: Row) -> Row {
    row.etag = None;
    row.columns.retain(|(name, _)| name != "Timestamp");
    row
}

#[tokio::test]
async fn a_table_is_made_and_removed() {
    let Some(storage) = storage() else { return };
    let table = storage.table(&name());
    assert_eq!(table.get("p", "r", &[]).await.unwrap(), None);
    assert!(table.create().await.unwrap());
    assert!(!table.create().await.unwrap());
    assert!(table.delete_table().await.unwrap());
    assert!(!table.delete_table().await.unwrap());
    let error = table.insert(&row("p", "r", "A")).await.unwrap_err();
    assert_eq!(
        (error.kind, error.code.as_deref()),
        (StorageErrorKind::NotFound, Some("TableNotFound"))
    );
}

#[tokio::test]
async fn every_kind_of_value_comes_back() {
    let Some(storage) = storage() else { return };
    let table = storage.table(&name());
    table.create().await.unwrap();
    let mut written = row("", "", "\"quoted\" \\ \u{1} \u{e9} \u{1f600}");
    for (column, value) in [
        ("Empty", Value::String(String::new())),
        ("Flag", Value::Bool(true)),
        ("Small", Value::Int32(i32::MIN)),
        ("Big", Value::Int64(i64::MAX)),
        ("Half", Value::Double(0.5)),
        ("Whole", Value::Double(3.0)),
        (
            "At",
            Value::DateTime(Ticks::parse("2026-06-24T10:00:00.1234567Z").unwrap()),
        ),
        (
            "Id",
            Value::Guid("c9da6455-213d-42c9-9a79-3e9149a57833".to_owned()),
        ),
        ("Bytes", Value::Binary(vec![0, 1, 254, 255])),
    ] {
        written.columns.push((column.to_owned(), value));
    }
    let etag = table.insert(&written).await.unwrap();
    let read = table.get("", "", &[]).await.unwrap().unwrap();
    assert_eq!(read.etag.as_deref(), Some(etag.as_str()));
    assert!(read.time("Timestamp").is_some());
    let mut read = own(read);
    read.columns.sort_by(|one, other| one.0.cmp(&other.0));
    written.columns.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(read, written);
}

#[tokio::test]
async fn writes_depend_on_what_is_there() {
    let Some(storage) = storage() else { return };
    let table = storage.table(&name());
    table.create().await.unwrap();
    let first = table.insert(&row("p", "r", "A")).await.unwrap();
    let error = table.insert(&row("p", "r", "B")).await.unwrap_err();
    assert_eq!(
        (error.kind, error.code.as_deref()),
        (StorageErrorKind::Conflict, Some("EntityAlreadyExists"))
    );

    let first = IfMatch::Etag(first);
    let mut more = Row::new("p", "r");
    more.columns.push(("Age".to_owned(), Value::Int32(7)));
    let second = IfMatch::Etag(table.merge(&more, &first).await.unwrap());
    let merged = own(table.get("p", "r", &[]).await.unwrap().unwrap());
    assert_eq!((merged.text("Name"), merged.int("Age")), (Some("A"), Some(7)));

    for error in [
        table.replace(&row("p", "r", "C"), &first).await.unwrap_err(),
        table.merge(&more, &first).await.unwrap_err(),
        table.delete("p", "r", &first).await.unwrap_err(),
    ] {
        assert_eq!(error.kind, StorageErrorKind::PreconditionFailed);
    }
    table.replace(&row("p", "r", "C"), &second).await.unwrap();
    let replaced = own(table.get("p", "r", &[]).await.unwrap().unwrap());
    assert_eq!(replaced, row("p", "r", "C"));
    assert!(table.delete("p", "r", &IfMatch::Any).await.unwrap());
    assert!(!table.delete("p", "r", &IfMatch::Any).await.unwrap());
    assert_eq!(table.get("p", "r", &[]).await.unwrap(), None);
    for error in [
        table
            .replace(&row("p", "r", "C"), &IfMatch::Any)
            .await
            .unwrap_err(),
        table.merge(&row("p", "r", "C"), &IfMatch::Any).await.unwrap_err(),
    ] {
        assert_eq!(error.kind, StorageErrorKind::NotFound);
    }
}

#[tokio::test]
async fn writes_without_a_condition_make_the_row_if_it_is_not_there() {
    let Some(storage) = storage() else { return };
    let table = storage.table(&name());
    table.create().await.unwrap();
    let mut age = Row::new("p", "r");
    age.columns.push(("Age".to_owned(), Value::Int32(7)));
    table.insert_or_merge(&row("p", "r", "A")).await.unwrap();
    table.insert_or_merge(&age).await.unwrap();
    let read = own(table.get("p", "r", &[]).await.unwrap().unwrap());
    assert_eq!((read.text("Name"), read.int("Age")), (Some("A"), Some(7)));
    table.insert_or_replace(&age).await.unwrap();
    assert_eq!(own(table.get("p", "r", &[]).await.unwrap().unwrap()), age);
    table.insert_or_replace(&row("p", "s", "B")).await.unwrap();
    assert!(table.get("p", "s", &[]).await.unwrap().is_some());
}

#[tokio::test]
async fn keys_may_have_any_character_that_the_service_takes() {
    let Some(storage) = storage() else { return };
    let table = storage.table(&name());
    table.create().await.unwrap();
    let keys = [
        "it's ''quoted''",
        "a^0b^^",
        "@counter@my key",
        "h\u{e9}llo \u{1f600}",
        "a+b&c=d%20(,)",
        "x:y;z\"<>|",
    ];
    for key in keys {
        table.insert(&row(key, key, "A")).await.unwrap();
        let changed = table.get(key, key, &[]).await.unwrap().unwrap();
        let condition = IfMatch::Etag(changed.etag.clone().unwrap());
        assert_eq!(own(changed), row(key, key, "A"), "{key}");
        table.replace(&row(key, key, "B"), &condition).await.unwrap();
        let filter = format!("PartitionKey eq '{}'", key.replace('\'', "''"));
        let query = Query {
            filter: Some(&filter),
            ..Query::default()
        };
        let page = table.query(&query, None).await.unwrap();
        assert_eq!(
            page.rows.into_iter().map(own).collect::<Vec<_>>(),
            [row(key, key, "B")],
            "{key}"
        );
        assert!(table.delete(key, key, &IfMatch::Any).await.unwrap(), "{key}");
    }
    for key in ["a/b", "a#b", "a?b", "a\\b"] {
        let error = table.insert(&row(key, "", "A")).await.unwrap_err();
        assert_eq!(error.kind, StorageErrorKind::Invalid, "{key}");
    }
}

#[tokio::test]
async fn pages_continue_to_the_end() {
    let Some(storage) = storage() else { return };
    let table = storage.table(&name());
    table.create().await.unwrap();
    for n in 0..7 {
        table
            .insert(&row(&format!("p{}", n / 4), &n.to_string(), "A"))
            .await
            .unwrap();
    }
    let query = Query {
        top: Some(3),
        select: &["RowKey"],
        ..Query::default()
    };
    let (mut keys, mut sizes, mut from) = (Vec::new(), Vec::new(), None);
    loop {
        let page = table.query(&query, from.as_ref()).await.unwrap();
        sizes.push(page.rows.len());
        for row in page.rows {
            assert_eq!((row.partition_key.as_str(), row.columns.len()), ("", 0));
            keys.push(row.row_key);
        }
        from = page.next;
        if from.is_none() {
            break;
        }
    }
    assert_eq!(keys, ["0", "1", "2", "3", "4", "5", "6"]);
    assert_eq!(sizes, [3, 3, 1]);
}

#[tokio::test]
async fn conditions_compare_moments_and_texts() {
    let Some(storage) = storage() else { return };
    let table = storage.table(&name());
    table.create().await.unwrap();
    let at = |text: &str| Ticks::parse(text).unwrap();
    // The emulator compares to the millisecond; the service to 100 ns.
    for (key, moment) in [
        ("a", "2026-06-24T10:00:00.1234567Z"),
        ("b", "2026-06-24T10:00:00.124Z"),
        ("c", "2027-01-01T00:00:00Z"),
    ] {
        let mut row = row(key, "", "A");
        row.columns
            .push(("CreatedTime".to_owned(), Value::DateTime(at(moment))));
        table.insert(&row).await.unwrap();
    }
    let filter = "(CreatedTime ge datetime'2026-06-24T10:00:00.124Z') and (PartitionKey eq 'b' or PartitionKey eq 'a')";
    let query = Query {
        filter: Some(filter),
        ..Query::default()
    };
    let page = table.query(&query, None).await.unwrap();
    let keys: Vec<_> = page.rows.iter().map(|row| row.partition_key.as_str()).collect();
    assert_eq!(keys, ["b"]);
}

#[tokio::test]
async fn a_column_that_is_too_long_is_refused() {
    let Some(storage) = storage() else { return };
    let table = storage.table(&name());
    table.create().await.unwrap();
    table
        .insert(&row("p", "r", &"x".repeat(32 * 1024)))
        .await
        .unwrap();
    let error = table
        .insert(&row("p", "s", &"x".repeat(32 * 1024 + 1)))
        .await
        .unwrap_err();
    assert_eq!(error.status, Some(400));
}
