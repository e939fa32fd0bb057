//! The row of an instance.

use durable_core::history::ChildPolicy;
use durable_core::hub::InstanceStatus;
use durable_core::{ExecutionId, InstanceId, NameError, Timestamp};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use crate::error::StoreError;
use crate::packed::{Packed, parse_id};
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
    /// The execution it was started with, if another is current.
    pub(crate) started_as: Option<ExecutionId>,
    pub(crate) generation: u32,
    pub(crate) code: i64,
    pub(crate) status: InstanceStatus,
    pub(crate) owner: Option<i64>,
    pub(crate) epoch: i64,
    pub(crate) ready: i64,
    /// The number of the message that is the execution's first event, while no turn has consumed it.
    pub(crate) first: Option<i64>,
    pub(crate) event_count: i64,
    pub(crate) history_tail: Option<i64>,
    pub(crate) created: Timestamp,
    pub(crate) due: Option<Timestamp>,
    pub(crate) ended: Option<Timestamp>,
    pub(crate) is_blocked: bool,
    pub(crate) policy: ChildPolicy,
}

macro_rules! columns {
    () => {
        "SELECT id, text_id, run, execution, first_execution, generation, code, status, owner, epoch, ready, first, \
         event_count, history_tail, created, due, created + ended, blocked IS NOT NULL, child_policy FROM instance "
    };
}

impl Head {
    /// Reads the row with a number.
    pub(crate) fn by_id(conn: &Connection, id: i64) -> Result<Option<Self>, StoreError> {
        row(conn, concat!(columns!(), "WHERE id = ?1"), [id], read)
    }

    /// Reads the row of an instance.
    pub(crate) fn by_name(conn: &Connection, instance: &InstanceId) -> Result<Option<Self>, StoreError> {
        let sql = concat!(columns!(), "WHERE text_id = ?1");
        row(conn, sql, [Packed(instance.as_str())], read)
    }

    /// Returns the execution it was started with, which makes the start idempotent for the instance's whole life.
    pub(crate) fn first_execution(&self) -> &ExecutionId {
        self.started_as.as_ref().unwrap_or(&self.execution)
    }

    /// Makes another execution the current one.
    pub(crate) fn replace_execution(&mut self, run: i64, execution: ExecutionId) {
        let before = std::mem::replace(&mut self.execution, execution);
        self.started_as.get_or_insert(before);
        self.run = run;
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

    /// Returns how long after its start the present moment is, which is how the row tells later times.
    fn age(&self, now: Timestamp) -> i64 {
        now.as_micros().saturating_sub(self.created.as_micros())
    }

    /// Stores what every turn moves on, and touches no index.
    pub(crate) fn save_turn(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        tx.execute(
            "UPDATE instance SET status = ?2, first = ?3, event_count = ?4, history_tail = ?5, updated = ?6
             WHERE id = ?1",
            (
                self.id,
                status_number(self.status),
                self.first,
                self.event_count,
                self.history_tail,
                self.age(tx.now),
            ),
        )?;
        Ok(())
    }

    /// Stores what the last turn moves on: nobody owns the instance, and no message waits.
    pub(crate) fn save_end(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        tx.execute(
            "UPDATE instance SET status = ?2, first = NULL, event_count = ?3, history_tail = ?4, updated = ?5,
                 ended = ?6, owner = NULL, epoch = ?7 WHERE id = ?1",
            (
                self.id,
                status_number(self.status),
                self.event_count,
                self.history_tail,
                self.age(tx.now),
                self.ended.map(|ended| self.age(ended)),
                self.epoch,
            ),
        )?;
        Ok(())
    }

    /// Stores everything that a turn or a change from outside can move on.
    pub(crate) fn save_progress(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        tx.execute(
            "UPDATE instance SET run = ?2, execution = ?3, first_execution = ?4, generation = ?5, status = ?6,
                 first = ?7, event_count = ?8, history_tail = ?9, updated = ?10, ended = ?11, due = ?12 WHERE id = ?1",
            (
                self.id,
                self.run,
                Packed(self.execution.as_str()),
                self.started_as.as_ref().map(|first| Packed(first.as_str())),
                self.generation,
                status_number(self.status),
                self.first,
                self.event_count,
                self.history_tail,
                self.age(tx.now),
                self.ended.map(|ended| self.age(ended)),
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
    let started_as = match row.get_ref(4)? {
        ValueRef::Null => None,
        _ => Some(parse_id(row, 4, ExecutionId::new)?),
    };
    Ok(Head {
        id: row.get(0)?,
        instance: parse_id(row, 1, InstanceId::new)?,
        run: row.get(2)?,
        execution: parse_id(row, 3, ExecutionId::new)?,
        started_as,
        generation: row.get(5)?,
        code: row.get(6)?,
        status: status_at(row, 7)?,
        owner: row.get(8)?,
        epoch: row.get(9)?,
        ready: row.get(10)?,
        first: row.get(11)?,
        event_count: row.get(12)?,
        history_tail: row.get(13)?,
        created: Timestamp::from_micros(row.get(14)?),
        due: moment(row, 15)?,
        ended: moment(row, 16)?,
        is_blocked: row.get(17)?,
        policy: policy_of(row.get(18)?),
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
