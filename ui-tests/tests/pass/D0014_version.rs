//! D0014: a version is 1 to 4 numbers with dots between them; left out, it is 1.
#![deny(warnings)]

use durable::function::DurableFunction;
use durable::prelude::*;

#[activity(version = "2")]
async fn letter(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

#[activity(version = "1.4.10.5")]
async fn long(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

#[activity(version = "0.1")]
async fn zero(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

#[activity]
async fn absent(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

fn main() {
    let versions = [letter::VERSION, long::VERSION, zero::VERSION, absent::VERSION];
    assert_eq!(
        versions.map(|version| version.to_string()),
        ["2", "1.4.10.5", "0.1", "1"]
    );
}
