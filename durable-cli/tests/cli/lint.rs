//! `cargo durable lint`.

use insta::assert_snapshot;

use crate::project::Project;

/// Everything that the macros cannot see, and the same again where it is right.
const MAIN: &str = r#"use std::collections::*;
use std::time::Instant as T;

use durable::prelude::*;

macro_rules! now {
    () => {
        std::time::SystemTime::now()
    };
}

#[orchestrator]
async fn checkout(ctx: OrchestrationContext, key: Option<String>) -> Result<u64, Failure> {
    let begun = T::now();
    let value = key.map(std::env::var);
    let state = hash_map::RandomState::new();
    let wall = now!();
    let sums: HashMap<u32, u32> = HashMap::with_hasher(state);
    let mut sum = 0;
    for (_, value) in &sums {
        sum += value;
    }
    tracing_free(&(begun, value, wall, sum));
    Ok(ctx.call(measure, ()).await?)
}

#[orchestrator]
async fn harmless(ctx: OrchestrationContext) -> Result<u64, Failure> {
    #[allow(clippy::disallowed_methods)]
    let begun = T::now();
    tracing_free(&begun);
    Ok(ctx.call(measure, ()).await?)
}

#[activity]
async fn measure(_ctx: ActivityContext) -> Result<u64, Failure> {
    let _ = now!();
    Ok(T::now().elapsed().as_secs())
}

fn tracing_free<T>(_: &T) {}

fn main() {
    let _ = (T::now(), std::env::var("HOME"));
}
"#;

#[test]
fn what_the_macros_cannot_see_is_found_in_orchestrators_and_nowhere_else() {
    let shop = Project::new(&[("src/main.rs", MAIN)]);
    let ran = shop.durable(&["lint"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert_snapshot!("lint", format!("{}\n{}", ran.out, ran.err));
}
