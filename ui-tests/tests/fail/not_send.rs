//! An activity runs on any thread, so its future must be `Send`.
use durable::prelude::*;
use durable::Failure;

#[activity]
async fn charge(ctx: ActivityContext) -> Result<(), Failure> {
    let count = std::rc::Rc::new(1);
    ctx.heartbeat(&1).await?;
    drop(count);
    Ok(())
}

fn main() {}
