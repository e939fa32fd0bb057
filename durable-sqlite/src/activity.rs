//! Activities: rows that are owned while they run and gone when they are not wanted any more.

use std::time::Duration;

use durable_core::history::EventKind;
use durable_core::hub::{
    ActivityCompletion, ActivityKey, ActivityOrder, ActivityWork, CompletionToken, Session,
};
use durable_core::{ExecutionId, FailureDetails, InstanceId, Payload, TaskId, Timestamp};
use rusqlite::Connection;

use crate::code::CodeKind;
use crate::error::{StoreError, invalid, not_found};
use crate::frame;
use crate::inbox::{self, For};
use crate::instance::Head;
use crate::packed::parse_id;
use crate::tx::{Tx, execute, row, rows};

/// What a session of an activity stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ActivityToken {
    pub(crate) node: i64,
    pub(crate) instance: i64,
    pub(crate) run: i64,
    pub(crate) task: i64,
    pub(crate) epoch: i64,
    pub(crate) key: ActivityKey,
}

impl ActivityToken {
    pub(crate) fn of(session: &Session) -> Result<&Self, StoreError> {
        let token = session.token();
        token
            .ok_or_else(|| invalid("the session is not one of an activity of a SQLite hub".to_owned()).into())
    }

    fn stale(&self, current: i64) -> StoreError {
        StoreError::Stale {
            what: format!("activity `{}`", self.key),
            held: self.epoch,
            current,
        }
    }

    /// Refuses unless the session's node still owns the activity.
    ///
    /// What a node of this process runs is known: whatever takes an activity from it tells the writer.
    pub(crate) fn check(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        let node = tx.nodes.by_row(self.node);
        let running = node.and_then(|node| node.running.get(&(self.run, self.task)));
        if running.is_some_and(|token| token.epoch == self.epoch) {
            return Ok(());
        }
        self.check_in(tx.conn)
    }

