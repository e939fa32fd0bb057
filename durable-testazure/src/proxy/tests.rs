//! Each fault does what it says, and the proxy is not noticed otherwise.

use std::time::{Duration, Instant, UNIX_EPOCH};

use super::*;
use crate::http::Response;
use crate::rest::Ask;
use crate::{Azurite, enabled, fresh_name, shared, tables, xml};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// A queue and a table of its own behind a proxy of its own.
struct Place {
    proxy: Proxy,
    direct: Account,
    name: String,
}

impl Place {
    async fn new() -> Result<Option<Self>, Box<dyn std::error::Error>> {
        let Some(azurite) = shared()? else {
            return Ok(None);
        };
        let place = Self::behind(azurite.account()).await?;
        Ok(Some(place))
    }

    async fn behind(direct: Account) -> Result<Self, Box<dyn std::error::Error>> {
        let (proxy, name) = (Proxy::before(direct).await?, fresh_name("faults"));
        let queue = Ask::new(Service::Queue, "PUT", &format!("/{name}"));
        assert_eq!(queue.send(proxy.account()).await?.status, 201);
        tables::create(proxy.account(), &name).await?;
        Ok(Self { proxy, direct, name })
    }

    fn put_ask(&self) -> Ask {
        Ask::new(Service::Queue, "POST", &format!("/{}/messages", self.name))
            .body("<QueueMessage><MessageText>hi</MessageText></QueueMessage>")
    }

    /// Puts a message through the proxy.
    async fn put(&self) -> io::Result<Response> {
        self.put_ask().send(self.proxy.account()).await
    }

    /// How many messages there are.
    async fn messages(&self) -> io::Result<usize> {
        let peek = Ask::new(Service::Queue, "GET", &format!("/{}/messages", self.name))
            .query("peekonly", "true")
            .query("numofmessages", "32");
        Ok(xml::texts(&peek.send(self.direct).await?.text(), "MessageId").len())
    }

    /// Inserts rows in one transaction.
    fn batch_ask(&self, rows: &[&str]) -> Ask {
        let mut body = "--batch_1\r\nContent-Type: multipart/mixed; boundary=changeset_1\r\n\r\n".to_owned();
        for row in rows {
            let entity = format!(r#"{{"PartitionKey":"p","RowKey":"{row}"}}"#);
            let operation = format!(
                "--changeset_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n\
                 POST {}/{} HTTP/1.1\r\nContent-Type: application/json\r\nAccept: application/json;odata=minimalmetadata\r\n\
                 Prefer: return-no-content\r\nDataServiceVersion: 3.0\r\n\r\n{entity}\r\n",
                self.proxy.account().endpoint(Service::Table),
                self.name,
            );
            body += &operation;
        }
        body += "--changeset_1--\r\n--batch_1--\r\n";
        Ask::new(Service::Table, "POST", "/$batch")
            .header("Content-Type", "multipart/mixed; boundary=batch_1")
            .body(body)
    }

    async fn rows(&self, account: Account) -> io::Result<usize> {
        Ok(tables::query(account, &self.name, None).await?.len())
    }
}

#[tokio::test]
async fn without_rules_it_is_not_noticed_and_counts() -> Outcome {
    let Some(place) = Place::new().await? else {
        return Ok(());
    };
    let before = place.proxy.counts();
    assert_eq!(place.put().await?.status, 201);
    let batch = place.batch_ask(&["1", "2"]).send(place.proxy.account()).await?;
    assert_eq!(
        (batch.status, batch.text().matches("HTTP/1.1 204").count()),
        (202, 2),
        "{}",
        batch.text()
    );
    assert_eq!(place.rows(place.proxy.account()).await?, 2);
    let counts = place.proxy.counts().since(&before);
    let kinds: Vec<Operation> = counts.iter().map(|(operation, _)| operation).collect();
    assert_eq!(
        kinds,
        [Operation::PutMessage, Operation::QueryEntities, Operation::Batch]
    );
    assert_eq!(
        counts.total(),
        Tally {
            asked: 3,
            reached: 3,
            faulted: 0
        }
    );
    Ok(())
}

#[tokio::test]
async fn an_injected_answer_comes_in_the_place_of_the_service() -> Outcome {
    let Some(place) = Place::new().await? else {
        return Ok(());
    };
    let busy = Answer::server_busy().retry_after(Duration::from_secs(7));
    let rule = place.proxy.inject(
        Rule::on(Operation::PutMessage).at(&place.name).nth(2),
        Fault::Answer(busy),
    );
    assert_eq!(place.put().await?.status, 201);
    let refused = place.put().await?;
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("7")));
    assert_eq!(xml::text(&refused.text(), "Code").as_deref(), Some("ServerBusy"));
    assert_eq!(refused.header("x-ms-error-code"), Some("ServerBusy"));
    assert_eq!(place.put().await?.status, 201);
    assert_eq!(
        (rule.matched(), rule.struck(), place.messages().await?),
        (3, 1, 2)
    );
    assert_eq!(place.proxy.counts().of(Operation::PutMessage).reached, 2);

    for answer in [Answer::too_many_requests(), Answer::internal_error()] {
        let expected = answer.response(&Call::of(
            Service::Table,
            &Request {
                method: "GET".to_owned(),
                target: format!("/devstoreaccount1/{}()", place.name),
                headers: Vec::new(),
                body: Vec::new(),
            },
        ));
        let rule = place
            .proxy
            .inject(Rule::any().of(Service::Table), Fault::Answer(answer));
        let refused = tables::ask("GET", &format!("/{}()", place.name))
            .send(place.proxy.account())
            .await?;
        assert_eq!(refused.status, expected.status);
        let error: serde_json::Value = serde_json::from_slice(&refused.body)?;
        assert_eq!(
            error["odata.error"]["code"],
            expected.header("x-ms-error-code").unwrap_or_default()
        );
        rule.remove();
    }
    Ok(())
}

