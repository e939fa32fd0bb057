//! Identities: of instances, executions, tasks, workers and builds.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::name::{NameError, check_length, refuse, text_newtype};
use crate::time::Timestamp;

/// The most bytes an instance id may have.
pub const INSTANCE_ID_MAX: usize = 256;

/// The id of an instance, chosen by the caller or drawn at start.
///
/// Any text of 1 to 256 bytes without control characters and without `/`, `\`, `#` and `?`
/// (the characters Azure tables refuse in a key). Ids that start with `@` are reserved for entities.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct InstanceId(Arc<str>);

impl InstanceId {
    const ALLOWED: &'static str =
        "any character but control characters, `/`, `\\`, `#`, `?`, and `@` at the start";

    /// Parses an instance id.
    pub fn new(text: &str) -> Result<Self, NameError> {
        let what = "instance id";
        check_length(what, text, INSTANCE_ID_MAX)?;
        let bad = text
            .char_indices()
            .find(|&(at, c)| c.is_control() || matches!(c, '/' | '\\' | '#' | '?') || (at == 0 && c == '@'));
        refuse(what, text, bad, Self::ALLOWED)?;
        Ok(Self(text.into()))
    }

    /// Makes an id of its own: 32 hexadecimal digits, 12 of the time in milliseconds, and 20 of the random bits.
    ///
    /// Ids that are drawn one after the other sort that way, so that a hub finds their places next to each other.
    pub fn draw(now: Timestamp, random: u128) -> Self {
        let millis = u128::from(now.as_micros().max(0).unsigned_abs() / 1_000) & ((1 << 48) - 1);
        let random = random & ((1 << 80) - 1);
        Self(format!("{:032x}", millis << 80 | random).into())
    }

    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The id of one execution (generation) of an instance: 32 hexadecimal digits, drawn at random.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ExecutionId(Arc<str>);

impl ExecutionId {
    /// Parses an execution id. Foreign ids need not be hexadecimal.
    pub fn new(text: &str) -> Result<Self, NameError> {
        let what = "execution id";
        check_length(what, text, INSTANCE_ID_MAX)?;
        refuse(
            what,
            text,
            text.char_indices().find(|&(_, c)| c.is_control()),
            "printable characters",
        )?;
        Ok(Self(text.into()))
    }

    /// Makes an id from 128 random bits.
    pub fn from_random(bits: u128) -> Self {
        Self(format!("{bits:032x}").into())
    }

    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The id of one worker process (a *node* of the hub).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WorkerId(Arc<str>);

impl WorkerId {
    /// Parses a worker id: 1 to 128 printable bytes.
    pub fn new(text: &str) -> Result<Self, NameError> {
        let what = "worker id";
        check_length(what, text, 128)?;
        refuse(
            what,
            text,
            text.char_indices().find(|&(_, c)| c.is_control()),
            "printable characters",
        )?;
        Ok(Self(text.into()))
    }

    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_newtype!(InstanceId, ExecutionId, WorkerId);

/// The number of a task within an execution, given in the order in which tasks are first polled.
///
/// It is the `EventId` of the Durable Task Framework's scheduling events.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaskId(pub u32);

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Debug for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// What identifies the binary that runs: a blocked instance gets one retry from each new build.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BuildId(pub u64);

impl fmt::Display for BuildId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for BuildId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BuildId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawn_ids_sort_by_time_and_differ_by_the_random_bits() {
        let at = |millis: i64| Timestamp::from_micros(millis * 1_000);
        let (early, late) = (InstanceId::draw(at(1), u128::MAX), InstanceId::draw(at(2), 0));
        assert_eq!(early.as_str(), "000000000001ffffffffffffffffffff");
        assert_eq!(late.as_str(), "00000000000200000000000000000000");
        assert!(early < late);
        let before_1970 = InstanceId::draw(Timestamp::from_micros(i64::MIN), 7);
        assert_eq!(before_1970.as_str(), "00000000000000000000000000000007");
    }

    #[test]
    fn instance_ids_refuse_what_azure_cannot_store() {
        assert!(InstanceId::new("order-42 €").is_ok());
        for bad in ["a/b", "a\\b", "a#b", "a?b", "a\tb", "@e", ""] {
            assert!(InstanceId::new(bad).is_err(), "{bad:?}");
        }
        assert!(InstanceId::new(&"x".repeat(257)).is_err());
    }
}
