//! Activities: their calls and their answers.

use std::io;
use std::time::SystemTime;

use serde_json::Value;

use super::super::episode::Call;
use super::super::queue::{self, Received};
use super::super::template::{fill, quoted};
use super::super::{guid, large};
use super::ForeignWorker;
use crate::date;

const SCHEDULED: &str = include_str!("../../../wire/task-scheduled.json");
const COMPLETED: &str = include_str!("../../../wire/task-completed.json");
const FAILED: &str = include_str!("../../../wire/task-failed.json");

impl ForeignWorker {
    /// Sends a call to whoever runs activities.
    pub(super) async fn send_call(
        &mut self,
        instance: &str,
        execution: &str,
        episode: usize,
        call: &Call,
    ) -> io::Result<()> {
        self.sent += 1;
        let values = [
            ("activity", guid::dashed()),
            ("instance", quoted(instance)),
            ("execution", execution.to_owned()),
            ("name", quoted(call.name)),
            ("input", quoted(&call.input)),
            ("id", call.id.to_string()),
            ("time", date::net(SystemTime::now())),
            ("sequence", self.sent.to_string()),
            ("episode", episode.to_string()),
        ];
        let text = fill(
            SCHEDULED,
            &values.each_ref().map(|(name, value)| (*name, value.as_str())),
        );
        let queue = self.hub.work_item_queue();
        let label = [&values[0].1, "TaskScheduled"];
        large::send(&self.hub, &queue, instance, label, &text)
            .await
            .map(drop)
    }

    /// Runs an activity, answers, and deletes its message after that: it may be run again, and never lost.
    pub(super) async fn run_activity(&mut self, message: &Received) -> io::Result<()> {
        self.sent += 1;
        let event = message.event();
        let input: Value = serde_json::from_str(event["Input"].as_str().unwrap_or_default())?;
        let argument = &input[0];
        let declined = argument["decline"] == true;
        let values = [
            ("activity", guid::dashed()),
            ("instance", quoted(message.instance())),
            ("execution", message.execution().unwrap_or_default().to_owned()),
            ("id", event["EventId"].to_string()),
            ("result", quoted(&format!(r#"{{"receipt":{argument}}}"#))),
            ("reason", quoted("card declined")),
            ("error", quoted("CardDeclined")),
            ("time", date::net(SystemTime::now())),
            ("sequence", self.sent.to_string()),
            ("episode", message.envelope["Episode"].to_string()),
        ];
        let (template, kind) = if declined {
            (FAILED, "TaskFailed")
        } else {
            (COMPLETED, "TaskCompleted")
        };
        let text = fill(
            template,
            &values.each_ref().map(|(name, value)| (*name, value.as_str())),
        );
        let instance = message.instance();
        let label = [&values[0].1, kind];
        large::send(&self.hub, &self.hub.queue_of(instance), instance, label, &text).await?;
        queue::delete(self.hub.account(), message).await
    }
}
