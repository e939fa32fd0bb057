//! The emulator checks signatures; these requests pass, and one with another key does not.

use super::*;
use crate::{fresh_name, shared};

type Outcome = Result<(), Box<dyn std::error::Error>>;

#[tokio::test]
async fn the_emulator_accepts_the_signature_of_each_service() -> Outcome {
    let Some(azurite) = shared()? else {
        return Ok(());
    };
    let account = azurite.account();
    let name = fresh_name("signed");
    let container = Ask::new(Service::Blob, "PUT", &format!("/{name}")).query("restype", "container");
    assert_eq!(container.send(account).await?.status, 201);
    let blob = Ask::new(Service::Blob, "PUT", &format!("/{name}/a%20b"))
        .header("x-ms-blob-type", "BlockBlob")
        .header("Content-Type", "text/plain")
        .header("If-None-Match", "*")
        .body("hello");
    assert_eq!(blob.clone().send(account).await?.status, 201);
    assert_eq!(blob.send(account).await?.status, 409);
    let list = Ask::new(Service::Blob, "GET", &format!("/{name}"))
        .query("restype", "container")
        .query("comp", "list");
    assert!(
        list.clone()
            .send(account)
            .await?
            .text()
            .contains("<Name>a b</Name>")
    );
    assert_eq!(list.at_secondary().send(account).await?.status, 200);
    let queue = Ask::new(Service::Queue, "PUT", &format!("/{name}"));
    assert_eq!(queue.send(account).await?.status, 201);
    let table = Ask::new(Service::Table, "POST", "/Tables")
        .header("Accept", "application/json;odata=nometadata")
        .header("Content-Type", "application/json")
        .body(format!(r#"{{"TableName":"{name}"}}"#));
    assert_eq!(table.send(account).await?.status, 201);
    Ok(())
}

#[tokio::test]
async fn the_emulator_refuses_what_was_changed_after_it_was_signed() -> Outcome {
    let Some(azurite) = shared()? else {
        return Ok(());
    };
    for service in Service::ALL {
        let ask = match service {
            Service::Blob => Ask::new(service, "GET", "/what").query("restype", "container"),
            Service::Queue => Ask::new(service, "GET", "/what/messages"),
            Service::Table => Ask::new(service, "GET", "/what()"),
        };
        let mut request = ask.signed(azurite.account());
        request.target = request.target.replace("what", "other");
        let mut stream =
            BufReader::new(TcpStream::connect(("127.0.0.1", azurite.account().port(service))).await?);
        request.write(&mut stream).await?;
        assert_eq!(
            Response::read(&mut stream, "GET").await?.status,
            403,
            "{service:?}"
        );
    }
    Ok(())
}

#[test]
fn escapes_are_undone() {
    let text = "a b/é'%^";
    assert_eq!(escape(text), "a%20b%2F%C3%A9%27%25%5E");
    assert_eq!(unescape(&escape(text)), text);
    assert_eq!(unescape("100%"), "100%");
}