#[tokio::test]
async fn an_answer_after_the_fact_hides_that_it_was_done() -> Outcome {
    let Some(place) = Place::new().await? else {
        return Ok(());
    };
    let fault = Fault::AnswerAfter(Answer::internal_error());
    place.proxy.inject(Rule::on(Operation::PutMessage), fault);
    assert_eq!((place.put().await?.status, place.messages().await?), (500, 1));
    Ok(())
}

/// The injected answer of a transaction has the parts that the emulator's own has.
#[tokio::test]
async fn a_failed_operation_of_a_transaction_is_an_answer_within_the_answer() -> Outcome {
    let Some(place) = Place::new().await? else {
        return Ok(());
    };
    assert_eq!(place.batch_ask(&["1"]).send(place.direct).await?.status, 202);
    let own = place.batch_ask(&["0", "1"]).send(place.direct).await?;
    let conflict = Answer::entity_exists().at_operation(1);
    place.proxy.inject(
        Rule::on(Operation::Batch).saying("\"0\""),
        Fault::Answer(conflict),
    );
    let injected = place.batch_ask(&["0", "1"]).send(place.proxy.account()).await?;
    let inner = |response: &Response| -> Vec<String> {
        let text = response.text();
        let status = text
            .lines()
            .find(|line| line.starts_with("HTTP/1.1"))
            .unwrap_or_default();
        let json = text
            .lines()
            .find(|line| line.starts_with('{'))
            .unwrap_or_default();
        let error: serde_json::Value = serde_json::from_str(json).unwrap_or_default();
        let error = &error["odata.error"];
        let index = error["message"]["value"]
            .as_str()
            .and_then(|value| value.split(':').next());
        vec![
            status.to_owned(),
            error["code"].to_string(),
            index.unwrap_or_default().to_owned(),
        ]
    };
    assert_eq!((own.status, injected.status), (202, 202));
    assert_eq!(inner(&injected), inner(&own), "{}", own.text());
    assert_eq!(
        inner(&injected),
        ["HTTP/1.1 409 Conflict", "\"EntityAlreadyExists\"", "1"]
    );
    assert_eq!(place.rows(place.direct).await?, 1);

    let stale = Answer::condition_not_met();
    place
        .proxy
        .inject(Rule::on(Operation::Batch).saying("\"2\""), Fault::Answer(stale));
    let injected = place.batch_ask(&["2"]).send(place.proxy.account()).await?;
    assert_eq!(inner(&injected)[0], "HTTP/1.1 412 Precondition Failed");

    place.proxy.inject(
        Rule::on(Operation::Batch).saying("\"3\""),
        Fault::Answer(Answer::server_busy()),
    );
    assert_eq!(
        place.batch_ask(&["3"]).send(place.proxy.account()).await?.status,
        503
    );
    Ok(())
}

