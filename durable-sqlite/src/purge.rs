//! Removing ended instances, in pieces that leave the writer to others in between.

use std::collections::VecDeque;
use std::sync::Arc;

use durable_core::InstanceId;
use durable_core::hub::{HubError, InstanceQuery, PurgeReport};
use rusqlite::Connection;

use crate::error::{StoreError, conflict, not_found};
use crate::hub::Shared;
use crate::instance::Head;
use crate::listing::{Filter, Place, matching};
use crate::tx::{Tx, rows};
use crate::{activity, history, timer};

/// How many instances one transaction removes at most. Whatever others ask for meanwhile is done between two of them.
const PIECE: usize = 32;

/// How many instances a call removes at most if it does not say.
const CALL_MAX: usize = 10_000;

impl Shared {
    /// Removes an ended instance, and its ended sub-orchestrations if `recursive`: these first, piece by piece, and the
    /// instance itself last, so that a purge that was cut short can be asked for again.
    pub(crate) async fn purge(&self, instance: InstanceId, recursive: bool) -> Result<PurgeReport, HubError> {
        let mut purged = 0;
        if recursive {
            let root = instance.clone();
            let found = self.read(move |conn| ended_children(conn, &root)).await?;
            for piece in found.rchunks(PIECE) {
                let piece = piece.to_vec();
                purged += self.write(move |tx| remove_ended(tx, &piece)).await?;
            }
        }
        let last = self.write(move |tx| purge(tx, &instance, recursive)).await?;
        Ok(PurgeReport {
            purged: purged + last,
            complete: true,
        })
    }

    /// Removes ended instances that match, at most a page of them. They are looked for where the writer is not, and
    /// removed piece by piece.
    pub(crate) async fn purge_matching(&self, query: InstanceQuery) -> Result<PurgeReport, HubError> {
        let limit = query.page_size.unwrap_or(CALL_MAX).max(1);
        let (query, now) = (Arc::new(query), self.options.clock.now());
        let asked = Arc::clone(&query);
        let search = move |conn: &Connection| matching(conn, &asked, now, limit.saturating_add(1), true);
        let mut found = self.read(search).await?;
        let complete = found.len() <= limit;
        found.truncate(limit);
        let mut purged = 0;
        for piece in found.chunks(PIECE) {
            let (query, piece) = (Arc::clone(&query), piece.to_vec());
            purged += self.write(move |tx| remove_matching(tx, &query, &piece)).await?;
        }
        Ok(PurgeReport { purged, complete })
    }
}

/// Returns the ended descendants of an ended instance that do not fit into one piece with it, parents before children.
fn ended_children(conn: &Connection, instance: &InstanceId) -> Result<Vec<i64>, StoreError> {
    // An instance that is not there or has not ended is refused by the writer.
    let head = Head::by_name(conn, instance)?.filter(|head| head.status.is_ended());
    let mut parents = VecDeque::from_iter(head.map(|head| head.run));
    let mut found = Vec::new();
    while let Some(run) = parents.pop_front() {
        for (id, run) in children(conn, run)? {
            found.push(id);
            parents.push_back(run);
        }
    }
    if found.len() < PIECE {
        found.clear();
    }
    Ok(found)
}

fn children(conn: &Connection, run: i64) -> Result<Vec<(i64, i64)>, StoreError> {
    let sql = "SELECT id, run FROM instance WHERE parent_run = ?1 AND ended IS NOT NULL";
    rows(conn, sql, [run], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Removes an ended instance with what is left of its ended descendants, and returns how many that were.
fn purge(tx: &mut Tx<'_>, instance: &InstanceId, recursive: bool) -> Result<u64, StoreError> {
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
            left.extend(children(tx.conn, run)?);
        }
        remove(tx, id)?;
        purged += 1;
    }
    Ok(purged)
}

/// Removes those instances of a piece that are still ended.
fn remove_ended(tx: &mut Tx<'_>, piece: &[i64]) -> Result<u64, StoreError> {
    let mut purged = 0;
    for id in piece {
        let head = Head::by_id(tx.conn, *id)?;
        if head.is_some_and(|head| head.status.is_ended()) {
            remove(tx, *id)?;
            purged += 1;
        }
    }
    Ok(purged)
}

/// Removes those instances of a piece that still match: one may have been removed, or gone on, since it was found.
fn remove_matching(tx: &mut Tx<'_>, query: &InstanceQuery, piece: &[Place]) -> Result<u64, StoreError> {
    let filter = Filter::of(query, true)?;
    let mut purged = 0;
    for place in piece {
        if filter.takes(tx.conn, query, tx.now, place.id)? {
            remove(tx, place.id)?;
            purged += 1;
        }
    }
    Ok(purged)
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
                    "DELETE FROM tag WHERE name = ?1 AND value = ?2 AND created = ?3 AND instance = ?4",
                    (name, value, head.created.as_micros(), id),
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
