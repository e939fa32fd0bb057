//! D0024: the shape of `main`.

#[durable::main]
fn main(port: u16) {}

#[durable::main]
async fn start() {}
