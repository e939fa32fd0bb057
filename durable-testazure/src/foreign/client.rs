//! A client that starts instances, sends to them and looks at them (section 8 of the specification).

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use serde_json::Value;

use super::guid;
use super::hub::{ForeignHub, escape_key};
use super::large;
use super::template::{fill, quoted};
use crate::date;
use crate::tables::{self, Columns, text};

const STARTED: &str = include_str!("../../wire/execution-started.json");
const PENDING: &str = include_str!("../../wire/instances-pending.json");
const RAISED: &str = include_str!("../../wire/event-raised.json");
const SIGNAL: &str = include_str!("../../wire/execution-signal.json");

/// States in which a second start is refused.
const NOT_ENDED: [&str; 4] = ["Pending", "Running", "Suspended", "ContinuedAsNew"];

/// How often the row is read while one waits. .NET's client pauses two seconds.
const PAUSE: Duration = Duration::from_millis(50);

/// A client as one that was written with .NET.
#[derive(Debug)]
pub struct ForeignClient {
    hub: ForeignHub,
    sent: AtomicU64,
}

impl ForeignClient {
    /// A client of this hub, which must exist.
    pub fn new(hub: ForeignHub) -> Self {
        Self {
            hub,
            sent: AtomicU64::new(0),
        }
    }

    /// The hub.
    pub fn hub(&self) -> &ForeignHub {
        &self.hub
    }

    /// Starts an instance of a blank version, with JSON as its input. The message is sent first, and then the pending row
    /// is written. Returns the execution's id. It is an error if the instance exists and has not ended.
    pub async fn start(&self, instance: &str, name: &str, input: &str) -> io::Result<String> {
        let old = self.hub.instance(instance).await?;
        let status = old.as_ref().and_then(|row| text(row, "RuntimeStatus"));
        if status.is_some_and(|status| NOT_ENDED.contains(&status)) {
            let text = format!("instance {instance} exists already");
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, text));
        }
        let generation = old.as_ref().map_or(0, |row| {
            1 + row.get("Generation").and_then(Value::as_i64).unwrap_or_default()
        });
        let (execution, created, generation) = (guid::plain(), now(), generation.to_string());
        let values = [
            ("execution", execution.as_str()),
            ("name", &quoted(name)),
            ("version", "\"\""),
            ("input", &quoted(input)),
            ("generation", &generation),
        ];
        let message = [&values[..], &[("time", &created)]].concat();
        let blob = self.send(instance, "ExecutionStarted", STARTED, &message).await?;
        let key = escape_key(instance);
        let row = [
            // The first of a name counts: a message in a blob has the input.
            (
                "input",
                &blob.map_or_else(|| quoted(input), |blob| quoted(&blob)) as &str,
            ),
            ("key", &quoted(&key)),
            ("hub", &quoted(self.hub.name())),
            ("created", &created),
            ("updated", &now()),
        ];
        let row = fill(PENDING, &[&row[..], &values].concat());
        let mut columns: Columns = serde_json::from_str(&row)?;
        let moved = large::offload(&self.hub, [&key, "", ""], &mut columns).await?;
        let row = if moved.is_empty() {
            row
        } else {
            Value::Object(columns).to_string()
        };
        self.write_pending(instance, &row, old.as_ref()).await?;
        Ok(execution)
    }

    /// Another's write is as good: of two clients, one has started it, or a worker has begun with it.
    async fn write_pending(&self, instance: &str, row: &str, old: Option<&Columns>) -> io::Result<()> {
        let table = self.hub.instances_table();
        let etag = old.and_then(|row| text(row, "odata.etag"));
        let ask = match etag {
            None => tables::ask_with("POST", &format!("/{table}"), row),
            Some(etag) => {
                let path = tables::entity(&table, &escape_key(instance), "");
                tables::ask_with("PUT", &path, row).header("If-Match", etag)
            }
        };
        tables::expect(ask.send(self.hub.account()).await?, &[201, 204, 409, 412]).map(drop)
    }

    /// Raises an event with JSON as its input.
    pub async fn raise(&self, instance: &str, event: &str, input: &str) -> io::Result<()> {
        let (name, input, time) = (quoted(event), quoted(input), now());
        let values = [("name", name.as_str()), ("input", &input), ("time", &time)];
        self.send(instance, "EventRaised", RAISED, &values)
            .await
            .map(drop)
    }

    /// Terminates an instance.
    pub async fn terminate(&self, instance: &str, reason: &str) -> io::Result<()> {
        self.signal(instance, ["ExecutionTerminated", "3", "Input"], reason)
            .await
    }

    /// Suspends an instance.
    pub async fn suspend(&self, instance: &str, reason: &str) -> io::Result<()> {
        self.signal(instance, ["ExecutionSuspended", "19", "Reason"], reason)
            .await
    }

    /// Resumes an instance.
    pub async fn resume(&self, instance: &str, reason: &str) -> io::Result<()> {
        self.signal(instance, ["ExecutionResumed", "20", "Reason"], reason)
            .await
    }

    async fn signal(
        &self,
        instance: &str,
        [kind, number, member]: [&str; 3],
        reason: &str,
    ) -> io::Result<()> {
        let (reason, time) = (quoted(reason), now());
        let values = [
            ("kind", kind),
            ("number", number),
            ("member", member),
            ("reason", &reason),
            ("time", &time),
        ];
        self.send(instance, kind, SIGNAL, &values).await.map(drop)
    }

    /// Returns the address of the message's blob, if it is too large for a queue.
    async fn send(
        &self,
        instance: &str,
        kind: &str,
        template: &str,
        values: &[(&str, &str)],
    ) -> io::Result<Option<String>> {
        let sequence = (1 + self.sent.fetch_add(1, Ordering::Relaxed)).to_string();
        let (activity, id) = (guid::dashed(), quoted(instance));
        let own = [
            ("activity", activity.as_str()),
            ("instance", &id),
            ("sequence", &sequence),
        ];
        let text = fill(template, &[&own, values].concat());
        let queue = self.hub.queue_of(instance);
        large::send(&self.hub, &queue, instance, [&activity, kind], &text).await
    }

    /// Reads the row until it has one of these states, and returns it. After `limit` it is an error with the last row.
    pub async fn wait_for(&self, instance: &str, states: &[&str], limit: Duration) -> io::Result<Columns> {
        let begin = Instant::now();
        loop {
            let row = self.hub.instance(instance).await?;
            let state = row.as_ref().and_then(|row| text(row, "RuntimeStatus"));
            if state.is_some_and(|state| states.contains(&state)) {
                return Ok(row.unwrap_or_default());
            }
            if begin.elapsed() >= limit {
                let text = format!("after {limit:?} {instance} is not one of {states:?}: {row:?}");
                return Err(io::Error::new(io::ErrorKind::TimedOut, text));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

fn now() -> String {
    date::net(SystemTime::now())
}
