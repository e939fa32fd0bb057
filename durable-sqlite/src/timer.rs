//! Timers and scheduled starts: rows with a due time that come back as messages.

use durable_core::history::EventKind;
use durable_core::{TaskId, Timestamp};
use rusqlite::Connection;

use crate::activity;
use crate::error::StoreError;
use crate::inbox::{self, For};
use crate::tx::{Tx, row, rows};

/// The task of a timer that stands for the scheduled start of an instance.
const SCHEDULED_START: i64 = -1;

/// The most timers that fire in one transaction, so that other requests get their turn.
const FIRED_MAX: i64 = 2000;

pub(crate) fn set(
    tx: &mut Tx<'_>,
    run: i64,
    instance: i64,
    task: TaskId,
    due: Timestamp,
) -> Result<(), StoreError> {
    insert(tx, run, instance, i64::from(task.0), due)
}

pub(crate) fn set_start(tx: &mut Tx<'_>, run: i64, instance: i64, due: Timestamp) -> Result<(), StoreError> {
    insert(tx, run, instance, SCHEDULED_START, due)
}

fn insert(tx: &mut Tx<'_>, run: i64, instance: i64, task: i64, due: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "INSERT OR REPLACE INTO timer (run, task, instance, due) VALUES (?1, ?2, ?3, ?4)",
        (run, task, instance, due.as_micros()),
    )?;
    tx.effects.due_at(due);
    tx.effects.timers.push(instance);
    Ok(())
}

pub(crate) fn cancel(tx: &Tx<'_>, run: i64, task: TaskId) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM timer WHERE run = ?1 AND task = ?2",
        (run, i64::from(task.0)),
    )?;
    Ok(())
}

/// Removes all timers of an execution that is over.
pub(crate) fn drop_all(tx: &Tx<'_>, run: i64) -> Result<(), StoreError> {
    tx.execute("DELETE FROM timer WHERE run = ?1", [run])?;
    Ok(())
}

/// Sends back the timers that are due. They are removed in the same transaction, so each fires once.
pub(crate) fn fire_due(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    let due: Vec<(i64, i64, i64, i64)> = rows(
        tx.conn,
        "SELECT run, task, instance, due FROM timer WHERE due <= ?1 ORDER BY due LIMIT ?2",
        (tx.now.as_micros(), FIRED_MAX),
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
    )?;
    for (run, task, instance, due) in due {
        tx.execute("DELETE FROM timer WHERE run = ?1 AND task = ?2", (run, task))?;
        match u32::try_from(task) {
            Ok(task) => {
                let fired = inbox::event_now(
                    tx,
                    EventKind::TimerFired {
                        task: TaskId(task),
                        fire_at: Timestamp::from_micros(due),
                    },
                );
                inbox::post(tx, instance, For::Run(run), &fired)?;
            }
            // A scheduled start: its first event has been waiting.
            Err(_) => tx.effects.touched.push(instance),
        }
    }
    Ok(())
}

/// Returns when something is due next: a timer, or a sign of life from an activity.
pub(crate) fn next_due(conn: &Connection) -> Result<Option<Timestamp>, StoreError> {
    let due: Option<i64> = row(conn, "SELECT min(due) FROM timer", [], |row| row.get(0))?.flatten();
    let timer = due.map(Timestamp::from_micros);
    let moments = [timer, activity::next_deadline(conn)?];
    Ok(moments.into_iter().flatten().min())
}
