//! What the emulator accepts as a proof.

use std::time::Duration;

use durable_testazure::{ACCOUNT_KEY, ACCOUNT_NAME, Service as At};

use super::super::error::StorageErrorKind;
use super::super::percent;
use super::super::sign::SigningKey;
use super::{name, open};
use crate::value::Row;

fn row() -> Row {
    Row::new("p", "it's")
}

#[tokio::test]
async fn a_wrong_key_is_denied_without_being_shown() {
    let Some(azurite) = durable_testazure::shared().unwrap() else {
        return;
    };
    let wrong = "aHVudGVyMg==";
    let text = azurite.connection_string().replace(ACCOUNT_KEY, wrong);
    let storage = open(&text);
    for error in [
        storage.queue(&name()).length().await.unwrap_err(),
        storage.table(&name()).insert(&row()).await.unwrap_err(),
        storage.container(&name()).put("b", Vec::new()).await.unwrap_err(),
    ] {
        assert_eq!(error.kind, StorageErrorKind::Denied, "{error}");
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains(wrong) && !shown.contains("hunter2"), "{shown}");
    }
}

/// The parameters of an account's signature, by the rule "Create an account SAS" of the services' reference.
fn signature(key: &str) -> String {
    let [permissions, services, kinds, end, version] =
        ["rwdlacup", "bqt", "sco", "2099-01-01T00:00:00Z", "2021-12-02"];
    let text =
        format!("{ACCOUNT_NAME}\n{permissions}\n{services}\n{kinds}\n\n{end}\n\nhttps,http\n{version}\n\n");
    let signature = SigningKey::from_base64(key).unwrap().signature(&text);
    format!(
        "sv={version}&ss={services}&srt={kinds}&sp={permissions}&se={}&spr=https,http&sig={}",
        percent::encode(end),
        percent::encode(&signature)
    )
}

fn with_signature(azurite: &durable_testazure::Azurite, signature: &str) -> String {
    let account = azurite.account();
    let endpoint = |service| format!("{service:?}Endpoint={}", account.endpoint(service));
    format!(
        "SharedAccessSignature={signature};{}",
        At::ALL.map(endpoint).join(";")
    )
}

#[tokio::test]
async fn a_signature_is_as_good_as_the_key() {
    let Some(azurite) = durable_testazure::shared().unwrap() else {
        return;
    };
    let storage = open(&with_signature(azurite, &signature(ACCOUNT_KEY)));
    let (queue, table, container) = (
        storage.queue(&name()),
        storage.table(&name()),
        storage.container(&name()),
    );
    queue.create().await.unwrap();
    queue.put("{}", Duration::ZERO).await.unwrap();
    assert_eq!(queue.get(1, Duration::from_secs(1)).await.unwrap().len(), 1);
    table.create().await.unwrap();
    table
        .batch(&[super::super::table::TableOp::Insert(row())])
        .await
        .unwrap();
    assert!(table.get("p", "it's", &[]).await.unwrap().is_some());
    container.create().await.unwrap();
    container.put("a/b c", b"{}".to_vec()).await.unwrap();
    assert_eq!(container.list("a/", None).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn a_wrong_signature_is_denied_without_being_shown() {
    let Some(azurite) = durable_testazure::shared().unwrap() else {
        return;
    };
    let wrong = signature("aHVudGVyMg==");
    let storage = open(&with_signature(azurite, &wrong));
    let (_, secret) = wrong.split_once("&sig=").unwrap();
    for error in [
        storage.queue(&name()).length().await.unwrap_err(),
        storage.table(&name()).insert(&row()).await.unwrap_err(),
        storage.container(&name()).put("b", Vec::new()).await.unwrap_err(),
    ] {
        assert_eq!(error.kind, StorageErrorKind::Denied, "{error}");
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains(secret), "{shown}");
    }
}
