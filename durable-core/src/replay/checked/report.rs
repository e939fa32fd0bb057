//! The report that two runs of a turn decided differently.

use crate::history::ExecutionStarted;
use crate::replay::halt::{Halt, HaltReason};

/// Words a difference between two runs, side by side.
pub(in crate::replay) fn two_runs(who: &ExecutionStarted, step: u64, first: &str, second: &str) -> Halt {
    let message = format!(
        "two runs of the same turn of orchestrator `{}` version {}, instance `{}`, decided differently\n  \
         step {step} of its history\n    first run:  {first}\n    second run: {second}\n  \
         something in this function is not the same each time: it reads a clock, randomness, the environment or a \
         static, or goes by the order of a hash map\n  \
         help: take the time from `ctx.now()`, randomness from `ctx.random()` and `ctx.new_uuid()`, and anything else \
         from `ctx.side_effect(..)` or an activity; iterate over a `BTreeMap` or `BTreeSet`\n  \
         help: the turn was not recorded and nothing was sent; the instance goes on by itself when a worker with the \
         repaired code joins",
        who.name, who.version, who.instance,
    );
    Halt::new(HaltReason::Nondeterminism, message).at_step(step)
}

/// Words that the second run could not even be made.
pub(super) fn stopped(who: &ExecutionStarted, before: u64, halt: Halt) -> Halt {
    let step = halt.step.unwrap_or(before);
    let why = format!("stopped: {}", halt.message.replace('\n', "\n    "));
    let report = two_runs(who, step, "made the turn", &why);
    match halt.place {
        Some(place) => report.at_place(place),
        None => report,
    }
}
