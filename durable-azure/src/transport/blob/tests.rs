use super::super::scripted::{self, Step, answer, refusal};
use super::*;

#[tokio::test(start_paused = true)]
async fn a_blob_that_is_there_is_ours_if_its_answer_was_lost_and_it_is_the_same() {
    let there = || refusal(409, "BlobAlreadyExists");
    let (storage, script) = scripted::emulator([
        answer(201, &[("etag", "x")], ""),
        there(),
        Step::Broken,
        there(),
        answer(200, &[], "{}"),
        Step::Broken,
        there(),
        answer(200, &[], "[]"),
        Step::Broken,
        there(),
        Step::TooLarge,
    ]);
    let container = storage.container("c");
    for expected in [true, false, true, false, false] {
        assert_eq!(
            container.put_new("a/b c", b"{}".to_vec()).await.unwrap(),
            expected
        );
    }
    let sent = &script.sent()[0];
    assert_eq!(sent.address, "http://127.0.0.1:10000/devstoreaccount1/c/a/b%20c");
    assert_eq!(
        (sent.header("if-none-match"), sent.header("x-ms-blob-type")),
        (Some("*"), Some("BlockBlob"))
    );
    assert_eq!(container.url("a/b c"), sent.address);
}

#[tokio::test(start_paused = true)]
async fn a_leased_blob_is_no_blob_that_is_there() {
    let (storage, _) = scripted::emulator([refusal(409, "LeaseIdMissing"), refusal(412, "LeaseIdMissing")]);
    let container = storage.container("c");
    assert_eq!(
        container.put_new("b", Vec::new()).await.unwrap_err().kind,
        StorageErrorKind::Conflict
    );
    assert_eq!(
        container.put("b", Vec::new()).await.unwrap_err().kind,
        StorageErrorKind::PreconditionFailed
    );
}

#[tokio::test(start_paused = true)]
async fn a_lease_whose_release_was_lost_is_released() {
    let (storage, script) = scripted::emulator([
        Step::Silence,
        refusal(409, "LeaseIdMismatchWithLeaseOperation"),
        refusal(409, "LeaseIdMismatchWithLeaseOperation"),
    ]);
    let container = storage.container("c");
    container.release_lease(LeaseOn::Container, "id").await.unwrap();
    let error = container
        .release_lease(LeaseOn::Container, "id")
        .await
        .unwrap_err();
    assert_eq!(error.kind, StorageErrorKind::Conflict);
    let expected = "http://127.0.0.1:10000/devstoreaccount1/c?restype=container&comp=lease";
    assert_eq!(script.addresses()[0], expected);
}

#[tokio::test(start_paused = true)]
async fn a_list_is_asked_for_page_by_page() {
    let page = |next: &str| {
        format!("<EnumerationResults><Blobs/><NextMarker>{next}</NextMarker></EnumerationResults>")
    };
    let (storage, script) = scripted::emulator([
        answer(200, &[], &page("2!8=")),
        answer(200, &[], &page("")),
        answer(200, &[], "<Blobs/>"),
    ]);
    let container = storage.container("c");
    let first = container.list("a/", None).await.unwrap();
    let second = container.list("a/", first.next.as_deref()).await.unwrap();
    assert_eq!(second.next, None);
    assert_eq!(
        container.list("", None).await.unwrap_err().kind,
        StorageErrorKind::Malformed
    );
    let begin =
        "http://127.0.0.1:10000/devstoreaccount1/c?restype=container&comp=list&prefix=a%2F&maxresults=1000";
    assert_eq!(
        script.addresses()[..2],
        [begin.to_owned(), format!("{begin}&marker=2%218%3D")]
    );
}
