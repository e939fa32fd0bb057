use std::time::Duration;

use durable_core::Timestamp;
use tokio::time::Instant;

use super::super::account::{Account, AccountError};
use super::super::credential::{AccessToken, Credential, TokenFuture, TokenProvider};
use super::super::error::StorageErrorKind;
use super::super::retry::RetrySettings;
use super::super::scripted::{self, NOW, Step, answer, refusal};
use super::super::storage::{Service, Storage};

const LENGTH: [(&str, &str); 1] = [("x-ms-approximate-messages-count", "7")];

#[tokio::test(start_paused = true)]
async fn a_busy_service_is_asked_again_after_growing_pauses() {
    let (storage, script) = scripted::emulator([
        refusal(503, "ServerBusy"),
        Step::NoConnection,
        refusal(500, "InternalError"),
        answer(200, &LENGTH, ""),
    ]);
    let begin = Instant::now();
    assert_eq!(storage.queue("q").length().await.unwrap(), 7);
    assert_eq!(begin.elapsed(), Duration::from_millis(200 + 400 + 800));
    assert_eq!(script.sent().len(), 4);
    let counts = storage.operations();
    assert_eq!((counts.total(), counts.retries()), (4, 3));
    assert_eq!(
        (counts.counts()[0].operation, counts.counts()[0].requests),
        ("queue length", 4)
    );
}

