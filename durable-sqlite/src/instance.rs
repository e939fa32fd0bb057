//! The row of an instance.

use durable_core::history::ChildPolicy;
use durable_core::hub::InstanceStatus;
use durable_core::{ExecutionId, InstanceId, NameError, Timestamp};
use rusqlite::{Connection, Row};

use crate::error::StoreError;
use crate::tx::{Tx, row};

/// Nothing to hand out.
pub(crate) const IDLE: i64 = 0;
/// Has work and no owner.
pub(crate) const READY: i64 = 1;
/// Has an owner in another process who was sent a message.
pub(crate) const MAIL: i64 = 2;

/// What operations need of an instance's row.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    pub(crate) id: i64,
    pub(crate) instance: InstanceId,
    /// The number of the current execution.
    pub(crate) run: i64,
    pub(crate) execution: ExecutionId,
    /// The execution it was started with, which makes the start idempotent for the instance's whole life.
    pub(crate) first_execution: String,
    pub(crate) generation: u32,
    pub(crate) code: i64,
    pub(crate) status: InstanceStatus,
    pub(crate) owner: Option<i64>,
    pub(crate) epoch: i64,
    pub(crate) ready: i64,
    pub(crate) event_count: i64,
    pub(crate) history_tail: Option<i64>,
    pub(crate) due: Option<Timestamp>,
    pub(crate) ended: Option<Timestamp>,
    pub(crate) is_blocked: bool,
    pub(crate) policy: ChildPolicy,
}

impl Head {
    /// Reads the row with a number.
    pub(crate) fn by_id(conn: &Connection, id: i64) -> Result<Option<Self>, StoreError> {
        const SQL: &str = "SELECT id, text_id, run, execution, first_execution, generation, code, status, owner, \
             epoch, ready, event_count, history_tail, due, ended, blocked IS NOT NULL, child_policy \
             FROM instance WHERE id = ?1";
        row(conn, SQL, [id], read)
    }

    /// Reads the row of an instance.
    pub(crate) fn by_name(conn: &Connection, instance: &InstanceId) -> Result<Option<Self>, StoreError> {
        const SQL: &str = "SELECT id, text_id, run, execution, first_execution, generation, code, status, owner, \
             epoch, ready, event_count, history_tail, due, ended, blocked IS NOT NULL, child_policy \
             FROM instance WHERE text_id = ?1";
        row(conn, SQL, [instance.as_str()], read)
    }

    /// Returns whether its first turn may run.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        self.due.is_none_or(|due| due <= now)
    }

    /// Takes the instance from its owner, if it has one, and fences whoever it was.
    pub(crate) fn disown(&mut self, tx: &mut Tx<'_>) {
        if self.owner.take().is_some() {
            tx.effects.disowned.push(self.id);
        }
        self.epoch += 1;
        self.ready = IDLE;
    }

    /// Stores what a turn moves on.
    pub(crate) fn save_progress(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        tx.execute(
            "UPDATE instance SET run = ?2, execution = ?3, generation = ?4, status = ?5, event_count = ?6,
                 history_tail = ?7, updated = ?8, ended = ?9, due = ?10 WHERE id = ?1",
            (
                self.id,
                self.run,
                self.execution.as_str(),
                self.generation,
                status_number(self.status),
                self.event_count,
                self.history_tail,
                tx.now.as_micros(),
                self.ended.map(Timestamp::as_micros),
                self.due.map(Timestamp::as_micros),
            ),
        )?;
        Ok(())
    }

    /// Stores where the instance stands: its code and owner. Apart from progress, because these columns are indexed.
    pub(crate) fn save_place(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        tx.execute(
            "UPDATE instance SET code = ?2, owner = ?3, epoch = ?4, ready = ?5, ready_since = NULL WHERE id = ?1",
            (self.id, self.code, self.owner, self.epoch, self.ready),
        )?;
        Ok(())
    }

    /// Ends the block, if there is one.
    pub(crate) fn unblock(&mut self, tx: &Tx<'_>) -> Result<(), StoreError> {
        if std::mem::take(&mut self.is_blocked) {
            tx.execute(
                "UPDATE instance SET blocked = NULL, tried = NULL WHERE id = ?1",
                [self.id],
            )?;
        }
        Ok(())
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Head> {
    Ok(Head {
        id: row.get(0)?,
        instance: parse(row, 1, InstanceId::new)?,
        run: row.get(2)?,
        execution: parse(row, 3, ExecutionId::new)?,
        first_execution: row.get(4)?,
        generation: row.get(5)?,
        code: row.get(6)?,
        status: status_at(row, 7)?,
        owner: row.get(8)?,
        epoch: row.get(9)?,
        ready: row.get(10)?,
        event_count: row.get(11)?,
        history_tail: row.get(12)?,
        due: moment(row, 13)?,
        ended: moment(row, 14)?,
        is_blocked: row.get(15)?,
        policy: policy_of(row.get(16)?),
    })
}

/// Reads a text column as a checked name.
pub(crate) fn parse<T>(
    row: &Row<'_>,
    column: usize,
    new: impl FnOnce(&str) -> Result<T, NameError>,
) -> rusqlite::Result<T> {
    let failed = |error: NameError| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
    };
    new(row.get_ref(column)?.as_str()?).map_err(failed)
}

/// Reads a moment that may be missing.
pub(crate) fn moment(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp::from_micros))
}

/// Reads a status.
pub(crate) fn status_at(row: &Row<'_>, column: usize) -> rusqlite::Result<InstanceStatus> {
    let number = row.get(column)?;
    let found = InstanceStatus::ALL
        .into_iter()
        .find(|status| status_number(*status) == number);
    found.ok_or(rusqlite::Error::IntegralValueOutOfRange(column, number))
}

pub(crate) fn status_number(status: InstanceStatus) -> i64 {
    match status {
        InstanceStatus::Pending => 0,
        InstanceStatus::Running => 1,
        InstanceStatus::Suspended => 2,
        InstanceStatus::Completed => 3,
        InstanceStatus::Failed => 4,
        InstanceStatus::Canceled => 5,
        InstanceStatus::Terminated => 6,
    }
}

pub(crate) fn policy_number(policy: ChildPolicy) -> i64 {
    match policy {
        ChildPolicy::Cancel => 0,
        ChildPolicy::Terminate => 1,
        ChildPolicy::Abandon => 2,
    }
}

fn policy_of(number: i64) -> ChildPolicy {
    match number {
        1 => ChildPolicy::Terminate,
        2 => ChildPolicy::Abandon,
        _ => ChildPolicy::Cancel,
    }
}
