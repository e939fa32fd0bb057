//! The text of every error: one rule, one wording. The rule first, then the fix, then where to read more.

mod deterministic;
mod lint;
mod lock;
mod package;

use std::fmt;

use crate::function::Kind;

pub(crate) use self::deterministic::{async_closure, deterministic_shape, opaque_await};
pub(crate) use self::lint::{Topic, allow_misplaced, allow_unused, allow_without_reason, lint, lint_by_name};
pub(crate) use self::lock::*;
pub(crate) use self::package::*;

/// What an error says.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    rule: &'static str,
    problem: String,
    help: String,
}

impl Message {
    fn new(rule: &'static str, problem: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            rule,
            problem: problem.into(),
            help: help.into(),
        }
    }

    /// Returns the rule's id.
    pub(crate) fn rule(&self) -> &'static str {
        self.rule
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, problem, help } = self;
        write!(f, "{problem}\nhelp: {help}\nnote: {rule}, docs/lints/{rule}.md")
    }
}

pub(crate) fn malformed_name(text: &str, why: &str) -> Message {
    Message::new(
        "D0009",
        format!("{text:?} cannot be a wire name: {why}"),
        "a wire name is a letter or `_`, then letters, digits, `_`, `.` and `-`, at most 128; give one by `name = \"..\"`",
    )
}

pub(crate) fn not_async(kind: Kind) -> Message {
    let help = match kind {
        Kind::Orchestrator => "write `async fn`",
        Kind::Activity => "write `async fn`, or say `blocking` in the attribute if it blocks its thread",
    };
    Message::new(
        "D0010",
        format!("{} must be an `async fn`", kind.with_article()),
        help,
    )
}

pub(crate) fn blocking_async() -> Message {
    Message::new(
        "D0010",
        "a `blocking` activity must be a plain `fn`",
        "remove `async`, or remove `blocking` from the attribute",
    )
}

pub(crate) fn no_result(kind: Kind) -> Message {
    Message::new(
        "D0011",
        format!("{} must return a `Result`", kind.with_article()),
        "write `-> Result<T, E>`; `durable::Failure` is an error type for those who want none of their own",
    )
}

pub(crate) fn malformed_version(text: &str, why: &str) -> Message {
    Message::new(
        "D0014",
        format!("{text:?} is not a version: {why}"),
        "a version is 1 to 4 numbers with dots between them, such as \"2\" or \"1.4.10\"",
    )
}

pub(crate) fn qualified(kind: Kind, what: &str) -> Message {
    Message::new(
        "D0015",
        format!(
            "{} cannot {what}: its name must stand for exactly one function",
            kind.with_article()
        ),
        "remove it; put what varies into the input",
    )
}

pub(crate) fn method(kind: Kind) -> Message {
    Message::new(
        "D0015",
        format!("{} cannot be a method", kind.with_article()),
        "make it a function of the module, and pass what it needs of `self` in the input",
    )
}

pub(crate) fn missing_context(kind: Kind) -> Message {
    Message::new(
        "D0016",
        format!(
            "the first parameter of {} must be its context",
            kind.with_article()
        ),
        format!("add `ctx: {}` as the first parameter", kind.context()),
    )
}

pub(crate) fn context_by_reference(kind: Kind) -> Message {
    Message::new(
        "D0016",
        format!("{} takes its context by value", kind.with_article()),
        format!("write `{}` without `&`; it is cheap to clone", kind.context()),
    )
}

pub(crate) fn wrong_context(kind: Kind) -> Message {
    Message::new(
        "D0016",
        format!("{} is given {}", kind.with_article(), kind.context_with_article()),
        format!("write `{}`, or use `#[{}]` instead", kind.context(), kind.other()),
    )
}

pub(crate) fn no_context(kind: Kind) -> Message {
    Message::new(
        "D0016",
        format!(
            "the first parameter of {} must be its context, and this is none",
            kind.with_article()
        ),
        format!("put `ctx: {}` before it", kind.context()),
    )
}

pub(crate) fn context_second(kind: Kind) -> Message {
    Message::new(
        "D0016",
        format!(
            "the first parameter of {} must be its context",
            kind.with_article()
        ),
        "swap the two parameters",
    )
}

pub(crate) fn input_by_reference(instead: Option<&str>) -> Message {
    let help = match instead {
        Some(owned) => format!("write `{owned}`"),
        None => "remove the `&`".to_owned(),
    };
    Message::new(
        "D0017",
        "the input of a durable function is taken by value: it is read from a history",
        help,
    )
}

pub(crate) fn input_without_name() -> Message {
    Message::new(
        "D0017",
        "the input of a durable function must have a type that can be recorded",
        "write a type of your own that derives `Serialize` and `Deserialize`, without `impl`, `dyn` or `_`",
    )
}

pub(crate) fn too_many_parameters() -> Message {
    Message::new(
        "D0018",
        "a durable function has two parameters: its context and one input",
        "put this into the input: a struct, which can gain fields later, or a tuple",
    )
}

pub(crate) fn unknown_key(macro_name: &str, key: &str, near: Option<&str>, known: &[&str]) -> Message {
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("it takes {}", list(known)),
    };
    Message::new("D0019", format!("`{macro_name}` has no `{key}`"), help)
}

pub(crate) fn foreign_key(macro_name: &str, key: &str, other: &str) -> Message {
    Message::new(
        "D0019",
        format!("`{macro_name}` has no `{key}`"),
        format!("remove it; only `#[{other}]` has it"),
    )
}

pub(crate) fn duplicate_key(key: &str) -> Message {
    Message::new("D0019", format!("`{key}` is given twice"), "keep one of them")
}

pub(crate) fn not_a_key(macro_name: &str) -> Message {
    Message::new(
        "D0019",
        format!("`{macro_name}` takes named values"),
        "write `key = \"value\"`, for example `version = \"2\"`",
    )
}

pub(crate) fn wrong_value(key: &str, example: &str) -> Message {
    Message::new(
        "D0019",
        format!("this is not a value of `{key}`"),
        format!("write `{example}`"),
    )
}

pub(crate) fn contradiction(problem: &str, help: &str) -> Message {
    Message::new("D0020", problem, help)
}

pub(crate) fn malformed_duration(text: &str, why: &str) -> Message {
    Message::new(
        "D0021",
        format!("{text:?} is not a duration: {why}"),
        "write a whole number and a unit, such as \"250ms\", \"30s\", \"5m\", \"2h\" or \"3d\"",
    )
}

pub(crate) fn out_of_range(key: &str, range: &str) -> Message {
    Message::new(
        "D0022",
        format!("`{key}` is out of range"),
        format!("write {range}"),
    )
}

pub(crate) fn not_a_function(macro_name: &str) -> Message {
    Message::new(
        "D0023",
        format!("`#[{macro_name}]` belongs on a function"),
        "move it to a function of a module, or remove it",
    )
}

pub(crate) fn main_shape(problem: &str, help: &str) -> Message {
    Message::new("D0024", problem, help)
}

pub(crate) fn migrate_shape(problem: &str, help: &str) -> Message {
    Message::new("D0025", problem, help)
}

pub(crate) fn schema(problem: &str, help: &str) -> Message {
    Message::new("D0026", problem, help)
}

pub(crate) fn recursive_schema() -> Message {
    Message::new(
        "D0028",
        "a schema cannot contain itself",
        "write `#[durable(opaque)]` above the field: its form is then left out of the fingerprint",
    )
}

/// Returns "`a`, `b` and `c`".
fn list(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => "nothing".to_owned(),
    }
}
