//! What the determinism lints say.

use super::Message;

/// What was found in the body of a deterministic function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Topic {
    Clock,
    Elapsed,
    TimeZone,
    Random,
    Id,
    Timer,
    Spawn,
    Block,
    Io,
    Environment,
    Select,
    Join,
    Poll,
    UnknownMacro,
    Address,
    TypeName,
    LocalStatic,
    SharedState,
    Print,
    Log,
    Unwind,
    Exit,
    EndlessLoop,
    Build,
}

impl Topic {
    /// Returns the rule's id.
    pub(crate) fn rule(self) -> &'static str {
        match self {
            Self::Clock | Self::Elapsed | Self::TimeZone => "D0001",
            Self::Random | Self::Id => "D0002",
            Self::Timer => "D0003",
            Self::Spawn => "D0004",
            Self::Block | Self::Io => "D0005",
            Self::Environment => "D0006",
            Self::Select | Self::Join | Self::Poll => "D0103",
            Self::UnknownMacro => "D0104",
            Self::Address => "D0303",
            Self::TypeName => "D0304",
            Self::LocalStatic | Self::SharedState => "D0305",
            Self::Print | Self::Log => "D0401",
            Self::Unwind | Self::Exit => "D0602",
            Self::EndlessLoop => "D0701",
            Self::Build => "D0702",
        }
    }

    /// Returns what is wrong, to stand behind "an orchestrator".
    fn problem(self) -> &'static str {
        match self {
            Self::Clock => "cannot read a clock: a replay would read another time",
            Self::Elapsed => "cannot read a clock, which `elapsed` does on an `Instant` or a `SystemTime`",
            Self::TimeZone => "cannot ask for the machine's time zone: a replay may run on another machine",
            Self::Random => "cannot draw random numbers: a replay would draw others",
            Self::Id => "cannot make ids at random: a replay would make others",
            Self::Timer => "cannot wait on this timer: it is not recorded and ends with the process",
            Self::Spawn => "cannot start or use tasks and threads: what they do is not recorded",
            Self::Block => "cannot block its thread: other instances wait for it",
            Self::Io => "cannot do I/O: a replay would do it again, with another outcome",
            Self::Environment => {
                "cannot ask for its surroundings: a replay may run in another process, on another machine"
            }
            Self::Select => {
                "cannot use the `select!` of another library: it does not record which branch won"
            }
            Self::Join => "cannot use the `join!` of another library: it polls in an order of its own",
            Self::Poll => "cannot look whether a future is ready: the answer is not recorded",
            Self::UnknownMacro => "uses a macro that cannot be checked: its expansion may do anything",
            Self::Address => "depends on an address: it is another one at each replay",
            Self::TypeName => {
                "depends on the name or id of a type: it differs between builds, and a replay may run another"
            }
            Self::LocalStatic | Self::SharedState => {
                "uses a static that changes: a replay finds what others left in it"
            }
            Self::Print => "prints again at every replay",
            Self::Log => "logs again at every replay",
            Self::Unwind => "cannot meddle with panics: the engine needs them to block an instance",
            Self::Exit => "cannot end the process: a replay would end the next one",
            Self::EndlessLoop => "repeats steps for ever: its history grows until it no longer fits",
            Self::Build => "cannot depend on how it was built: a replay may run another build",
        }
    }

    /// Returns what to do about it.
    fn help(self) -> &'static str {
        match self {
            Self::Clock => "use `ctx.now()`, which is recorded",
            Self::Elapsed => "take `ctx.now()` twice and compare",
            Self::TimeZone => {
                "put the time zone into the input, or read it once with `ctx.side_effect(|| ..)`"
            }
            Self::Random => "use `ctx.random()`, or seed a generator of your own with it",
            Self::Id => "use `ctx.new_uuid()`, or make the id once with `ctx.side_effect(|| ..)`",
            Self::Timer => "use `ctx.timer(..)`; a limit is `ctx.select((work, ctx.timer(..)))`",
            Self::Spawn => {
                "start calls together with `ctx.join(..)` or `ctx.join_all(..)`, or do it in an `#[activity]`"
            }
            Self::Block => "await what `ctx` returns, or do it in an `#[activity(blocking)]`",
            Self::Io => "do it in an `#[activity]`, and `ctx.call(..)` that",
            Self::Environment => {
                "put the value into the input, or read it once with `ctx.side_effect(|| ..)`"
            }
            Self::Select => "use `ctx.select(..)` or `ctx.select_all(..)`",
            Self::Join => "use `ctx.join(..)` or `ctx.join_all(..)`",
            Self::Poll => "await it, or `ctx.select(..)` it with another future",
            Self::UnknownMacro => "write the code out, or move it to a function",
            Self::Address => "use an id that is part of the data",
            Self::TypeName => "write the name as a text of your own",
            Self::LocalStatic => "make it a `let`, or a `const` if it never changes",
            Self::SharedState => "put the value into the input, or read it in an `#[activity]`",
            Self::Print | Self::Log => "use `tracing::info!`, which a replay leaves out",
            Self::Unwind => "return an error",
            Self::Exit => "return from the function",
            Self::EndlessLoop => {
                "end with `ctx.continue_as_new(..)` after some rounds: it starts a new history"
            }
            Self::Build => "put the value into the input, or give each behaviour a version of its own",
        }
    }
}

/// Returns the message for what was found in `place`.
pub(crate) fn lint(topic: Topic, place: &str) -> Message {
    Message::new(
        topic.rule(),
        format!("{place} {}", topic.problem()),
        format!(
            "{}\nhelp: or say why it is harmless: `#[allow_nondeterminism(reason = \"..\")]` on the statement",
            topic.help()
        ),
    )
}

/// What is said of a type that is known by its name only.
pub(crate) fn lint_by_name(topic: Topic, place: &str, ty: &str) -> Message {
    let message = lint(topic, place);
    let help = format!(
        "{}\nhelp: if `{ty}` is a type of your own, which the name alone does not tell, write `self::{ty}`",
        message.help
    );
    Message { help, ..message }
}

pub(crate) fn allow_without_reason() -> Message {
    Message::new(
        "D0703",
        "`allow_nondeterminism` needs a reason",
        "write `#[allow_nondeterminism(reason = \"why a replay does not notice\")]`",
    )
}

pub(crate) fn allow_unused() -> Message {
    Message::new(
        "D0703",
        "this allows nothing: no lint finds anything here",
        "remove the attribute",
    )
}

pub(crate) fn allow_misplaced() -> Message {
    Message::new(
        "D0703",
        "`allow_nondeterminism` belongs inside a deterministic function",
        "put it on a statement or an expression in the body of an `#[orchestrator]`",
    )
}
