use super::super::scripted::{self, Step, answer, refusal};
use super::*;

const PUT: &str = "<QueueMessagesList><QueueMessage><MessageId>1</MessageId>\
    <InsertionTime>Sat, 21 Nov 2026 01:43:00 GMT</InsertionTime><PopReceipt>r</PopReceipt>\
    <TimeNextVisible>Sat, 21 Nov 2026 01:43:00 GMT</TimeNextVisible></QueueMessage></QueueMessagesList>";

#[tokio::test(start_paused = true)]
async fn a_message_never_expires_and_is_hidden_for_whole_seconds() {
    let (storage, script) = scripted::emulator([answer(201, &[], PUT), answer(201, &[], PUT)]);
    let queue = storage.queue("q");
    queue.put("{}", Duration::ZERO).await.unwrap();
    queue.put("{}", Duration::from_millis(1001)).await.unwrap();
    let sent = script.sent();
    let begin = "http://127.0.0.1:10001/devstoreaccount1/q/messages?";
    assert_eq!(
        sent[0].address,
        format!("{begin}visibilitytimeout=0&messagettl=-1")
    );
    assert_eq!(
        sent[1].address,
        format!("{begin}visibilitytimeout=2&messagettl=-1")
    );
    assert_eq!(
        sent[0].body,
        "<QueueMessage><MessageText>{}</MessageText></QueueMessage>"
    );
    assert_eq!(
        (sent[0].method.as_str(), sent[0].header("content-type")),
        ("POST", Some("application/xml"))
    );
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_a_message_is_not_sent() {
    let (storage, _) = scripted::emulator([]);
    let queue = storage.queue("q");
    let error = queue
        .put(&"x".repeat(TEXT_MAX + 1), Duration::ZERO)
        .await
        .unwrap_err();
    assert_eq!(error.kind, StorageErrorKind::TooLarge);
    let error = queue.put("a\0", Duration::ZERO).await.unwrap_err();
    assert_eq!(error.kind, StorageErrorKind::Invalid);
}

#[tokio::test(start_paused = true)]
async fn a_removal_whose_answer_was_lost_has_succeeded() {
    let gone = || refusal(404, "MessageNotFound");
    let (storage, script) = scripted::emulator([
        Step::Broken,
        gone(),
        gone(),
        // It was not sent, so it is gone for another reason.
        Step::NoConnection,
        gone(),
        // The queue is gone, and whatever was in it.
        Step::Broken,
        refusal(404, "QueueNotFound"),
    ]);
    let queue = storage.queue("q");
    let receipt = Secret::new("r+/=");
    queue.delete_message("1", &receipt).await.unwrap();
    for _ in 0..3 {
        let error = queue.delete_message("1", &receipt).await.unwrap_err();
        assert_eq!(error.kind, StorageErrorKind::NotFound);
    }
    let expected = "http://127.0.0.1:10001/devstoreaccount1/q/messages/1?popreceipt=r%2B%2F%3D";
    assert_eq!(script.addresses()[0], expected);
}

#[tokio::test(start_paused = true)]
async fn a_mismatch_says_whether_it_may_be_our_own() {
    let (storage, _) = scripted::emulator([
        refusal(400, "PopReceiptMismatch"),
        Step::Silence,
        refusal(400, "PopReceiptMismatch"),
    ]);
    let queue = storage.queue("q");
    for uncertain in [false, true] {
        let receipt = Secret::new("secret-receipt");
        let error = queue
            .update("1", &receipt, None, Duration::ZERO)
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind, error.uncertain),
            (StorageErrorKind::PopReceiptMismatch, uncertain)
        );
        assert!(!format!("{error}{error:?}").contains("secret-receipt"));
    }
}

#[tokio::test(start_paused = true)]
async fn making_and_removing_a_queue_can_be_repeated() {
    let (storage, _) = scripted::emulator([
        answer(201, &[], ""),
        answer(204, &[], ""),
        refusal(409, "QueueAlreadyExists"),
        refusal(409, "QueueBeingDeleted"),
        answer(204, &[], ""),
        refusal(404, "QueueNotFound"),
    ]);
    let queue = storage.queue("q");
    assert!(queue.create().await.unwrap());
    assert!(!queue.create().await.unwrap());
    assert!(!queue.create().await.unwrap());
    assert_eq!(queue.create().await.unwrap_err().kind, StorageErrorKind::Conflict);
    assert!(queue.delete().await.unwrap());
    assert!(!queue.delete().await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_none_is_an_error() {
    let (storage, _) = scripted::emulator([
        answer(201, &[], "<QueueMessagesList/>"),
        answer(200, &[], "<html>"),
        answer(204, &[], ""),
        answer(200, &[], ""),
    ]);
    let queue = storage.queue("q");
    let malformed = StorageErrorKind::Malformed;
    assert_eq!(queue.put("{}", Duration::ZERO).await.unwrap_err().kind, malformed);
    assert_eq!(
        queue.get(32, Duration::from_secs(1)).await.unwrap_err().kind,
        malformed
    );
    let updated = queue.update("1", &Secret::new("r"), None, Duration::ZERO).await;
    assert_eq!(updated.unwrap_err().kind, malformed);
    assert_eq!(queue.length().await.unwrap_err().kind, malformed);
}
