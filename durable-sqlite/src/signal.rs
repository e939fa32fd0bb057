//! Signals from clients.

use durable_core::InstanceId;
use durable_core::history::{EventKind, Marker, MarkerKind};
use durable_core::hub::Signal;

use crate::ending;
use crate::error::{StoreError, conflict, corrupt, not_found};
use crate::inbox::{self, For};
use crate::instance::Head;
use crate::tx::Tx;

/// Delivers a signal. A termination takes effect at once, even if nobody can run the instance's code.
pub(crate) fn signal(tx: &mut Tx<'_>, instance: &InstanceId, signal: &Signal) -> Result<(), StoreError> {
    let head = Head::by_name(tx.conn, instance)?;
    let mut head = head.ok_or_else(|| not_found(format!("there is no instance `{instance}`")))?;
    if head.status.is_ended() {
        return Err(conflict(format!(
            "the instance `{instance}` has ended: it is {}",
            head.status
        ))
        .into());
    }
    let kind = match signal {
        Signal::Terminate { reason, recursive } => return ending::terminate(tx, head, reason, *recursive),
        Signal::Cancel { reason } => return request_cancel(tx, head.id, reason),
        Signal::Event { name, input } => EventKind::EventRaised {
            name: name.clone(),
            input: input.clone(),
        },
        Signal::Suspend { reason } => EventKind::ExecutionSuspended {
            reason: reason.clone(),
        },
        Signal::Resume { reason } => {
            head.unblock(tx)?;
            tx.effects.progress(instance);
            EventKind::ExecutionResumed {
                reason: reason.clone(),
            }
        }
    };
    let event = inbox::event_now(tx, kind);
    inbox::post(tx, head.id, For::Any, &event)
}

/// Asks an instance to end.
pub(crate) fn request_cancel(tx: &mut Tx<'_>, instance: i64, reason: &str) -> Result<(), StoreError> {
    let failed = |error| corrupt(format!("the reason of a cancellation: {error}"));
    let marker = Marker {
        kind: MarkerKind::CancelRequested,
        version: 1,
        task: None,
        data: serde_json::to_string(reason).map_err(failed)?,
    };
    let event = inbox::event_now(tx, EventKind::Marker(marker));
    inbox::post(tx, instance, For::Any, &event)
}
