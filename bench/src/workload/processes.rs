//! W9, `processes`: the load of W1 on one file that eight worker processes share.

use std::path::Path;

use crate::arguments::{Arguments, Durability, Hub};
use crate::child::{self, Child, Order, Task};
use crate::measurement::Measurement;
use crate::place::Place;
use crate::stage::{HUB_FILE, Opened, Stage};
use crate::workload::functions::{say_hellos, warm_up};

const PROCESSES: usize = 8;

const INSTANCES: usize = 2_000;

const IN_FLIGHT: usize = 16;

/// Measures instances that this process starts and eight others run. Memory is not shared.
pub(crate) async fn measure(arguments: &Arguments) -> durable::Result<Vec<Measurement>> {
    if arguments.raw_only || arguments.hub == Hub::Memory {
        return Ok(Vec::new());
    }
    let n = arguments.n.unwrap_or(INSTANCES);
    let place = Place::make(arguments)?;
    let file = place.file(HUB_FILE);
    let hub = Opened::open(arguments, &file)?;
    let order = Order::new(arguments, Task::Work { file });
    let mut workers = (0..PROCESSES)
        .map(|_| Child::start(&order))
        .collect::<durable::Result<Vec<_>>>()?;
    for worker in &mut workers {
        // It says so once it has joined.
        worker.line()?;
    }
    let client = hub.client().await?;
    warm_up(&client).await?;
    let mark = hub.mark();
    let took = say_hellos(&client, n, IN_FLIGHT).await?;
    let measurement = Measurement {
        in_flight: Some(IN_FLIGHT),
        ..Measurement::timed("w9", took.seconds, n, &took.latencies)
    };
    let measurement = hub.fill(&mark, measurement);
    for worker in workers {
        worker.stop()?;
    }
    Ok(vec![measurement])
}

/// Works on a hub until the parent closes the input.
pub(crate) async fn in_child(sync: Durability, file: &Path) -> durable::Result<()> {
    let stage = Stage::on(Opened::sqlite(sync, file)?).await?;
    child::tell("at work")?;
    child::told_to_stop().await?;
    stage.strike().await
}