#[tokio::test(start_paused = true)]
async fn the_time_that_the_service_asks_for_is_waited() {
    let busy = |after: &str| answer(429, &[("retry-after", after)], "");
    let (storage, _) = scripted::emulator([
        busy("7"),
        busy("Sat, 21 Nov 2026 01:43:09 GMT"),
        busy("Sat, 21 Nov 2026 01:42:00 GMT"),
        busy("soon"),
        answer(200, &LENGTH, ""),
    ]);
    let begin = Instant::now();
    storage.queue("q").length().await.unwrap();
    let expected = Duration::from_secs(7 + 9) + Duration::from_millis(800 + 1600);
    assert_eq!(begin.elapsed(), expected);
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_is_not_asked_again() {
    for (status, kind) in [
        (400, StorageErrorKind::Invalid),
        (403, StorageErrorKind::Denied),
        (404, StorageErrorKind::NotFound),
        (409, StorageErrorKind::Conflict),
    ] {
        let (storage, script) = scripted::emulator([answer(status, &[], "")]);
        let error = storage.queue("q").length().await.unwrap_err();
        assert_eq!(
            (error.kind, error.status, error.uncertain),
            (kind, Some(status), false)
        );
        assert_eq!(script.sent().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_service_is_given_up_when_the_time_is_over() {
    let (storage, script) = scripted::emulator([Step::Silence, Step::Silence, Step::Silence]);
    let begin = Instant::now();
    let error = storage.queue("q").length().await.unwrap_err();
    assert_eq!(error.kind, StorageErrorKind::Unavailable);
    assert!(error.uncertain);
    let text = error.to_string();
    let expected = "queue length of queue q failed: no answer within";
    assert!(
        text.starts_with(expected) && text.contains("given up after 2 attempts in 60.0 s"),
        "{text}"
    );
    assert_eq!(begin.elapsed(), Duration::from_mins(1));
    assert_eq!(script.sent().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_caller_may_have_less_time() {
    let (storage, _) = scripted::emulator([Step::Silence]);
    let begin = Instant::now();
    let queue = storage.queue("q").within(Duration::from_secs(2));
    assert_eq!(
        queue.length().await.unwrap_err().kind,
        StorageErrorKind::Unavailable
    );
    assert_eq!(begin.elapsed(), Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn attempts_end() {
    let (storage, script) = scripted::emulator((0..5).map(|_| Step::NoConnection));
    let error = storage.queue("q").length().await.unwrap_err();
    assert_eq!(
        (error.kind, error.uncertain),
        (StorageErrorKind::Unavailable, false)
    );
    assert!(
        error
            .to_string()
            .contains("no connection: refused by the test; given up after 5 attempts"),
        "{error}"
    );
    assert_eq!(script.sent().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn each_attempt_is_signed_anew_and_says_its_version() {
    let (storage, script) = scripted::emulator([Step::Broken, answer(200, &LENGTH, "")]);
    storage.queue("q").length().await.unwrap();
    for sent in script.sent() {
        assert_eq!(sent.header("x-ms-date"), Some("Sat, 21 Nov 2026 01:43:00 GMT"));
        assert_eq!(sent.header("x-ms-version"), Some("2021-12-02"));
        let authorization = sent.header("authorization").unwrap();
        assert!(
            authorization.starts_with("SharedKey devstoreaccount1:"),
            "{authorization}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_too_long_is_refused_at_once() {
    let (storage, script) = scripted::emulator([Step::TooLarge]);
    let error = storage.container("c").get("b", 10).await.unwrap_err();
    assert_eq!(error.kind, StorageErrorKind::TooLarge);
    assert_eq!(script.sent().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_service_without_an_endpoint_is_an_error() {
    let account =
        Account::from_connection_string("TableEndpoint=http://t;SharedAccessSignature=sig=s").unwrap();
    let (storage, script) = scripted::account(&account, []);
    let error = storage.queue("q").length().await.unwrap_err();
    assert_eq!(error.kind, StorageErrorKind::Invalid);
    assert_eq!(script.sent().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_signature_goes_along_and_is_not_shown() {
    let text = "QueueEndpoint=http://q;SharedAccessSignature=?sv=1&sig=hunter2%2B";
    let account = Account::from_connection_string(text).unwrap();
    let failing = (0..5).map(|_| Step::NoConnection);
    let steps = [answer(200, &LENGTH, ""), answer(204, &[], "")]
        .into_iter()
        .chain(failing);
    let (storage, script) = scripted::account(&account, steps);
    let queue = storage.queue("q");
    queue.length().await.unwrap();
    queue.delete().await.unwrap();
    let error = queue.length().await.unwrap_err();
    let addresses = script.addresses();
    assert_eq!(addresses[0], "http://q/q?comp=metadata&sv=1&sig=hunter2%2B");
    assert_eq!(addresses[1], "http://q/q?sv=1&sig=hunter2%2B");
    assert!(script.sent()[0].header("authorization").is_none());
    let shown = format!("{error} {error:?} {:?} {storage:?} {queue:?}", error.source);
    assert!(!shown.contains("hunter2"), "{shown}");
}

/// Gives `token1`, `token2`, ..
#[derive(Debug, Default)]
struct Numbered(std::sync::atomic::AtomicU32);

impl TokenProvider for Numbered {
    fn token<'a>(&'a self, _: &'a str) -> TokenFuture<'a> {
        let number = 1 + self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let expires_at = Timestamp::from_micros(NOW) + Duration::from_hours(1);
        Box::pin(async move { Ok(AccessToken::new(format!("token{number}"), expires_at)) })
    }
}

fn with_tokens() -> Account {
    Account::new("orders", Credential::token(Numbered::default())).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_replaced_once_and_at_once() {
    let begin = Instant::now();
    let (storage, script) = scripted::account(
        &with_tokens(),
        [
            refusal(401, "InvalidAuthenticationInfo"),
            answer(200, &LENGTH, ""),
            refusal(401, "InvalidAuthenticationInfo"),
            refusal(401, "InvalidAuthenticationInfo"),
        ],
    );
    let queue = storage.queue("q");
    assert_eq!(queue.length().await.unwrap(), 7);
    let error = queue.length().await.unwrap_err();
    assert_eq!(error.kind, StorageErrorKind::Denied);
    let sent: Vec<_> = script
        .sent()
        .iter()
        .map(|sent| sent.header("authorization").unwrap().to_owned())
        .collect();
    assert_eq!(
        sent,
        ["Bearer token1", "Bearer token2", "Bearer token2", "Bearer token3"]
    );
    assert_eq!(begin.elapsed(), Duration::ZERO);
    assert!(!format!("{error} {error:?} {storage:?}").contains("token3"));
}

#[tokio::test]
async fn a_token_is_not_sent_without_encryption() {
    let account = with_tokens();
    let account = account.endpoints("https://b", "http://q", "https://t").unwrap();
    let refused = Storage::open(&account, RetrySettings::default()).unwrap_err();
    assert_eq!(
        refused,
        AccountError::TokenNeedsHttps {
            name: "QueueEndpoint"
        }
    );
}

#[test]
fn an_account_is_opened_inside_of_a_runtime() {
    let account = Account::from_connection_string("UseDevelopmentStorage=true").unwrap();
    let refused = Storage::open(&account, RetrySettings::default()).unwrap_err();
    assert_eq!(refused, AccountError::NoRuntime);
}

const ROW: &str = r#"{"PartitionKey":"p","RowKey":"r","Name":"A"}"#;
const PRIMARY: &str = "http://127.0.0.1:10002/devstoreaccount1/T(PartitionKey='p',RowKey='r')";
const SECONDARY: &str = "http://127.0.0.1:10002/devstoreaccount1-secondary/T(PartitionKey='p',RowKey='r')";

#[tokio::test(start_paused = true)]
async fn the_secondary_answers_reads_while_the_primary_is_silent_and_is_then_asked_first() {
    let (storage, script) = scripted::emulator([
        Step::Silence,
        answer(200, &[], ROW),
        answer(200, &[], ROW),
        answer(200, &[], ROW),
    ]);
    let table = storage.table("T").or_secondary();
    let begin = Instant::now();
    assert!(table.get("p", "r", &[]).await.unwrap().is_some());
    assert_eq!(begin.elapsed(), Duration::from_secs(3));
    assert!(table.get("p", "r", &[]).await.unwrap().is_some());
    assert_eq!(begin.elapsed(), Duration::from_secs(3));
    tokio::time::advance(Duration::from_secs(30)).await;
    assert!(table.get("p", "r", &[]).await.unwrap().is_some());
    assert_eq!(script.addresses(), [PRIMARY, SECONDARY, SECONDARY, PRIMARY]);
}

#[tokio::test(start_paused = true)]
async fn only_who_asks_for_it_is_answered_by_the_secondary() {
    let (storage, script) = scripted::emulator((0..5).map(|_| Step::NoConnection));
    let error = storage.table("T").get("p", "r", &[]).await.unwrap_err();
    assert_eq!(error.kind, StorageErrorKind::Unavailable);
    assert!(script.addresses().iter().all(|address| address == PRIMARY));

    let (storage, script) = scripted::emulator((0..5).map(|_| Step::NoConnection));
    let row = crate::value::Row::new("p", "r");
    let either = storage.table("T").or_secondary();
    let error = either.insert_or_replace(&row).await.unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("insert or replace entity of table T failed: no connection"),
        "{error}"
    );
    assert!(script.addresses().iter().all(|address| address == PRIMARY));
}

#[tokio::test(start_paused = true)]
async fn the_secondary_is_asked_even_if_the_primary_may_be_asked_only_once_or_much_later() {
    let emulator = Account::from_connection_string("UseDevelopmentStorage=true").unwrap();
    let once = RetrySettings {
        attempts: 1,
        ..RetrySettings::default()
    };
    let tomorrow = answer(503, &[("retry-after", "86400")], "");
    for failing in [Step::NoConnection, tomorrow] {
        let steps = [
            failing,
            answer(200, &[], ROW),
            Step::NoConnection,
            Step::NoConnection,
        ];
        let (storage, script) = scripted::patient(&emulator, once.clone(), steps);
        let table = storage.table("T").or_secondary();
        assert!(table.get("p", "r", &[]).await.unwrap().is_some());
        assert_eq!(script.addresses(), [PRIMARY, SECONDARY]);
        let error = table.get("p", "r", &[]).await.unwrap_err();
        assert!(
            error
                .to_string()
                .contains("after 2 attempts of the primary and the secondary"),
            "{error}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_secondary_has_not_yet_is_asked_of_the_primary() {
    let (storage, script) = scripted::emulator([
        Step::NoConnection,
        refusal(404, "ResourceNotFound"),
        Step::NoConnection,
        answer(200, &[], ROW),
    ]);
    let table = storage.table("T").or_secondary();
    assert!(table.get("p", "r", &[]).await.unwrap().is_some());
    assert_eq!(script.addresses(), [PRIMARY, SECONDARY, PRIMARY, PRIMARY]);
}

#[tokio::test(start_paused = true)]
async fn if_neither_answers_the_primary_s_words_are_said() {
    let (storage, _) = scripted::emulator([
        Step::NoConnection,
        Step::Broken,
        refusal(503, "ServerBusy"),
        Step::Broken,
        Step::NoConnection,
    ]);
    let table = storage.table("T").or_secondary();
    let text = table.get("p", "r", &[]).await.unwrap_err().to_string();
    assert!(text.contains("no connection"), "{text}");
    assert!(
        text.contains("given up after 5 attempts of the primary and the secondary"),
        "{text}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_page_is_continued_where_it_began() {
    let next = [("x-ms-continuation-nextpartitionkey", "1!4!cA--")];
    let page = r#"{"value":[]}"#;
    let (storage, script) = scripted::emulator([
        Step::NoConnection,
        answer(200, &next, page),
        answer(200, &[], page),
    ]);
    let table = storage.table("T").or_secondary();
    let first = table
        .query(&super::super::table::Query::default(), None)
        .await
        .unwrap();
    let second = table
        .query(&super::super::table::Query::default(), first.next.as_ref())
        .await
        .unwrap();
    assert!(second.next.is_none());
    let addresses = script.addresses();
    assert!(
        addresses[2].contains("-secondary/T()?NextPartitionKey=1%214%21cA--"),
        "{}",
        addresses[2]
    );
}

#[tokio::test(start_paused = true)]
async fn the_secondary_says_what_it_has() {
    let stats = |time: &str| {
        format!(
            "<StorageServiceStats><GeoReplication><Status>live</Status><LastSyncTime>{time}</LastSyncTime></GeoReplication></StorageServiceStats>"
        )
    };
    let (storage, script) = scripted::emulator([
        answer(200, &[], &stats("Sat, 21 Nov 2026 01:40:00 GMT")),
        answer(200, &[], &stats("")),
        answer(200, &[], &stats("lately")),
        answer(200, &[], "<StorageServiceStats/>"),
    ]);
    let known = storage.last_sync_time(Service::Table).await.unwrap().unwrap();
    assert_eq!(known.to_string(), "2026-11-21T01:40:00Z");
    assert_eq!(storage.last_sync_time(Service::Blob).await.unwrap(), None);
    for _ in 0..2 {
        let error = storage.last_sync_time(Service::Queue).await.unwrap_err();
        assert_eq!(error.kind, StorageErrorKind::Malformed);
    }
    let expected = "http://127.0.0.1:10002/devstoreaccount1-secondary/?restype=service&comp=stats";
    assert_eq!(script.addresses()[0], expected);

    let account =
        Account::from_connection_string("QueueEndpoint=http://q;SharedAccessSignature=sig=s").unwrap();
    let (storage, _) = scripted::account(&account, []);
    let error = storage.last_sync_time(Service::Queue).await.unwrap_err();
    assert_eq!(error.kind, StorageErrorKind::Invalid);
}
