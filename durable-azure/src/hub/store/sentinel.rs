//! What a sentinel says besides the framework's columns.

use durable_core::hub::HubError;

use super::append::Appending;
use crate::coordinator::{MessageId, Sent, Wish};
use crate::error::corrupt;
use crate::hub::outbox::read_outbox;
use crate::value::{Row, Value};
use crate::wire::{Guid, SENTINEL, escape};

/// Columns of our own in the sentinel.
const SENT: &str = "DurableSent";
const WISHES: &str = "DurableWishes";
const SETTLED: &str = "DurableSettled";
const PREVIOUS: &str = "DurablePrevious";

/// What the sentinel says besides the framework's columns.
#[derive(Debug, Default)]
pub(crate) struct OwnSentinel {
    pub(crate) sent: Vec<Sent>,
    pub(crate) wishes: Vec<Wish>,
    pub(crate) settled: Vec<MessageId>,
    /// The messages that a turn has sent and that may not have been put.
    pub(crate) outbox: Vec<String>,
    /// The execution before the current one, if it ended by the batch that began this one.
    pub(crate) previous: Option<String>,
}

/// Returns the columns of our own, which are texts of JSON and ids of messages.
pub(super) fn own_columns(appending: &Appending<'_>) -> Row {
    let mut row = Row::new(escape(appending.instance.as_str()), SENTINEL);
    // A merge removes no column: what the execution or the instance before has left is overwritten.
    let starts_over = appending.next_row == 0 && appending.etag.is_some();
    let is_another = appending.previous.is_some() || starts_over;
    if (is_another || !appending.sent.is_empty())
        && let Ok(text) = serde_json::to_string(appending.sent)
    {
        row.push(SENT, Value::String(text));
    }
    if let Some(wishes) = appending.wishes.or(starts_over.then_some(&[]))
        && let Ok(text) = serde_json::to_string(wishes)
    {
        row.push(WISHES, Value::String(text));
    }
    let settled = appending.settled.iter().filter_map(|id| Guid::parse(id.as_str()));
    let settled: Vec<u8> = settled.flat_map(|guid| guid.0.to_be_bytes()).collect();
    if !settled.is_empty() {
        row.push(SETTLED, Value::Binary(settled));
    }
    if let Some(previous) = appending.previous {
        row.push(PREVIOUS, Value::String(previous.to_owned()));
    }
    row
}

pub(super) fn read_own(row: &Row) -> Result<OwnSentinel, HubError> {
    let settled = match row.get(SETTLED) {
        Some(Value::Binary(bytes)) => bytes
            .chunks_exact(16)
            .filter_map(|chunk| chunk.try_into().ok().map(u128::from_be_bytes))
            .map(|bits| MessageId::new(&Guid(bits).to_string()))
            .collect(),
        _ => Vec::new(),
    };
    Ok(OwnSentinel {
        sent: read_list(row, SENT)?,
        wishes: read_wishes(row)?,
        settled,
        outbox: read_outbox(row)?,
        previous: row
            .text(PREVIOUS)
            .filter(|text| !text.is_empty())
            .map(str::to_owned),
    })
}

/// Reads what is wanted of children.
pub(crate) fn read_wishes(sentinel: &Row) -> Result<Vec<Wish>, HubError> {
    read_list(sentinel, WISHES)
}

fn read_list<T: serde::de::DeserializeOwned>(sentinel: &Row, column: &str) -> Result<Vec<T>, HubError> {
    match sentinel.text(column) {
        None | Some("") => Ok(Vec::new()),
        Some(text) => serde_json::from_str(text)
            .map_err(|error| corrupt(format!("the sentinel's `{column}` cannot be read: {error}"))),
    }
}
