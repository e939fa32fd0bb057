//! Turns that are made twice, so that code which is not deterministic is found when it runs, and not when it replays.
//!
//! An execution has a *shadow*: a second execution of the same instance that is given the same messages. It is told what
//! the first recorded of side effects and verdicts, so these run once; everything else it decides by itself, and must
//! decide the same. After turns 1, 2, 4, 8 and so on the history is replayed from its beginning, including the turn just
//! made; what that brings forth is the shadow from then on. A difference stops the turn before it is committed.

mod compare;
mod difference;
mod report;

use std::fmt;
use std::panic::Location;
use std::str::FromStr;

pub(super) use report::two_runs;

use super::engine::Waiting;
use super::execution::{Code, Decision, Execution, TurnInput};
use super::halt::{Halt, HaltReason};
use crate::decision::{Outgoing, TurnOutcome};
use crate::history::{CompletionStatus, Event, ExecutionStarted};
use crate::id::TaskId;

/// The environment variable that is stronger than what a worker's settings say.
pub const DETERMINISM_CHECKS_VARIABLE: &str = "DURABLE_DETERMINISM_CHECKS";

/// Whether every turn is made twice and compared.
///
/// A clock that is read directly, a static, or the order of a `HashMap` is then found in the turn that depends on it:
/// the turn is not committed, and the instance is blocked with both runs side by side. It doubles what turns cost and
/// what instances take in memory; with replays, the history is kept in memory too.
///
/// ```
/// # use durable_core::replay::DeterminismChecks;
/// let checks: DeterminismChecks = "shadow".parse()?;
/// assert_eq!(checks, DeterminismChecks::Shadow);
/// # Ok::<(), durable_core::replay::UnknownChecks>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeterminismChecks {
    /// Turns are made once. The default of release builds.
    Off,
    /// Each turn is made twice.
    Shadow,
    /// Each turn is made twice, and after turns 1, 2, 4, 8 and so on the whole history is replayed. The default of
    /// builds with debug assertions, which are those of `cargo run` and `cargo test`.
    ShadowAndReplay,
}

impl Default for DeterminismChecks {
    fn default() -> Self {
        if cfg!(debug_assertions) {
            Self::ShadowAndReplay
        } else {
            Self::Off
        }
    }
}

/// A text that names no [`DeterminismChecks`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no determinism checks: write `off`, `shadow` or `shadow-and-replay`")]
pub struct UnknownChecks(String);

impl UnknownChecks {
    pub(crate) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl FromStr for DeterminismChecks {
    type Err = UnknownChecks;

    fn from_str(text: &str) -> Result<Self, UnknownChecks> {
        match text.trim() {
            "off" => Ok(Self::Off),
            "shadow" => Ok(Self::Shadow),
            "shadow-and-replay" => Ok(Self::ShadowAndReplay),
            other => Err(UnknownChecks::new(other)),
        }
    }
}

impl fmt::Display for DeterminismChecks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Off => "off",
            Self::Shadow => "shadow",
            Self::ShadowAndReplay => "shadow-and-replay",
        })
    }
}

/// An execution whose turns are checked. Lives on one thread.
#[derive(Debug)]
pub struct CheckedExecution {
    first: Execution,
    /// Boxed, since release builds have none.
    shadow: Option<Box<Shadow>>,
}

#[derive(Debug)]
struct Shadow {
    code: Code,
    second: Execution,
    /// What replays start from, if there are any.
    history: Option<Vec<Event>>,
    turns: u32,
}

/// What one run of a turn brought forth.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) decision: Decision,
    /// Which place in the user's source attempted which event of the history.
    pub(super) places: Vec<(u64, &'static Location<'static>)>,
    /// What the orchestrator waits for after the turn.
    pub(super) waiting: Option<Waiting>,
}

impl CheckedExecution {
    /// Makes the execution that a history describes: see [`Execution::load`].
    pub fn load(code: Code, history: &[Event], checks: DeterminismChecks) -> Result<Self, Halt> {
        let first = Execution::load(code, history)?;
        let history_kept = match checks {
            DeterminismChecks::Off => return Ok(Self { first, shadow: None }),
            DeterminismChecks::Shadow => None,
            DeterminismChecks::ShadowAndReplay => Some(history.to_vec()),
        };
        let shadow = Shadow {
            code,
            second: replayed(code, history, first.identity())?,
            history: history_kept,
            turns: 0,
        };
        Ok(Self {
            first,
            shadow: Some(Box::new(shadow)),
        })
    }

    /// Makes one turn, and checks that it can be made again: see [`Execution::turn`].
    ///
    /// After an error the execution is of no further use.
    pub fn turn(&mut self, input: TurnInput) -> Result<Decision, Halt> {
        let Some(shadow) = &mut self.shadow else {
            return self.first.turn(input);
        };
        let before = self.first.event_count();
        let first = self.first.make(input.clone())?;
        if let TurnOutcome::Ended(CompletionStatus::Terminated(_)) = &first.decision.outcome {
            // Nothing stops a termination.
            return Ok(first.decision);
        }
        shadow.second.prescribe(&first.decision.events);
        let second = shadow.second.make(input);
        // Without a start nothing ran.
        if let Some(who) = self.first.identity() {
            match second {
                Ok(second) => compare::turns(&who, before, &first, &second)?,
                Err(halt) => return Err(report::stopped(&who, before, halt)),
            }
        }
        shadow.go_on(&first, self.first.identity())?;
        Ok(first.decision)
    }

    /// Returns how many events the history has.
    pub fn event_count(&self) -> u64 {
        self.first.event_count()
    }

    /// Returns whether a turn until now has called this task: see [`Execution::has_scheduled`].
    pub fn has_scheduled(&self, task: TaskId) -> bool {
        self.first.has_scheduled(task)
    }

    /// Returns what the open tasks of a just loaded history sent when they were scheduled: see
    /// [`Execution::open_orders`].
    pub fn open_orders(&self) -> impl Iterator<Item = &Outgoing> {
        self.first.open_orders()
    }
}

impl Shadow {
    /// Takes a turn into the history, and replays that if it is time.
    fn go_on(&mut self, made: &Made, who: Option<ExecutionStarted>) -> Result<(), Halt> {
        let Some(history) = self.history.as_mut().filter(|_| !made.decision.events.is_empty()) else {
            return Ok(());
        };
        history.extend(made.decision.events.iter().cloned());
        self.turns = self.turns.saturating_add(1);
        if self.turns.is_power_of_two() {
            self.second = replayed(self.code, history, who.clone())?;
            if let Some(who) = who {
                let replayed = self.second.waiting();
                compare::waits(
                    &who,
                    self.second.event_count(),
                    made.waiting.as_ref(),
                    replayed.as_ref(),
                )?;
            }
        }
        Ok(())
    }
}

/// Replays a history that the same code has been through before.
fn replayed(code: Code, history: &[Event], who: Option<ExecutionStarted>) -> Result<Execution, Halt> {
    let before = u64::try_from(history.len()).unwrap_or(u64::MAX);
    Execution::load_shadow(code, history).map_err(|halt| match who {
        Some(who) if halt.reason != HaltReason::Nondeterminism => report::stopped(&who, before, halt),
        Some(_) | None => halt,
    })
}
