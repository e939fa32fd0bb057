//! The frames of an execution's history: one per turn, chained from the latest to the first.

use durable_core::history::{Event, EventKind, ExecutionStarted};
use rusqlite::{Connection, OptionalExtension, Statement};

use crate::error::{StoreError, corrupt};
use crate::frame;
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
pub(crate) fn load(conn: &Connection, head: &Head) -> Result<Vec<Event>, StoreError> {
    let Some(tail) = head.history_tail else {
        return Ok(Vec::new());
    };
    let started = load_started(conn, head)?;
    let mut frames = Vec::new();
    let mut next = Some(tail);
    // Taken out of the cache once, and not for each frame.
    let mut statement = conn.prepare_cached(FRAME)?;
    while let Some(id) = next {
        let (previous, first_event, events) = read_frame(&mut statement, head, id, &started)?;
        frames.push((first_event, events));
        next = previous;
    }
    let mut history = Vec::with_capacity(usize::try_from(head.event_count).unwrap_or_default());
    for (first_event, mut events) in frames.into_iter().rev() {
        if usize::try_from(first_event) != Ok(history.len()) {
            return Err(gap(head, first_event, history.len()).into());
        }
        history.append(&mut events);
    }
    if usize::try_from(head.event_count) != Ok(history.len()) {
        return Err(gap(head, head.event_count, history.len()).into());
    }
    Ok(history)
}

/// Reads the events of the latest turn.
pub(crate) fn load_tail(
    conn: &Connection,
    head: &Head,
    started: &ExecutionStarted,
) -> Result<Vec<Event>, StoreError> {
    match head.history_tail {
        Some(tail) => {
            let mut statement = conn.prepare_cached(FRAME)?;
            Ok(read_frame(&mut statement, head, tail, started)?.2)
        }
        None => Ok(Vec::new()),
    }
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

type Frame = (Option<i64>, i64, Vec<Event>);

const FRAME: &str = "SELECT previous, first_event, frame FROM history WHERE id = ?1 AND instance = ?2";

fn read_frame(
    statement: &mut Statement<'_>,
    head: &Head,
    id: i64,
    started: &ExecutionStarted,
) -> Result<Frame, StoreError> {
    let found = statement.query_row((id, head.id), |row| {
        let bytes = row.get_ref(2)?.as_blob()?;
        Ok((
            row.get(0)?,
            row.get(1)?,
            frame::decode_events(bytes, Some(started)),
        ))
    });
    let missing = || {
        corrupt(format!(
            "frame {id} of the history of `{}` is missing from the file",
            head.instance
        ))
    };
    let (previous, first_event, events): (Option<i64>, i64, _) = found.optional()?.ok_or_else(missing)?;
    // A chain that does not lead back would never end.
    if previous.is_some_and(|previous| previous >= id) {
        return Err(corrupt(format!(
            "frame {id} of the history of `{}` is out of order",
            head.instance
        ))
        .into());
    }
    let what = format!("history frame {id}");
    let events = events.map_err(|error| error.at(&head.instance, &what))?;
    Ok((previous, first_event, events))
}

fn gap(head: &Head, expected: i64, found: usize) -> durable_core::hub::HubError {
    corrupt(format!(
        "the history of `{}` has {found} events where it should have {expected}",
        head.instance
    ))
}