#[tokio::test]
async fn a_connection_closes_before_or_after_the_service_has_done_it() -> Outcome {
    let Some(place) = Place::new().await? else {
        return Ok(());
    };
    for (fault, messages) in [(Fault::CloseBefore, 0), (Fault::CloseAfter, 1)] {
        let rule = place.proxy.inject(Rule::on(Operation::PutMessage), fault);
        assert!(place.put().await.is_err());
        assert_eq!(place.messages().await?, messages);
        rule.remove();
    }
    Ok(())
}

#[tokio::test]
async fn silence_comes_before_or_after_the_service_has_done_it() -> Outcome {
    let Some(place) = Place::new().await? else {
        return Ok(());
    };
    for (fault, messages) in [(Fault::SilenceBefore, 0), (Fault::SilenceAfter, 1)] {
        let rule = place.proxy.inject(Rule::on(Operation::PutMessage), fault);
        let reached = place.proxy.counts().of(Operation::PutMessage).reached;
        let asked = tokio::spawn(place.put_ask().send(place.proxy.account()));
        place
            .proxy
            .until(|counts| {
                let tally = counts.of(Operation::PutMessage);
                tally.faulted == messages + 1 && tally.reached == reached + messages
            })
            .await;
        // An answer, had one been sent, would be there: another request has come and gone on the same machine.
        assert_eq!(place.messages().await? as u64, messages);
        assert!(!asked.is_finished());
        asked.abort();
        rule.remove();
    }
    Ok(())
}

#[tokio::test]
async fn a_gate_holds_the_request_or_its_answer() -> Outcome {
    let Some(place) = Place::new().await? else {
        return Ok(());
    };
    for before in [true, false] {
        let gate = Gate::new();
        let fault = if before {
            Fault::Hold(gate.clone())
        } else {
            Fault::HoldAnswer(gate.clone())
        };
        let rule = place.proxy.inject(Rule::on(Operation::PutMessage), fault);
        let already = place.messages().await?;
        let asked = tokio::spawn(place.put_ask().send(place.proxy.account()));
        gate.arrived(1).await;
        assert_eq!(place.messages().await?, already + usize::from(!before));
        assert!(!asked.is_finished());
        gate.open();
        assert_eq!(asked.await??.status, 201);
        assert_eq!(place.messages().await?, already + 1);
        rule.remove();
    }
    Ok(())
}

#[tokio::test]
async fn a_delay_delays() -> Outcome {
    let Some(place) = Place::new().await? else {
        return Ok(());
    };
    let pause = Duration::from_millis(300);
    place
        .proxy
        .inject(Rule::on(Operation::PutMessage), Fault::Delay(pause));
    let begin = Instant::now();
    assert_eq!(place.put().await?.status, 201);
    assert!(begin.elapsed() >= pause);
    Ok(())
}

#[tokio::test]
async fn the_primary_is_down_or_silent_and_the_secondary_answers_reads() -> Outcome {
    let Some(place) = Place::new().await? else {
        return Ok(());
    };
    place.batch_ask(&["1"]).send(place.direct).await?;
    let read = || tables::ask("GET", &format!("/{}()", place.name));
    place.proxy.set_primary(Primary::Down);
    assert!(read().send(place.proxy.account()).await.is_err());
    assert!(place.put().await.is_err());
    assert_eq!(
        read().at_secondary().send(place.proxy.account()).await?.status,
        200
    );

    place.proxy.set_primary(Primary::Silent);
    let asked = tokio::spawn(read().send(place.proxy.account()));
    place
        .proxy
        .until(|counts| counts.of(Operation::QueryEntities).faulted == 2)
        .await;
    assert_eq!(
        read().at_secondary().send(place.proxy.account()).await?.status,
        200
    );
    assert!(!asked.is_finished());

    place.proxy.set_primary(Primary::Up);
    assert_eq!(place.put().await?.status, 201);
    Ok(())
}

