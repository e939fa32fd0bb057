//! The accepted side of every rule: what comes closest to what it refuses.

use durable::function::DurableFunction;
use durable::prelude::*;
use serde::{Deserialize, Serialize};

mod functions {
    use super::*;

    // D0009: every character that a wire name may have, and its greatest length.
    #[activity(name = "_Az09.-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")]
    pub async fn named(_: ActivityContext) -> Result<(), Failure> {
        Ok(())
    }

    // D0010: a plain function, if it says that it blocks its thread.
    #[activity(blocking)]
    pub fn plain(_: ActivityContext) -> Result<(), Failure> {
        Ok(())
    }

    type Outcome = Result<u8, String>;

    // D0011: an alias of a result, and an error of one's own.
    #[activity]
    pub async fn aliased(_: ActivityContext) -> Outcome {
        Ok(1)
    }

    // D0014: the most parts, and the greatest number.
    #[orchestrator(version = "0.0.0.2147483647")]
    pub async fn versioned(_: OrchestrationContext) -> Result<(), Failure> {
        Ok(())
    }

    // D0015: a visibility, attributes and documentation are no qualifiers.
    /// Documented.
    #[activity]
    #[allow(clippy::unused_async, reason = "an attribute of the user's own")]
    pub(crate) async fn qualified(_: ActivityContext) -> Result<(), Failure> {
        Ok(())
    }

    // D0016: a context that is not used, by its path.
    #[orchestrator]
    pub async fn contextual(_: durable::OrchestrationContext) -> Result<(), Failure> {
        Ok(())
    }

    // D0017: an owned input that the body may change.
    #[activity]
    pub async fn owned(_: ActivityContext, mut text: String) -> Result<String, Failure> {
        text.push('!');
        Ok(text)
    }

    // D0018: several values in one input.
    #[activity]
    pub async fn paired(_: ActivityContext, (_order, cents): (String, u64)) -> Result<u64, Failure> {
        Ok(cents)
    }
}

mod attributes {
    use super::*;

    // D0019: every key at once. D0020: an attempt that may take as long as all together.
    #[activity(version = "2", name = "all-keys", superseded, retry(max_attempts = 5, backoff = "1s..1m", factor = 2.0,
        jitter = 0.5, non_retriable("Declined", "Gone")), timeout = "5m", total_timeout = "5m", max_concurrent = 3)]
    pub async fn keys(_: ActivityContext) -> Result<(), Failure> {
        Ok(())
    }

    // One current version beside the superseded one.
    #[activity(version = "3", name = "all-keys")]
    pub async fn keys(_: ActivityContext) -> Result<(), Failure> {
        Ok(())
    }

    // D0021: every unit.
    #[activity(retry(backoff = "250ms..2h"), timeout = "30s", total_timeout = "3d")]
    pub async fn units(_: ActivityContext) -> Result<(), Failure> {
        Ok(())
    }

    // D0022: numbers at the edges of their ranges.
    #[activity(retry(max_attempts = 1, factor = 1000.0, jitter = 1.0), max_concurrent = 1)]
    pub async fn edges(_: ActivityContext) -> Result<(), Failure> {
        Ok(())
    }

    // D0023: a function within a module; the attribute is on the function.
    pub mod inner {
        use super::*;

        #[orchestrator]
        pub async fn placed(_: OrchestrationContext) -> Result<(), Failure> {
            Ok(())
        }
    }
}

mod types {
    use super::*;

    #[derive(Serialize, Deserialize, DurableSchema)]
    pub struct Old(pub u8);

    // D0026: every kind of type that has a recorded form.
    #[derive(Debug, PartialEq, Serialize, Deserialize, DurableSchema)]
    pub enum New {
        Unit,
        Tuple(u8, String),
        Struct { field: Option<u8> },
    }

    // D0025: by value, to another type.
    #[migrate]
    pub fn upgrade(old: Old) -> New {
        New::Tuple(old.0, String::new())
    }

    // D0028: a way back that the schema does not follow.
    #[derive(Serialize, Deserialize, DurableSchema)]
    pub struct Node {
        #[durable(opaque)]
        pub children: Vec<Node>,
    }
}

// D0024: an async `main` without parameters, with a result.
#[durable::main]
async fn main() -> durable::Result<()> {
    assert_eq!(functions::named::NAME.len(), 128);
    assert_eq!(functions::versioned::VERSION.to_string(), "0.0.0.2147483647");
    assert_eq!(attributes::keys::NAME, "all-keys");
    let (unit, field) = (types::New::Unit, types::New::Struct { field: None });
    assert!(unit != types::upgrade(types::Old(1)) && unit != field);
    assert!(types::Node { children: Vec::new() }.children.is_empty());
    Ok(())
}
