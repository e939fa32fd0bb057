//! D0006: an orchestrator that asks for its surroundings.
use std::env;

use durable::prelude::*;

#[orchestrator]
async fn curious(ctx: OrchestrationContext) -> Result<usize, Failure> {
    let bank = env::var("BANK")?;
    let more: Vec<Option<String>> = vec![Some("SHOP").and_then(|key| std::env::var(key).ok())];
    let found: Vec<_> = ["BANK", "SHOP"].map(std::env::var_os).into();
    let fine = ctx.side_effect(|| env::var("BANK").ok()).await;
    let sizes = [bank.len(), more.len(), found.len(), fine.map_or(0, |fine| fine.len())];
    Ok(sizes.iter().sum::<usize>() + std::process::id() as usize + env::args().count())
}

fn main() {}
