use std::time::Duration;

use super::super::error::StorageErrorKind;
use super::super::queue::{TEXT_MAX, VISIBILITY_MAX};
use super::{name, storage};

const NOW: Duration = Duration::ZERO;
const MINUTE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn a_queue_is_made_counted_and_removed() {
    let Some(storage) = storage() else { return };
    let queue = storage.queue(&name());
    assert!(!queue.exists().await.unwrap());
    assert!(queue.create().await.unwrap());
    assert!(!queue.create().await.unwrap());
    queue.put("one", NOW).await.unwrap();
    queue.put("two", MINUTE).await.unwrap();
    assert_eq!(queue.length().await.unwrap(), 2);
    assert!(queue.delete().await.unwrap());
    assert!(!queue.delete().await.unwrap());
    let error = queue.put("three", NOW).await.unwrap_err();
    assert_eq!(
        (error.kind, error.code.as_deref()),
        (StorageErrorKind::NotFound, Some("QueueNotFound"))
    );
}

#[tokio::test]
async fn texts_come_back_as_they_were_put() {
    let Some(storage) = storage() else { return };
    let queue = storage.queue(&name());
    queue.create().await.unwrap();
    let texts = [
        "{\"a\":\"<1 & 2> \\\"x\\\" 'y'\"}".to_owned(),
        "{\"a\":\"\u{e9}\u{1f600}\u{85}\u{2028}\"}".to_owned(),
        "line\nline\r\nline\ttab".to_owned(),
        " spaces ".to_owned(),
        "x".repeat(TEXT_MAX),
    ];
    for text in &texts {
        queue.put(text, NOW).await.unwrap();
    }
    let mut read: Vec<_> = queue
        .get(32, MINUTE)
        .await
        .unwrap()
        .into_iter()
        .map(|message| message.text)
        .collect();
    read.sort();
    let mut expected = texts.to_vec();
    expected.sort();
    assert_eq!(read, expected);
}

#[tokio::test]
async fn a_message_that_was_put_and_hidden_is_ours_without_a_get() {
    let Some(storage) = storage() else { return };
    let queue = storage.queue(&name());
    queue.create().await.unwrap();
    let put = queue.put("{}", MINUTE).await.unwrap();
    assert_eq!(put.next_visible.get() - put.inserted_at.get(), 60 * 10_000_000);
    assert_eq!(queue.get(32, MINUTE).await.unwrap().len(), 0);
    queue
        .delete_message(&put.message_id, &put.pop_receipt)
        .await
        .unwrap();
    assert_eq!(queue.length().await.unwrap(), 0);
}

#[tokio::test]
async fn an_update_keeps_the_text_or_replaces_it_and_gives_a_new_receipt() {
    let Some(storage) = storage() else { return };
    let queue = storage.queue(&name());
    queue.create().await.unwrap();
    queue.put("{\"n\":1}", NOW).await.unwrap();
    let taken = queue.get(32, MINUTE).await.unwrap().remove(0);
    assert_eq!((taken.text.as_str(), taken.dequeue_count), ("{\"n\":1}", 1));

    let kept = queue
        .update(&taken.id, &taken.pop_receipt, None, NOW)
        .await
        .unwrap();
    assert!(kept.pop_receipt != taken.pop_receipt);
    let again = queue.get(32, MINUTE).await.unwrap().remove(0);
    assert_eq!((again.text.as_str(), again.dequeue_count), ("{\"n\":1}", 2));
    assert_eq!(again.inserted_at, taken.inserted_at);

    let text = "{\"n\":\"<2>\"}";
    queue
        .update(&again.id, &again.pop_receipt, Some(text), NOW)
        .await
        .unwrap();
    let last = queue.get(32, MINUTE).await.unwrap().remove(0);
    assert_eq!((last.text.as_str(), last.dequeue_count), (text, 3));
}

#[tokio::test]
async fn an_old_receipt_is_a_mismatch_and_a_removed_message_is_gone() {
    let Some(storage) = storage() else { return };
    let queue = storage.queue(&name());
    queue.create().await.unwrap();
    queue.put("{}", NOW).await.unwrap();
    let taken = queue.get(1, MINUTE).await.unwrap().remove(0);
    let renewed = queue
        .update(&taken.id, &taken.pop_receipt, None, MINUTE)
        .await
        .unwrap();
    let error = queue
        .delete_message(&taken.id, &taken.pop_receipt)
        .await
        .unwrap_err();
    assert_eq!(error.kind, StorageErrorKind::PopReceiptMismatch);
    let error = queue
        .update(&taken.id, &taken.pop_receipt, None, MINUTE)
        .await
        .unwrap_err();
    assert_eq!(error.kind, StorageErrorKind::PopReceiptMismatch);
    let shown = format!("{error} {error:?} {taken:?} {renewed:?}");
    assert!(!shown.contains(taken.pop_receipt.reveal()), "{shown}");

    queue
        .delete_message(&taken.id, &renewed.pop_receipt)
        .await
        .unwrap();
    let error = queue
        .delete_message(&taken.id, &renewed.pop_receipt)
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind, error.code.as_deref()),
        (StorageErrorKind::NotFound, Some("MessageNotFound"))
    );
}

#[tokio::test]
async fn many_messages_are_taken_at_once() {
    let Some(storage) = storage() else { return };
    let queue = storage.queue(&name());
    queue.create().await.unwrap();
    for n in 0..33 {
        queue.put(&n.to_string(), NOW).await.unwrap();
    }
    assert_eq!(queue.get(32, MINUTE).await.unwrap().len(), 32);
    assert_eq!(queue.get(32, MINUTE).await.unwrap().len(), 1);
    let error = queue.get(33, MINUTE).await.unwrap_err();
    assert_eq!(
        (error.kind, error.code.as_deref()),
        (StorageErrorKind::Invalid, Some("OutOfRangeQueryParameterValue"))
    );
}

#[tokio::test]
async fn a_message_is_hidden_for_seven_days_and_no_longer() {
    let Some(storage) = storage() else { return };
    let queue = storage.queue(&name());
    queue.create().await.unwrap();
    queue.put("{}", VISIBILITY_MAX).await.unwrap();
    let error = queue
        .put("{}", VISIBILITY_MAX + Duration::from_secs(1))
        .await
        .unwrap_err();
    assert_eq!(error.kind, StorageErrorKind::Invalid);
}
