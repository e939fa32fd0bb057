//! The end of an execution, by its own turn or from outside.

use durable_core::failure::FailureDetails;
use durable_core::history::{ChildPolicy, CompletionStatus, Event, EventKind};
use durable_core::hub::InstanceStatus;
use durable_core::{ExecutionId, FailureOrigin, InstanceId};

use crate::changes::{Ended, Lineage};
use crate::error::StoreError;
use crate::instance::{Head, IDLE};
use crate::tx::{Tx, rows};
use crate::{activity, frame, history, inbox, record, signal, timer};

/// The most bytes of a first event that is stored in the row of its instance, which each turn writes anew.
const INLINE_MAX: usize = 512;

/// The first event of an execution, encoded.
#[derive(Debug)]
pub(crate) struct First(Vec<u8>);

impl First {
    /// The ids are those of the row that it is to be stored with.
    pub(crate) fn encode(
        event: &Event,
        instance: &InstanceId,
        execution: &ExecutionId,
    ) -> Result<Self, StoreError> {
        let bytes = frame::encode_first(event, instance, execution);
        Ok(Self(bytes.map_err(|error| error.at(instance, "first event"))?))
    }

    /// Returns what the instance's row is to hold.
    pub(crate) fn inline(&self) -> Option<&[u8]> {
        (self.0.len() <= INLINE_MAX).then_some(&self.0)
    }

    /// Writes the event to a row of its own if it is too large for the instance's.
    pub(crate) fn store_apart(&self, tx: &Tx<'_>, instance: i64) -> Result<(), StoreError> {
        if self.inline().is_none() {
            tx.execute(
                "INSERT OR REPLACE INTO started (instance, frame) VALUES (?1, ?2)",
                (instance, &self.0),
            )?;
        }
        Ok(())
    }
}

/// Replaces the first event of an instance whose execution is another now.
pub(crate) fn replace_started(tx: &Tx<'_>, head: &Head, event: &Event) -> Result<(), StoreError> {
    let first = First::encode(event, &head.instance, &head.execution)?;
    tx.execute(
        "UPDATE instance SET started = ?2 WHERE id = ?1",
        (head.id, first.inline()),
    )?;
    tx.execute("DELETE FROM started WHERE instance = ?1", [head.id])?;
    first.store_apart(tx, head.id)
}

/// Writes the end of an execution whose last frame does not hold it.
pub(crate) fn store_outcome(tx: &Tx<'_>, head: &Head, status: &CompletionStatus) -> Result<(), StoreError> {
    let event = inbox::event_now(tx, EventKind::ExecutionCompleted(status.clone()));
    let bytes = frame::encode_event(&event).map_err(|error| error.at(&head.instance, "outcome"))?;
    tx.execute(
        "INSERT OR REPLACE INTO outcome (instance, frame) VALUES (?1, ?2)",
        (head.id, bytes),
    )?;
    Ok(())
}

/// Marks the instance as ended: nobody owns it, and nothing waits for it or runs for it. Stores it.
pub(crate) fn finish(tx: &mut Tx<'_>, head: &mut Head, status: &CompletionStatus) -> Result<(), StoreError> {
    head.status = match status {
        CompletionStatus::Completed(_) => InstanceStatus::Completed,
        CompletionStatus::Failed(_) => InstanceStatus::Failed,
        CompletionStatus::Canceled(_) => InstanceStatus::Canceled,
        CompletionStatus::Terminated(_) => InstanceStatus::Terminated,
    };
    let outstanding = tx.outstanding(head);
    let started = tx.started(head);
    let was_idle = head.ready == IDLE;
    head.ended = Some(tx.now);
    head.first = None;
    head.disown(tx);
    head.save_end(tx)?;
    if !was_idle {
        head.save_place(tx)?;
    }
    head.unblock(tx)?;
    if outstanding.messages {
        tx.execute("DELETE FROM inbox WHERE instance = ?1", [head.id])?;
    }
    if outstanding.timers {
        timer::drop_all(tx, head.run)?;
    }
    if outstanding.activities {
        activity::drop_all(tx, head.run)?;
    }
    let ended = match started {
        Some(started) => Some(Box::new(Ended {
            lineage: Lineage::of(head),
            record: record::of_ended(tx, head, *started, status)?,
        })),
        None => None,
    };
    tx.effects.end(&head.instance, ended);
    tx.effects.ring = true;
    Ok(())
}