#[tokio::test]
async fn the_secondary_refuses_writes() -> Outcome {
    let Some(place) = Place::new().await? else {
        return Ok(());
    };
    let writes = [place.put_ask(), place.batch_ask(&["1"])];
    for write in writes {
        let refused = write.at_secondary().send(place.proxy.account()).await?;
        assert_eq!(refused.status, 403);
        assert_eq!(
            refused.header("x-ms-error-code"),
            Some("InsufficientAccountPermissions")
        );
    }
    assert_eq!((place.messages().await?, place.rows(place.direct).await?), (0, 0));
    Ok(())
}

#[tokio::test]
async fn a_replica_lags_behind_until_it_is_brought_to_now() -> Outcome {
    if !enabled()? {
        return Ok(());
    }
    // Of its own, since all of it is copied.
    let (azurite, replica) = (Azurite::in_memory()?, Azurite::in_memory()?);
    let place = Place::behind(azurite.account()).await?;
    let statistics = Ask::new(Service::Table, "GET", "/")
        .query("restype", "service")
        .query("comp", "stats")
        .at_secondary();
    place.proxy.set_replica(replica.account());
    place
        .proxy
        .set_last_sync_time(UNIX_EPOCH + Duration::from_hours(495_082));
    let told = statistics.clone().send(place.proxy.account()).await?.text();
    assert_eq!(
        xml::text(&told, "LastSyncTime").as_deref(),
        Some("Wed, 24 Jun 2026 10:00:00 GMT")
    );

    let container = Ask::new(Service::Blob, "PUT", &format!("/{}", place.name)).query("restype", "container");
    assert_eq!(container.send(place.direct).await?.status, 201);
    let blob = |method| Ask::new(Service::Blob, method, &format!("/{}/a%2Fb%20c", place.name));
    let put = blob("PUT").header("x-ms-blob-type", "BlockBlob").body("large");
    assert_eq!(put.send(place.direct).await?.status, 201);
    let typed = r#"{"PartitionKey":"it's","RowKey":"","When":"2026-06-24T10:00:00.1234567Z","When@odata.type":"Edm.DateTime","Many":"5","Many@odata.type":"Edm.Int64","Half":0.5,"Yes":true}"#;
    let insert = tables::ask_with("POST", &format!("/{}", place.name), typed);
    assert_eq!(insert.send(place.direct).await?.status, 204);

    let read = || tables::ask("GET", &tables::entity(&place.name, "it's", "")).at_secondary();
    assert_eq!(read().send(place.proxy.account()).await?.status, 404);
    for _ in 0..2 {
        place.proxy.replicate().await?;
        let row: tables::Columns = serde_json::from_slice(&read().send(place.proxy.account()).await?.body)?;
        let sent: tables::Columns = serde_json::from_str(typed)?;
        for (column, value) in &sent {
            assert_eq!(row.get(column), Some(value), "{column}");
        }
        let copied = blob("GET").at_secondary().send(place.proxy.account()).await?;
        assert_eq!(copied.text(), "large");
    }
    place.batch_ask(&["1"]).send(place.direct).await?;
    let list = tables::ask("GET", &format!("/{}()", place.name)).at_secondary();
    let rows = list
        .send(place.proxy.account())
        .await?
        .text()
        .matches("RowKey")
        .count();
    assert_eq!((rows, place.rows(place.direct).await?), (1, 2));
    let told = statistics.send(place.proxy.account()).await?.text();
    assert_ne!(
        xml::text(&told, "LastSyncTime").as_deref(),
        Some("Wed, 24 Jun 2026 10:00:00 GMT")
    );
    Ok(())
}

#[tokio::test]
async fn a_restarted_emulator_is_found_again() -> Outcome {
    if !enabled()? {
        return Ok(());
    }
    let azurite = Azurite::start()?;
    let place = Place::behind(azurite.account()).await?;
    assert_eq!(place.put().await?.status, 201);
    azurite.stop()?;
    assert!(place.put().await.is_err());
    azurite.start_again()?;
    assert_eq!(place.put().await?.status, 201);
    // In order means that nothing is lost.
    assert_eq!(place.messages().await?, 2);
    Ok(())
}
