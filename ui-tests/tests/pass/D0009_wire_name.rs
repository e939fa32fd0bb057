//! D0009: a wire name of letters, digits, `_`, `.` and `-`, given by `name` where the function's own will not do.
#![deny(warnings)]

use durable::function::DurableFunction;
use durable::prelude::*;

#[activity(name = "charge-card")]
async fn charge(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

#[activity]
async fn empty(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

#[activity(name = "shop.pruefen_2")]
async fn prüfen(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

fn main() {
    assert_eq!(
        [charge::NAME, empty::NAME, prüfen::NAME],
        ["charge-card", "empty", "shop.pruefen_2"]
    );
}
