//! What a rule does to a request.

use std::time::Duration;

use super::answer::Answer;
use super::gate::Gate;

/// What a rule does to a request that it meets.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Fault {
    /// Answers it; it does not reach the service.
    Answer(Answer),
    /// Answers it so, although the service has done what was asked.
    AnswerAfter(Answer),
    /// Closes the connection; it does not reach the service.
    CloseBefore,
    /// Closes the connection after the service has done what was asked: the answer is lost.
    CloseAfter,
    /// Never answers; it does not reach the service.
    SilenceBefore,
    /// Never answers, although the service has done what was asked.
    SilenceAfter,
    /// Lets it wait before it goes to the service.
    Delay(Duration),
    /// Holds it at a gate before it goes to the service.
    Hold(Gate),
    /// Holds its answer at a gate: the service has done what was asked.
    HoldAnswer(Gate),
}
