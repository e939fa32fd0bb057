//! Messages on their way into a history.

use durable_core::history::{Event, EventKind};
use durable_core::hub::{Message, MessageReceipt};
use durable_core::{ExecutionId, InstanceId};
use rusqlite::Connection;

use crate::error::StoreError;
use crate::history::load_first;
use crate::instance::{Head, status_at};
use crate::packed::{Packed, parse_id};
use crate::tx::{Tx, rows};
use crate::{fired, frame};

/// Whom a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum For {
    /// Whichever execution is current when it is consumed.
    Any,
    /// One execution only, by its number.
    Run(i64),
}

impl For {
    fn run(self) -> Option<i64> {
        match self {
            Self::Any => None,
            Self::Run(run) => Some(run),
        }
    }
}

/// Puts an event behind everything that waits.
pub(crate) fn post(tx: &mut Tx<'_>, instance: i64, to: For, event: &Event) -> Result<(), StoreError> {
    let bytes = encode(event)?;
    post_encoded(tx, instance, to, &bytes)
}

/// Puts an event that was encoded before behind everything that waits.
pub(crate) fn post_encoded(tx: &mut Tx<'_>, instance: i64, to: For, bytes: &[u8]) -> Result<(), StoreError> {
    insert(tx, instance, to, false, bytes)
}

/// Puts an event that was carried over by continue-as-new before everything that waits.
pub(crate) fn post_carried(tx: &mut Tx<'_>, instance: i64, event: &Event) -> Result<(), StoreError> {
    let bytes = encode(event)?;
    insert(tx, instance, For::Any, true, &bytes)
}

/// Makes the first event of an execution, which its row has, the first of its messages.
pub(crate) fn post_started(tx: &mut Tx<'_>, head: &mut Head) -> Result<(), StoreError> {
    head.first = Some(tx.draw()?);
    tx.effects.touched.push(head.id);
    Ok(())
}

/// Delivers an event to an instance by name; without effect if it is gone, has ended, or is at another execution.
///
/// The answer of a child, `from`, is for the execution that it belongs to now, which may go on by a rewind from the one
/// that called it.
pub(crate) fn deliver(
    tx: &mut Tx<'_>,
    from: i64,
    to: &InstanceId,
    execution: Option<&ExecutionId>,
    event: &Event,
) -> Result<(), StoreError> {
    let found = tx.row(
        "SELECT id, run, execution, status, run = (SELECT parent_run FROM instance WHERE id = ?2) \
         FROM instance WHERE text_id = ?1",
        (Packed(to.as_str()), from),
        |row| {
            let current = parse_id(row, 2, ExecutionId::new)?;
            let is_parent = row.get::<_, Option<bool>>(4)?.unwrap_or(false);
            let fits = execution.is_none_or(|wanted| is_parent || *wanted == current);
            let run: i64 = row.get(1)?;
            let to = execution.map_or(For::Any, |_| For::Run(run));
            Ok((row.get(0)?, to, fits && !status_at(row, 3)?.is_ended()))
        },
    )?;
    match found {
        Some((instance, to, true)) => post(tx, instance, to, event),
        Some((_, _, false)) | None => Ok(()),
    }
}

/// Makes an event that happens now.
pub(crate) fn event_now(tx: &Tx<'_>, kind: EventKind) -> Event {
    Event::new(tx.now, kind)
}

/// Encodes a message.
pub(crate) fn encode(event: &Event) -> Result<Vec<u8>, StoreError> {
    Ok(frame::encode_event(event).map_err(|error| error.at("inbox", "message"))?)
}

fn insert(tx: &mut Tx<'_>, instance: i64, to: For, carried: bool, bytes: &[u8]) -> Result<(), StoreError> {
    let id = tx.draw()?;
    tx.execute(
        "INSERT INTO inbox (instance, id, run, carried, frame) VALUES (?1, ?2, ?3, ?4, ?5)",
        (instance, id, to.run(), carried, bytes),
    )?;
    tx.effects.touched.push(instance);
    Ok(())
}

/// Removes messages that a turn consumed. The head must be stored by the caller.
pub(crate) fn consume(
    tx: &mut Tx<'_>,
    head: &mut Head,
    receipts: &[MessageReceipt],
) -> Result<(), StoreError> {
    for receipt in receipts {
        let id = i64::try_from(receipt.0).unwrap_or(i64::MAX);
        if head.first == Some(id) {
            head.first = None;
        } else if !fired::consume(tx, head, id)? {
            remove(tx, head.id, id)?;
        }
    }
    Ok(())
}

/// Removes one message.
pub(crate) fn remove(tx: &Tx<'_>, instance: i64, id: i64) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM inbox WHERE instance = ?1 AND id = ?2",
        (instance, id),
    )?;
    Ok(())
}

/// Reads the messages numbered above `after`: those carried over first, then in order of arrival.
pub(crate) fn read(conn: &Connection, head: &Head, after: i64) -> Result<Vec<Message>, StoreError> {
    let found: Vec<(i64, Option<i64>, Vec<u8>)> = rows(
        conn,
        "SELECT id, run, frame FROM inbox WHERE instance = ?1 AND id > ?2 ORDER BY carried DESC, id",
        (head.id, after),
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    let mut messages = Vec::with_capacity(found.len() + 1);
    messages.extend(read_first(conn, head, after)?);
    for (id, run, bytes) in found {
        let event = frame::decode_event(&bytes)
            .map_err(|error| error.at(&head.instance, &format!("message {id}")))?;
        messages.push(Message {
            receipt: MessageReceipt(id.unsigned_abs()),
            execution: run.map(|_| head.execution.clone()),
            event,
        });
    }
    Ok(messages)
}

/// Reads the message that is no row of the inbox, if it is numbered above `after`.
pub(crate) fn read_first(conn: &Connection, head: &Head, after: i64) -> Result<Option<Message>, StoreError> {
    let first = head.first.filter(|first| *first > after);
    let message = |first| Ok(first_message(head, first, load_first(conn, head)?));
    first.map(message).transpose()
}

/// Makes the message that brings the first event of the current execution.
pub(crate) fn first_message(head: &Head, number: i64, event: Event) -> Message {
    Message {
        receipt: MessageReceipt(number.unsigned_abs()),
        execution: Some(head.execution.clone()),
        event,
    }
}
