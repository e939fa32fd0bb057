//! What people see of an instance.

use durable_core::failure::FailureDetails;
use durable_core::history::{CompletionStatus, EventKind, ExecutionStarted};
use durable_core::hub::{BlockReport, InstanceRecord};
use durable_core::{FailureOrigin, InstanceId, Payload, RecordedVersion, Timestamp, WireName, WorkerId};
use rusqlite::Connection;

use crate::error::{StoreError, corrupt};
use crate::frame;
use crate::history;
use crate::instance::{Head, moment, parse};
use crate::tx::{Tx, row};

/// Since when an instance has had work that no live worker can do; for a query with `?1` = now and `i` = instance.
///
/// It is the moment at which the work became ready, or, while the row still names a worker whose lease ran out, the
/// moment at which that lease ended. An activity that nobody offers counts from when it was scheduled.
macro_rules! stalled_since {
    () => {
        "CASE
            WHEN i.ended IS NOT NULL OR i.blocked IS NOT NULL THEN NULL
            WHEN (i.ready = 1 OR (i.owner IS NOT NULL
                     AND NOT EXISTS (SELECT 1 FROM node n WHERE n.id = i.owner AND n.expires > ?1)
                     AND (i.first IS NOT NULL OR EXISTS (SELECT 1 FROM inbox b WHERE b.instance = i.id))))
                 AND NOT EXISTS (SELECT 1 FROM node n JOIN node_offer o ON o.node = n.id AND o.code = i.code
                                 WHERE n.expires > ?1)
            THEN coalesce(i.ready_since, (SELECT n.expires FROM node n WHERE n.id = i.owner), i.created + i.updated)
            ELSE (SELECT min(a.created) FROM activity a
                  WHERE a.run = i.run
                    AND NOT EXISTS (SELECT 1 FROM node n WHERE n.id = a.owner AND n.expires > ?1)
                    AND NOT EXISTS (SELECT 1 FROM node n JOIN node_offer o ON o.node = n.id AND o.code = a.code
                                    WHERE n.expires > ?1))
         END"
    };
}
pub(crate) use stalled_since;

/// The columns of a record that the head does not have.
struct Rest {
    name: WireName,
    version: String,
    created: Timestamp,
    updated: Timestamp,
    custom_status: Option<Vec<u8>>,
    blocked: Option<String>,
    worker: Option<WorkerId>,
    stalled_since: Option<Timestamp>,
    outcome: Option<Vec<u8>>,
}

/// Reads the record of an instance.
pub(crate) fn load(
    conn: &Connection,
    instance: &InstanceId,
    now: Timestamp,
) -> Result<Option<InstanceRecord>, StoreError> {
    Head::by_name(conn, instance)?
        .map(|head| of_head(conn, head, now))
        .transpose()
}

/// Reads the record that belongs to a head.
pub(crate) fn of_head(conn: &Connection, head: Head, now: Timestamp) -> Result<InstanceRecord, StoreError> {
    let sql = concat!(
        "SELECT c.name, c.version, i.created, i.created + i.updated, i.custom_status, i.blocked, n.worker, o.frame, ",
        stalled_since!(),
        " FROM instance i JOIN code c ON c.id = i.code
          LEFT JOIN node n ON n.id = i.owner
          LEFT JOIN outcome o ON o.instance = i.id
          WHERE i.id = ?2"
    );
    let rest = row(conn, sql, (now.as_micros(), head.id), |row| {
        let worker: Option<String> = row.get(6)?;
        Ok(Rest {
            name: parse(row, 0, WireName::new)?,
            version: row.get(1)?,
            created: Timestamp::from_micros(row.get(2)?),
            updated: Timestamp::from_micros(row.get(3)?),
            custom_status: row.get(4)?,
            blocked: row.get(5)?,
            worker: worker.map(|_| parse(row, 6, WorkerId::new)).transpose()?,
            outcome: row.get(7)?,
            stalled_since: moment(row, 8)?,
        })
    })?;
    let rest = rest.ok_or_else(|| {
        corrupt(format!(
            "the function of `{}` is missing from the file",
            head.instance
        ))
    })?;
    let started = history::load_started(conn, &head)?;
    let (output, failure) = match head.ended {
        Some(_) => results(load_outcome(conn, &head, &started, rest.outcome.as_deref())?),
        None => (None, None),
    };
    let custom_status = rest
        .custom_status
        .map(|bytes| frame::decode_payload(&bytes))
        .transpose();
    Ok(InstanceRecord {
        blocked: rest.blocked.map(|json| block_report(&head, &json)).transpose()?,
        custom_status: custom_status.map_err(|error| error.at(&head.instance, "custom status"))?,
        instance: head.instance,
        execution: head.execution,
        generation: head.generation,
        name: rest.name,
        version: RecordedVersion::from(rest.version),
        status: head.status,
        created_at: rest.created,
        updated_at: rest.updated,
        ended_at: head.ended,
        scheduled_start: head.due,
        input: started.input,
        output,
        failure,
        tags: started.tags,
        parent: started.parent,
        policy: head.policy,
        stalled_since: rest.stalled_since,
        owner: rest.worker,
        event_count: head.event_count.unsigned_abs(),
    })
}

/// Makes the record of an instance whose turn ends it. It is the same that would be read, and needs no look at the file.
pub(crate) fn of_ended(
    tx: &mut Tx<'_>,
    head: &Head,
    started: ExecutionStarted,
    status: &CompletionStatus,
) -> Result<InstanceRecord, StoreError> {
    let code = tx.code(head.code)?;
    let (output, failure) = results(Some(status.clone()));
    Ok(InstanceRecord {
        blocked: None,
        custom_status: None,
        instance: head.instance.clone(),
        execution: head.execution.clone(),
        generation: head.generation,
        name: code.name,
        version: code.version,
        status: head.status,
        created_at: head.created,
        updated_at: tx.now,
        ended_at: head.ended,
        scheduled_start: head.due,
        input: started.input,
        output,
        failure,
        tags: started.tags,
        parent: started.parent,
        policy: head.policy,
        stalled_since: None,
        owner: None,
        event_count: head.event_count.unsigned_abs(),
    })
}

fn block_report(head: &Head, json: &str) -> Result<BlockReport, StoreError> {
    let failed = |error| {
        corrupt(format!(
            "the block report of `{}` is not readable: {error}",
            head.instance
        ))
    };
    Ok(serde_json::from_str(json).map_err(failed)?)
}

/// Finds how an execution ended: in a row of its own, or in the last frame of its history.
fn load_outcome(
    conn: &Connection,
    head: &Head,
    started: &ExecutionStarted,
    stored: Option<&[u8]>,
) -> Result<Option<CompletionStatus>, StoreError> {
    let events = match stored {
        Some(bytes) => {
            frame::decode_events(bytes, None).map_err(|error| error.at(&head.instance, "outcome"))?
        }
        None => history::load_tail(conn, head, started)?,
    };
    Ok(events.into_iter().rev().find_map(|event| match event.kind {
        EventKind::ExecutionCompleted(status) => Some(status),
        _ => None,
    }))
}

fn results(status: Option<CompletionStatus>) -> (Option<Payload>, Option<FailureDetails>) {
    match status {
        Some(CompletionStatus::Completed(output)) => (Some(output), None),
        Some(CompletionStatus::Failed(details) | CompletionStatus::Canceled(details)) => {
            (None, Some(details))
        }
        Some(CompletionStatus::Terminated(reason)) => {
            let details = FailureDetails::new(FailureOrigin::Terminated, "Terminated", reason);
            (None, Some(details))
        }
        None => (None, None),
    }
}
