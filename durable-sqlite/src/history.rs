//! The frames of an execution's history: one per turn, chained from the latest to the first.

use durable_core::history::{Event, EventKind, ExecutionStarted};
use rusqlite::Connection;

use crate::error::{StoreError, corrupt};
use crate::frame::{self, Shared};
use crate::instance::Head;
use crate::tx::{Tx, row};

/// Encodes the events of a turn. `None` if there are none.
pub(crate) fn encode(tx: &Tx<'_>, head: &Head, events: &[Event]) -> Result<Option<Encoded>, StoreError> {
    if events.is_empty() {
        return Ok(None);
    }
    let refer = starts_as_stored(tx, head, events)?;
    let bytes = frame::encode_events(events, refer).map_err(|error| error.at(&head.instance, "history"))?;
    Ok(Some(Encoded {
        bytes,
        count: i64::try_from(events.len()).unwrap_or(i64::MAX),
    }))
}

/// The events of a turn as they are stored.
#[derive(Debug)]
pub(crate) struct Encoded {
    bytes: Vec<u8>,
    count: i64,
}

/// Appends events as one frame. The head must be stored by the caller.
pub(crate) fn append(tx: &mut Tx<'_>, head: &mut Head, events: &[Event]) -> Result<(), StoreError> {
    let encoded = encode(tx, head, events)?;
    append_encoded(tx, head, encoded)
}

/// Appends a frame. The head must be stored by the caller.
pub(crate) fn append_encoded(
    tx: &mut Tx<'_>,
    head: &mut Head,
    encoded: Option<Encoded>,
) -> Result<(), StoreError> {
    let Some(Encoded { bytes, count }) = encoded else {
        return Ok(());
    };
    let id = tx.draw()?;
    tx.execute(
        "INSERT INTO history (id, previous, instance, first_event, frame) VALUES (?1, ?2, ?3, ?4, ?5)",
        (id, head.history_tail, head.id, head.event_count, bytes),
    )?;
    head.history_tail = Some(id);
    head.event_count = head.event_count.saturating_add(count);
    Ok(())
}

/// Returns whether every `ExecutionStarted` among the events is the one that is stored with the instance.
fn starts_as_stored(tx: &Tx<'_>, head: &Head, events: &[Event]) -> Result<bool, StoreError> {
    let mut firsts = events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::ExecutionStarted(started) => Some(started.as_ref()),
            _ => None,
        })
        .peekable();
    if firsts.peek().is_none() {
        return Ok(false);
    }
    let known = head.owner.and_then(|owner| tx.known(owner, head.id, head.epoch));
    if let Some(stored) = known.and_then(|known| known.started.as_deref()) {
        return Ok(firsts.all(|started| started == stored));
    }
    let stored = load_started(tx.conn, head)?;
    Ok(firsts.all(|started| *started == stored))
}

/// Reads the first event of the current execution.
pub(crate) fn load_started(conn: &Connection, head: &Head) -> Result<ExecutionStarted, StoreError> {
    match load_first(conn, head)?.kind {
        EventKind::ExecutionStarted(started) => Ok(*started),
        _ => Err(corrupt(format!("the first event of `{}` is another", head.instance)).into()),
    }
}

/// Reads the first event of the current execution, with its own time and trace.
pub(crate) fn load_first(conn: &Connection, head: &Head) -> Result<Event, StoreError> {
    let sql = "SELECT coalesce(started, (SELECT frame FROM started WHERE instance = ?1)) FROM instance WHERE id = ?1";
    let bytes: Option<Vec<u8>> = row(conn, sql, [head.id], |row| row.get(0))?.flatten();
    let missing = || {
        corrupt(format!(
            "the first event of `{}` is missing from the file",
            head.instance
        ))
    };
    let bytes = bytes.ok_or_else(missing)?;
    let first = frame::decode_first(&bytes, &head.instance, &head.execution);
    Ok(first.map_err(|error| error.at(&head.instance, "first event"))?)
}

