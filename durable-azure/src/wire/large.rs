//! What is too large for a message or a row, and goes to a blob.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

use super::message::stub;
use super::{Envelope, MessageData, WireError, WireEvent, escape};
use crate::value::{Row, Value};

/// The most bytes of JSON a message may have in its queue.
pub(crate) const MESSAGE_MAX: usize = 45 * 1024;

/// The most bytes a column may have, in UTF-16.
pub(crate) const PROPERTY_MAX: usize = 60 * 1024;

/// The most bytes that are unpacked of one blob. A payload of the greatest size has fewer, however it is escaped.
pub(crate) const UNPACKED_MAX: usize = 256 * 1024 * 1024;

/// The end of a column's name that says where the content is.
const BLOB_NAME: &str = "BlobName";

/// The end of the name of a blob that holds a whole message.
const START_MESSAGE: &str = "ExecutionStarted.json.gz";

/// A blob that is to be written before what names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Blob {
    /// Its name in the container of large messages.
    pub(crate) name: String,
    /// Its content: gzip of UTF-8.
    pub(crate) bytes: Vec<u8>,
}

/// What goes into a queue, and the blob that has to be there first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stored {
    /// The whole message.
    Inline(String),
    /// A stub, and the message in a blob.
    Blob {
        /// What goes into the queue.
        stub: String,
        /// The blob.
        blob: Blob,
    },
}

/// Decides where a message is stored.
pub(crate) fn store_message(message: &MessageData) -> Result<Stored, WireError> {
    let text = message.write()?;
    if text.len() <= MESSAGE_MAX {
        return Ok(Stored::Inline(text));
    }
    // The id stands as it is: an escaped one is part of the names of history's blobs only.
    let name = format!(
        "{}/message-{}-{}.json.gz",
        message.target.instance,
        message.activity_id.simple(),
        message.event.name()
    );
    let bytes = pack(&name, &text)?;
    Ok(Stored::Blob {
        stub: stub(&name),
        blob: Blob { name, bytes },
    })
}

/// Moves what is too large in a row of a history or of an instance to blobs. `random` draws a part of a blob's name, so
/// that a commit that is lost never overwrites what another has written.
///
/// The framework moves nine columns. Here every text is moved that is too large, because no table takes it.
pub(crate) fn store_row(
    mut row: Row,
    random: &mut dyn FnMut() -> u32,
) -> Result<(Row, Vec<Blob>), WireError> {
    let event = row.text("EventType").map(str::to_owned);
    let mut blobs = Vec::new();
    let mut columns = Vec::with_capacity(row.columns.len());
    for (column, value) in std::mem::take(&mut row.columns) {
        let text = match value {
            Value::String(text) if is_large(&text) => text,
            other => {
                columns.push((column, other));
                continue;
            }
        };
        let name = format!(
            "{}/history-{}-{}-{:08X}-{column}.json.gz",
            row.partition_key,
            row.row_key,
            event.as_deref().unwrap_or(&column),
            random(),
        );
        let bytes = pack(&name, &text)?;
        columns.push((format!("{column}{BLOB_NAME}"), Value::String(name.clone())));
        columns.push((column, Value::String(String::new())));
        blobs.push(Blob { name, bytes });
    }
    row.columns = columns;
    Ok((row, blobs))
}

/// Returns whether a text is too large for a column.
pub(crate) fn is_large(text: &str) -> bool {
    // Fewer bytes of UTF-8 are never more of UTF-16.
    text.len() * 2 > PROPERTY_MAX && utf16_len(text) > PROPERTY_MAX
}

/// Returns how many bytes a text has in UTF-16.
pub(super) fn utf16_len(text: &str) -> usize {
    text.chars().map(|c| c.len_utf16() * 2).sum()
}

/// A column whose content is in a blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Moved {
    /// The column that the content belongs to.
    pub(crate) column: String,
    /// The blob's name.
    pub(crate) blob: String,
}

/// Returns the columns of a row whose content has to be fetched before the row is read.
///
/// `container` is the name of the container of large messages: an instance's row may hold a URL of a blob in it.
pub(crate) fn moved_columns(row: &Row, container: &str) -> Vec<Moved> {
    let mut moved = Vec::new();
    for (name, value) in &row.columns {
        let Value::String(text) = value else {
            continue;
        };
        let (column, blob) = match pointed_to(row, name) {
            Some(column) => (column, Some(text.clone())),
            None => (name.as_str(), blob_of_url(text, container)),
        };
        moved.extend(blob.map(|blob| Moved {
            column: column.to_owned(),
            blob,
        }));
    }
    moved
}

/// Returns the column whose content is in the blob that another column names, if it is.
///
/// A name whose column has content is of an earlier time: a merge writes the column, and leaves the name.
pub(super) fn pointed_to<'a>(row: &Row, pointer: &'a str) -> Option<&'a str> {
    let column = pointer
        .strip_suffix(BLOB_NAME)
        .filter(|column| !column.is_empty())?;
    let names_one = row.text(pointer).is_some_and(|blob| !blob.is_empty());
    let is_empty = row.text(column).is_none_or(str::is_empty);
    (names_one && is_empty).then_some(column)
}

