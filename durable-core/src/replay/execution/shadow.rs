//! A second execution of the same instance: it repeats the first, and is told what may not be repeated.

use super::matching::who;
use super::{Code, Event, Execution, ExecutionStarted, Halt, Inputs, Recorded};
use crate::replay::engine::Waiting;

impl Execution {
    /// Replays a history like [`load`](Self::load), for a shadow: its turns run no side effects and are silent.
    pub(in crate::replay) fn load_shadow(code: Code, history: &[Event]) -> Result<Self, Halt> {
        Self::replay(code, history, Some(Recorded::default()), Inputs::Recorded)
    }

    /// Tells the shadow what the first run of a turn recorded of code that runs once.
    pub(in crate::replay) fn prescribe(&mut self, events: &[Event]) {
        match (&self.engine, &mut self.prescribed) {
            (Some(engine), _) => engine.get().recorded.prescribe(events),
            (None, Some(prescribed)) => prescribed.prescribe(events),
            (None, None) => {}
        }
    }

    /// Returns whether this is a shadow.
    pub(super) fn is_shadow(&self) -> bool {
        self.prescribed.is_some()
    }

    /// Returns what the last poll found pending.
    pub(in crate::replay) fn waiting(&self) -> Option<Waiting> {
        self.engine.as_ref()?.get().waiting.clone()
    }

    /// Returns who runs, if that is known yet.
    pub(in crate::replay) fn identity(&self) -> Option<ExecutionStarted> {
        Some(who(&self.engine.as_ref()?.get().identity))
    }
}
