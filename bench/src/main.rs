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

mod account;
mod arguments;
mod child;
mod line;
mod load;
mod measurement;
mod moments;
mod place;
mod plots;
mod process;
mod quantile;
mod raw;
mod sizes;
mod stage;
mod table;
mod workload;

use arguments::{Arguments, Workload};
use durable::Failure;
use durable_testdisk::Disk;
use measurement::Measurement;
use workload::{
    build, burst, check, cold, fan_out, growth, idle, latency, listing, processes, size, steps, timers,
};

#[durable::main]
async fn main() -> durable::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let Some(order) = child::Order::parse(&words) {
        return order.follow().await;
    }
    let arguments = Arguments::parse(words.into_iter()).map_err(Failure::new)?;
    // Before any file is opened: what is written is counted, and syncs take as long as was asked for.
    let disk = Disk::install_as_default()?;
    disk.delay_syncs(arguments.fsync_delay);
    let mut done = Vec::new();
    for repetition in 1..=arguments.rounds() {
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
    println!("{}", sizes::of(&done));
    Ok(())
}

/// Measures a workload once.
async fn measure(arguments: &Arguments, workload: Workload) -> durable::Result<Vec<Measurement>> {
    match workload {
        Workload::Burst => burst::measure(arguments).await,
        Workload::Steps => steps::measure(arguments).await,
        Workload::FanOut => fan_out::measure(arguments).await,
        Workload::Hello => latency::measure(arguments).await,
        Workload::Timers => timers::measure(arguments).await,
        Workload::Idle => idle::measure(arguments),
        Workload::Size => size::measure(arguments).await,
        Workload::Cold => cold::measure(arguments).await,
        Workload::Processes => processes::measure(arguments).await,
        Workload::Build => build::measure(arguments),
        Workload::Growth => growth::measure(arguments).await,
        Workload::Listing => listing::measure(arguments).await,
        Workload::Plots => plots::draw(arguments).await,
        Workload::Check => check::measure(arguments),
    }
}
