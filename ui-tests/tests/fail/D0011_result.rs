//! D0011: no `Result`.
use durable::prelude::*;
use durable::Failure;

type Receipt = u8;

#[activity]
async fn nothing(_: ActivityContext) {}

#[activity]
async fn number(_: ActivityContext) -> u64 {
    7
}

#[activity]
async fn alias(_: ActivityContext) -> Receipt {
    7
}

#[activity]
async fn fine(_: ActivityContext) -> Result<u64, Failure> {
    Ok(7)
}

fn main() {}
