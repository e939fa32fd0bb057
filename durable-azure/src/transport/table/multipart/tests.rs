use proptest::prelude::*;

use super::*;
use crate::value::{Row, Value};

#[test]
fn a_transaction_is_written_to_the_byte() {
    let mut row = Row::new("a^0b", "0000000000000000");
    row.columns
        .push(("EventType".to_owned(), Value::String("TaskScheduled".to_owned())));
    let etag = "W/\"datetime'2026-11-21T01%3A43%3A00.25Z'\"".to_owned();
    let operations = [
        TableOp::InsertOrReplace(row),
        TableOp::Insert(Row::new("a^0b", "x")),
        TableOp::Merge(Row::new("a^0b", "sentinel"), IfMatch::Etag(etag)),
        TableOp::Delete {
            partition_key: "a^0b".to_owned(),
            row_key: "it's".to_owned(),
            condition: IfMatch::Any,
        },
    ];
    let expected = "--batch_durable\r\n\
        Content-Type: multipart/mixed; boundary=changeset_durable\r\n\
        \r\n\
        --changeset_durable\r\n\
        Content-Type: application/http\r\n\
        Content-Transfer-Encoding: binary\r\n\
        \r\n\
        PUT http://127.0.0.1:1/acc/THistory(PartitionKey='a%5E0b',RowKey='0000000000000000') HTTP/1.1\r\n\
        Accept: application/json;odata=minimalmetadata\r\n\
        DataServiceVersion: 3.0;\r\n\
        Prefer: return-no-content\r\n\
        Content-Type: application/json\r\n\
        Content-Length: 79\r\n\
        \r\n\
        {\"PartitionKey\":\"a^0b\",\"RowKey\":\"0000000000000000\",\"EventType\":\"TaskScheduled\"}\r\n\
        --changeset_durable\r\n\
        Content-Type: application/http\r\n\
        Content-Transfer-Encoding: binary\r\n\
        \r\n\
        POST http://127.0.0.1:1/acc/THistory HTTP/1.1\r\n\
        Accept: application/json;odata=minimalmetadata\r\n\
        DataServiceVersion: 3.0;\r\n\
        Prefer: return-no-content\r\n\
        Content-Type: application/json\r\n\
        Content-Length: 36\r\n\
        \r\n\
        {\"PartitionKey\":\"a^0b\",\"RowKey\":\"x\"}\r\n\
        --changeset_durable\r\n\
        Content-Type: application/http\r\n\
        Content-Transfer-Encoding: binary\r\n\
        \r\n\
        MERGE http://127.0.0.1:1/acc/THistory(PartitionKey='a%5E0b',RowKey='sentinel') HTTP/1.1\r\n\
        If-Match: W/\"datetime'2026-11-21T01%3A43%3A00.25Z'\"\r\n\
        Accept: application/json;odata=minimalmetadata\r\n\
        DataServiceVersion: 3.0;\r\n\
        Prefer: return-no-content\r\n\
        Content-Type: application/json\r\n\
        Content-Length: 43\r\n\
        \r\n\
        {\"PartitionKey\":\"a^0b\",\"RowKey\":\"sentinel\"}\r\n\
        --changeset_durable\r\n\
        Content-Type: application/http\r\n\
        Content-Transfer-Encoding: binary\r\n\
        \r\n\
        DELETE http://127.0.0.1:1/acc/THistory(PartitionKey='a%5E0b',RowKey='it%27%27s') HTTP/1.1\r\n\
        If-Match: *\r\n\
        Accept: application/json;odata=minimalmetadata\r\n\
        DataServiceVersion: 3.0;\r\n\
        \r\n\
        --changeset_durable--\r\n\
        \r\n\
        --batch_durable--\r\n";
    assert_eq!(
        write("http://127.0.0.1:1/acc", "THistory", &operations).as_deref(),
        Some(expected)
    );
}

