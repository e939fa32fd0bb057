//! D0005: an orchestrator that blocks its thread or does I/O.
use std::fs::{self, File};
use std::io::Read;
use std::net::TcpStream;

use durable::prelude::*;

/// Stands in for the crate.
mod reqwest {
    pub struct Client;
    impl Client {
        pub fn new() -> Self {
            Self
        }
    }
    pub struct StatusCode(pub u16);
    impl StatusCode {
        pub fn from_u16(code: u16) -> Self {
            Self(code)
        }
    }
}

/// Stands in for the crate.
mod futures {
    pub mod executor {
        pub fn block_on<F: Future>(_: F) {}
    }
}

#[orchestrator]
async fn busy(ctx: OrchestrationContext, path: String) -> Result<u16, Failure> {
    let mut text = fs::read_to_string(&path)?;
    File::open(&path)?.read_to_string(&mut text)?;
    text += &ctx.side_effect(|| std::fs::read_to_string(&path).unwrap_or_default()).await;
    TcpStream::connect(&text)?;
    std::io::stdin().read_line(&mut text)?;
    std::process::Command::new(text).spawn()?;
    futures::executor::block_on(ctx.timer(days(1)));
    let _ = reqwest::Client::new();
    Ok(reqwest::StatusCode::from_u16(200).0)
}

fn main() {}
