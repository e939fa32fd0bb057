//! D0012: payloads without serde.
use durable::prelude::*;
use durable::Failure;

struct Order;
struct Receipt;
struct ChargeError;

#[activity]
async fn input(_: ActivityContext, _: Vec<Order>) -> Result<(), Failure> {
    Ok(())
}

#[activity]
async fn output(_: ActivityContext) -> Result<Option<Receipt>, Failure> {
    Ok(None)
}

#[activity]
async fn error(_: ActivityContext) -> Result<(), ChargeError> {
    Ok(())
}

type Outcome<T> = Result<T, Failure>;

#[activity]
async fn alias(_: ActivityContext) -> Outcome<Receipt> {
    Ok(Receipt)
}

fn main() {}
