//! Replay that compares inputs too: what is done to code before it is deployed.

use super::{Code, Execution, Halt, Inputs};
use crate::history::Event;
use crate::replay::difference::InputChange;

impl Execution {
    /// Replays a history as [`load`](Self::load) does, and returns the steps whose inputs are no longer the recorded
    /// ones.
    ///
    /// The code runs as far as the history goes and no further: nothing is sent, and no closure of a side effect and no
    /// predicate of a retry runs, whether or not the history has its value.
    pub fn compare(code: Code, history: &[Event]) -> Result<Vec<InputChange>, Halt> {
        let execution = Self::replay(code, history, None, Inputs::Compared)?;
        let changes = execution
            .engine
            .as_ref()
            .and_then(|engine| engine.get().input_changes.take());
        Ok(changes.unwrap_or_default())
    }
}
