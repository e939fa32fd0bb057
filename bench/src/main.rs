//! How fast durable functions are, beside what the disk allows.
//!
//! ```sh
//! cargo run --release -p bench -- <hello|steps|check|all> [--hub sqlite|memory] [--n N] [--reps R] [--sync full|normal] [--dir PATH]
//! ```
//!
//! Prints one line of JSON per run, and a table of medians at the end. With the SQLite hub every repetition also measures `raw`,
//! bare commits on the same disk, so that a time can be read as a multiple of what the disk takes.

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "the program's output is what it is for")]

mod arguments;
mod measurement;
mod moments;
mod process;
mod quantile;
mod stage;
mod table;
mod workload;

use arguments::{Arguments, Hub, Workload};
use durable::Failure;
use measurement::Measurement;
use workload::{check, hello, raw, steps};

#[durable::main]
async fn main() -> durable::Result<()> {
    let arguments = Arguments::parse(std::env::args().skip(1)).map_err(Failure::new)?;
    let mut done = Vec::new();
    for repetition in 1..=arguments.repetitions {
        repeat(&arguments, |measurement| {
            let measurement = Measurement {
                repetition,
                ..measurement
            };
            println!("{}", serde_json::to_string(&measurement)?);
            done.push(measurement);
            Ok(())
        })
        .await?;
    }
    println!("\n{}", table::of(&done));
    Ok(())
}

/// Measures everything that was asked for once.
async fn repeat(
    arguments: &Arguments,
    mut done: impl FnMut(Measurement) -> durable::Result<()>,
) -> durable::Result<()> {
    if arguments.workload == Workload::Check {
        for measurement in check::measure(arguments)? {
            done(measurement)?;
        }
        return Ok(());
    }
    if arguments.hub == Hub::Sqlite {
        done(raw::measure(arguments)?)?;
    }
    if matches!(arguments.workload, Workload::Hello | Workload::All) {
        done(hello::measure(arguments).await?)?;
    }
    if matches!(arguments.workload, Workload::Steps | Workload::All) {
        for n in arguments.n.map_or(steps::LENGTHS.to_vec(), |n| vec![n]) {
            done(steps::measure(arguments, n).await?)?;
        }
    }
    Ok(())
}
