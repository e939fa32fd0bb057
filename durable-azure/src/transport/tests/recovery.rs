//! What is lost on the way, and what the secondary answers.

use std::time::Duration;

use durable_testazure::Service as At;
use durable_testazure::proxy::{Answer, Fault, Operation, Primary, Proxy, Rule};

use super::super::account::Account;
use super::super::blob::LeaseOn;
use super::super::error::StorageErrorKind;
use super::super::retry::RetrySettings;
use super::super::storage::{Service, Storage};
use super::super::table::{IfMatch, Query, TableOp};
use super::{name, open, quick};
use crate::value::{Row, Value};

/// The emulator behind a proxy; nothing if such tests are left out.
async fn proxied() -> Option<(Proxy, Storage)> {
    let azurite = durable_testazure::shared().unwrap()?;
    let proxy = Proxy::before(azurite.account()).await.unwrap();
    let storage = open(&proxy.connection_string());
    Some((proxy, storage))
}

fn row(name: &str) -> Row {
    let mut row = Row::new("p", "r");
    row.columns
        .push(("Name".to_owned(), Value::String(name.to_owned())));
    row
}

#[tokio::test]
async fn a_row_that_was_inserted_unheard_is_inserted() {
    let Some((proxy, storage)) = proxied().await else {
        return;
    };
    let table = storage.table(&name());
    table.create().await.unwrap();
    let fault = proxy.inject(Rule::on(Operation::InsertEntity).first(1), Fault::CloseAfter);
    let etag = table.insert(&row("A")).await.unwrap();
    assert_eq!(fault.struck(), 1);
    let read = table.get("p", "r", &[]).await.unwrap().unwrap();
    assert_eq!(read.etag, Some(etag));
}

#[tokio::test]
async fn a_transaction_that_was_stored_unheard_is_stored_and_its_etag_goes_on() {
    let Some((proxy, storage)) = proxied().await else {
        return;
    };
    let table = storage.table(&name());
    table.create().await.unwrap();
    let first = table.insert(&row("A")).await.unwrap();
    proxy.inject(Rule::on(Operation::Batch).first(1), Fault::CloseAfter);
    let operations = [
        TableOp::InsertOrReplace(Row::new("p", "0")),
        TableOp::Merge(row("B"), IfMatch::Etag(first.clone())),
    ];
    let etags = table.batch(&operations).await.unwrap();
    let second = IfMatch::Etag(etags[1].clone().unwrap());
    table.merge(&row("C"), &second).await.unwrap();

    // Another's is a conflict all the same.
    proxy.inject(Rule::on(Operation::Batch).nth(1), Fault::CloseBefore);
    let stale = [TableOp::Merge(row("D"), IfMatch::Etag(first))];
    let error = table.batch(&stale).await.unwrap_err();
    assert_eq!(
        (error.index, error.error.kind),
        (Some(0), StorageErrorKind::PreconditionFailed)
    );
    assert!(error.error.uncertain);
}

#[tokio::test]
async fn what_was_done_unheard_to_messages_blobs_and_leases_is_done() {
    const ID: &str = "828293a6-0000-0000-0000-000000000000";
    let Some((proxy, storage)) = proxied().await else {
        return;
    };
    let (queue, container) = (storage.queue(&name()), storage.container(&name()));
    for operation in [
        Operation::CreateQueue,
        Operation::CreateContainer,
        Operation::PutMessage,
        Operation::DeleteMessage,
        Operation::PutBlob,
        Operation::LeaseContainer,
    ] {
        proxy.inject(Rule::on(operation).first(1), Fault::CloseAfter);
    }
    queue.create().await.unwrap();
    assert!(container.create().await.unwrap());
    // There is no way to tell, so it is there twice.
    queue.put("{}", Duration::ZERO).await.unwrap();
    let taken = queue.get(32, Duration::from_mins(1)).await.unwrap();
    assert_eq!(taken.len(), 2);
    queue
        .delete_message(&taken[0].id, &taken[0].pop_receipt)
        .await
        .unwrap();
    assert_eq!(queue.length().await.unwrap(), 1);
    assert!(container.put_new("b", b"{}".to_vec()).await.unwrap());
    container
        .acquire_lease(LeaseOn::Container, ID, Duration::from_mins(1))
        .await
        .unwrap();
    proxy.inject(Rule::on(Operation::LeaseContainer).first(1), Fault::CloseAfter);
    container.release_lease(LeaseOn::Container, ID).await.unwrap();
}

#[tokio::test]
async fn a_throttled_account_is_waited_for() {
    let Some((proxy, storage)) = proxied().await else {
        return;
    };
    let queue = storage.queue(&name());
    let busy = proxy.inject(
        Rule::any().of(At::Queue).first(2),
        Fault::Answer(Answer::server_busy()),
    );
    let many = proxy.inject(
        Rule::any().of(At::Queue).nth(3),
        Fault::Answer(Answer::too_many_requests()),
    );
    assert!(queue.create().await.unwrap());
    assert_eq!((busy.struck(), many.struck()), (2, 1));
    assert_eq!(storage.operations().retries(), 3);

    proxy.inject(Rule::any().of(At::Queue), Fault::Answer(Answer::server_busy()));
    let error = queue.length().await.unwrap_err();
    assert_eq!(
        (error.kind, error.code.as_deref()),
        (StorageErrorKind::Throttled, Some("ServerBusy"))
    );
}

