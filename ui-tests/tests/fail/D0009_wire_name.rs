//! D0009: names that the hubs cannot store.
use durable::prelude::*;
use durable::Failure;

#[activity(name = "charge card")]
async fn charge(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

#[activity(name = "")]
async fn empty(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

#[activity]
async fn prüfen(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

fn main() {}
