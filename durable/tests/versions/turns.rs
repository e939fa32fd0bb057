//! Which worker gets a turn, on a file that two processes share.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use durable::WorkerId;
use durable::client::Client;
use durable::hub::TaskHub;
use durable::prelude::*;
use durable::registry::DefaultVersions;
use durable::worker::MissingVersions;
use durable_testkit::{OperationKind, RecordingHub};

use crate::releases::one;
use crate::support::{outline, release, run, start_worker};

const FILE: &str = "DURABLE_TEST_TURNS_FILE";

/// A hub file of one test, removed at its end.
struct HubFile(PathBuf);

impl HubFile {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("durable-turns-{}-{name}.db", std::process::id())))
    }
}

impl Drop for HubFile {
    fn drop(&mut self) {
        for suffix in ["", "-wal", "-shm"] {
            // Whichever of them are left.
            let _ = std::fs::remove_file(format!("{}{suffix}", self.0.display()));
        }
    }
}

fn open(file: &Path) -> RecordingHub {
    RecordingHub::new(Arc::new(SqliteHub::at(file).open().unwrap()))
}

const OPERATIONS: [OperationKind; 6] = [
    OperationKind::FetchTurns,
    OperationKind::LoadHistory,
    OperationKind::Commit,
    OperationKind::Release,
    OperationKind::FetchActivities,
    OperationKind::Abandon,
];

fn counts(hub: &RecordingHub) -> String {
    OPERATIONS
        .map(|kind| format!("{kind:?} {}", hub.count(kind)))
        .join(", ")
}

/// The other process: a worker of release 3, which has no version 1, but offers all the activities.
#[test]
fn a_process_that_lacks_version_1() {
    let Some(file) = std::env::var_os(FILE) else {
        return;
    };
    run(async {
        let hub = open(Path::new(&file));
        let lenient =
            |options: &mut durable::worker::WorkerOptions| options.missing_versions = MissingVersions::Warn;
        let worker = start_worker(hub.hub(), "unsuitable", &orchestrators_of_release_3(), lenient).await;
        println!("\njoined");
        // It works until the other process is done with it.
        tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()))
            .await
            .unwrap()
            .unwrap();
        println!("\nobserved: {}", counts(&hub));
        worker.stop().await;
    });
}

/// Release 3 without its activities, which any worker that has them may run.
fn orchestrators_of_release_3() -> durable::registry::Registry {
    let rows: Vec<_> = release(&["three"])
        .rows()
        .filter(|row| row.name == "order")
        .copied()
        .collect();
    durable::registry::Registry::from_rows(rows, []).unwrap()
}

struct Unsuitable(Child, BufReader<std::process::ChildStdout>);

impl Unsuitable {
    fn start(file: &Path) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", "turns::a_process_that_lacks_version_1", "--nocapture"])
            .env(FILE, file);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut started = Self(child, output);
        started.line("joined");
        started
    }

    fn line(&mut self, start: &str) -> String {
        let mut line = String::new();
        while !line.starts_with(start) {
            line.clear();
            assert_ne!(
                self.1.read_line(&mut line).unwrap(),
                0,
                "the process ended before it said `{start}`"
            );
        }
        line.trim_end().to_owned()
    }

    /// Ends it, and returns what it was asked and did.
    fn stop(mut self) -> String {
        self.0.stdin.take().unwrap().flush().unwrap();
        let observed = self.line("observed: ");
        assert!(self.0.wait().unwrap().success());
        observed
    }
}

