//! Activities: rows that are owned while they run and gone when they are not wanted any more.

mod end;
mod token;

use std::time::Duration;

use durable_core::hub::{ActivityKey, ActivityOrder, ActivityWork, Session};
use durable_core::{ExecutionId, InstanceId, Payload, TaskId, Timestamp};
use rusqlite::Connection;

use crate::code::{Code, CodeKind};
use crate::error::StoreError;
use crate::frame;
use crate::instance::Head;
use crate::packed::parse_id;
use crate::tx::{Tx, execute, row};

pub(crate) use end::{cancel, complete, complete_by_key, drop_all, lose_silent};
pub(crate) use token::ActivityToken;

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
    code: &Code,
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
