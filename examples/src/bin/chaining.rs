//! Function chaining: each step gets what the step before returned.
//!
//! Run it with `cargo run --bin chaining`.

use durable::prelude::*;

#[activity]
async fn fetch(_ctx: ActivityContext, page: String) -> Result<String, Failure> {
    Ok(format!("<h1>Durable functions</h1><p>From {page}</p>"))
}

#[activity]
async fn extract_title(_ctx: ActivityContext, html: String) -> Result<String, Failure> {
    let title = html
        .split("<h1>")
        .nth(1)
        .and_then(|rest| rest.split("</h1>").next());
    title
        .map(str::to_owned)
        .ok_or_else(|| Failure::new("the page has no title"))
}

#[activity]
async fn shout(_ctx: ActivityContext, text: String) -> Result<String, Failure> {
    Ok(text.to_uppercase())
}

#[orchestrator]
async fn headline(ctx: OrchestrationContext, page: String) -> Result<String, Failure> {
    let html = ctx.call(fetch, page).await?;
    let title = ctx.call(extract_title, html).await?;
    // If the process dies here, the next one goes on here: the first two activities do not run again.
    Ok(ctx.call(shout, title).await?)
}

#[durable::main]
async fn main() -> durable::Result<()> {
    let app = App::new(examples::hub("chaining")?).start().await?;

    let run = app.client().start(headline, "example.org".to_owned()).await?;
    println!("headline: {}", run.wait().await?);

    Ok(app.shutdown().await?)
}
