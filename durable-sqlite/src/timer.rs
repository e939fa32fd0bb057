//! Timers and scheduled starts: rows with a due time that come back as messages.

use durable_core::history::EventKind;
use durable_core::{TaskId, Timestamp};
use rusqlite::Connection;

use crate::activity;
use crate::error::StoreError;
use crate::fired::{self, Fired, Handed, TimerPlace, Way};
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
    remove(tx, run, i64::from(task.0))
}

/// Removes all timers of an execution that is over.
pub(crate) fn drop_all(tx: &Tx<'_>, run: i64) -> Result<(), StoreError> {
    tx.execute("DELETE FROM timer WHERE run = ?1", [run])?;
    Ok(())
}

/// Sends back the timers behind `from` that are due, and returns the place of the last.
///
/// The owner of an instance in this process is given the event, and the row stays until a turn takes it, if `may_direct`.
/// For any other the row becomes a message in the same transaction, so each fires once.
pub(crate) fn fire_due(
    tx: &mut Tx<'_>,
    from: TimerPlace,
    may_direct: bool,
) -> Result<TimerPlace, StoreError> {
    let due: Vec<(TimerPlace, i64)> = rows(
        tx.conn,
        "SELECT due, run, task, instance FROM timer WHERE due <= ?1 AND (due, run, task) > (?2, ?3, ?4)
         ORDER BY due, run, task LIMIT ?5",
        (tx.now.as_micros(), from.due, from.run, from.task, FIRED_MAX),
        |row| {
            let place = TimerPlace {
                due: row.get(0)?,
                run: row.get(1)?,
                task: row.get(2)?,
            };
            Ok((place, row.get(3)?))
        },
    )?;
    let last = due.last().map_or(from, |(place, _)| *place);
    for (TimerPlace { due, run, task }, instance) in due {
        let Ok(number) = u32::try_from(task) else {
            // A scheduled start: its first event has been waiting.
            remove(tx, run, task)?;
            tx.effects.touched.push(instance);
            continue;
        };
        let fired = Fired {
            run,
            task: TaskId(number),
            event: inbox::event_now(
                tx,
                EventKind::TimerFired {
                    task: TaskId(number),
                    fire_at: Timestamp::from_micros(due),
                },
            ),
        };
        match fired::way_of(tx.nodes, instance, (run, fired.task)) {
            Way::Done => {}
            Way::Direct(node) if may_direct => {
                let receipt = tx.draw()?;
                tx.effects.handed.push(Handed {
                    node,
                    instance,
                    receipt,
                    fired,
                });
            }
            Way::Direct(_) | Way::Inbox => {
                remove(tx, run, task)?;
                inbox::post(tx, instance, For::Run(run), &fired.event)?;
            }
        }
    }
    Ok(last)
}

fn remove(tx: &Tx<'_>, run: i64, task: i64) -> Result<(), StoreError> {
    tx.execute("DELETE FROM timer WHERE run = ?1 AND task = ?2", (run, task))?;
    Ok(())
}

/// Returns when something is due next: a timer behind `from`, or a sign of life from an activity.
pub(crate) fn next_due(conn: &Connection, from: TimerPlace) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT due FROM timer WHERE (due, run, task) > (?1, ?2, ?3) ORDER BY due, run, task LIMIT 1";
    let due: Option<i64> = row(conn, sql, (from.due, from.run, from.task), |row| row.get(0))?;
    let timer = due.map(Timestamp::from_micros);
    let moments = [timer, activity::next_deadline(conn)?];
    Ok(moments.into_iter().flatten().min())
}
