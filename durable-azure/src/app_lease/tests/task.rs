//! What the task does, and when.

use std::sync::Arc;
use std::time::Duration;

use durable_testkit::ManualClock;

use super::store::MemoryLease;
use crate::app_lease::{AppLease, AppLeaseSettings, MakePrimaryError};

const SECOND: Duration = Duration::from_secs(1);

fn start(id: &str, clock: &ManualClock, store: &MemoryLease) -> AppLease {
    AppLease::start(
        Arc::new(store.clone()),
        id,
        Arc::new(clock.clone()),
        AppLeaseSettings::default(),
    )
}

/// A lease that nobody has, and its clock.
fn scene() -> (ManualClock, MemoryLease) {
    let clock = ManualClock::new();
    let store = MemoryLease::new(&clock);
    (clock, store)
}

/// Lets everything run that can: all tasks are on this thread, and wait for nothing but the clock.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

async fn advance(clock: &ManualClock, by: Duration) {
    clock.advance(by);
    settle().await;
}

#[tokio::test]
async fn the_first_application_takes_the_lease_and_renews_it_every_25_seconds() {
    let (clock, store) = scene();
    let a = start("a", &clock, &store);
    settle().await;
    assert!(a.is_primary());
    assert_eq!(
        store.operations(),
        ["info", "acquire a", "renew a", "info", "write"]
    );
    assert_eq!(store.stored_info().owner_id.as_deref(), Some("a"));
    advance(&clock, SECOND * 24).await;
    assert_eq!(store.operations(), [""; 0]);
    for _ in 0..10 {
        advance(&clock, SECOND * 25).await;
        assert_eq!(store.operations(), ["renew a"]);
    }
    assert!(a.is_primary());
}

#[tokio::test]
async fn another_application_asks_every_five_minutes_and_takes_over_when_the_first_is_gone() {
    let (clock, store) = scene();
    let a = start("a", &clock, &store);
    settle().await;
    let b = start("b", &clock, &store);
    settle().await;
    assert!(!b.is_primary());
    store.operations();
    drop(a);
    advance(&clock, SECOND * 299).await;
    assert_eq!(store.operations(), [""; 0]);
    assert!(!b.is_primary());
    advance(&clock, SECOND).await;
    assert!(b.is_primary());
    assert_eq!(store.stored_info().owner_id.as_deref(), Some("b"));
}

#[tokio::test]
async fn workers_of_one_application_hold_the_lease_together() {
    let (clock, store) = scene();
    let (first, second) = (start("a", &clock, &store), start("a", &clock, &store));
    settle().await;
    assert!(first.is_primary() && second.is_primary());
    drop(first);
    advance(&clock, SECOND * 200).await;
    assert!(second.is_primary());
}

#[tokio::test]
async fn an_application_that_is_made_primary_takes_the_lease_and_the_other_notices_when_it_renews() {
    let (clock, store) = scene();
    let a = start("a", &clock, &store);
    settle().await;
    let b = start("b", &clock, &store);
    settle().await;
    store.operations();
    b.make_primary().await.unwrap();
    let mut role = b.role();
    role.wait_for(|is_primary| *is_primary).await.unwrap();
    settle().await;
    assert_eq!(
        store.operations(),
        ["info", "write", "info", "change a b", "renew b", "info", "write"]
    );
    let info = store.stored_info();
    assert_eq!(
        (info.owner_id.as_deref(), info.desired_swap_id),
        (Some("b"), None)
    );
    assert!(a.is_primary(), "it does not know yet");
    advance(&clock, SECOND * 25).await;
    assert!(!a.is_primary() && b.is_primary());
    // And back.
    a.make_primary().await.unwrap();
    settle().await;
    assert!(a.is_primary());
    advance(&clock, SECOND * 25).await;
    assert!(a.is_primary() && !b.is_primary());
}

#[tokio::test]
async fn an_application_that_is_made_primary_takes_over_from_one_that_is_gone() {
    let (clock, store) = scene();
    drop({
        let a = start("a", &clock, &store);
        settle().await;
        a
    });
    advance(&clock, SECOND * 20).await;
    let b = start("b", &clock, &store);
    settle().await;
    assert!(!b.is_primary());
    advance(&clock, SECOND * 60).await;
    b.make_primary().await.unwrap();
    settle().await;
    assert!(b.is_primary());
    assert_eq!(store.stored_info().desired_swap_id, None);
}

#[tokio::test]
async fn who_is_primary_already_wishes_for_nothing() {
    let (clock, store) = scene();
    let a = start("a", &clock, &store);
    settle().await;
    store.operations();
    a.make_primary().await.unwrap();
    settle().await;
    assert_eq!(store.operations(), [""; 0]);
}

#[tokio::test]
async fn a_store_that_fails_for_a_moment_costs_nothing_and_for_a_minute_the_lease() {
    let (clock, store) = scene();
    let a = start("a", &clock, &store);
    settle().await;
    store.set_broken(true);
    advance(&clock, SECOND * 25).await;
    assert!(a.is_primary());
    store.set_broken(false);
    advance(&clock, SECOND * 5).await;
    assert!(a.is_primary());
    store.set_broken(true);
    for _ in 0..59 {
        advance(&clock, SECOND).await;
    }
    assert!(a.is_primary());
    advance(&clock, SECOND).await;
    assert!(!a.is_primary());
    // It is asked for again every five seconds, not every five minutes.
    store.set_broken(false);
    advance(&clock, SECOND * 5).await;
    assert!(a.is_primary());
}

#[tokio::test]
async fn an_application_that_stood_still_is_primary_no_more_until_it_has_asked() {
    let (clock, store) = scene();
    let a = start("a", &clock, &store);
    settle().await;
    let mut role = a.role();
    role.mark_unchanged();
    store.set_broken(true);
    advance(&clock, SECOND * 61).await;
    assert!(role.has_changed().unwrap() && !*role.borrow_and_update());
}

#[tokio::test]
async fn an_owner_that_could_not_be_stored_is_stored_with_the_next_renewal() {
    let (clock, store) = scene();
    store.set_read_only(true);
    let a = start("a", &clock, &store);
    settle().await;
    assert!(a.is_primary());
    store.set_read_only(false);
    advance(&clock, SECOND * 25).await;
    assert_eq!(store.stored_info().owner_id.as_deref(), Some("a"));
}

#[tokio::test]
async fn without_the_lease_every_application_is_primary() {
    let lease = AppLease::unused();
    assert!(lease.is_primary() && *lease.role().borrow());
    let refused = lease.make_primary().await.unwrap_err();
    assert!(matches!(refused, MakePrimaryError::NotUsed));
    assert_eq!(
        refused.to_string(),
        "the hub is used without an app lease, so every application is primary"
    );
}
