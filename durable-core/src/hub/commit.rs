//! What a worker commits.

use super::{ActivityDemand, ActivityWork, MessageReceipt, Session};
use crate::decision::{CustomStatus, Outgoing, TurnOutcome};
use crate::failure::FailureDetails;
use crate::history::Event;
use crate::payload::Payload;
use crate::version::RecordedVersion;

/// One atomic unit: activity completions, a turn, or a turn together with the completions that caused it.
#[derive(Debug, Default)]
pub struct Commit {
    /// Activities that ended.
    pub completions: Vec<ActivityCompletion>,
    /// A turn. If its events hold the results of `completions`, those are not delivered to the inbox again.
    pub turn: Option<TurnCommit>,
}

/// The end of one activity.
#[derive(Debug)]
pub struct ActivityCompletion {
    /// From the activity's fetch.
    pub session: Session,
    /// Its result.
    pub result: Result<Payload, FailureDetails>,
    /// Whether the commit's turn has applied the result already, so that it must not reach the inbox.
    pub applied: bool,
}

/// One turn of one instance.
#[derive(Debug)]
pub struct TurnCommit {
    /// From the instance's fetch.
    pub session: Session,
    /// The messages this turn consumed.
    pub consumed: Vec<MessageReceipt>,
    /// How many events the history had before this turn; the commit is refused if it has another number.
    pub base_event_count: u64,
    /// The events to append, in order. Empty when only messages without effect were consumed, or when blocked.
    pub events: Vec<Event>,
    /// What the turn sends.
    pub outgoing: Vec<Outgoing>,
    /// The custom status, if the turn set it.
    pub custom_status: CustomStatus,
    /// The version the instance is on after the turn, if the turn changed it (a blank one resolved).
    pub version: Option<RecordedVersion>,
    /// Whether the instance is suspended after the turn.
    pub suspended: bool,
    /// How the turn ended.
    pub outcome: TurnOutcome,
    /// How many of the turn's activities this worker can run at once: the hub hands out at most so many with the commit.
    pub eager: ActivityDemand,
    /// Whether the worker gives up its ownership with this commit.
    pub release: bool,
}

/// The answer to one accepted commit.
#[derive(Debug, Default)]
pub struct Committed {
    /// Activities of the turn that this worker owns already and runs now, payload in hand.
    pub activities: Vec<ActivityWork>,
}
