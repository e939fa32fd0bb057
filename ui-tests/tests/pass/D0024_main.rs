//! D0024: `async fn main` without parameters; what came as one is read inside.
#![deny(warnings)]

#[durable::main]
async fn main() -> durable::Result<()> {
    let port: u16 = "8080".parse()?;
    assert_eq!(port, 8080);
    Ok(())
}
