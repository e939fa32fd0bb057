//! Starts.

use durable_core::Timestamp;
use durable_core::history::{ChildPolicy, Event, EventKind, ExecutionStarted};
use durable_core::hub::{IdReuse, InstanceStatus, StartOutcome, StartRequest};

use crate::code::CodeKind;
use crate::ending::{self, First};
use crate::error::{StoreError, conflict, corrupt};
use crate::inbox::{self, For};
use crate::instance::{Head, IDLE, policy_number};
use crate::known::Fresh;
use crate::packed::Packed;
use crate::tx::Tx;
use crate::{purge, record, timer};

/// Starts an instance, or does with an existing one what the request says.
pub(crate) fn start(tx: &mut Tx<'_>, request: &StartRequest) -> Result<StartOutcome, StoreError> {
    let started = &request.started;
    let existing = Head::by_name(tx.conn, &started.instance)?;
    if let Some(existing) = &existing {
        // The same request was stored before, and its answer lost.
        if *existing.first_execution() == started.execution {
            return Ok(StartOutcome::Started(started.execution.clone()));
        }
        tx.guard()?;
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
                return Ok(StartOutcome::Existing(existing.execution.clone()));
            }
            (IdReuse::Reject, _) | (IdReuse::AllowIfEnded, false) => {
                let found = record::load(tx.conn, &started.instance, tx.now)?;
                let gone = || corrupt(format!("the row of `{}` cannot be read", started.instance));
                return Ok(StartOutcome::Refused(Box::new(found.ok_or_else(gone)?)));
            }
            (IdReuse::AllowIfEnded, true) | (IdReuse::TerminateExisting, _) => {}
        }
    }
    let code = (&started.name, &started.version);
    if let Some(fence) = tx.fences.before(tx.conn, code, tx.now)? {
        return Ok(StartOutcome::Fenced(Box::new(fence.clone())));
    }
    let is_new = existing.is_none();
    if let Some(existing) = existing {
        let id = existing.id;
        if !existing.status.is_ended() {
            let reason = "another instance was started with its id";
            ending::terminate(tx, existing, reason, false)?;
        }
        purge::remove(tx, id)?;
    }
    let Some(_) = &request.raise else {
        // A worker may still be at a turn of the one that is replaced: the new one is handed out from the file.
        let first = request.first_event(tx.now);
        insert(tx, started, first, (None, ChildPolicy::Abandon), is_new)?;
        return Ok(StartOutcome::Started(started.execution.clone()));
    };
    tx.guard()?;
    // The event is handed out with the first, from the file.
    let first = request.first_event(tx.now);
    let id = insert(tx, started, first, (None, ChildPolicy::Abandon), false)?;
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

/// Writes a new instance with its first event, and returns its number. Cannot be refused after it has written.
///
/// A node of this process that waits for such an instance owns it at once if that `may_be_taken`.
pub(crate) fn insert(
    tx: &mut Tx<'_>,
    started: &ExecutionStarted,
    event: Event,
    (parent_run, policy): (Option<i64>, ChildPolicy),
    may_be_taken: bool,
) -> Result<i64, StoreError> {
    let first = First::encode(&event, &started.instance, &started.execution)?;
    let code = tx.intern(CodeKind::Orchestrator, &started.name, &started.version)?;
    let is_due = started.scheduled_start.is_none_or(|due| due <= tx.now);
    let owner = if may_be_taken && is_due {
        taker(tx, started)
    } else {
        None
    };
    let id = tx.draw()?;
    let head = Head {
        id,
        instance: started.instance.clone(),
        // Drawn from the same numbers, so nothing else has it.
        run: id,
        execution: started.execution.clone(),
        started_as: None,
        generation: started.generation,
        code,
        status: InstanceStatus::Pending,
        owner,
        epoch: i64::from(owner.is_some()),
        ready: IDLE,
        first: Some(id),
        event_count: 0,
        history_tail: None,
        created: tx.now,
        due: started.scheduled_start,
        ended: None,
        is_blocked: false,
        policy,
    };
    tx.execute(
        "INSERT INTO instance (id, text_id, run, execution, generation, code, status, owner, epoch, ready, first,
             event_count, created, updated, due, parent_run, child_policy, started)
         VALUES (?1, ?2, ?1, ?3, ?4, ?5, 0, ?6, ?7, 0, ?1, 0, ?8, 0, ?9, ?10, ?11, ?12)",
        (
            id,
            Packed(head.instance.as_str()),
            Packed(head.execution.as_str()),
            head.generation,
            head.code,
            head.owner,
            head.epoch,
            tx.now.as_micros(),
            head.due.map(Timestamp::as_micros),
            parent_run,
            policy_number(policy),
            first.inline(),
        ),
    )?;
    first.store_apart(tx, id)?;
    insert_tags(tx, started, &head)?;
    if let Some(due) = head.due.filter(|due| *due > tx.now) {
        timer::set_start(tx, head.run, id, due)?;
    }
    tx.effects.progress(&head.instance);
    match owner {
        Some(node) => tx.effects.fresh.push(Fresh {
            node,
            head,
            started: Box::new(started.clone()),
            is_small: first.inline().is_some(),
            first: event,
        }),
        None => tx.effects.touched.push(id),
    }
    Ok(id)
}

pub(crate) fn insert_tags(tx: &Tx<'_>, started: &ExecutionStarted, head: &Head) -> Result<(), StoreError> {
    for (name, value) in &started.tags {
        tx.execute(
            "INSERT INTO tag (name, value, created, instance) VALUES (?1, ?2, ?3, ?4)",
            (name, value, head.created.as_micros(), head.id),
        )?;
    }
    Ok(())
}

/// Returns the node of this process that takes an instance as soon as it is started.
fn taker(tx: &Tx<'_>, started: &ExecutionStarted) -> Option<i64> {
    let mut takers = tx
        .nodes
        .all
        .values()
        .filter(|node| node.is_live() && node.takes(&started.name, &started.version));
    let node = takers.find(|node| {
        let promised = tx.effects.fresh.iter().filter(|fresh| fresh.node == node.row);
        node.room() > promised.count()
    });
    node.map(|node| node.row)
}