    fn check_in(&self, conn: &Connection) -> Result<(), StoreError> {
        let found: Option<(Option<i64>, i64)> = row(
            conn,
            "SELECT owner, epoch FROM activity WHERE run = ?1 AND task = ?2",
            (self.run, self.task),
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        match found {
            Some((owner, epoch)) if owner == Some(self.node) && epoch == self.epoch => Ok(()),
            Some((_, epoch)) => Err(self.stale(epoch)),
            None => Err(self.stale(0)),
        }
    }

    /// Returns whether the session's node still owns the activity.
    pub(crate) fn holds(&self, conn: &Connection) -> Result<bool, StoreError> {
        match self.check_in(conn) {
            Ok(()) => Ok(true),
            Err(StoreError::Stale { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Encodes what an activity is to be given.
pub(crate) fn encode(head: &Head, order: &ActivityOrder) -> Result<Vec<u8>, StoreError> {
    let bytes = frame::encode_activity(&order.input, order.trace.as_deref(), order.queue.as_deref());
    Ok(bytes.map_err(|error| error.at(&head.instance, "activity input"))?)
}

/// Adds an activity, encoded before; `node` owns it at once and gets it back as work.
pub(crate) fn order(
    tx: &mut Tx<'_>,
    head: &Head,
    (order, bytes): (&ActivityOrder, &[u8]),
    node: Option<i64>,
) -> Result<Option<ActivityWork>, StoreError> {
    let code = tx.intern(CodeKind::Activity, &order.name, &order.version)?;
    let (task, epoch) = (i64::from(order.task.0), i64::from(node.is_some()));
    let deadline = order.heartbeat.filter(|_| node.is_some());
    let deadline = deadline.map(|limit| tx.now.saturating_add(limit));
    if let Some(deadline) = deadline {
        tx.effects.due_at(deadline);
    }
    tx.execute(
        "INSERT OR REPLACE INTO activity
             (run, task, instance, code, owner, epoch, deliveries, attempt, heartbeat, deadline, created, frame)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7, ?8, ?9, ?10, ?11)",
        (
            head.run,
            task,
            head.id,
            code,
            node,
            epoch,
            order.attempt,
            order.heartbeat.map(as_micros),
            deadline.map(Timestamp::as_micros),
            tx.now.as_micros(),
            bytes,
        ),
    )?;
    tx.effects.ordered.push((head.id, task));
    let Some(node) = node else {
        tx.effects.activities.push(code);
        return Ok(None);
    };
    let key = ActivityKey {
        instance: head.instance.clone(),
        execution: head.execution.clone(),
        task: order.task,
    };
    let token = ActivityToken {
        node,
        instance: head.id,
        run: head.run,
        task,
        epoch,
        key: key.clone(),
    };
    tx.effects.running.push(token.clone());
    Ok(Some(ActivityWork {
        key,
        name: order.name.clone(),
        version: order.version.clone(),
        input: order.input.clone(),
        attempt: order.attempt,
        deliveries: 0,
        heartbeat: order.heartbeat,
        progress: None,
        trace: order.trace.clone(),
        session: Session::new(token),
    }))
}

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

/// Notes that an activity is alive. Answers whether it is not wanted any more.
pub(crate) fn heartbeat(
    tx: &mut Tx<'_>,
    token: &ActivityToken,
    progress: Option<&Payload>,
) -> Result<bool, StoreError> {
    match token.check(tx) {
        Err(StoreError::Stale { .. }) => return Ok(true),
        checked => checked?,
    }
    let bytes = progress.map(frame::encode_payload).transpose();
    let bytes = bytes.map_err(|error| error.at(&token.key, "progress"))?;
    tx.execute(
        "UPDATE activity SET progress = coalesce(?3, progress), deadline = ?4 + heartbeat
         WHERE run = ?1 AND task = ?2 AND (?3 IS NOT NULL OR heartbeat IS NOT NULL)",
        (token.run, token.task, bytes, tx.now.as_micros()),
    )?;
    Ok(false)
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

/// Returns when the next activity has been silent for too long.
pub(crate) fn next_deadline(conn: &Connection) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT min(deadline) FROM activity WHERE deadline IS NOT NULL";
    let deadline: Option<i64> = row(conn, sql, [], |row| row.get(0))?.flatten();
    Ok(deadline.map(Timestamp::from_micros))
}

fn as_micros(limit: Duration) -> i64 {
    i64::try_from(limit.as_micros()).unwrap_or(i64::MAX / 2)
}

fn from_micros(limit: i64) -> Duration {
    Duration::from_micros(limit.unsigned_abs())
}

/// Gives an activity back. Without effect if it is owned by another by now.
pub(crate) fn abandon(tx: &mut Tx<'_>, token: &ActivityToken) -> Result<(), StoreError> {
    let code: Option<i64> = tx.row(
        "UPDATE activity SET owner = NULL, deadline = NULL
         WHERE run = ?1 AND task = ?2 AND owner = ?3 AND epoch = ?4 RETURNING code",
        (token.run, token.task, token.node, token.epoch),
        |row| row.get(0),
    )?;
    tx.effects.activities.extend(code);
    tx.effects.finished.push((token.run, token.task));
    Ok(())
}

/// The owner of an activity that is completed from outside. The sequence never gives this number to a node.
const OUTSIDE: i64 = 0;

/// Leaves an activity to be completed from outside: it has an owner for good, and so is not handed out.
pub(crate) fn park(tx: &mut Tx<'_>, token: &ActivityToken) -> Result<(), StoreError> {
    token.check(tx)?;
    tx.execute(
        "UPDATE activity SET owner = ?3, epoch = epoch + 1, deadline = NULL WHERE run = ?1 AND task = ?2",
        (token.run, token.task, OUTSIDE),
    )?;
    tx.effects.finished.push((token.run, token.task));
    Ok(())
}

/// Makes a node the owner of an activity that has none, and reads it.
pub(crate) fn claim(
    (conn, now): (&Connection, Timestamp),
    node: i64,
    (run, task): (i64, i64),
    code: &crate::code::Code,
) -> Result<Option<ActivityWork>, StoreError> {
    let sql =
        "SELECT i.text_id, i.execution, a.epoch, a.deliveries, a.attempt, a.heartbeat, a.progress, a.frame, a.instance
               FROM activity a JOIN instance i ON i.id = a.instance WHERE a.run = ?1 AND a.task = ?2";
    let found = row(conn, sql, (run, task), |row| {
        Ok(Stored {
            number: row.get(8)?,
            instance: parse_id(row, 0, InstanceId::new)?,
            execution: parse_id(row, 1, ExecutionId::new)?,
            epoch: row.get(2)?,
            deliveries: row.get(3)?,
            attempt: row.get(4)?,
            heartbeat: row.get(5)?,
            progress: row.get(6)?,
            frame: row.get(7)?,
        })
    })?;
    let Some(stored) = found else {
        return Ok(None);
    };
    execute(
        conn,
        "UPDATE activity SET owner = ?3, epoch = epoch + 1, deliveries = deliveries + 1, deadline = ?4 + heartbeat
         WHERE run = ?1 AND task = ?2",
        (run, task, node, now.as_micros()),
    )?;
    let key = ActivityKey {
        instance: stored.instance,
        execution: stored.execution,
        task: TaskId(u32::try_from(task).unwrap_or(u32::MAX)),
    };
    let (input, trace) =
        frame::decode_activity(&stored.frame).map_err(|error| error.at(&key, "activity input"))?;
    let progress = stored.progress.map(|bytes| frame::decode_payload(&bytes));
    Ok(Some(ActivityWork {
        name: code.name.clone(),
        version: code.version.clone(),
        input,
        attempt: stored.attempt,
        deliveries: stored.deliveries,
        heartbeat: stored.heartbeat.map(from_micros),
        progress: progress.transpose().map_err(|error| error.at(&key, "progress"))?,
        trace,
        session: Session::new(ActivityToken {
            node,
            instance: stored.number,
            run,
            task,
            epoch: stored.epoch + 1,
            key: key.clone(),
        }),
        key,
    }))
}

/// An activity's row as it is claimed.
struct Stored {
    number: i64,
    instance: InstanceId,
    execution: ExecutionId,
    epoch: i64,
    deliveries: u32,
    attempt: u32,
    heartbeat: Option<i64>,
    progress: Option<Vec<u8>>,
    frame: Vec<u8>,
}
