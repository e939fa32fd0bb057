//! What a turn sends.

use durable_core::history::{ChildPolicy, EventKind};
use durable_core::hub::{ActivityDemand, ActivityWork, ChildStart, Outgoing};
use durable_core::{FailureDetails, FailureOrigin, InstanceId};

use crate::error::StoreError;
use crate::inbox::{self, For};
use crate::instance::Head;
use crate::packed::Packed;
use crate::tx::Tx;
use crate::{activity, ending, signal, start, timer};

/// Encodes the activities among them, in order. Apart from sending, because this can be refused.
pub(crate) fn encode(head: &Head, outgoing: &[Outgoing]) -> Result<Vec<Vec<u8>>, StoreError> {
    let orders = outgoing.iter().filter_map(|outgoing| match outgoing {
        Outgoing::Activity(order) => Some(activity::encode(head, order)),
        _ => None,
    });
    orders.collect()
}

/// Returns whether sending them cannot be refused once the activities are encoded.
pub(crate) fn is_certain(outgoing: &[Outgoing]) -> bool {
    outgoing.iter().all(|outgoing| match outgoing {
        Outgoing::Activity(_)
        | Outgoing::Timer { .. }
        | Outgoing::CancelActivity(_)
        | Outgoing::CancelTimer(_) => true,
        Outgoing::StartChild(_)
        | Outgoing::Send { .. }
        | Outgoing::Raise { .. }
        | Outgoing::CancelChild { .. }
        | Outgoing::CancelChildren { .. } => false,
    })
}

/// Applies everything in order, and returns the activities that `node` owns at once, as far as `eager` has room.
/// `encoded`: what [`encode`] made of the same list.
pub(crate) fn send(
    tx: &mut Tx<'_>,
    head: &Head,
    (outgoing, encoded): (&[Outgoing], &[Vec<u8>]),
    node: i64,
    mut eager: ActivityDemand,
) -> Result<Vec<ActivityWork>, StoreError> {
    let mut activities = Vec::new();
    let mut encoded = encoded.iter();
    for outgoing in outgoing {
        match outgoing {
            Outgoing::Activity(order) => {
                let runs = |node: &crate::node::LocalNode| node.runs(&order.name, &order.version);
                let here = tx.nodes.by_row(node).is_some_and(runs) && eager.take(&order.name);
                let bytes = encoded.next().map_or(&[][..], Vec::as_slice);
                activities.extend(activity::order(tx, head, (order, bytes), here.then_some(node))?);
            }
            Outgoing::Timer { task, fire_at } => timer::set(tx, head.run, head.id, *task, *fire_at)?,
            Outgoing::StartChild(child) => start_child(tx, head, child)?,
            Outgoing::Send { to, execution, event } => {
                inbox::deliver(tx, head.id, to, execution.as_ref(), event)?;
            }
            Outgoing::Raise { to, name, input } => {
                let raised = inbox::event_now(
                    tx,
                    EventKind::EventRaised {
                        name: name.clone(),
                        input: input.clone(),
                    },
                );
                inbox::deliver(tx, head.id, to, None, &raised)?;
            }
            Outgoing::CancelActivity(task) => activity::cancel(tx, head, *task)?,
            Outgoing::CancelTimer(task) => timer::cancel(tx, head.run, *task)?,
            Outgoing::CancelChild {
                instance,
                policy,
                reason,
            } => cancel_child(tx, head, (instance, *policy), reason)?,
            Outgoing::CancelChildren { reason } => ending::settle_children(tx, head.run, reason, false)?,
        }
    }
    Ok(activities)
}

/// Starts a sub-orchestration, or tells the parent that its id is taken.
fn start_child(tx: &mut Tx<'_>, head: &Head, child: &ChildStart) -> Result<(), StoreError> {
    let started = &child.started;
    if Head::by_name(tx.conn, &started.instance)?.is_none() {
        let parent_run = started.parent.is_some().then_some(head.run);
        let first = child.first_event(tx.now);
        return start::insert(tx, started, first, (parent_run, child.policy), true).map(|_| ());
    }
    let Some(parent) = &started.parent else {
        // A detached start that nobody waits for.
        return Ok(());
    };
    let message = format!(
        "the instance id `{}` is taken by another instance",
        started.instance
    );
    let failed = inbox::event_now(
        tx,
        EventKind::SubOrchestrationInstanceFailed {
            task: parent.task,
            failure: FailureDetails::new(FailureOrigin::AlreadyExists, "AlreadyExists", message)
                .non_retriable(),
        },
    );
    inbox::post(tx, head.id, For::Run(head.run), &failed)
}

/// Deals with a child that the execution does not want any more; another's child is left alone.
fn cancel_child(
    tx: &mut Tx<'_>,
    head: &Head,
    (instance, policy): (&InstanceId, ChildPolicy),
    reason: &str,
) -> Result<(), StoreError> {
    let sql = "SELECT id FROM instance WHERE text_id = ?1 AND parent_run = ?2 AND ended IS NULL";
    let id: Option<i64> = tx.row(sql, (Packed(instance.as_str()), head.run), |row| row.get(0))?;
    let child = id.map(|id| Head::by_id(tx.conn, id)).transpose()?.flatten();
    let Some(child) = child else {
        return Ok(());
    };
    match policy {
        ChildPolicy::Cancel => signal::request_cancel(tx, child.id, reason),
        ChildPolicy::Terminate => ending::terminate(tx, child, reason, false),
        ChildPolicy::Abandon => Ok(()),
    }
}
