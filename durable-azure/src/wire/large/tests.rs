use super::*;

const CONTAINER: &str = "orders-largemessages";

fn row(column: &str, text: &str) -> Row {
    let mut row = Row::new("a^0b", "000000000000000A");
    let columns = [("EventType", "TaskCompleted"), (column, text)];
    let columns = columns.map(|(name, text)| (name.to_owned(), Value::String(text.to_owned())));
    row.columns.extend(columns);
    row
}

/// Moves what is large, and fetches it again.
fn there_and_back(row: &Row) -> (Row, Vec<Blob>) {
    let (mut stored, blobs) = store_row(row.clone(), &mut || 0xab12).unwrap();
    let moved = moved_columns(&stored, CONTAINER);
    assert_eq!(moved.len(), blobs.len());
    for moved in &moved {
        let blob = blobs.iter().find(|blob| blob.name == moved.blob).unwrap();
        put_back(&mut stored, moved, &blob.bytes).unwrap();
    }
    (stored, blobs)
}

#[test]
fn a_column_is_moved_when_it_has_more_than_30_720_units() {
    let fits = row("Result", &"x".repeat(30_720));
    let (stored, blobs) = there_and_back(&fits);
    assert_eq!((stored, blobs.len()), (fits, 0));

    let large = row("Result", &"x".repeat(30_721));
    let (stored, blobs) = there_and_back(&large);
    assert_eq!(stored, large);
    assert_eq!(
        blobs[0].name,
        "a^0b/history-000000000000000A-TaskCompleted-0000AB12-Result.json.gz"
    );
}

#[test]
fn units_of_utf_16_are_counted_and_not_bytes() {
    // Three bytes of UTF-8 and one unit each, then four bytes and two units each.
    assert!(!is_large(&"€".repeat(30_720)));
    assert!(is_large(&"€".repeat(30_721)));
    assert!(!is_large(&"🦀".repeat(15_360)));
    assert!(is_large(&"🦀".repeat(15_361)));
}

#[test]
fn a_moved_column_is_empty_and_names_its_blob() {
    let (stored, blobs) = store_row(row("Input", &"x".repeat(40_000)), &mut || u32::MAX).unwrap();
    assert_eq!(stored.text("Input"), Some(""));
    assert_eq!(stored.text("InputBlobName"), Some(blobs[0].name.as_str()));
    assert!(blobs[0].name.contains("-FFFFFFFF-"));
    assert_eq!(
        unpack(&blobs[0].name, &blobs[0].bytes).unwrap(),
        "x".repeat(40_000)
    );
}

#[test]
fn the_blob_of_an_instance_s_row_is_named_by_its_column() {
    let mut row = Row::new("order-123", "");
    row.columns
        .push(("Output".to_owned(), Value::String("x".repeat(40_000))));
    let (_, blobs) = store_row(row, &mut || 1).unwrap();
    assert_eq!(blobs[0].name, "order-123/history--Output-00000001-Output.json.gz");
}

#[test]
fn an_instance_s_row_may_hold_the_url_of_a_blob() {
    let blob = "o r/d%é/history-0-X.json.gz";
    let url = "https://shop.blob.core.windows.net/orders-largemessages/o%20r/d%25%C3%A9/history-0-X.json.gz";
    let row = row("Output", url);
    assert_eq!(
        moved_columns(&row, CONTAINER),
        [Moved {
            column: "Output".to_owned(),
            blob: blob.to_owned()
        }]
    );
    // Another container's URL, and a JSON text, are nothing of ours.
    assert_eq!(moved_columns(&row, "shop-largemessages"), []);
    assert_eq!(blob_of_url(&format!("\"{url}\""), CONTAINER), None);
    assert_eq!(blob_of_url(&format!("{url}%4"), CONTAINER), None);
}

#[test]
fn what_others_read_of_an_instance_is_the_address_of_its_blob() {
    let large = "x".repeat(40_000);
    let mut row = Row::new("order-123", "");
    for column in ["Output", "Tags", "CustomStatus"] {
        row.push(column, Value::String(large.clone()));
    }
    row.push("Input", Value::String("7".to_owned()));
    let (mut stored, _) = store_row(row, &mut || 1).unwrap();
    by_address(&mut stored, &|blob| {
        format!("https://shop.blob.core.windows.net/{CONTAINER}/{blob}")
    });
    for column in ["Output", "Tags"] {
        let expected = format!(
            "https://shop.blob.core.windows.net/{CONTAINER}/order-123/history--{column}-00000001-{column}.json.gz"
        );
        assert_eq!(stored.text(column), Some(expected.as_str()));
        assert_eq!(stored.get(&format!("{column}BlobName")), None);
    }
    // The framework has no such form for the others.
    assert_eq!(
        (stored.text("CustomStatus"), stored.text("Input")),
        (Some(""), Some("7"))
    );
    let moved = moved_columns(&stored, CONTAINER);
    let mut columns: Vec<&str> = moved.iter().map(|moved| moved.column.as_str()).collect();
    columns.sort_unstable();
    assert_eq!(columns, ["CustomStatus", "Output", "Tags"]);
}

#[test]
fn the_input_of_a_start_is_taken_out_of_the_message_in_the_blob() {
    let message = crate::wire::tests::client_start();
    let blob = "order-123/message-3f0c2a515f0e4d539c2f8f3a5d0b7c11-ExecutionStarted.json.gz";
    let moved = Moved {
        column: "Input".to_owned(),
        blob: blob.to_owned(),
    };
    let mut row = row("Input", "http://x/orders-largemessages/y");
    let content = pack(blob, &message.write().unwrap()).unwrap();
    put_back(&mut row, &moved, &content).unwrap();
    assert_eq!(row.text("Input"), Some("{\"total\":5}"));
}

#[test]
fn the_blobs_of_an_instance_have_two_prefixes_if_its_id_is_escaped() {
    assert_eq!(blob_prefixes("a"), ["a/"]);
    assert_eq!(blob_prefixes("a^b"), ["a^b/", "a^^b/"]);
}

#[test]
fn a_message_goes_to_a_blob_when_it_has_more_than_45_kib() {
    let mut message = crate::wire::tests::client_start();
    let spare = MESSAGE_MAX - message.write().unwrap().len();
    message.trace_context = Some(String::new());
    // `null` becomes two quotes.
    message.trace_context = Some("x".repeat(spare + 2));
    assert!(matches!(store_message(&message).unwrap(), Stored::Inline(text) if text.len() == MESSAGE_MAX));
    message.trace_context = Some("x".repeat(spare + 3));
    assert!(matches!(store_message(&message).unwrap(), Stored::Blob { .. }));
}

#[test]
fn a_blob_that_cannot_be_unpacked_is_named() {
    let error = unpack("a/b", b"no gzip").unwrap_err().to_string();
    assert!(
        error.starts_with("the blob `a/b` cannot be unpacked: "),
        "{error}"
    );
    let content = pack("a/b", "12345").unwrap();
    assert_eq!(unpack_at_most("a/b", &content, 5).unwrap(), "12345");
    assert_eq!(
        unpack_at_most("a/b", &content, 4).unwrap_err().to_string(),
        "the blob `a/b` has more than 4 bytes"
    );
    let cut = unpack("a/b", &content[..content.len() - 4]);
    assert!(matches!(cut, Err(WireError::Gzip { .. })));
}
