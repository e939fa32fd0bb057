//! Helpers that are marked, and so are read as the orchestrators are.

use durable::prelude::*;

/// a clock in a marked helper
#[deterministic]
fn stamp(name: &str) -> String {
    format!("{name} {:?}", std::time::SystemTime::now()) //~ D0001
}

/// a foreign await in a marked helper
#[deterministic]
async fn pause(_ctx: &OrchestrationContext) {
    tokio::time::sleep(std::time::Duration::from_secs(1)).await; //~ D0003
}

/// hash iteration in a marked helper
#[deterministic]
fn first(names: std::collections::HashSet<String>) -> Option<String> {
    names.into_iter().next() //~ D0301
}

/// a random number in a marked method
struct Dice {
    sides: u32,
}

impl Dice {
    #[deterministic]
    fn throw(&self) -> u32 {
        rand::random::<u32>() % self.sides //~ D0002
    }
}

#[orchestrator]
async fn uses_them(
    ctx: OrchestrationContext,
    names: std::collections::HashSet<String>,
) -> Result<String, Failure> {
    pause(&ctx).await;
    let sides = u32::try_from(names.len())?;
    let name = first(names).unwrap_or_default();
    Ok(format!("{} {}", stamp(&name), Dice { sides }.throw()))
}
