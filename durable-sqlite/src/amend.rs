//! Changes of an instance that are made outside a turn.

use durable_core::history::{Event, EventKind};
use durable_core::hub::{ActivityDemand, Amendment, InstanceStatus, Outgoing};
use durable_core::{ExecutionId, InstanceId, RecordedVersion};

use crate::code::CodeKind;
use crate::error::{StoreError, conflict, invalid, not_found};
use crate::inbox::{self, For};
use crate::instance::Head;
use crate::tx::Tx;
use crate::{ending, fence, history, outgoing};

/// Changes an instance if it still stands where the caller saw it.
pub(crate) fn amend(
    tx: &mut Tx<'_>,
    instance: &InstanceId,
    (execution, event_count): (&ExecutionId, u64),
    amendment: &Amendment,
) -> Result<(), StoreError> {
    let head = Head::by_name(tx.conn, instance)?;
    let mut head = head.ok_or_else(|| not_found(format!("there is no instance `{instance}`")))?;
    if head.execution != *execution || u64::try_from(head.event_count) != Ok(event_count) {
        return Err(conflict(format!(
            "the instance `{instance}` stands at execution `{}` with {} events, and not at execution `{execution}` \
             with {event_count}",
            head.execution, head.event_count
        ))
        .into());
    }
    // Whoever owns it works from a history that is not the history any more.
    head.disown(tx);
    match amendment {
        Amendment::Move { event, version } => move_to(tx, &mut head, event, version)?,
        Amendment::Rewind {
            execution,
            events,
            version,
            outgoing,
        } => {
            let name = tx.code(head.code)?.name;
            fence::refuse(tx, &name, version)?;
            set_version(tx, &mut head, version)?;
            rewind(tx, &mut head, (execution, events), outgoing)?;
        }
    }
    head.unblock(tx)?;
    head.save_place(tx)?;
    head.save_progress(tx)?;
    tx.effects.touched.push(head.id);
    tx.effects.progress(&head.instance);
    Ok(())
}

fn set_version(tx: &mut Tx<'_>, head: &mut Head, version: &RecordedVersion) -> Result<(), StoreError> {
    let name = tx.code(head.code)?.name;
    head.code = tx.intern(CodeKind::Orchestrator, &name, version)?;
    Ok(())
}

fn move_to(
    tx: &mut Tx<'_>,
    head: &mut Head,
    event: &Event,
    version: &RecordedVersion,
) -> Result<(), StoreError> {
    if head.status.is_ended() {
        let message = format!(
            "the instance `{}` has ended: it is {}",
            head.instance, head.status
        );
        return Err(conflict(message).into());
    }
    set_version(tx, head, version)?;
    history::append(tx, head, std::slice::from_ref(event))
}

fn rewind(
    tx: &mut Tx<'_>,
    head: &mut Head,
    (execution, events): (&ExecutionId, &[Event]),
    outgoing: &[Outgoing],
) -> Result<(), StoreError> {
    if !head.status.is_ended() {
        let message = format!(
            "the instance `{}` has not ended: it is {}",
            head.instance, head.status
        );
        return Err(conflict(message).into());
    }
    let is_first = |event: &&Event| matches!(event.kind, EventKind::ExecutionStarted(_));
    // Without a turn that is kept, the first event is among the messages, and begins the new execution.
    let sent = outgoing.iter().filter_map(|sent| match sent {
        Outgoing::Send { to, event, .. } if *to == head.instance => Some(event),
        _ => None,
    });
    let first = events.iter().chain(sent).find(is_first);
    let missing = || {
        invalid(format!(
            "the rewound history of `{}` has no first event",
            head.instance
        ))
    };
    let first = first.ok_or_else(missing)?;
    history::remove(tx, head)?;
    ending::drop_execution(tx, head)?;
    tx.execute("DELETE FROM outcome WHERE instance = ?1", [head.id])?;
    let (before, run) = (head.run, tx.draw()?);
    head.replace_execution(run, execution.clone());
    // The children of the old execution are those of the new one: it waits for them.
    tx.execute(
        "UPDATE instance SET parent_run = ?1 WHERE parent_run = ?2",
        (head.run, before),
    )?;
    head.status = InstanceStatus::Running;
    head.ended = None;
    ending::replace_started(tx, head, first)?;
    history::append(tx, head, events)?;
    // The row must name the new execution before anything is sent to it or by it.
    head.save_progress(tx)?;
    // No node owns the activities: whoever takes the instance over is not known yet.
    let encoded = outgoing::encode(head, outgoing)?;
    outgoing::send(tx, head, (outgoing, &encoded), 0, ActivityDemand::default())?;
    wake(tx, head)
}

/// Makes the rewound instance take a turn even if nothing that it waits for is scheduled anew.
fn wake(tx: &mut Tx<'_>, head: &Head) -> Result<(), StoreError> {
    let resumed = inbox::event_now(
        tx,
        EventKind::ExecutionResumed {
            reason: "rewound".to_owned(),
        },
    );
    inbox::post(tx, head.id, For::Any, &resumed)
}