impl Drop for Unsuitable {
    fn drop(&mut self) {
        // It has ended already unless the test failed.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs orders one after the other on the suitable worker, and returns what it asked the hub for.
async fn serve(hub: &RecordingHub) -> Vec<(OperationKind, usize)> {
    let registry = release(&["one"]);
    let worker = start_worker(hub.hub(), "suitable", &registry, |_| {}).await;
    let shared: Arc<dyn TaskHub> = hub.hub();
    let client = Client::with_registry(shared, Arc::new(registry), DefaultVersions::new());
    hub.clear();
    for number in 0..10 {
        let order = client.start(one::order, format!("tea {number}")).await.unwrap();
        let packed = |record: &durable::hub::InstanceRecord| record.event_count >= 8;
        let record = order.wait_until(packed).await.unwrap();
        assert_eq!(record.owner, Some(WorkerId::new("suitable").unwrap()));
        assert_eq!(record.stalled_since, None);
        order.raise_event("address", &"Ada").await.unwrap();
        assert_eq!(
            order.wait().await.unwrap(),
            format!("1: packed tea {number} for Ada")
        );
        assert_eq!(
            outline(&order.history().await.unwrap().events),
            [
                "started order@1",
                "call #0 pack@1",
                "result #0",
                "event address",
                "ended"
            ]
        );
    }
    // An operation is written down after it took effect: when the worker has ended, all are.
    worker.stop().await;
    OPERATIONS.map(|kind| (kind, hub.count(kind))).to_vec()
}

#[test]
fn an_unsuitable_worker_in_a_second_process_never_touches_locks_or_delays_what_a_suitable_one_serves() {
    run(async {
        let alone = HubFile::new("alone");
        let undisturbed = serve(&open(&alone.0)).await;

        let shared = HubFile::new("shared");
        let hub = open(&shared.0);
        let file = shared.0.clone();
        // It joins first and is idle, so it would be the first to take whatever it may.
        let unsuitable = tokio::task::spawn_blocking(move || Unsuitable::start(&file))
            .await
            .unwrap();
        assert_eq!(hub.hub().workers().await.unwrap().len(), 1);
        let beside_it = serve(&hub).await;

        let observed = tokio::task::spawn_blocking(move || unsuitable.stop())
            .await
            .unwrap();
        assert_eq!(
            observed,
            "observed: FetchTurns 0, LoadHistory 0, Commit 0, Release 0, FetchActivities 0, Abandon 0"
        );
        // Ten orders: each fetched for its start and its event, and committed in three turns; nothing was read again,
        // given up or fetched twice because of the other.
        assert_eq!(beside_it, undisturbed);
        let of = |kind| beside_it.iter().find(|(counted, _)| *counted == kind).unwrap().1;
        assert_eq!(
            (of(OperationKind::FetchTurns), of(OperationKind::Commit)),
            (20, 30)
        );
        assert_eq!(
            (of(OperationKind::LoadHistory), of(OperationKind::Release)),
            (0, 0)
        );
    });
}

#[test]
fn an_unsuitable_worker_takes_nothing_over_even_from_a_worker_that_left() {
    run(async {
        let file = HubFile::new("left");
        let hub = open(&file.0);
        let registry = release(&["one"]);
        let client = Client::with_registry(hub.hub(), Arc::new(registry.clone()), DefaultVersions::new());
        let suitable = start_worker(hub.hub(), "suitable", &registry, |_| {}).await;
        let order = client.start(one::order, "tea".into()).await.unwrap();
        order.wait_until(|record| record.event_count >= 8).await.unwrap();
        suitable.stop().await;
        let other = open(&file.0);
        let lenient =
            |options: &mut durable::worker::WorkerOptions| options.missing_versions = MissingVersions::Warn;
        let unsuitable =
            start_worker(other.hub(), "unsuitable", &orchestrators_of_release_3(), lenient).await;
        order.raise_event("address", &"Ada").await.unwrap();
        let record = order.status().await.unwrap();
        assert_eq!((record.owner, record.stalled_since.is_some()), (None, true));
        let suitable = start_worker(hub.hub(), "suitable again", &registry, |_| {}).await;
        assert_eq!(order.wait().await.unwrap(), "1: packed tea for Ada");
        assert_eq!(other.count(OperationKind::FetchTurns), 0);
        suitable.stop().await;
        unsuitable.stop().await;
    });
}