/// Removes what waits or runs for the current execution alone.
pub(crate) fn drop_execution(tx: &mut Tx<'_>, head: &mut Head) -> Result<(), StoreError> {
    head.first = None;
    tx.execute(
        "DELETE FROM inbox WHERE instance = ?1 AND run = ?2",
        (head.id, head.run),
    )?;
    timer::drop_all(tx, head.run)?;
    activity::drop_all(tx, head.run)
}

/// Ends an instance without running any of its code, whoever owns it.
///
/// Its sub-orchestrations are terminated too if `recursive`, and otherwise dealt with by the policy of their call.
pub(crate) fn terminate(
    tx: &mut Tx<'_>,
    mut head: Head,
    reason: &str,
    recursive: bool,
) -> Result<(), StoreError> {
    let status = CompletionStatus::Terminated(reason.to_owned());
    let started = history::load_started(tx.conn, &head)?;
    let mut events = Vec::with_capacity(3);
    if head.event_count == 0 {
        // The first turn never was, and still a history begins with its first event.
        events.push(inbox::event_now(
            tx,
            EventKind::ExecutionStarted(Box::new(started.clone())),
        ));
    }
    let terminated = EventKind::ExecutionTerminated {
        reason: reason.to_owned(),
    };
    events.push(inbox::event_now(tx, terminated));
    events.push(inbox::event_now(
        tx,
        EventKind::ExecutionCompleted(status.clone()),
    ));
    history::append(tx, &mut head, &events)?;
    finish(tx, &mut head, &status)?;
    if let Some(parent) = &started.parent {
        let failure = FailureDetails::new(FailureOrigin::Terminated, "Terminated", reason).non_retriable();
        let told = inbox::event_now(
            tx,
            EventKind::SubOrchestrationInstanceFailed {
                task: parent.task,
                failure,
            },
        );
        inbox::deliver(tx, head.id, &parent.instance, Some(&parent.execution), &told)?;
    }
    settle_children(tx, head.run, reason, recursive)
}

/// Deals with the children of an execution that was ended from outside its code, by the policies of their calls.
pub(crate) fn settle_children(
    tx: &mut Tx<'_>,
    run: i64,
    reason: &str,
    recursive: bool,
) -> Result<(), StoreError> {
    for child in children(tx, run)? {
        end_child(tx, child, reason, recursive)?;
    }
    Ok(())
}

fn end_child(tx: &mut Tx<'_>, child: Head, reason: &str, recursive: bool) -> Result<(), StoreError> {
    match (child.policy, recursive) {
        (ChildPolicy::Abandon, _) => Ok(()),
        (ChildPolicy::Terminate, _) | (ChildPolicy::Cancel, true) => terminate(tx, child, reason, recursive),
        (ChildPolicy::Cancel, false) => signal::request_cancel(tx, child.id, reason),
    }
}

/// Returns the sub-orchestrations of an execution that have not ended.
fn children(tx: &Tx<'_>, run: i64) -> Result<Vec<Head>, StoreError> {
    let ids: Vec<i64> = rows(
        tx.conn,
        "SELECT id FROM instance WHERE parent_run = ?1 AND ended IS NULL",
        [run],
        |row| row.get(0),
    )?;
    let heads = ids
        .into_iter()
        .filter_map(|id| Head::by_id(tx.conn, id).transpose());
    heads.collect()
}
