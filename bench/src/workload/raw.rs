//! `raw`: what the disk and SQLite allow. Commits of one row each, in the order in which they are made.

use std::time::Instant;

use rusqlite::Connection;

use crate::arguments::Arguments;
use crate::measurement::Measurement;
use crate::process::Meter;
use crate::quantile::Latencies;
use crate::stage;

const COMMITS: usize = 2_000;

/// About what a turn of `hello` appends: one frame of events, with its key and an entry of a queue.
const ROW_BYTES: usize = 400;

/// Makes bare commits.
pub(crate) fn measure(arguments: &Arguments) -> durable::Result<Measurement> {
    let folder = stage::fresh_folder(&arguments.folder)?;
    let mut times = Vec::with_capacity(COMMITS);
    let (meter, begin);
    {
        let connection = Connection::open(folder.join("raw.db"))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", arguments.sync.as_str())?;
        connection.execute_batch("CREATE TABLE frame (id INTEGER PRIMARY KEY, body BLOB NOT NULL)")?;
        let mut insert = connection.prepare("INSERT INTO frame (body) VALUES (?1)")?;
        let body = vec![7_u8; ROW_BYTES];
        meter = Meter::start();
        begin = Instant::now();
        for _ in 0..COMMITS {
            let begin = Instant::now();
            insert.execute([&body])?;
            times.push(begin.elapsed());
        }
    }
    let seconds = begin.elapsed().as_secs_f64();
    std::fs::remove_dir_all(folder)?;
    Ok(Measurement {
        hub: "sqlite",
        sync: Some(arguments.sync.as_str()),
        commits: u64::try_from(COMMITS).ok(),
        consumption: meter.stop(),
        ..Measurement::timed("raw", seconds, COMMITS, &Latencies::of(&times))
    })
}
