//! An account of which only the secondary answers.

use std::time::{Duration, SystemTime};

use durable::azure::{AzureHub, RetrySettings};
use durable::client::{Client, ClientError};
use durable::hub::{HubErrorKind, InstanceStatus};
use durable_testazure::Azurite;
use durable_testazure::proxy::{Primary, Proxy};
use serde_json::Value;

use crate::charge::{bill, process_order, result};
use crate::place::{Place, app_on, on_a_runtime};

fn impatient() -> RetrySettings {
    let mut retry = RetrySettings::default();
    (retry.attempts, retry.first_delay) = (2, Duration::from_millis(20));
    retry.secondary_after = Duration::from_millis(500);
    retry
}

#[test]
fn the_secondary_answers_what_is_asked_and_takes_nothing() {
    on_a_runtime(async {
        let Some(place) = Place::new("secondary") else {
            return;
        };
        let replica = tokio::task::spawn_blocking(Azurite::in_memory)
            .await
            .unwrap()
            .unwrap();
        let proxy = Proxy::before(place.account).await.unwrap();
        proxy.set_replica(replica.account());
        let behind = Place {
            connection: proxy.connection_string(),
            ..place
        };
        let hub = behind.hub().retry(impatient()).open().await.unwrap();
        let client = app_on(behind.hub().retry(impatient())).client().await.unwrap();
        let app = app_on(behind.hub()).start().await.unwrap();
        let done = app
            .client()
            .start(process_order, bill(5))
            .id("done")
            .await
            .unwrap();
        done.raise_event("Approved", &true).await.unwrap();
        let output: (Value, Value) = done.wait().await.unwrap();
        assert_eq!(output, result(5));
        app.client()
            .start(process_order, bill(6))
            .id("waiting")
            .await
            .unwrap();
        let waiting = app.client().instance("waiting").unwrap();
        waiting
            .wait_until(|record| record.status == InstanceStatus::Running)
            .await
            .unwrap();
        app.shutdown().await.unwrap();
        let replicated = SystemTime::now();
        proxy.replicate().await.unwrap();

        proxy.set_primary(Primary::Down);
        check_queries(&client, &hub, replicated).await;
        check_refusals(&client).await;

        proxy.set_primary(Primary::Up);
        client
            .instance("waiting")
            .unwrap()
            .raise_event("Approved", &true)
            .await
            .unwrap();
        let app = app_on(behind.hub()).start().await.unwrap();
        let ended = app
            .client()
            .instance("waiting")
            .unwrap()
            .wait_ended()
            .await
            .unwrap();
        assert_eq!(ended.status, InstanceStatus::Completed);
        assert_eq!(
            app.client().query().all().await.unwrap().len(),
            2,
            "what was refused did not start"
        );
        app.shutdown().await.unwrap();
    });
}

/// What is asked is answered as of when the account was replicated.
async fn check_queries(client: &Client, hub: &AzureHub, replicated: SystemTime) {
    let record = client.instance("done").unwrap().status().await.unwrap();
    assert_eq!(record.status, InstanceStatus::Completed);
    let history = client.instance("done").unwrap().history().await.unwrap();
    assert_eq!(history.events.len() as u64, record.event_count);
    let listed = client.query().all().await.unwrap();
    assert_eq!(listed.len(), 2, "{listed:?}");
    assert!(!client.version_counts().await.unwrap().is_empty());
    let synced = hub.last_sync_time().await.unwrap().unwrap();
    // The header that it comes from has whole seconds.
    let since = replicated
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    assert!(
        synced.as_micros() / 1_000_000 >= i64::try_from(since).unwrap(),
        "{synced}"
    );
}

/// What is written says that the account does not answer.
async fn check_refusals(client: &Client) {
    let refused = client
        .instance("waiting")
        .unwrap()
        .raise_event("Approved", &true)
        .await;
    let unavailable = |error: &ClientError| matches!(error, ClientError::Hub(error) if error.kind() == HubErrorKind::Unavailable);
    assert!(
        unavailable(&refused.unwrap_err()),
        "a write says that the account does not answer"
    );
    let refused = client.start(process_order, bill(7)).await.map(drop).unwrap_err();
    assert!(unavailable(&refused), "{refused}");
}
