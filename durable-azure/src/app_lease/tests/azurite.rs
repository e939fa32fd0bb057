//! Two applications and a real container. Renewals are on the test's clock; the service's own time hardly passes.

use std::sync::Arc;
use std::time::Duration;

use durable_testkit::ManualClock;

use crate::app_lease::{AppLease, AppLeaseContainer, AppLeaseInfo, AppLeaseSettings, AppLeaseStore};
use crate::transport::{Account, BlobClient, RetrySettings, Storage};

/// Application ids as the framework derives them: `MyApp`'s, and another.
const A: &str = "828293a6-0000-0000-0000-000000000000";
const B: &str = "0badcafe-0000-0000-0000-000000000000";
const INFO: &str = "h-appleaseinfo";

/// A new container in the emulator; `None` if tests do without the emulator.
fn container() -> Option<BlobClient> {
    let azurite = durable_testazure::shared().unwrap()?;
    let account = Account::from_connection_string(&azurite.connection_string()).unwrap();
    let storage = Storage::open(&account, RetrySettings::default()).unwrap();
    Some(storage.container(&durable_testazure::fresh_name("applease")))
}

fn start(id: &str, store: &AppLeaseContainer, clock: &ManualClock) -> AppLease {
    AppLease::start(
        Arc::new(store.clone()),
        id,
        Arc::new(clock.clone()),
        AppLeaseSettings::default(),
    )
}

async fn until(lease: &AppLease, is_primary: bool) {
    let mut role = lease.role();
    let waited = role.wait_for(|role| *role == is_primary);
    tokio::time::timeout(Duration::from_mins(1), waited)
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn an_application_takes_the_lease_from_another_and_that_one_notices() {
    let Some(container) = container() else { return };
    let clock = ManualClock::new();
    let store = AppLeaseContainer::new(&container, INFO);
    store.create().await.unwrap();
    let a = start(A, &store, &clock);
    until(&a, true).await;
    let colleague = start(A, &store, &clock);
    until(&colleague, true).await;
    let b = start(B, &store, &clock);
    // It sleeps when it was refused, as the others do that hold the lease.
    while clock.sleepers() < 3 {
        tokio::task::yield_now().await;
    }
    assert!(!b.is_primary());

    b.make_primary().await.unwrap();
    until(&b, true).await;
    assert!(a.is_primary() && colleague.is_primary(), "they do not know yet");
    clock.advance(Duration::from_secs(25));
    until(&a, false).await;
    until(&colleague, false).await;
    while clock.sleepers() < 3 {
        tokio::task::yield_now().await;
    }
    assert!(b.is_primary());
    let text = container.get(INFO, 1000).await.unwrap().unwrap();
    assert_eq!(
        String::from_utf8(text).unwrap(),
        format!(r#"{{"OwnerId":"{B}","DesiredSwapId":null}}"#)
    );
}

#[tokio::test]
async fn the_container_and_its_info_are_made_once() {
    let Some(container) = container() else { return };
    let store = AppLeaseContainer::new(&container, INFO);
    store.create().await.unwrap();
    assert_eq!(container.get(INFO, 1000).await.unwrap().unwrap(), b"{}");
    let info = AppLeaseInfo {
        owner_id: Some(A.to_owned()),
        desired_swap_id: Some(B.to_owned()),
    };
    store.write_info(&info).await.unwrap();
    store.create().await.unwrap();
    assert_eq!(store.info().await.unwrap(), info);
    // As some .NET writers begin a text.
    let marked = [b"\xef\xbb\xbf".as_slice(), br#"{"OwnerId":"x"}"#].concat();
    container.put(INFO, marked).await.unwrap();
    assert_eq!(store.info().await.unwrap().owner_id.as_deref(), Some("x"));
    container.delete(INFO).await.unwrap();
    assert_eq!(store.info().await.unwrap(), AppLeaseInfo::default());
}
