//! Three worker processes share a hub of four partitions in a storage account: one is killed, one stands still.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use durable::prelude::*;
use durable::registry::Registry;
use durable_testazure::foreign::ForeignHub;
use durable_testazure::{Azurite, enabled, fresh_name};
use tokio::task::JoinHandle;

use crate::driver::Driver;
use crate::killer::Toll;
use crate::process::{AZURE_LEASE, Account, Place, Process};
use crate::report::{Report, taken_over_until_now};
use crate::{checker, describe, run};

/// How many scenarios are under way at any time: the emulator does some hundred operations a second.
const LANES: usize = 8;
/// How many instances more are under way when a process is stopped.
const BUSY: u64 = 12;
/// How often a process stands still, and how often at most: until a commit that it had under way was refused.
const STOPS: u64 = 3;
const STOPS_MAX: u64 = 12;
/// How long anything may take on a busy machine.
const SOON: Duration = Duration::from_mins(1);

/// Who owns how many partitions, while none of them changes hands.
async fn owners(hub: &ForeignHub) -> Option<BTreeMap<String, usize>> {
    let mut owners = BTreeMap::new();
    for row in hub.partition_rows().await.unwrap() {
        let text = |column: &str| {
            row.get(column)
                .and_then(|value| value.as_str())
                .unwrap_or_default()
                .to_owned()
        };
        if text("CurrentOwner").is_empty() || !text("NextOwner").is_empty() {
            return None;
        }
        *owners.entry(text("CurrentOwner")).or_insert(0) += 1;
    }
    Some(owners)
}

/// Waits until the partitions are spread so, the largest share first, and returns who has them.
async fn until_spread(hub: &ForeignHub, wanted: &[usize]) -> BTreeMap<String, usize> {
    let begin = Instant::now();
    loop {
        let found = owners(hub).await;
        if let Some(found) = &found {
            let mut shares: Vec<usize> = found.values().copied().collect();
            shares.sort_by(|one, other| other.cmp(one));
            if shares == wanted {
                return found.clone();
            }
        }
        assert!(begin.elapsed() < SOON, "not spread as {wanted:?}: {found:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[test]
fn three_processes_share_four_partitions_and_nothing_is_lost_when_one_dies_and_one_stands_still() {
    if !enabled().unwrap() {
        return;
    }
    let seed = u64::from(std::process::id());
    let directory = std::env::temp_dir().join(format!("durable-kill-azure-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let azurite = Azurite::in_memory().unwrap();
    let name = fresh_name("shared");
    let place = Place {
        directory,
        account: Some(Account {
            connection: azurite.connection_string(),
            hub: name.clone(),
        }),
    };
    let foreign = ForeignHub::new(azurite.account(), &name, 4);
    let (driver, toll, snapshot) = run(async {
        let client = App::new(place.hub()).client().await.unwrap();
        let mut workers: Vec<_> = (0..3).map(|_| Process::start(&place).unwrap()).collect();
        until_spread(&foreign, &[2, 1, 1]).await;
        let driver = Driver::new(client, seed);
        let mut lanes: Vec<_> = (0..LANES).map(|_| tokio::spawn(driver.clone().run())).collect();
        until_ended(&driver, 10).await;

        assert!(workers[0].kill().unwrap(), "it worked until then");
        until_spread(&foreign, &[2, 2]).await;
        until_ended(&driver, 10).await;
        let mut stops = 0;
        while stops < STOPS || (taken_over_until_now(&place) == 0 && stops < STOPS_MAX) {
            stops += 1;
            // A partition that was claimed is collected first: when so many have ended, turns are made in each of them.
            let ended = driver.begin_chains(BUSY).await.unwrap();
            ended.await.unwrap().unwrap();
            // It is stopped in the middle of turns: of some, the commit comes when another node has the partition.
            lanes.push(driver.begin_chains(BUSY).await.unwrap());
            workers[1].stand_still().unwrap();
            let alone = until_spread(&foreign, &[4]).await;
            // The other goes on with what this one has in its memory.
            until_ended(&driver, 10).await;
            workers[1].go_on().unwrap();
            let again = until_spread(&foreign, &[2, 2]).await;
            assert!(
                alone.keys().all(|one| again.contains_key(one)),
                "{alone:?} {again:?}"
            );
            until_ended(&driver, 5).await;
        }
        workers[0] = Process::start(&place).unwrap();
        until_spread(&foreign, &[2, 1, 1]).await;

        come_to_rest(&driver, lanes).await;
        for worker in workers {
            assert!(worker.stop().unwrap(), "a worker did not stop in peace");
        }
        let toll = Toll {
            kills: 1,
            aimed: 0,
            stops,
        };
        let snapshot = checker::Snapshot::read(driver.client()).await.unwrap();
        (driver, toll, snapshot)
    });
    let registry = Registry::collected().unwrap();
    let report = Report::make(&place, &driver.log(), &snapshot, &registry, toll);
    println!("lease {AZURE_LEASE:?}\n{report}");
    assert!(
        report.findings.violations.is_empty(),
        "{:#?}",
        report.findings.violations
    );
    assert!(
        report.taken_over > 0,
        "no stale commit was refused: the check is vacuous"
    );
    std::fs::remove_dir_all(&place.directory).unwrap();
}

/// Begins nothing more, makes each scenario once, and waits until everything has ended.
async fn come_to_rest(driver: &Driver, lanes: Vec<JoinHandle<durable::Result<()>>>) {
    driver.stop();
    let rest = async {
        for lane in lanes {
            lane.await.unwrap().unwrap();
        }
        driver.run_each_once().await.unwrap();
        for record in driver.client().query().live().all().await.unwrap() {
            let instance = driver.client().instance(record.instance.as_str()).unwrap();
            instance.wait_ended().await.unwrap();
        }
    };
    let in_time = tokio::time::timeout(SOON * 3, rest).await.is_ok();
    let stuck = driver.client().query().live().all().await.unwrap();
    let lines: Vec<_> = stuck.iter().map(describe).collect();
    assert!(
        in_time,
        "{} instances did not come to rest:\n{}",
        stuck.len(),
        lines.join("\n")
    );
}

/// Waits until so many more scenarios have come to their end.
async fn until_ended(driver: &Driver, more: usize) {
    let (begin, wanted) = (Instant::now(), driver.log().ends.len() + more);
    while driver.log().ends.len() < wanted {
        assert!(begin.elapsed() < SOON * 2, "work does not go on");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
