//! Workers are killed at random under load, and nothing that was acknowledged may be lost.
//!
//! `DURABLE_KILLS` says how many kills are made (30 if not set), `DURABLE_SEED` repeats the choices of a run.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

#[path = "../checker/mod.rs"]
mod checker;
mod driver;
mod killer;
mod process;
mod random;
mod refusals;
mod report;
#[cfg(unix)]
mod shared_account;
mod workload;

use std::time::Duration;

use durable::prelude::*;
use durable::registry::Registry;

use driver::Driver;
use killer::Killer;
use process::Place;
use report::Report;

/// How many scenarios are under way at any time.
const LANES: usize = 32;

/// How long everything may take to come to rest once nobody kills any more.
const REST_MAX: Duration = Duration::from_mins(1);

/// Not a test by itself: what the worker processes of the other test run.
#[test]
fn a_worker_process() {
    run(process::work_if_asked());
}

#[test]
fn nothing_acknowledged_is_lost_when_workers_are_killed() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let wanted = number("DURABLE_KILLS").unwrap_or(30);
    let seed = number("DURABLE_SEED").unwrap_or_else(|| u64::from(std::process::id()));
    let directory = std::env::temp_dir().join(format!("durable-kill-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    println!("seed {seed}, {wanted} kills, files in {}", directory.display());
    let place = Place {
        directory,
        account: None,
    };

    let (driver, toll, snapshot) = run(async {
        let client = App::new(place.hub()).client().await.unwrap();
        let driver = Driver::new(client, seed);
        let mut killer = Killer::new(&place, seed.wrapping_add(1), &driver.moments).unwrap();
        let lanes: Vec<_> = (0..LANES).map(|_| tokio::spawn(driver.clone().run())).collect();
        let toll = killer.run(wanted).await.unwrap();
        driver.stop();
        let rest = async {
            for lane in lanes {
                lane.await.unwrap().unwrap();
            }
            // Every kind of operation took part, however short the run was.
            driver.run_each_once().await.unwrap();
            // What nobody waited for ends by itself, too.
            for record in driver.client().query().live().all().await.unwrap() {
                let instance = driver.client().instance(record.instance.as_str()).unwrap();
                instance.wait_ended().await.unwrap();
            }
        };
        if tokio::time::timeout(REST_MAX, rest).await.is_err() {
            let stuck = driver.client().query().live().all().await.unwrap();
            let lines: Vec<_> = stuck.iter().map(describe).collect();
            panic!(
                "I19: {} instances did not come to rest:\n{}",
                stuck.len(),
                lines.join("\n")
            );
        }
        assert!(killer.finish().unwrap(), "a worker did not stop in peace");
        let snapshot = checker::Snapshot::read(driver.client()).await.unwrap();
        (driver, toll, snapshot)
    });

    let registry = Registry::collected().unwrap();
    let report = Report::make(&place, &driver.log(), &snapshot, &registry, toll);
    println!("{report}");
    assert_eq!(toll.kills, wanted);
    assert!(
        report.findings.violations.is_empty(),
        "seed {seed}: {:#?}",
        report.findings.violations
    );
    assert!(
        report.taken_over > 0,
        "no commit of a passed lease was refused: the check of fencing is vacuous"
    );
    std::fs::remove_dir_all(&place.directory).unwrap();
}

fn describe(record: &durable::hub::InstanceRecord) -> String {
    let (blocked, owner) = (
        record.blocked.as_ref().map(|report| &report.message),
        &record.owner,
    );
    format!(
        "{} {}@{} {}, {} events, owner {owner:?}, blocked {blocked:?}, stalled {:?}",
        record.instance, record.name, record.version, record.status, record.event_count, record.stalled_since
    )
}

fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(test)
}
