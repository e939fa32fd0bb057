//! Instances that come from another hub.

use durable_core::history::{CompletionStatus, EventKind};
use durable_core::hub::{ActivityDemand, Import, InstanceStatus};
use durable_core::{ExecutionId, InstanceId, Timestamp};

use crate::code::CodeKind;
use crate::ending::{self, First};
use crate::error::{StoreError, conflict};
use crate::instance::{Head, IDLE, policy_number, status_number};
use crate::packed::Packed;
use crate::start::insert_tags;
use crate::tx::Tx;
use crate::{frame, history, inbox, outgoing};

/// Stores an instance as it stood elsewhere. Nobody owns it.
pub(crate) fn import(tx: &mut Tx<'_>, import: &Import) -> Result<(), StoreError> {
    let taken = &import.record().instance;
    if let Some(existing) = Head::by_name(tx.conn, taken)? {
        let is_same = existing.execution == import.record().execution
            && history::load(tx.conn, &existing)? == import.events();
        if is_same {
            return Ok(());
        }
        return Err(conflict(format!("the instance id `{taken}` is taken by another instance")).into());
    }
    tx.guard()?;
    let mut head = insert(tx, import)?;
    history::append(tx, &mut head, import.events())?;
    head.save_progress(tx)?;
    let record = import.record();
    if let Some(status) = &record.custom_status {
        let bytes = frame::encode_payload(status).map_err(|error| error.at(taken, "custom status"))?;
        tx.execute(
            "UPDATE instance SET custom_status = ?2 WHERE id = ?1",
            (head.id, bytes),
        )?;
        tx.effects.custom_statuses.push(head.id);
    }
    if let Some(outcome) = outcome(import) {
        ending::store_outcome(tx, &head, &outcome)?;
    }
    let encoded = outgoing::encode(&head, import.timers())?;
    outgoing::send(
        tx,
        &head,
        (import.timers(), &encoded),
        0,
        ActivityDemand::default(),
    )?;
    tx.effects.touched.push(head.id);
    tx.effects.progress(&head.instance);
    Ok(())
}

/// Writes the row, with its first event and its tags.
fn insert(tx: &mut Tx<'_>, import: &Import) -> Result<Head, StoreError> {
    let record = import.record();
    let mut started = import.started().clone();
    started.execution = record.execution.clone();
    started.generation = record.generation;
    let parent_run = match &started.parent {
        Some(parent) => parent_run(tx, &parent.instance, &parent.execution)?,
        None => None,
    };
    let first = inbox::event_now(tx, EventKind::ExecutionStarted(Box::new(started.clone())));
    let first = First::encode(&first, &record.instance, &record.execution)?;
    let id = tx.draw()?;
    let head = Head {
        id,
        instance: record.instance.clone(),
        run: id,
        execution: record.execution.clone(),
        started_as: None,
        generation: record.generation,
        code: tx.intern(CodeKind::Orchestrator, &record.name, &record.version)?,
        status: record.status,
        owner: None,
        epoch: 0,
        ready: IDLE,
        first: None,
        event_count: 0,
        history_tail: None,
        created: record.created_at,
        due: record.scheduled_start,
        ended: record.ended_at,
        is_blocked: false,
        policy: record.policy,
    };
    tx.execute(
        "INSERT INTO instance (id, text_id, run, execution, generation, code, status, epoch, ready, event_count,
             created, updated, due, parent_run, child_policy, started)
         VALUES (?1, ?2, ?1, ?3, ?4, ?5, ?6, 0, 0, 0, ?7, 0, ?8, ?9, ?10, ?11)",
        (
            id,
            Packed(head.instance.as_str()),
            Packed(head.execution.as_str()),
            head.generation,
            head.code,
            status_number(head.status),
            head.created.as_micros(),
            head.due.map(Timestamp::as_micros),
            parent_run,
            policy_number(head.policy),
            first.inline(),
        ),
    )?;
    first.store_apart(tx, id)?;
    insert_tags(tx, &started, &head)?;
    Ok(head)
}

/// Returns the number of the execution that the caller of a sub-orchestration runs as, if it is here.
fn parent_run(tx: &Tx<'_>, parent: &InstanceId, execution: &ExecutionId) -> Result<Option<i64>, StoreError> {
    let Some(head) = Head::by_name(tx.conn, parent)? else {
        return Ok(None);
    };
    if head.execution == *execution {
        return Ok(Some(head.run));
    }
    // After a rewind the caller goes on as another execution, and its children are still its own.
    let events = history::load(tx.conn, &head)?;
    let is_of = events
        .iter()
        .any(|event| matches!(&event.kind, EventKind::ExecutionRewound { from, .. } if from == execution));
    Ok(is_of.then_some(head.run))
}

/// Returns how the instance ended, if its record says so and its history does not.
fn outcome(import: &Import) -> Option<CompletionStatus> {
    let record = import.record();
    let told = import
        .events()
        .iter()
        .any(|event| matches!(event.kind, EventKind::ExecutionCompleted(_)));
    if told {
        return None;
    }
    let failure = || record.failure.clone();
    match record.status {
        InstanceStatus::Completed => record.output.clone().map(CompletionStatus::Completed),
        InstanceStatus::Failed => failure().map(CompletionStatus::Failed),
        InstanceStatus::Canceled => failure().map(CompletionStatus::Canceled),
        InstanceStatus::Terminated => failure().map(|failure| CompletionStatus::Terminated(failure.message)),
        InstanceStatus::Pending | InstanceStatus::Running | InstanceStatus::Suspended => None,
    }
}
