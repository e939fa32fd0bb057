//! D0025: the shape of a migration.
use durable::prelude::*;
use durable::Failure;

#[migrate]
async fn not_sync(old: u8) -> u16 {
    old.into()
}

#[migrate]
fn nothing() {}

#[migrate]
fn reference(old: &u8) -> u16 {
    (*old).into()
}

#[migrate]
fn same(old: u8) -> u8 {
    old
}

fn main() -> Result<(), Failure> {
    Ok(())
}
