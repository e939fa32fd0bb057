//! How activities end: with a result, by silence, or because nobody wants them any more.

use durable_core::history::EventKind;
use durable_core::hub::{ActivityCompletion, CompletionToken};
use durable_core::{FailureDetails, Payload, TaskId};

use super::ActivityToken;
use crate::error::{StoreError, not_found};
use crate::inbox::{self, For};
use crate::instance::Head;
use crate::tx::{Tx, rows};

/// Takes the end of an activity. Its row goes, and its result goes to the inbox unless the turn has applied it.
pub(crate) fn complete(tx: &mut Tx<'_>, completion: &ActivityCompletion) -> Result<(), StoreError> {
    let token = ActivityToken::of(&completion.session)?;
    token.check(tx)?;
    let bytes = if completion.applied {
        None
    } else {
        Some(encode_result(tx, token.key.task, &completion.result)?)
    };
    let sql = "DELETE FROM activity WHERE run = ?1 AND task = ?2";
    if tx.execute(sql, (token.run, token.task))? == 0 {
        return Err(token.stale(0));
    }
    tx.effects.finished.push((token.run, token.task));
    tx.effects.removed.push((token.instance, token.task));
    match bytes {
        Some(bytes) => inbox::post_encoded(tx, token.instance, For::Run(token.run), &bytes),
        None => Ok(()),
    }
}

/// Takes the end of an activity from outside the worker that ran it.
pub(crate) fn complete_by_key(
    tx: &mut Tx<'_>,
    token: &CompletionToken,
    result: &Result<Payload, FailureDetails>,
) -> Result<(), StoreError> {
    let key = &token.0;
    let gone = || not_found(format!("nobody waits for the activity `{key}` any more"));
    let head = Head::by_name(tx.conn, &key.instance)?.filter(|head| head.execution == key.execution);
    let head = head.ok_or_else(gone)?;
    let task = i64::from(key.task.0);
    let owner: Option<Option<i64>> = tx.row(
        "SELECT owner FROM activity WHERE run = ?1 AND task = ?2",
        (head.run, task),
        |row| row.get(0),
    )?;
    let owner = owner.ok_or_else(gone)?;
    if let Some(owner) = owner {
        tx.effects.cancelled.push((owner, head.run, task));
    }
    tx.effects.removed.push((head.id, task));
    post_result(tx, head.id, head.run, key.task, result)?;
    // It has not ended where it runs: its worker is told to stop it.
    let sql = "DELETE FROM activity WHERE run = ?1 AND task = ?2";
    tx.execute(sql, (head.run, task))?;
    Ok(())
}

fn post_result(
    tx: &mut Tx<'_>,
    instance: i64,
    run: i64,
    task: TaskId,
    result: &Result<Payload, FailureDetails>,
) -> Result<(), StoreError> {
    let bytes = encode_result(tx, task, result)?;
    inbox::post_encoded(tx, instance, For::Run(run), &bytes)
}

fn encode_result(
    tx: &Tx<'_>,
    task: TaskId,
    result: &Result<Payload, FailureDetails>,
) -> Result<Vec<u8>, StoreError> {
    let kind = match result {
        Ok(result) => EventKind::TaskCompleted {
            task,
            result: result.clone(),
        },
        Err(failure) => EventKind::TaskFailed {
            task,
            failure: failure.clone(),
        },
    };
    inbox::encode(&inbox::event_now(tx, kind))
}

/// Drops an activity that is not wanted any more; whoever runs it is told.
pub(crate) fn cancel(tx: &mut Tx<'_>, head: &Head, task: TaskId) -> Result<(), StoreError> {
    let (run, task) = (head.run, i64::from(task.0));
    tx.effects.removed.push((head.id, task));
    let sql = "DELETE FROM activity WHERE run = ?1 AND task = ?2 RETURNING owner";
    let owner: Option<Option<i64>> = tx.row(sql, (run, task), |row| row.get(0))?;
    if let Some(owner) = owner.flatten() {
        tx.effects.cancelled.push((owner, run, task));
    }
    Ok(())
}

/// Drops all activities of an execution that is over.
pub(crate) fn drop_all(tx: &mut Tx<'_>, run: i64) -> Result<(), StoreError> {
    let sql = "DELETE FROM activity WHERE run = ?1 RETURNING owner, task";
    let dropped: Vec<(Option<i64>, i64)> = rows(tx.conn, sql, [run], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let running = dropped
        .into_iter()
        .filter_map(|(owner, task)| Some((owner?, run, task)));
    tx.effects.cancelled.extend(running);
    Ok(())
}

/// The most activities that are lost in one transaction, so that other requests get their turn.
const LOST_MAX: i64 = 1000;

/// Fails the activities whose owner was silent for too long; who runs them is told to stop.
pub(crate) fn lose_silent(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    let silent: Vec<(i64, i64, i64, Option<i64>)> = rows(
        tx.conn,
        "SELECT run, task, instance, owner FROM activity WHERE deadline <= ?1 ORDER BY deadline LIMIT ?2",
        (tx.now.as_micros(), LOST_MAX),
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
    )?;
    for (run, number, instance, owner) in silent {
        let task = TaskId(u32::try_from(number).unwrap_or(u32::MAX));
        let lost = Err(FailureDetails::heartbeat_timeout());
        post_result(tx, instance, run, task, &lost)?;
        tx.execute("DELETE FROM activity WHERE run = ?1 AND task = ?2", (run, number))?;
        tx.effects.removed.push((instance, number));
        tx.effects
            .cancelled
            .extend(owner.map(|owner| (owner, run, number)));
    }
    Ok(())
}
