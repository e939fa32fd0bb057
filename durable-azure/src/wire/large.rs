//! What is too large for a message or a row, and goes to a blob.

use super::{MessageData, WireError};
use crate::value::Row;

/// The most bytes of JSON a message may have in its queue.
pub(crate) const MESSAGE_MAX: usize = 45 * 1024;

/// The most bytes a column may have, in UTF-16.
pub(crate) const PROPERTY_MAX: usize = 60 * 1024;

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
    let _ = message;
    todo!()
}

/// Moves what is too large in a row to blobs. `random` draws the eight digits of a blob's name.
pub(crate) fn store_row(row: Row, random: &mut dyn FnMut() -> u32) -> Result<(Row, Vec<Blob>), WireError> {
    let _ = (row, random);
    todo!()
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
pub(crate) fn moved_columns(row: &Row) -> Vec<Moved> {
    let _ = row;
    todo!()
}

/// Puts the fetched content of a blob into its column.
pub(crate) fn put_back(row: &mut Row, moved: &Moved, content: &[u8]) -> Result<(), WireError> {
    let _ = (row, moved, content);
    todo!()
}

/// Unpacks the content of a blob.
pub(crate) fn unpack(blob: &str, content: &[u8]) -> Result<String, WireError> {
    let _ = (blob, content);
    todo!()
}
