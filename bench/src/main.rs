//! How fast durable functions are, beside what the disk allows.
//!
//! ```sh
//! cargo run --release -p bench -- all
//! cargo run --release -p bench -- w2 --n 3000 --reps 5 --sync normal
//! ```
//!
//! Prints one line of JSON per run, and a table of medians at the end. Every repetition also measures the raw limit of each
//! workload (`raw-w1` and so on): bare SQLite that writes the same rows to the same disk. What counts is the ratio of the two.

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "the program's output is what it is for")]

mod arguments;
mod line;
mod load;
mod measurement;
mod moments;
mod place;
mod process;
mod quantile;
mod raw;
mod stage;
mod table;
mod workload;

use arguments::{Arguments, Workload};
use durable::Failure;
use measurement::Measurement;
use workload::{burst, check, fan_out, latency, size, steps};

#[durable::main]
async fn main() -> durable::Result<()> {
    let arguments = Arguments::parse(std::env::args().skip(1)).map_err(Failure::new)?;
    let mut done = Vec::new();
    for repetition in 1..=arguments.repetitions {
        for workload in &arguments.workloads {
            for measurement in measure(&arguments, *workload).await? {
                let measurement = Measurement {
                    repetition,
                    ..measurement
                };
                println!("{}", serde_json::to_string(&measurement)?);
                done.push(measurement);
            }
        }
    }
    println!("\n{}", table::of(&done));
    Ok(())
}

/// Measures a workload once.
async fn measure(arguments: &Arguments, workload: Workload) -> durable::Result<Vec<Measurement>> {
    match workload {
        Workload::Burst => burst::measure(arguments).await,
        Workload::Steps => steps::measure(arguments).await,
        Workload::FanOut => fan_out::measure(arguments).await,
        Workload::Hello => latency::measure(arguments).await,
        Workload::Size => size::measure(arguments).await,
        Workload::Check => Ok(check::measure(arguments)?.to_vec()),
    }
}
