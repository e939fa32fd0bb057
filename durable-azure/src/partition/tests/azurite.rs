//! Three nodes on four queues, on a real table. Time is the test's own: only requests take real time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use durable_core::Clock;
use durable_testkit::ManualClock;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinHandle;

use crate::partition::{
    Departure, PartitionError, PartitionEvent, PartitionManager, PartitionRow, PartitionSettings,
    PartitionStore, PartitionTable, QueueLease,
};
use crate::transport::{Account, RetrySettings, Storage, TableClient};
use crate::value::{Ticks, Value};

const QUEUES: [&str; 4] = ["h-control-00", "h-control-01", "h-control-02", "h-control-03"];

/// A partition table in the emulator with four rows; `None` if tests do without the emulator.
async fn table() -> Option<TableClient> {
    let azurite = durable_testazure::shared().unwrap()?;
    let account = Account::from_connection_string(&azurite.connection_string()).unwrap();
    let storage = Storage::open(&account, RetrySettings::default()).unwrap();
    let table = storage.table(&durable_testazure::fresh_name("Partitions"));
    PartitionTable::create(&table, &QUEUES.map(str::to_owned))
        .await
        .unwrap();
    Some(table)
}

/// The leases that a node's hub was given.
type Leases = Arc<Mutex<Vec<(String, QueueLease)>>>;

/// A node and a hub without work: each drain is over at once.
struct Node {
    manager: Arc<PartitionManager>,
    leases: Leases,
    hub: JoinHandle<()>,
}

impl Node {
    fn start(id: &str, table: &TableClient, clock: &ManualClock) -> Self {
        let settings = PartitionSettings {
            // Real time: on a busy machine a pass may take longer.
            pass_limit: Duration::from_mins(1),
            ..PartitionSettings::default()
        };
        Self::with(settings, id, table, clock)
    }

    fn with(settings: PartitionSettings, id: &str, table: &TableClient, clock: &ManualClock) -> Self {
        let store = Arc::new(PartitionTable::new(table, &settings));
        let (manager, events) = PartitionManager::start(store, id, Arc::new(clock.clone()), settings);
        let (manager, leases) = (Arc::new(manager), Leases::default());
        manager.work();
        Self {
            hub: tokio::spawn(listen(manager.clone(), events, leases.clone())),
            manager,
            leases,
        }
    }

    /// Ends as a process that dies.
    async fn kill(self) {
        self.hub.abort();
        let _ = self.hub.await;
        // The last handle: the task ends with it.
        drop(self.manager);
    }

    fn owns(&self, queue: &str, clock: &ManualClock) -> bool {
        let leases = self.leases.lock().unwrap();
        leases
            .iter()
            .any(|(held, lease)| held == queue && lease.is_owned(clock.now()))
    }
}

async fn listen(
    manager: Arc<PartitionManager>,
    mut events: UnboundedReceiver<PartitionEvent>,
    leases: Leases,
) {
    while let Some(event) = events.recv().await {
        match event {
            PartitionEvent::Listen { queue, lease } => leases.lock().unwrap().push((queue, lease)),
            PartitionEvent::Drain { queue } => manager.drained(&queue),
            PartitionEvent::Stop { queue } => leases.lock().unwrap().retain(|(held, _)| *held != queue),
        }
    }
}

/// Lets time pass, a second at a time and each time until all passes are made, until the owners are spread as
/// `expected` says, and settled. Returns how many seconds that took.
async fn spread(expected: &[usize], nodes: &[&Node], table: &TableClient, clock: &ManualClock) -> u32 {
    let store = PartitionTable::new(table, &PartitionSettings::default());
    for second in 0..200 {
        while clock.sleepers() < nodes.len() {
            tokio::task::yield_now().await;
        }
        let rows = store.read().await.unwrap();
        for queue in QUEUES {
            let owners = nodes.iter().filter(|node| node.owns(queue, clock)).count();
            assert!(owners <= 1, "{queue} has {owners} owners: {rows:?}");
        }
        let owned = nodes.iter().map(|node| {
            let queues = QUEUES.iter().filter(|queue| node.owns(queue, clock));
            queues.count()
        });
        let mut owned: Vec<usize> = owned.collect();
        owned.sort_unstable_by(|a, b| b.cmp(a));
        if owned == expected
            && rows
                .iter()
                .all(|row| row.next_owner.is_none() && !row.is_draining)
        {
            return second;
        }
        clock.advance(Duration::from_secs(1));
    }
    panic!("not spread as {expected:?}: {:?}", store.read().await);
}

