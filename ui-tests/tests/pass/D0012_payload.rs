//! D0012: input and output derive `Serialize` and `Deserialize`; the error also `Debug` and `thiserror::Error`.
#![deny(warnings)]

use durable::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Order;

#[derive(Serialize, Deserialize)]
struct Receipt;

#[derive(Debug, thiserror::Error, Serialize, Deserialize)]
#[error("the card was declined")]
struct ChargeError;

#[activity]
async fn charge(_: ActivityContext, _: Vec<Order>) -> Result<Option<Receipt>, ChargeError> {
    Err(ChargeError)
}

fn main() {}
