//! What a turn sends.

use durable_core::history::{ChildPolicy, EventKind};
use durable_core::hub::{ActivityDemand, ActivityWork, ChildStart, Outgoing};
use durable_core::{FailureDetails, FailureOrigin, InstanceId};

use crate::error::StoreError;
use crate::inbox::{self, For};
use crate::instance::Head;
use crate::tx::Tx;
use crate::{activity, ending, signal, start, timer};

/// Applies everything in order, and returns the activities that `node` owns at once, as far as `eager` has room.
pub(crate) fn send(
    tx: &mut Tx<'_>,
    head: &Head,
    outgoing: &[Outgoing],
    node: i64,
    mut eager: ActivityDemand,
) -> Result<Vec<ActivityWork>, StoreError> {
    let mut activities = Vec::new();
    for outgoing in outgoing {
        match outgoing {
            Outgoing::Activity(order) => {
                let runs = |node: &crate::node::LocalNode| node.runs(&order.name, &order.version);
                let here = tx.nodes.by_row(node).is_some_and(runs) && eager.take(&order.name);
                activities.extend(activity::order(tx, head, order, here.then_some(node))?);
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
            Outgoing::CancelActivity(task) => activity::cancel(tx, head.run, *task)?,
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
        return start::insert(tx, started, parent_run, child.policy).map(|_| ());
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
    let id: Option<i64> = tx.row(sql, (instance.as_str(), head.run), |row| row.get(0))?;
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