#[tokio::test]
async fn the_secondary_answers_reads_while_the_primary_is_down_and_writes_say_so() {
    let Some(azurite) = durable_testazure::shared().unwrap() else {
        return;
    };
    let proxy = Proxy::before(azurite.account()).await.unwrap();
    let settings = RetrySettings {
        attempts: 2,
        ..quick()
    };
    let account = Account::from_connection_string(&proxy.connection_string()).unwrap();
    let storage = Storage::open(&account, settings).unwrap();
    let (table, container) = (storage.table(&name()), storage.container(&name()));
    table.create().await.unwrap();
    container.create().await.unwrap();
    table.insert(&row("A")).await.unwrap();
    container.put("b", b"{}".to_vec()).await.unwrap();

    for primary in [Primary::Down, Primary::Silent] {
        proxy.set_primary(primary);
        let either = table.or_secondary();
        let read = either.get("p", "r", &[]).await.unwrap().unwrap();
        assert_eq!(read.text("Name"), Some("A"));
        assert_eq!(either.query(&Query::default(), None).await.unwrap().rows.len(), 1);
        let bytes = container.or_secondary().get("b", 10).await.unwrap();
        assert_eq!(bytes.as_deref(), Some(&b"{}"[..]));
        let briefly = table.within(Duration::from_secs(1));
        let error = briefly.get("p", "r", &[]).await.unwrap_err();
        assert_eq!(error.kind, StorageErrorKind::Unavailable);
        let error = briefly.or_secondary().insert(&row("B")).await.unwrap_err();
        assert_eq!(error.kind, StorageErrorKind::Unavailable);
        assert!(error.to_string().starts_with("insert entity of table"), "{error}");
    }
}

#[tokio::test]
async fn each_service_says_when_it_was_last_replicated() {
    let Some((proxy, storage)) = proxied().await else {
        return;
    };
    // The emulator's own answer.
    for service in [Service::Blob, Service::Queue, Service::Table] {
        assert!(
            storage.last_sync_time(service).await.unwrap().is_some(),
            "{service:?}"
        );
    }
    let time = std::time::UNIX_EPOCH + Duration::from_secs(1_795_225_387);
    proxy.set_last_sync_time(time);
    let known = storage.last_sync_time(Service::Table).await.unwrap().unwrap();
    assert_eq!(known.to_string(), "2026-11-21T01:43:07Z");
}

#[tokio::test]
async fn a_service_that_hangs_or_is_started_again_is_found_again() {
    if !durable_testazure::enabled().unwrap() {
        return;
    }
    let azurite = durable_testazure::Azurite::start().unwrap();
    let queue = open(&azurite.connection_string()).queue(&name());
    queue.create().await.unwrap();
    queue.put("{}", Duration::ZERO).await.unwrap();

    azurite.pause().unwrap();
    let error = queue
        .within(Duration::from_millis(300))
        .length()
        .await
        .unwrap_err();
    assert_eq!(error.kind, StorageErrorKind::Unavailable);
    azurite.resume().unwrap();
    assert_eq!(queue.length().await.unwrap(), 1);

    azurite.stop().unwrap();
    let error = queue.length().await.unwrap_err();
    assert_eq!(error.kind, StorageErrorKind::Unavailable);
    assert!(error.to_string().contains("no connection"), "{error}");
    azurite.start_again().unwrap();
    assert_eq!(queue.length().await.unwrap(), 1);
}

/// A worker's turn threads poll the hub, and have no runtime.
#[test]
fn requests_may_be_awaited_outside_of_the_runtime() {
    let Some(azurite) = durable_testazure::shared().unwrap() else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let entered = runtime.enter();
    let storage = open(&azurite.connection_string());
    drop(entered);
    let queue = storage.queue(&name());
    let created = poll_here(async {
        let created = queue.create().await.unwrap();
        // Dropped in the middle, unless the service was so quick that it has ended.
        let mut cut_off = Box::pin(queue.length());
        let waker = std::task::Waker::noop();
        let _ = cut_off.as_mut().poll(&mut std::task::Context::from_waker(waker));
        drop(cut_off);
        assert_eq!(queue.length().await.unwrap(), 0);
        created
    });
    assert!(created);
}

fn poll_here<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = std::task::Waker::from(std::sync::Arc::new(Unpark(std::thread::current())));
    let mut future = std::pin::pin!(future);
    loop {
        match future.as_mut().poll(&mut std::task::Context::from_waker(&waker)) {
            std::task::Poll::Ready(value) => return value,
            std::task::Poll::Pending => std::thread::park(),
        }
    }
}
