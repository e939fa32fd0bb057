use std::time::Duration;

use super::super::blob::LeaseOn;
use super::super::error::StorageErrorKind;
use super::{name, storage};

const ONE: &str = "828293a6-0000-0000-0000-000000000000";
const TWO: &str = "828293a7-0000-0000-0000-000000000000";
const MINUTE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn a_container_is_made_and_removed() {
    let Some(storage) = storage() else { return };
    let container = storage.container(&name());
    assert!(!container.exists().await.unwrap());
    assert!(container.create().await.unwrap());
    assert!(!container.create().await.unwrap());
    assert!(container.exists().await.unwrap());
    assert!(container.delete_container().await.unwrap());
    assert!(!container.delete_container().await.unwrap());
    let error = container.put("b", Vec::new()).await.unwrap_err();
    assert_eq!(error.kind, StorageErrorKind::NotFound, "{error}");
    assert_eq!(container.get("b", 1).await.unwrap(), None);
}

#[tokio::test]
async fn blobs_come_back_under_any_name_and_are_listed_by_prefix() {
    let Some(storage) = storage() else { return };
    let container = storage.container(&name());
    container.create().await.unwrap();
    let names = [
        "@a@b/history-0-X.json.gz",
        "a^0b/x y",
        "a^0b/#?+%&='(,)",
        "ab/h\u{e9}llo",
        "z",
    ];
    for name in names {
        container.put(name, name.as_bytes().to_vec()).await.unwrap();
        assert_eq!(
            container.get(name, 100).await.unwrap().as_deref(),
            Some(name.as_bytes()),
            "{name}"
        );
    }
    let mut expected = names.to_vec();
    expected.sort_unstable();
    let page = container.list("", None).await.unwrap();
    let mut found: Vec<_> = page.items.iter().map(|item| item.name.as_str()).collect();
    found.sort_unstable();
    assert_eq!((found, page.next), (expected, None));
    let page = container.list("a^0b/", None).await.unwrap();
    assert_eq!(page.items.len(), 2);
    assert!(page.items.iter().all(|item| item.size == item.name.len() as u64));
    assert!(container.delete(names[2]).await.unwrap());
    assert!(!container.delete(names[2]).await.unwrap());
    assert_eq!(container.list("a^0b/", None).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn a_large_blob_is_read_up_to_its_limit() {
    let Some(storage) = storage() else { return };
    let container = storage.container(&name());
    container.create().await.unwrap();
    let bytes: Vec<_> = (0..5_u32 << 20).map(|n| n.to_le_bytes()[1]).collect();
    container.put("large", bytes.clone()).await.unwrap();
    let read = container.get("large", bytes.len()).await.unwrap();
    assert!(read == Some(bytes.clone()));
    let error = container.get("large", bytes.len() - 1).await.unwrap_err();
    assert_eq!(error.kind, StorageErrorKind::TooLarge);
    // The connection that was cut off is no hindrance.
    assert_eq!(container.get("none", 1).await.unwrap(), None);
}

#[tokio::test]
async fn a_blob_that_is_there_is_not_made_anew() {
    let Some(storage) = storage() else { return };
    let container = storage.container(&name());
    container.create().await.unwrap();
    assert!(container.put_new("info", b"{}".to_vec()).await.unwrap());
    assert!(!container.put_new("info", b"[]".to_vec()).await.unwrap());
    assert_eq!(
        container.get("info", 10).await.unwrap().as_deref(),
        Some(&b"{}"[..])
    );
}

#[tokio::test]
async fn a_lease_of_a_blob_keeps_others_from_writing_it() {
    let Some(storage) = storage() else { return };
    let container = storage.container(&name());
    container.create().await.unwrap();
    container.put("b", b"1".to_vec()).await.unwrap();
    let on = LeaseOn::Blob("b");
    container
        .acquire_lease(on, ONE, Duration::from_secs(15))
        .await
        .unwrap();
    container
        .acquire_lease(on, ONE, Duration::from_secs(15))
        .await
        .unwrap();
    let error = container.acquire_lease(on, TWO, MINUTE).await.unwrap_err();
    assert_eq!(
        (error.kind, error.code.as_deref()),
        (StorageErrorKind::Conflict, Some("LeaseAlreadyPresent"))
    );
    let error = container.put("b", b"2".to_vec()).await.unwrap_err();
    assert_eq!(error.kind, StorageErrorKind::PreconditionFailed);
    let error = container.delete("b").await.unwrap_err();
    assert_eq!(error.kind, StorageErrorKind::PreconditionFailed);
    container.renew_lease(on, ONE).await.unwrap();
    container.release_lease(on, ONE).await.unwrap();
    container.put("b", b"2".to_vec()).await.unwrap();
}

#[tokio::test]
async fn a_lease_of_a_container_is_changed_and_lost() {
    let Some(storage) = storage() else { return };
    let container = storage.container(&name());
    container.create().await.unwrap();
    let on = LeaseOn::Container;
    container.acquire_lease(on, ONE, MINUTE).await.unwrap();
    assert_eq!(
        container.delete_container().await.unwrap_err().kind,
        StorageErrorKind::PreconditionFailed
    );
    container.change_lease(on, ONE, TWO).await.unwrap();
    // As if the answer had been lost.
    container.change_lease(on, ONE, TWO).await.unwrap();
    for error in [
        container.renew_lease(on, ONE).await.unwrap_err(),
        container.release_lease(on, ONE).await.unwrap_err(),
    ] {
        assert_eq!(error.kind, StorageErrorKind::Conflict);
    }
    container.renew_lease(on, TWO).await.unwrap();
    container.release_lease(on, TWO).await.unwrap();
    assert_eq!(
        container.renew_lease(on, TWO).await.unwrap_err().kind,
        StorageErrorKind::Conflict
    );
    assert!(container.delete_container().await.unwrap());
}
