//! Fan-out/fan-in: many activities at once, and one result of all of them.
//!
//! Run it with `cargo run --bin fan_out`.

use durable::prelude::*;

#[activity]
async fn count_words(_ctx: ActivityContext, text: String) -> Result<usize, Failure> {
    Ok(text.split_whitespace().count())
}

#[orchestrator]
async fn total_words(ctx: OrchestrationContext, texts: Vec<String>) -> Result<usize, Failure> {
    // All calls are scheduled in one turn, and their results come in the order of the list.
    let counts = ctx
        .join_all(texts.into_iter().map(|text| ctx.call(count_words, text)))
        .await;
    counts.into_iter().try_fold(0, |total, count| Ok(total + count?))
}

#[durable::main]
async fn main() -> durable::Result<()> {
    let app = App::new(examples::hub("fan_out")?).start().await?;

    let texts: Vec<String> = (1..=100).map(|n| "word ".repeat(n)).collect();
    let run = app.client().start(total_words, texts).await?;
    println!("100 texts, {} words", run.wait().await?);

    Ok(app.shutdown().await?)
}