#[test]
fn an_etag_that_would_break_its_header_is_not_written() {
    for etag in ["", "a\r\nX: y", "a\n", "é"] {
        let operation = TableOp::Merge(Row::new("p", "r"), IfMatch::Etag(etag.to_owned()));
        assert_eq!(write("http://a", "T", &[operation]), None, "{etag:?}");
    }
}

#[test]
fn answers_and_their_etags_are_found() {
    let body = "--batchresponse_1\r\nContent-Type: multipart/mixed; boundary=changesetresponse_1\r\n\r\n\
        --changesetresponse_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n\
        HTTP/1.1 204 No Content\r\nX-Content-Type-Options: nosniff\r\nETag: W/\"datetime'1'\"\r\n\r\n\r\n\
        --changesetresponse_1\r\nContent-Type: application/http\r\n\r\n\
        HTTP/1.1 204 No Content\r\nDataServiceVersion: 1.0;\r\n\r\n\r\n\
        --changesetresponse_1--\r\n--batchresponse_1--\r\n";
    let found = parts(body);
    let seen: Vec<_> = found
        .iter()
        .map(|part| (part.status, part.etag, part.body))
        .collect();
    assert_eq!(seen, [(204, Some("W/\"datetime'1'\""), ""), (204, None, "")]);
}

#[test]
fn a_refused_transaction_has_one_answer_with_words() {
    let words = "{\"odata.error\":{\"code\":\"UpdateConditionNotSatisfied\",\"message\":{\"value\":\"99:The update\"}}}";
    let body = format!(
        "--batchresponse_1\r\nContent-Type: multipart/mixed; boundary=changesetresponse_1\r\n\r\n\
         --changesetresponse_1\r\nContent-Type: application/http\r\n\r\n\
         HTTP/1.1 412 Precondition Failed\r\nContent-Type: application/json\r\n\r\n{words}\r\n\
         --changesetresponse_1--\r\n--batchresponse_1--\r\n"
    );
    let found = parts(&body);
    assert_eq!((found.len(), found[0].status, found[0].body), (1, 412, words));
}

#[test]
fn a_stray_boundary_before_an_answer_is_skipped() {
    let body = "--batchresponse_1\r\nContent-Type: multipart/mixed\r\n\r\n--changesetresponse_1\r\n\
        Content-Type: application/http\r\n\r\n\r\n--changesetresponse_1\r\nHTTP/1.1 400 Bad Request\r\nA: b\r\n\r\n\
        {\"odata.error\":{\"code\":\"InvalidInput\"}}\r\n--changesetresponse_1--";
    let found = parts(body);
    assert_eq!((found.len(), found[0].status), (1, 400));
    assert_eq!(found[0].body, "{\"odata.error\":{\"code\":\"InvalidInput\"}}");
}

#[test]
fn what_is_no_answer_has_no_parts() {
    for body in [
        "",
        "HTTP/1.1",
        "HTTP/1.1 2x4 No",
        "HTTP/1.1 999 No",
        "HTTP/2 204 No",
        "--\r\n--\r\n",
    ] {
        assert_eq!(parts(body), [], "{body}");
    }
    // Cut off in the middle of its headers.
    let cut = parts("HTTP/1.1 204 No Content\r\nETag: x");
    assert_eq!((cut.len(), cut[0].status, cut[0].body), (1, 204, ""));
}

#[test]
fn the_number_of_an_operation_is_read() {
    assert_eq!(index_of("99:The update condition"), Some(99));
    for none in ["", "The update condition", "x:y", "-1:no"] {
        assert_eq!(index_of(none), None, "{none}");
    }
}

proptest! {
    #[test]
    fn no_text_stops_the_reader(text in "(HTTP/1.1 [0-9é]{0,4}|--|\\r\\n|\\n|ETag: x|[a-z:é]){0,30}") {
        let _ = (parts(&text), index_of(&text));
    }
}
