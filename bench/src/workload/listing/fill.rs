//! A hub of many instances, as a shop has them after a year.

use std::path::Path;

use durable::prelude::*;

use super::copies;
use crate::arguments::Arguments;
use crate::stage::{Opened, Stage};
use crate::workload::functions::hello;
use crate::workload::growth::dwell;

/// How many instances are started, and answered, before the next are.
const GROUP: usize = 1_000;

/// How many finished instances there are for each that waits.
const FINISHED_PER_WAITING: usize = 100;

/// How many are run; the others are copies of these.
const RUN: usize = 20_000;

/// One of so many has failed, and has the tag that few have.
const FEW: usize = 1_000;

/// The tag of every second instance.
pub(super) const COMMON: (&str, &str) = ("shop", "north");

/// The tag of one in a thousand.
pub(super) const RARE: (&str, &str) = ("priority", "high");

/// Fails.
#[orchestrator]
async fn refuse(_ctx: OrchestrationContext) -> Result<(), Failure> {
    Err(Failure::new("no"))
}

/// Fills a hub's file with so many instances that have ended, and a hundredth as many that wait.
pub(super) async fn fill(arguments: &Arguments, file: &Path, size: usize) -> durable::Result<()> {
    let copies = size / RUN;
    run(Opened::open(arguments, file)?, run_of(size)).await?;
    copies::add(file, copies.saturating_sub(1))
}

/// Returns how many of so many are run, and not copied.
pub(super) fn run_of(size: usize) -> usize {
    size.min(RUN)
}

async fn run(hub: Opened, size: usize) -> durable::Result<()> {
    let stage = Stage::on(hub).await?;
    let client = stage.client();
    for from in (0..size).step_by(GROUP) {
        let to = (from + GROUP).min(size);
        let waiting = (from / FINISHED_PER_WAITING..to / FINISHED_PER_WAITING)
            .map(|number| client.start(dwell, ()).id(format!("waiting-{number}")));
        for run in client.start_many(waiting.collect::<Vec<_>>()).await {
            run?;
        }
        let failing = (from..to)
            .filter(|number| number % FEW == 0)
            .map(|number| client.start(refuse, ()).id(id(number)).tag(RARE.0, RARE.1));
        let finishing = (from..to).filter(|number| number % FEW != 0).map(|number| {
            let start = client.start(hello, "world".to_owned()).id(id(number));
            if number % 2 == 0 {
                start.tag(COMMON.0, COMMON.1)
            } else {
                start
            }
        });
        let failing = client.start_many(failing.collect::<Vec<_>>()).await;
        for run in client.start_many(finishing.collect::<Vec<_>>()).await {
            run?.wait().await?;
        }
        for run in failing {
            run?.wait_ended().await?;
        }
    }
    stage.strike().await
}

/// Returns the id of an instance that ends, and with which those of its copies begin.
pub(super) fn id(number: usize) -> String {
    format!("order-{number:07}")
}
