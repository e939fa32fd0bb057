//! D0005: I/O belongs in activities; its data types are fine everywhere.
use durable::prelude::*;

#[activity(blocking)]
fn read(_ctx: ActivityContext, path: String) -> Result<String, Failure> {
    Ok(std::fs::read_to_string(path)?)
}

#[orchestrator]
async fn reader(ctx: OrchestrationContext, path: String) -> Result<String, Failure> {
    let name = std::path::Path::new(&path).file_name().map(|name| name.len());
    if name.is_none() {
        return Err(std::io::Error::other("no file").into());
    }
    Ok(ctx.call(read, path).await?)
}

fn main() {}
