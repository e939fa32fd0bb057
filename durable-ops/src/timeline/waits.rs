//! What an instance waits for, and who waits for it, in words.

use durable_core::hub::InstanceRecord;
use durable_core::timeline::Wait;

use crate::clean;

/// Says one thing per line; nothing if it has ended.
pub(crate) fn lines(record: &InstanceRecord, waits: &[Wait]) -> Vec<String> {
    let mut lines: Vec<String> = waits.iter().map(|wait| line(record, wait)).collect();
    if let Some(parent) = record.parent.as_ref().filter(|_| !record.status.is_ended()) {
        lines.push(format!(
            "(its caller `{}` waits for it, task #{})",
            parent.instance, parent.task.0
        ));
    }
    lines
}

fn line(record: &InstanceRecord, wait: &Wait) -> String {
    match wait {
        Wait::OtherCode { since, message } => {
            format!(
                "other code: it is blocked since {since}: {}",
                clean::line(message)
            )
        }
        Wait::Worker { code, since } => format!("a worker that has {code}, since {since}"),
        Wait::ScheduledStart(due) => format!("its scheduled start at {due}"),
        Wait::FirstTurn => "its first turn".to_owned(),
        Wait::Resume => format!("`durable resume {}`", record.instance),
        Wait::Event => "an external event: nothing else is open".to_owned(),
        Wait::Step {
            kind,
            what,
            task,
            since,
            offered,
            instance,
        } => {
            let task = task.map_or_else(String::new, |task| format!(" (task #{})", task.0));
            let mut line = format!("{kind} {what}{task}, since {since}");
            if !offered {
                line = format!("{line}: no live worker offers it");
            }
            if let Some((child, status)) = instance {
                let status = status.map_or_else(|| "not started yet".to_owned(), |status| status.to_string());
                line = format!("{line}: `{child}` is {status}");
            }
            line
        }
        // Of a later release.
        other => format!("{other:?}"),
    }
}
