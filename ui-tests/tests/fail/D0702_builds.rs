//! D0702: an orchestrator that depends on how it was built.
use durable::prelude::*;

#[orchestrator]
async fn built(ctx: OrchestrationContext) -> Result<String, Failure> {
    if cfg!(debug_assertions) {
        ctx.timer(seconds(1)).await;
    }
    #[cfg(unix)]
    ctx.timer(seconds(2)).await;
    let package = format!("{} {}", env!("CARGO_PKG_NAME"), line!());
    let home = option_env!("HOME").map(str::len);
    let text = include_str!("D0702_builds.rs");
    Ok(format!("{package} {home:?} {} {}", text.len(), std::env::consts::OS))
}

fn main() {}