/// Reads the whole history of the current execution.
///
/// The chain is followed by walking the table backwards, since the frames of an instance that nobody disturbed stand side
/// by side: going to the next row costs less than finding it. Where others' frames are in between, the next is looked for.
pub(crate) fn load(conn: &Connection, head: &Head) -> Result<Vec<Event>, StoreError> {
    let Some(tail) = head.history_tail else {
        return Ok(Vec::new());
    };
    let started = load_started(conn, head)?;
    let mut shared = Shared::new(Some(&started));
    let mut backwards = Vec::with_capacity(usize::try_from(head.event_count).unwrap_or_default());
    let mut end = head.event_count;
    let mut statement = conn.prepare_cached(FRAMES_BACKWARDS)?;
    let mut next = Some(tail);
    while let Some(from) = next {
        let mut rows = statement.query([from])?;
        let mut strangers = 0;
        while let Some(id) = next
            && strangers < STRANGERS_MAX
        {
            let row = rows.next()?.ok_or_else(|| missing(head, id))?;
            let found: i64 = row.get(0)?;
            if found > id {
                strangers += 1;
                continue;
            }
            if found < id || row.get::<_, i64>(2)? != head.id {
                return Err(missing(head, id));
            }
            strangers = 0;
            let (previous, first_event) = (row.get(1)?, row.get(3)?);
            check_order(head, id, previous)?;
            let frame = row.get_ref(4)?.as_blob().map_err(rusqlite::Error::from)?;
            let begin = backwards.len();
            let count = frame::decode_events_onto(&mut backwards, frame, &mut shared)
                .map_err(|error| error.at(&head.instance, &format!("history frame {id}")))?;
            backwards[begin..].reverse();
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            if first_event != end.saturating_sub(count) {
                return Err(gap(head, first_event, end.saturating_sub(count)));
            }
            end = first_event;
            next = previous;
        }
    }
    if end != 0 {
        return Err(gap(head, 0, end));
    }
    backwards.reverse();
    Ok(backwards)
}

/// Reads the events of the latest turn.
pub(crate) fn load_tail(
    conn: &Connection,
    head: &Head,
    started: &ExecutionStarted,
) -> Result<Vec<Event>, StoreError> {
    let Some(tail) = head.history_tail else {
        return Ok(Vec::new());
    };
    let sql = "SELECT frame FROM history WHERE id = ?1 AND instance = ?2";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query((tail, head.id))?;
    let row = rows.next()?.ok_or_else(|| missing(head, tail))?;
    decode(
        head,
        tail,
        row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?,
        started,
    )
}

/// Removes the history of the current execution. The head must be stored by the caller.
pub(crate) fn remove(tx: &Tx<'_>, head: &mut Head) -> Result<(), StoreError> {
    let mut next = head.history_tail.take();
    while let Some(id) = next {
        next = tx
            .row(
                "DELETE FROM history WHERE id = ?1 RETURNING previous",
                [id],
                |row| row.get(0),
            )?
            .flatten();
    }
    head.event_count = 0;
    Ok(())
}

/// How many frames of others are passed over before the next of the instance is looked for by its number.
const STRANGERS_MAX: usize = 4;

const FRAMES_BACKWARDS: &str =
    "SELECT id, previous, instance, first_event, frame FROM history WHERE id <= ?1 ORDER BY id DESC";

fn decode(head: &Head, id: i64, bytes: &[u8], started: &ExecutionStarted) -> Result<Vec<Event>, StoreError> {
    let events = frame::decode_events(bytes, Some(started));
    Ok(events.map_err(|error| error.at(&head.instance, &format!("history frame {id}")))?)
}

/// Refuses a chain that does not lead back: it would never end.
fn check_order(head: &Head, id: i64, previous: Option<i64>) -> Result<(), StoreError> {
    if previous.is_some_and(|previous| previous >= id) {
        return Err(corrupt(format!(
            "frame {id} of the history of `{}` is out of order",
            head.instance
        ))
        .into());
    }
    Ok(())
}

fn missing(head: &Head, id: i64) -> StoreError {
    corrupt(format!(
        "frame {id} of the history of `{}` is missing from the file",
        head.instance
    ))
    .into()
}

fn gap(head: &Head, found: i64, expected: i64) -> StoreError {
    corrupt(format!(
        "the history of `{}` has event {found} where event {expected} should be",
        head.instance
    ))
    .into()
}
