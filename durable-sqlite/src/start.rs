//! Starts.

use durable_core::Timestamp;
use durable_core::history::{ChildPolicy, EventKind, ExecutionStarted};
use durable_core::hub::{IdReuse, InstanceStatus, StartOutcome, StartRequest};

use crate::code::CodeKind;
use crate::error::{StoreError, conflict, corrupt};
use crate::inbox::{self, For};
use crate::instance::{Head, IDLE, policy_number};
use crate::tx::Tx;
use crate::{ending, purge, record, timer};

/// Starts an instance, or does with an existing one what the request says.
pub(crate) fn start(tx: &mut Tx<'_>, request: &StartRequest) -> Result<StartOutcome, StoreError> {
    let started = &request.started;
    if let Some(existing) = Head::by_name(tx.conn, &started.instance)? {
        // The same request was stored before, and its answer lost.
        if existing.first_execution == started.execution.as_str() {
            return Ok(StartOutcome::Started(started.execution.clone()));
        }
        let ended = existing.status.is_ended();
        match (request.reuse, ended) {
            (IdReuse::UseExisting, _) => {
                if ended && request.raise.is_some() {
                    let (instance, status) = (&existing.instance, existing.status);
                    let message = format!(
                        "the instance `{instance}` has ended: it is {status}; the event is not delivered"
                    );
                    return Err(conflict(message).into());
                }
                raise(tx, existing.id, request)?;
                return Ok(StartOutcome::Existing(existing.execution));
            }
            (IdReuse::Reject, _) | (IdReuse::AllowIfEnded, false) => {
                let found = record::load(tx.conn, &started.instance, tx.now)?;
                let gone = || corrupt(format!("the row of `{}` cannot be read", started.instance));
                return Ok(StartOutcome::Refused(Box::new(found.ok_or_else(gone)?)));
            }
            (IdReuse::TerminateExisting, false) => {
                let reason = "another instance was started with its id";
                ending::terminate(tx, existing.clone(), reason, false)?;
            }
            (IdReuse::AllowIfEnded | IdReuse::TerminateExisting, true) => {}
        }
        purge::remove(tx, existing.id)?;
    }
    let id = insert(tx, started, None, ChildPolicy::Abandon)?;
    raise(tx, id, request)?;
    Ok(StartOutcome::Started(started.execution.clone()))
}

fn raise(tx: &mut Tx<'_>, instance: i64, request: &StartRequest) -> Result<(), StoreError> {
    let Some((name, input)) = &request.raise else {
        return Ok(());
    };
    let raised = inbox::event_now(
        tx,
        EventKind::EventRaised {
            name: name.clone(),
            input: input.clone(),
        },
    );
    inbox::post(tx, instance, For::Any, &raised)
}

/// Writes a new instance with its first event in the inbox, and returns its number.
pub(crate) fn insert(
    tx: &mut Tx<'_>,
    started: &ExecutionStarted,
    parent_run: Option<i64>,
    policy: ChildPolicy,
) -> Result<i64, StoreError> {
    let code = tx.intern(CodeKind::Orchestrator, &started.name, &started.version)?;
    let head = Head {
        id: tx.draw()?,
        instance: started.instance.clone(),
        run: tx.draw()?,
        execution: started.execution.clone(),
        first_execution: started.execution.as_str().to_owned(),
        generation: started.generation,
        code,
        status: InstanceStatus::Pending,
        owner: None,
        epoch: 0,
        ready: IDLE,
        event_count: 0,
        history_tail: None,
        due: started.scheduled_start,
        ended: None,
        is_blocked: false,
        policy,
    };
    tx.execute(
        "INSERT INTO instance (id, text_id, run, execution, first_execution, generation, code, status, epoch, ready,
             event_count, created, updated, due, parent_run, child_policy)
         VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6, 0, 0, 0, 0, ?7, ?7, ?8, ?9, ?10)",
        (
            head.id,
            head.instance.as_str(),
            head.run,
            head.execution.as_str(),
            head.generation,
            head.code,
            tx.now.as_micros(),
            head.due.map(Timestamp::as_micros),
            parent_run,
            policy_number(policy),
        ),
    )?;
    let first = inbox::event_now(tx, EventKind::ExecutionStarted(Box::new(started.clone())));
    ending::store_started(tx, &head, &first)?;
    for (name, value) in &started.tags {
        tx.execute(
            "INSERT INTO tag (name, value, instance) VALUES (?1, ?2, ?3)",
            (name, value, head.id),
        )?;
    }
    inbox::post_started(tx, head.id, head.run)?;
    if let Some(due) = head.due.filter(|due| *due > tx.now) {
        timer::set_start(tx, head.run, head.id, due)?;
    }
    tx.effects.progress(&head.instance);
    Ok(head.id)
}
