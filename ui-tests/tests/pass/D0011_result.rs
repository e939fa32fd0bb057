//! D0011: `-> Result<T, E>`, or an alias of one; `Failure` is an error for those who want none of their own.
#![deny(warnings)]

use durable::prelude::*;

type Receipt = Result<u8, Failure>;

#[activity]
async fn nothing(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

#[activity]
async fn number(_: ActivityContext) -> Result<u64, String> {
    Ok(7)
}

#[activity]
async fn alias(_: ActivityContext) -> Receipt {
    Ok(7)
}

fn main() {}
