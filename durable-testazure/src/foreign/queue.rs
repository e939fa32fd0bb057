//! Messages of queues by hand.

use std::io;

use serde_json::Value;

use super::hub::ForeignHub;
use super::large;
use crate::account::{Account, Service};
use crate::rest::{Ask, base64};
use crate::{tables, xml};

/// A message as it came from a queue.
#[derive(Debug, Clone)]
pub(super) struct Received {
    pub(super) queue: String,
    id: String,
    receipt: String,
    pub(super) dequeued: u32,
    inserted: String,
    /// The envelope.
    pub(super) envelope: Value,
}

impl Received {
    /// What is in the envelope.
    pub(super) fn event(&self) -> &Value {
        &self.envelope["TaskMessage"]["Event"]
    }

    /// The name of the event's type.
    pub(super) fn kind(&self) -> &str {
        let name = self.event()["$type"].as_str().unwrap_or_default();
        // Old writers name the assembly behind a comma.
        let name = name.split(',').next().unwrap_or_default();
        let name = name.rsplit('.').next().unwrap_or_default();
        name.strip_suffix("Event").unwrap_or(name)
    }

    /// The instance that it is for.
    pub(super) fn instance(&self) -> &str {
        self.target("InstanceId").unwrap_or_default()
    }

    /// The execution that it is for, if for a certain one.
    pub(super) fn execution(&self) -> Option<&str> {
        self.target("ExecutionId")
    }

    fn target(&self, member: &str) -> Option<&str> {
        self.envelope["TaskMessage"]["OrchestrationInstance"][member].as_str()
    }

    /// The task that it answers.
    pub(super) fn task(&self) -> Option<i64> {
        self.event()["TaskScheduledId"].as_i64()
    }

    /// One that never was in a queue.
    #[cfg(test)]
    pub(super) fn of(envelope: Value, dequeued: u32) -> Self {
        Self {
            queue: String::new(),
            id: String::new(),
            receipt: String::new(),
            dequeued,
            inserted: String::new(),
            envelope,
        }
    }

    /// The order in which messages are handled.
    pub(super) fn place(&self) -> (String, i64) {
        (
            self.inserted.clone(),
            self.envelope["SequenceNumber"].as_i64().unwrap_or_default(),
        )
    }
}

/// Puts a message that never expires.
pub(super) async fn put(account: Account, queue: &str, text: &str) -> io::Result<()> {
    let body = format!(
        "<QueueMessage><MessageText>{}</MessageText></QueueMessage>",
        xml::escape(text)
    );
    let put = Ask::new(Service::Queue, "POST", &format!("/{queue}/messages"))
        .query("messagettl", "-1")
        .body(body);
    tables::expect(put.send(account).await?, &[201]).map(drop)
}

/// Takes up to `most` messages, which are invisible to others for `visibility` seconds.
pub(super) async fn get(
    hub: &ForeignHub,
    queue: &str,
    most: u32,
    visibility: u32,
) -> io::Result<Vec<Received>> {
    let get = Ask::new(Service::Queue, "GET", &format!("/{queue}/messages"))
        .query("numofmessages", &most.to_string())
        .query("visibilitytimeout", &visibility.to_string());
    let list = tables::expect(get.send(hub.account()).await?, &[200])?.text();
    let mut messages = Vec::new();
    for message in xml::inner(&list, "QueueMessage") {
        let mut message = received(queue, message)?;
        message.envelope = large::envelope(hub, message.envelope).await?;
        messages.push(message);
    }
    Ok(messages)
}

fn received(queue: &str, message: &str) -> io::Result<Received> {
    let member = |name: &str| {
        let text = xml::text(message, name);
        text.ok_or_else(|| io::Error::other(format!("a message without {name}")))
    };
    let text = member("MessageText")?;
    let envelope = if text.starts_with('{') {
        text.into_bytes()
    } else {
        base64::decode(&text).unwrap_or_default()
    };
    Ok(Received {
        queue: queue.to_owned(),
        id: member("MessageId")?,
        receipt: member("PopReceipt")?,
        dequeued: member("DequeueCount")?.parse().map_err(io::Error::other)?,
        inserted: crate::date::sortable(&member("InsertionTime")?),
        envelope: serde_json::from_slice(&envelope)?,
    })
}

/// Deletes a message that was taken. One that is gone, or that somebody else has taken since, is theirs.
pub(super) async fn delete(account: Account, message: &Received) -> io::Result<()> {
    let delete = of(message, "DELETE").send(account).await?;
    tables::expect(delete, &[204, 400, 404]).map(drop)
}

/// Gives a message back for later: after 2, 4, 8 seconds and so on, at most ten minutes.
pub(super) async fn abandon(account: Account, message: &Received) -> io::Result<()> {
    let pause = 2_u32.saturating_pow(message.dequeued).min(600);
    let update = of(message, "PUT").query("visibilitytimeout", &pause.to_string());
    tables::expect(update.send(account).await?, &[204, 400, 404]).map(drop)
}

fn of(message: &Received, method: &'static str) -> Ask {
    let path = format!("/{}/messages/{}", message.queue, message.id);
    Ask::new(Service::Queue, method, &path).query("popreceipt", &message.receipt)
}
