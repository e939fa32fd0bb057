//! Why something stored cannot be read, or something cannot be stored.

use durable_core::{NameError, PayloadError};

/// What is wrong with a message or a row. Names the thing, and shows no payload.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum WireError {
    /// It is no JSON.
    #[error("{what} is not JSON: {problem}")]
    Json {
        /// What was read.
        what: String,
        /// What the parser says.
        problem: String,
    },
    /// It is nested deeper than any message is.
    #[error("{what} is nested deeper than {max} levels")]
    Depth {
        /// What was read.
        what: String,
        /// The limit.
        max: usize,
    },
    /// It is neither JSON nor base64 of JSON.
    #[error("the message is neither JSON nor base64 of it: {problem}")]
    Encoding {
        /// What the decoder says.
        problem: String,
    },
    /// A member or column that must be there is not.
    #[error("{what} has no `{member}`")]
    Missing {
        /// What was read.
        what: String,
        /// The member or column.
        member: String,
    },
    /// A member or column is of another kind.
    #[error("`{member}` of {what} is not {expected}")]
    Kind {
        /// What was read.
        what: String,
        /// The member or column.
        member: String,
        /// What it should be.
        expected: &'static str,
    },
    /// A number does not fit.
    #[error("`{member}` of {what} is {value}, which is out of range")]
    Range {
        /// What was read or is to be written.
        what: String,
        /// The member or column.
        member: String,
        /// The number.
        value: i64,
    },
    /// A name is one that the core does not take.
    #[error("`{member}` of {what}: {source}")]
    Name {
        /// What was read.
        what: String,
        /// The member or column.
        member: String,
        /// Why it is refused.
        source: NameError,
    },
    /// A payload is one that the core does not take.
    #[error("`{member}` of {what}: {source}")]
    Payload {
        /// What was read.
        what: String,
        /// The member or column.
        member: String,
        /// Why it is refused.
        source: PayloadError,
    },
    /// It has more bytes than are read or written.
    #[error("{what} has more than {max} bytes")]
    TooLarge {
        /// What it is.
        what: String,
        /// The limit in bytes.
        max: usize,
    },
    /// A blob cannot be unpacked.
    #[error("the blob `{blob}` cannot be unpacked: {problem}")]
    Gzip {
        /// The blob's name.
        blob: String,
        /// What the decoder says.
        problem: String,
    },
    /// A column was moved to a blob, which has to be fetched first.
    #[error("`{column}` of {what} is in a blob that was not fetched")]
    NotFetched {
        /// What was read.
        what: String,
        /// The column.
        column: String,
    },
    /// It is of a kind that this release does not know, and that was to be understood.
    #[error("{what} is of the unknown kind `{found}`")]
    Unknown {
        /// What was read.
        what: String,
        /// What it says it is.
        found: String,
    },
}
