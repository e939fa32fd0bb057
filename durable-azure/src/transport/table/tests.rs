use std::fmt::Write as _;
use std::time::Duration;

use super::super::scripted::{self, Step, answer, refusal};
use super::*;
use crate::value::{Ticks, Value};

const ETAG: &str = "W/\"datetime'2026-11-21T01%3A43%3A00Z'\"";

fn row() -> Row {
    let mut row = Row::new("p'q", "r");
    row.columns
        .push(("Name".to_owned(), Value::String("A".to_owned())));
    row
}

fn stored(name: &str) -> Step {
    let body = format!(r#"{{"odata.etag":"read","PartitionKey":"p'q","RowKey":"r","Name":"{name}"}}"#);
    answer(200, &[], &body)
}

fn batch_answer(parts: &[(u16, &str)]) -> Step {
    let mut body = "--batchresponse_1\r\n\r\n".to_owned();
    for (status, rest) in parts {
        body.push_str("--changesetresponse_1\r\nContent-Type: application/http\r\n\r\n");
        write!(body, "HTTP/1.1 {status} X\r\n{rest}\r\n").unwrap();
    }
    body.push_str("--changesetresponse_1--\r\n--batchresponse_1--\r\n");
    answer(202, &[], &body)
}

/// The answer to a transaction that was refused for its operation `index`.
fn batch_refusal(status: u16, code: &str, index: usize) -> Step {
    let words =
        format!(r#"{{"odata.error":{{"code":"{code}","message":{{"lang":"en","value":"{index}:No."}}}}}}"#);
    batch_answer(&[(
        status,
        &format!("Content-Type: application/json\r\n\r\n{words}\r\n"),
    )])
}

#[tokio::test(start_paused = true)]
async fn each_write_is_the_request_that_the_service_knows() {
    let ok = || answer(204, &[("etag", ETAG)], "");
    let (storage, script) = scripted::emulator((0..6).map(|_| ok()));
    let table = storage.table("T");
    let condition = IfMatch::Etag(ETAG.to_owned());
    assert_eq!(table.insert(&row()).await.unwrap(), ETAG);
    table.replace(&row(), &condition).await.unwrap();
    table.merge(&row(), &IfMatch::Any).await.unwrap();
    table.insert_or_merge(&row()).await.unwrap();
    table.insert_or_replace(&row()).await.unwrap();
    assert!(table.delete("p'q", "r", &condition).await.unwrap());
    let begin = "http://127.0.0.1:10002/devstoreaccount1/T";
    let of_row = format!("{begin}(PartitionKey='p%27%27q',RowKey='r')");
    let sent: Vec<_> = script
        .sent()
        .into_iter()
        .map(|sent| {
            (
                sent.method.clone(),
                sent.address.clone(),
                sent.header("if-match").map(str::to_owned),
            )
        })
        .collect();
    let expected = [
        ("POST", begin, None),
        ("PUT", of_row.as_str(), Some(ETAG)),
        ("MERGE", &of_row, Some("*")),
        ("MERGE", &of_row, None),
        ("PUT", &of_row, None),
        ("DELETE", &of_row, Some(ETAG)),
    ];
    let expected = expected.map(|(method, address, condition)| {
        (
            method.to_owned(),
            address.to_owned(),
            condition.map(str::to_owned),
        )
    });
    assert_eq!(sent, expected);
    assert_eq!(
        script.sent()[0].body,
        r#"{"PartitionKey":"p'q","RowKey":"r","Name":"A"}"#
    );
}

#[tokio::test(start_paused = true)]
async fn a_write_whose_answer_was_lost_has_succeeded_if_the_row_is_as_it_leaves_it() {
    let cases = [(409, "EntityAlreadyExists"), (412, "UpdateConditionNotSatisfied")];
    for (status, code) in cases {
        let (storage, _) = scripted::emulator([Step::Broken, refusal(status, code), stored("A")]);
        let table = storage.table("T");
        let etag = match status {
            409 => table.insert(&row()).await,
            _ => table.replace(&row(), &IfMatch::Etag(ETAG.to_owned())).await,
        };
        assert_eq!(etag.unwrap(), "read");
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_that_is_refused_for_another_s_row_is_a_conflict() {
    // Another wrote the row.
    let (storage, _) = scripted::emulator([Step::Silence, refusal(409, "EntityAlreadyExists"), stored("B")]);
    let error = storage.table("T").insert(&row()).await.unwrap_err();
    assert_eq!((error.kind, error.uncertain), (StorageErrorKind::Conflict, true));

    // Nothing was sent before, so nobody reads.
    let (storage, script) = scripted::emulator([Step::NoConnection, refusal(409, "EntityAlreadyExists")]);
    let error = storage.table("T").insert(&row()).await.unwrap_err();
    assert_eq!((error.kind, error.uncertain), (StorageErrorKind::Conflict, false));
    assert_eq!(script.sent().len(), 2);

    // The row cannot be read.
    let (storage, _) = scripted::emulator([Step::Broken, refusal(412, "X"), refusal(403, "Y")]);
    let error = storage
        .table("T")
        .merge(&row(), &IfMatch::Etag(ETAG.to_owned()))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind, error.uncertain),
        (StorageErrorKind::PreconditionFailed, true)
    );
}

#[tokio::test(start_paused = true)]
async fn a_removal_of_what_is_gone_is_ours_if_its_answer_was_lost() {
    let gone = || refusal(404, "ResourceNotFound");
    let (storage, _) = scripted::emulator([gone(), Step::Broken, gone(), refusal(412, "X")]);
    let table = storage.table("T");
    assert!(!table.delete("p", "r", &IfMatch::Any).await.unwrap());
    assert!(table.delete("p", "r", &IfMatch::Any).await.unwrap());
    let condition = IfMatch::Etag(ETAG.to_owned());
    let error = table.delete("p", "r", &condition).await.unwrap_err();
    assert_eq!(error.kind, StorageErrorKind::PreconditionFailed);
}

fn operations() -> [TableOp; 2] {
    let mut sentinel = Row::new("p'q", "sentinel");
    sentinel
        .columns
        .push(("At".to_owned(), Value::DateTime(Ticks::MIN)));
    [
        TableOp::InsertOrReplace(row()),
        TableOp::Merge(sentinel, IfMatch::Etag(ETAG.to_owned())),
    ]
}

fn stored_sentinel(at: &str) -> Step {
    let body = format!(
        r#"{{"odata.etag":"sentinel","PartitionKey":"p'q","RowKey":"sentinel","At@odata.type":"Edm.DateTime","At":"{at}"}}"#
    );
    answer(200, &[], &body)
}

#[tokio::test(start_paused = true)]
async fn a_transaction_returns_an_etag_for_each_operation() {
    let parts = [(204, "ETag: a\r\n\r\n"), (204, "\r\n")];
    let (storage, script) = scripted::emulator([batch_answer(&parts)]);
    let etags = storage.table("T").batch(&operations()).await.unwrap();
    assert_eq!(etags, [Some("a".to_owned()), None]);
    let sent = &script.sent()[0];
    assert_eq!(sent.address, "http://127.0.0.1:10002/devstoreaccount1/$batch");
    assert_eq!(
        sent.header("content-type"),
        Some("multipart/mixed; boundary=batch_durable")
    );
}

#[tokio::test(start_paused = true)]
async fn a_refused_transaction_names_its_operation() {
    let (storage, _) = scripted::emulator([
        batch_refusal(412, "UpdateConditionNotSatisfied", 1),
        batch_refusal(409, "EntityAlreadyExists", 7),
        refusal(404, "TableNotFound"),
    ]);
    let table = storage.table("T");
    let error = table.batch(&operations()).await.unwrap_err();
    assert_eq!(
        (error.index, error.error.kind),
        (Some(1), StorageErrorKind::PreconditionFailed)
    );
    assert_eq!(error.error.code.as_deref(), Some("UpdateConditionNotSatisfied"));
    assert_eq!(
        error.to_string(),
        "entity transaction of table T failed: 412 UpdateConditionNotSatisfied: 1:No."
    );
    // There is no seventh.
    let error = table.batch(&operations()).await.unwrap_err();
    assert_eq!(
        (error.index, error.error.kind),
        (None, StorageErrorKind::Conflict)
    );
    let error = table.batch(&operations()).await.unwrap_err();
    assert_eq!(
        (error.index, error.error.kind),
        (None, StorageErrorKind::NotFound)
    );
}

#[tokio::test(start_paused = true)]
async fn a_transaction_that_is_throttled_inside_is_sent_again() {
    let parts = [(204, "ETag: a\r\n\r\n"), (204, "ETag: b\r\n\r\n")];
    let (storage, _) = scripted::emulator([batch_refusal(503, "ServerBusy", 0), batch_answer(&parts)]);
    let begin = tokio::time::Instant::now();
    storage.table("T").batch(&operations()).await.unwrap();
    assert_eq!(begin.elapsed(), Duration::from_millis(200));
}

#[tokio::test(start_paused = true)]
async fn a_transaction_whose_answer_was_lost_has_succeeded_if_every_row_is_as_it_leaves_it() {
    let lost = || [Step::Broken, batch_refusal(412, "UpdateConditionNotSatisfied", 1)];
    let seen = [stored("A"), stored_sentinel("0001-01-01T00:00:00Z")];
    let (storage, _) = scripted::emulator(lost().into_iter().chain(seen));
    let etags = storage.table("T").batch(&operations()).await.unwrap();
    assert_eq!(etags, [Some("read".to_owned()), Some("sentinel".to_owned())]);

    // Another's sentinel stands beside a row that looks like ours.
    let seen = [stored("A"), stored_sentinel("0001-01-01T00:00:01Z")];
    let (storage, _) = scripted::emulator(lost().into_iter().chain(seen));
    let error = storage.table("T").batch(&operations()).await.unwrap_err();
    assert_eq!(
        (error.index, error.error.kind),
        (Some(1), StorageErrorKind::PreconditionFailed)
    );
    assert!(error.error.uncertain);
}

#[tokio::test(start_paused = true)]
async fn what_no_transaction_can_be_is_not_sent() {
    let (storage, _) = scripted::emulator([]);
    let table = storage.table("T");
    assert_eq!(table.batch(&[]).await.unwrap(), Vec::<Option<String>>::new());

    let many: Vec<_> = (0..=BATCH_MAX)
        .map(|n| TableOp::Insert(Row::new("p", n.to_string())))
        .collect();
    assert_eq!(
        table.batch(&many).await.unwrap_err().error.kind,
        StorageErrorKind::Invalid
    );

    let several = [
        TableOp::Insert(Row::new("p", "r")),
        TableOp::Insert(Row::new("q", "r")),
    ];
    assert_eq!(
        table.batch(&several).await.unwrap_err().error.kind,
        StorageErrorKind::Invalid
    );

    let mut large = Row::new("p", "r");
    large
        .columns
        .push(("A".to_owned(), Value::String("x".repeat(4 << 20))));
    let error = table.batch(&[TableOp::Insert(large)]).await.unwrap_err();
    assert_eq!(error.error.kind, StorageErrorKind::TooLarge);

    let broken = IfMatch::Etag("a\r\nx: y".to_owned());
    let error = table
        .batch(&[TableOp::Merge(row(), broken.clone())])
        .await
        .unwrap_err();
    assert_eq!(error.error.kind, StorageErrorKind::Invalid);
    assert_eq!(
        table.merge(&row(), &broken).await.unwrap_err().kind,
        StorageErrorKind::Invalid
    );
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_none_is_an_error() {
    let part = [(204, "ETag: a\r\n\r\n")];
    let (storage, _) = scripted::emulator([
        batch_answer(&part),
        answer(202, &[], ""),
        answer(200, &[], "{\"value\":7}"),
        answer(200, &[], "<html>"),
        answer(204, &[], ""),
    ]);
    let table = storage.table("T");
    let malformed = StorageErrorKind::Malformed;
    for _ in 0..2 {
        assert_eq!(
            table.batch(&operations()).await.unwrap_err().error.kind,
            malformed
        );
    }
    assert_eq!(
        table.query(&Query::default(), None).await.unwrap_err().kind,
        malformed
    );
    assert_eq!(table.get("p", "r", &[]).await.unwrap_err().kind, malformed);
    assert_eq!(table.insert(&row()).await.unwrap_err().kind, malformed);
}

#[tokio::test(start_paused = true)]
async fn a_query_says_what_it_wants() {
    let (storage, script) = scripted::emulator([answer(200, &[], r#"{"value":[]}"#)]);
    let filter = "PartitionKey eq 'it''s' and At ge datetime'0001-01-01T00:00:00Z'";
    let query = Query {
        filter: Some(filter),
        select: &["RowKey", "Name"],
        top: Some(5),
    };
    storage.table("T").query(&query, None).await.unwrap();
    assert_eq!(
        script.addresses()[0],
        "http://127.0.0.1:10002/devstoreaccount1/T()?$filter=PartitionKey%20eq%20%27it%27%27s%27%20and%20At%20ge%20\
         datetime%270001-01-01T00%3A00%3A00Z%27&$top=5&$select=RowKey%2CName"
    );
}

#[tokio::test(start_paused = true)]
async fn making_and_removing_a_table_can_be_repeated() {
    let (storage, script) = scripted::emulator([
        answer(204, &[], ""),
        refusal(409, "TableAlreadyExists"),
        Step::Broken,
        refusal(409, "TableAlreadyExists"),
        refusal(409, "TableBeingDeleted"),
        answer(204, &[], ""),
        refusal(404, "ResourceNotFound"),
    ]);
    let table = storage.table("T");
    assert!(table.create().await.unwrap());
    assert!(!table.create().await.unwrap());
    assert!(table.create().await.unwrap());
    assert_eq!(table.create().await.unwrap_err().kind, StorageErrorKind::Conflict);
    assert!(table.delete_table().await.unwrap());
    assert!(!table.delete_table().await.unwrap());
    assert_eq!(script.sent()[0].body, r#"{"TableName":"T"}"#);
    assert_eq!(
        script.addresses()[5],
        "http://127.0.0.1:10002/devstoreaccount1/Tables('T')"
    );
}

/// The emulator's answer to this has a boundary where none belongs.
#[tokio::test]
async fn the_emulator_s_answer_to_a_transaction_that_is_too_long_is_understood() {
    let Some(azurite) = durable_testazure::shared().unwrap() else {
        return;
    };
    let account = super::super::Account::from_connection_string(&azurite.connection_string()).unwrap();
    let storage = super::super::Storage::open(&account, super::super::RetrySettings::default()).unwrap();
    let table = storage.table(&durable_testazure::fresh_name("toolong"));
    table.create().await.unwrap();
    let many: Vec<_> = (0..=BATCH_MAX)
        .map(|n| TableOp::Insert(Row::new("p", n.to_string())))
        .collect();
    let request = table.unchecked_request(&many).unwrap();
    let error = table.sender.send(&request).await.unwrap_err();
    assert_eq!(
        (error.kind, error.status),
        (StorageErrorKind::Invalid, Some(400)),
        "{error}"
    );
    assert_eq!(error.code.as_deref(), Some("InvalidInput"));
}
