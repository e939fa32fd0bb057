//! What deterministic code may not look like.

use super::Message;

pub(crate) fn async_closure() -> Message {
    Message::new(
        "D0105",
        "what an `async` closure returns is not a durable future",
        "write a closure that returns an `async` block: `|x| async move { .. }`",
    )
}

pub(crate) fn opaque_await() -> Message {
    Message::new(
        "D0106",
        "what this macro awaits cannot be checked",
        "await it in a `let` before the macro, and hand the value over",
    )
}

pub(crate) fn deterministic_shape(problem: &str, help: &str) -> Message {
    Message::new("D0201", problem, help)
}
