//! What an instance waits for, and who waits for it.

use durable_core::client::{Client, ClientError};
use durable_core::hub::{InstanceRecord, InstanceStatus, WorkerRecord};

use super::{Item, Outcome};
use crate::{clean, form};

/// Says what keeps the instance from its end, one thing per line; nothing if it has ended.
pub(crate) async fn waits_for(
    client: &Client,
    record: &InstanceRecord,
    items: &[Item],
) -> Result<Vec<String>, ClientError> {
    if record.status.is_ended() {
        return Ok(Vec::new());
    }
    let workers = client.workers().await?;
    let mut lines = of_the_instance(record);
    for item in items.iter().filter(|item| item.outcome == Outcome::Open) {
        lines.push(of_an_item(client, item, &workers).await?);
    }
    if lines.is_empty() && record.status == InstanceStatus::Running {
        // That code waits for an event is not recorded: an event that nobody waits for is kept all the same.
        lines.push("an external event: nothing else is open".to_owned());
    }
    if let Some(parent) = &record.parent {
        lines.push(format!(
            "(its caller `{}` waits for it, task #{})",
            parent.instance, parent.task.0
        ));
    }
    Ok(lines)
}

fn of_the_instance(record: &InstanceRecord) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(report) = &record.blocked {
        let first = report.message.lines().next().unwrap_or_default();
        lines.push(format!(
            "other code: it is blocked since {}: {}",
            report.since,
            clean::line(first)
        ));
    }
    if let Some(since) = record.stalled_since {
        lines.push(format!(
            "a worker that has {}, since {since}",
            form::code(&record.name, &record.version)
        ));
    }
    match (record.status, record.scheduled_start) {
        (InstanceStatus::Pending, Some(due)) => lines.push(format!("its scheduled start at {due}")),
        (InstanceStatus::Pending, None) if lines.is_empty() => lines.push("its first turn".to_owned()),
        (InstanceStatus::Suspended, _) => lines.push(format!("`durable resume {}`", record.instance)),
        _ => {}
    }
    lines
}

async fn of_an_item(client: &Client, item: &Item, workers: &[WorkerRecord]) -> Result<String, ClientError> {
    let task = item
        .task
        .map_or_else(String::new, |task| format!(" (task #{})", task.0));
    let mut line = format!("{} {}{task}, since {}", item.kind, item.what, item.at);
    if item.kind == "activity" {
        let mut offered = workers.iter().flat_map(|worker| &worker.activities);
        if !offered.any(|key| key.to_string() == item.what) {
            line = format!("{line}: no live worker offers it");
        }
    }
    if let Some(child) = &item.instance {
        let status = client
            .hub()
            .get(child)
            .await?
            .map(|child| child.status.to_string());
        let status = status.unwrap_or_else(|| "not started yet".to_owned());
        line = format!("{line}: `{child}` is {status}");
    }
    Ok(line)
}
