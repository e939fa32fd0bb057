//! Futures that are not durable, found while they run: the type gate's last line of defence.

use std::fmt;

use super::engine::{Engine, Waiting};
use super::halt::{Halt, HaltReason};
use super::panic::Caught;
use super::wake::Touch;

/// How a future that is not durable gave itself away.
#[derive(Debug, Clone)]
pub(super) enum Evidence {
    /// It panicked for want of a runtime.
    NoRuntime { message: String, place: Option<String> },
    /// It touched the waker, which no durable future does.
    Touched(Touch),
    /// The orchestrator waits, and nothing durable is waited for.
    NothingToWaitFor,
}

/// What runtimes say when one of their futures is polled outside of them. Orchestrators run outside of all.
const WANTS_RUNTIME: [&str; 3] = [
    "there is no reactor running",
    "must be called from the context of a Tokio",
    "called from outside of a `task::LocalSet`",
];

impl Evidence {
    /// Returns what a panic says about a future that wants a runtime, if it is of that kind.
    pub(super) fn of_panic(caught: &Caught) -> Option<Self> {
        let wants_runtime = WANTS_RUNTIME.iter().any(|text| caught.message.contains(text));
        wants_runtime.then(|| Self::NoRuntime {
            message: caught.message.clone(),
            place: caught.place.clone(),
        })
    }

    /// Words the report.
    pub(super) fn report(&self, engine: &Engine) -> Halt {
        let started = &engine.identity.started;
        let last = LastStep::of(engine);
        let awaited = match self {
            Self::NoRuntime { .. } => "awaits or spawns a future that is not durable",
            Self::Touched(_) => "awaits a future that is not durable",
            Self::NothingToWaitFor => "waits for something that no event can bring",
        };
        let message = format!(
            "orchestrator `{}` version {}, instance `{}`, {awaited}\n  \
             step {} of its history\n    found: {self}\n    where: {last}\n  \
             help: await only what `ctx` returns, joins and selects of that, and `async` blocks of these\n  \
             help: move I/O, sleeping, channels and spawning into an `#[activity]` [durable D0101]\n  \
             help: the instance is intact; it goes on by itself when a worker with the repaired code joins",
            started.name, engine.identity.version, started.instance, engine.position,
        );
        let halt = Halt::new(HaltReason::ForeignFuture, message).at_step(engine.position);
        match (self, last.place()) {
            (
                Self::NoRuntime {
                    place: Some(place), ..
                },
                _,
            ) => halt.at_place(place),
            (_, Some(place)) => halt.at_place(place),
            (_, None) => halt,
        }
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRuntime { message, place } => {
                write!(f, "it needs a runtime, and panicked without one: {message}")?;
                place.as_ref().map_or(Ok(()), |place| write!(f, ", at {place}"))
            }
            Self::Touched(Touch::Woken) => {
                f.write_str("it woke the orchestrator by itself, which no history records")
            }
            Self::Touched(Touch::Kept) => {
                f.write_str("it kept the waker, to wake the orchestrator at a moment that no history records")
            }
            Self::NothingToWaitFor => {
                f.write_str("the orchestrator is pending, and no call, timer or event is waited for")
            }
        }
    }
}

/// The durable step nearest before the place: the last attempted in this turn, or what the turn before waited for.
enum LastStep<'a> {
    Attempted(&'a super::action::Action),
    Waited(&'a Waiting),
    Start,
}

impl<'a> LastStep<'a> {
    fn of(engine: &'a Engine) -> Self {
        match (engine.actions.back(), &engine.waiting, &engine.waited) {
            (_, Some(waiting), _) => Self::Waited(waiting),
            (Some(action), None, _) => Self::Attempted(action),
            (None, None, Some(waited)) => Self::Waited(waited),
            (None, None, None) => Self::Start,
        }
    }

    fn place(&self) -> Option<&'static std::panic::Location<'static>> {
        match self {
            Self::Attempted(action) => Some(action.place),
            Self::Waited(waiting) => Some(waiting.place),
            Self::Start => None,
        }
    }
}

impl fmt::Display for LastStep<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attempted(action) => {
                write!(
                    f,
                    "after or beside the step {}, at {}",
                    action.attempt, action.place
                )
            }
            Self::Waited(waiting) => write!(f, "after or beside the wait for {waiting}"),
            Self::Start => f.write_str("before the first step"),
        }
    }
}