/// Returns the column that says that the content of another is not in a blob any more.
pub(super) fn no_pointer(column: &str) -> (String, Value) {
    (format!("{column}{BLOB_NAME}"), Value::String(String::new()))
}

/// Puts the fetched content of a blob into its column.
pub(crate) fn put_back(row: &mut Row, moved: &Moved, content: &[u8]) -> Result<(), WireError> {
    let mut text = unpack(&moved.blob, content)?;
    if moved.blob.ends_with(START_MESSAGE) && moved.column == "Input" {
        text = input_of_start(&text)?;
    }
    let pointer = format!("{}{BLOB_NAME}", moved.column);
    row.columns.retain(|(name, _)| *name != pointer);
    match row.columns.iter_mut().find(|(name, _)| *name == moved.column) {
        Some((_, value)) => *value = Value::String(text),
        None => row.columns.push((moved.column.clone(), Value::String(text))),
    }
    Ok(())
}

/// Returns the text of the input in a message that starts an instance.
fn input_of_start(text: &str) -> Result<String, WireError> {
    let unknown = |found: &str| WireError::Unknown {
        what: "the message that holds the input".to_owned(),
        found: found.to_owned(),
    };
    match Envelope::read(text)? {
        Envelope::Message(message) => match &message.event {
            WireEvent::Known(known) => match &known.event.kind {
                durable_core::history::EventKind::ExecutionStarted(started) => {
                    Ok(super::payload_text(&started.input))
                }
                other => Err(unknown(other.name())),
            },
            WireEvent::Foreign(foreign) => Err(unknown(&foreign.name)),
        },
        Envelope::Stub { .. } => Err(unknown("stub")),
    }
}

/// Returns the prefixes of the names of all blobs of an instance: those of its messages, then those of its history.
///
/// Each ends with a slash, so that the blobs of `ab` are not taken for those of `a`.
pub(crate) fn blob_prefixes(instance: &str) -> Vec<String> {
    let mut prefixes = vec![format!("{instance}/")];
    let escaped = format!("{}/", escape(instance));
    if escaped != prefixes[0] {
        prefixes.push(escaped);
    }
    prefixes
}

/// The columns of an instance's row that others read by the address of a blob. What only names one is empty to them.
const BY_ADDRESS: [&str; 3] = ["Input", "Output", "Tags"];

/// Puts the addresses of blobs into the columns of an instance's row that others read so.
pub(crate) fn by_address(row: &mut Row, address: &dyn Fn(&str) -> String) {
    for column in BY_ADDRESS {
        let pointer = format!("{column}{BLOB_NAME}");
        let Some(blob) = row
            .text(&pointer)
            .filter(|blob| !blob.is_empty())
            .map(str::to_owned)
        else {
            continue;
        };
        row.columns.retain(|(name, _)| *name != pointer);
        if let Some((_, value)) = row.columns.iter_mut().find(|(name, _)| name == column) {
            *value = Value::String(address(&blob));
        }
    }
}

/// Returns the blob that a URL names, if it is one in the container. The account's address may have changed since.
fn blob_of_url(text: &str, container: &str) -> Option<String> {
    if !text.starts_with("http://") && !text.starts_with("https://") {
        return None;
    }
    let (_, path) = text.split_once(&format!("/{container}/"))?;
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next()?, rest.next()?];
        let digits = std::str::from_utf8(&digits).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
    }
    String::from_utf8(bytes).ok().filter(|blob| !blob.is_empty())
}

fn pack(blob: &str, text: &str) -> Result<Vec<u8>, WireError> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let written = encoder.write_all(text.as_bytes());
    written
        .and_then(|()| encoder.finish())
        .map_err(|error| gzip(blob, &error))
}

/// Unpacks the content of a blob.
pub(crate) fn unpack(blob: &str, content: &[u8]) -> Result<String, WireError> {
    unpack_at_most(blob, content, UNPACKED_MAX)
}

fn unpack_at_most(blob: &str, content: &[u8], max: usize) -> Result<String, WireError> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(max).unwrap_or(u64::MAX).saturating_add(1);
    let mut decoder = GzDecoder::new(content).take(limit);
    decoder
        .read_to_end(&mut bytes)
        .map_err(|error| gzip(blob, &error))?;
    if bytes.len() > max {
        return Err(WireError::TooLarge {
            what: format!("the blob `{blob}`"),
            max,
        });
    }
    String::from_utf8(bytes).map_err(|error| gzip(blob, &error))
}

fn gzip(blob: &str, error: &dyn std::error::Error) -> WireError {
    WireError::Gzip {
        blob: blob.to_owned(),
        problem: error.to_string(),
    }
}

#[cfg(test)]
mod tests;