#[tokio::test]
async fn three_nodes_share_four_queues_and_outlive_one_that_dies_and_one_that_leaves() {
    let Some(table) = table().await else { return };
    let clock = ManualClock::new();
    let a = Node::start("node-a", &table, &clock);
    spread(&[4], &[&a], &table, &clock).await;
    let b = Node::start("node-b", &table, &clock);
    let c = Node::start("node-c", &table, &clock);
    // A pass of `a`, which finds that it is stolen from, and two at a second's distance; once more if `b` and `c` wanted
    // the same row.
    let seconds = spread(&[2, 1, 1], &[&a, &b, &c], &table, &clock).await;
    assert!(seconds <= 30, "{seconds}");

    b.kill().await;
    // What it owned expires after 30 seconds at most, and the next pass is ten seconds later at most; then they even out.
    let seconds = spread(&[2, 2], &[&a, &c], &table, &clock).await;
    assert!(seconds <= 60, "{seconds}");

    assert_eq!(c.manager.leave().await, Departure::Graceful);
    let store = PartitionTable::new(&table, &PartitionSettings::default());
    let rows = store.read().await.unwrap();
    assert!(rows.iter().all(|row| !row.is_owned_by("node-c")), "{rows:?}");
    // The next pass is ten seconds later at most.
    let seconds = spread(&[4], &[&a], &table, &clock).await;
    assert!(seconds <= 20, "{seconds}");
}

/// Asks until the answer is yes.
async fn wait_until(mut is_so: impl FnMut() -> bool) {
    let asked = async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), asked).await.unwrap();
}

#[tokio::test]
async fn a_node_whose_store_hangs_stops_by_its_own_clock_and_goes_on_when_it_answers() {
    if !durable_testazure::enabled().unwrap() {
        return;
    }
    let azurite = durable_testazure::Azurite::in_memory().unwrap();
    let account = Account::from_connection_string(&azurite.connection_string()).unwrap();
    let table = Storage::open(&account, RetrySettings::default())
        .unwrap()
        .table("HPartitions");
    PartitionTable::create(&table, &QUEUES.map(str::to_owned))
        .await
        .unwrap();
    let clock = ManualClock::new();
    let settings = PartitionSettings {
        pass_limit: Duration::from_millis(500),
        failures_at_once: 2,
        ..PartitionSettings::default()
    };
    let node = Node::with(settings, "node-a", &table, &clock);
    let owned = || QUEUES.iter().filter(|queue| node.owns(queue, &clock)).count();
    // Only while it sleeps: a pass under way takes no time.
    let sleep_on = || {
        if clock.sleepers() == 1 && owned() < 4 {
            clock.advance_to_next();
        }
        owned() == 4
    };
    wait_until(sleep_on).await;

    azurite.pause().unwrap();
    clock.advance(Duration::from_secs(10));
    assert_eq!(owned(), 4);
    clock.advance(Duration::from_secs(30));
    assert_eq!(owned(), 0);
    // The passes hang, each until it is given up; then the hub is told as well.
    wait_until(|| node.leases.lock().unwrap().is_empty()).await;

    azurite.resume().unwrap();
    wait_until(sleep_on).await;
}

#[tokio::test]
async fn rows_are_made_once_and_stored_as_the_framework_stores_them() {
    let Some(table) = table().await else { return };
    let store = PartitionTable::new(&table, &PartitionSettings::default());
    let rows = store.read().await.unwrap();
    assert_eq!(rows.len(), 4);
    for (row, queue) in rows.iter().zip(QUEUES) {
        let expected = PartitionRow {
            etag: row.etag.clone(),
            ..PartitionRow::new(queue)
        };
        assert_eq!(*row, expected);
    }
    let mut owned = rows[2].clone();
    owned.current_owner = Some("worker-a".to_owned());
    owned.next_owner = Some("worker-b".to_owned());
    owned.owned_since = Ticks::parse("2026-06-24T09:00:00Z");
    owned.last_renewal = Ticks::parse("2026-06-24T10:00:10Z");
    owned.expires_at = Ticks::parse("2026-06-24T10:00:40.1234567Z");
    store.replace(&owned).await.unwrap();
    // Making it again changes nothing.
    PartitionTable::create(&table, &QUEUES.map(str::to_owned))
        .await
        .unwrap();
    let read = store.read().await.unwrap().swap_remove(2);
    assert_eq!(
        read,
        PartitionRow {
            etag: read.etag.clone(),
            ..owned.clone()
        }
    );

    // The row was written since `owned` was read.
    let refused = store.replace(&owned).await.unwrap_err();
    assert!(matches!(refused, PartitionError::Stale { queue } if queue == QUEUES[2]));

    // A release removes the column, as a full replace does.
    let mut released = read;
    released.release();
    store.replace(&released).await.unwrap();
    let stored = table.get("", QUEUES[2], &[]).await.unwrap().unwrap();
    assert_eq!(stored.get("CurrentOwner"), None);
    assert_eq!(stored.text("NextOwner"), Some("worker-b"));
    assert_eq!(
        stored.get("ExpiresAt"),
        owned.expires_at.map(Value::DateTime).as_ref()
    );
    assert_eq!(stored.bool("IsDraining"), Some(false));
}

#[tokio::test]
async fn a_table_that_is_not_there_is_an_error_that_says_so() {
    let Some(table) = table().await else { return };
    table.delete_table().await.unwrap();
    let store = PartitionTable::new(&table, &PartitionSettings::default());
    let PartitionError::Failed(error) = store.read().await.unwrap_err() else {
        panic!("not a failure");
    };
    let text = error.to_string();
    assert!(text.contains("Partitions") && text.contains("404"), "{text}");
}
