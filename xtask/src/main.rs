//! Chores of this repository.
//!
//! - `cargo xtask tidy`: checks what neither the compiler nor clippy checks.
//! - `cargo xtask crates`: counts the crates that a user of the default facade builds.

#![forbid(unsafe_code)]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the program talks to people on the terminal"
)]

mod crates;
mod finding;
mod rust;
mod tidy;
mod tree;
mod workspace;

use std::process::ExitCode;

const HELP: &str = "usage: cargo xtask <tidy|crates>";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        ["tidy"] => tidy::run(),
        ["crates"] => crates::run(),
        _ => Err(HELP.to_owned()),
    };
    match done {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(text) => {
            eprintln!("{text}");
            ExitCode::FAILURE
        }
    }
}
