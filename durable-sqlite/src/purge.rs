//! Removing ended instances.

use durable_core::InstanceId;
use durable_core::hub::{InstanceQuery, PurgeReport};

use crate::error::{StoreError, conflict, not_found};
use crate::instance::Head;
use crate::tx::{Tx, rows};
use crate::{activity, history, query, timer};

/// Removes an ended instance, and its ended sub-orchestrations if `recursive`.
pub(crate) fn purge(
    tx: &mut Tx<'_>,
    instance: &InstanceId,
    recursive: bool,
) -> Result<PurgeReport, StoreError> {
    let head = Head::by_name(tx.conn, instance)?;
    let head = head.ok_or_else(|| not_found(format!("there is no instance `{instance}`")))?;
    if !head.status.is_ended() {
        let message = format!("the instance `{instance}` has not ended: it is {}", head.status);
        return Err(conflict(message).into());
    }
    let mut purged = 0;
    let mut left = vec![(head.id, head.run)];
    while let Some((id, run)) = left.pop() {
        if recursive {
            let sql = "SELECT id, run FROM instance WHERE parent_run = ?1 AND ended IS NOT NULL";
            left.extend(rows(tx.conn, sql, [run], |row| Ok((row.get(0)?, row.get(1)?)))?);
        }
        remove(tx, id)?;
        purged += 1;
    }
    Ok(PurgeReport {
        purged,
        complete: true,
    })
}

/// Removes ended instances that match, at most a page of them.
pub(crate) fn purge_matching(tx: &mut Tx<'_>, query: &InstanceQuery) -> Result<PurgeReport, StoreError> {
    let limit = query::page_size(query);
    let found = query::matching(tx.conn, query, tx.now, limit + 1, true)?;
    let complete = found.len() <= limit;
    let mut purged = 0;
    for id in found.into_iter().take(limit) {
        remove(tx, id)?;
        purged += 1;
    }
    Ok(PurgeReport { purged, complete })
}

/// Removes every trace of an instance.
pub(crate) fn remove(tx: &mut Tx<'_>, id: i64) -> Result<(), StoreError> {
    let Some(mut head) = Head::by_id(tx.conn, id)? else {
        return Ok(());
    };
    history::remove(tx, &mut head)?;
    timer::drop_all(tx, head.run)?;
    activity::drop_all(tx, head.run)?;
    // The tags are named by the first event. One that cannot be read must not make the instance immortal, so they
    // are then looked for in the whole table.
    match history::load_started(tx.conn, &head) {
        Ok(started) => {
            for (name, value) in &started.tags {
                tx.execute(
                    "DELETE FROM tag WHERE name = ?1 AND value = ?2 AND instance = ?3",
                    (name, value, id),
                )?;
            }
        }
        Err(StoreError::Hub(_)) => {
            tx.execute("DELETE FROM tag WHERE instance = ?1", [id])?;
        }
        Err(error) => return Err(error),
    }
    tx.execute("DELETE FROM inbox WHERE instance = ?1", [id])?;
    tx.execute("DELETE FROM started WHERE instance = ?1", [id])?;
    tx.execute("DELETE FROM outcome WHERE instance = ?1", [id])?;
    tx.execute("DELETE FROM instance WHERE id = ?1", [id])?;
    if head.owner.is_some() {
        tx.effects.disowned.push(id);
    }
    tx.effects.end(&head.instance, None);
    Ok(())
}
