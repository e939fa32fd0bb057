//! One life of a scenario is filmed. Then the power fails right before each operation of the disk, and another life begins
//! with what is left.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use durable::hub::InstanceStatus;
use durable::registry::{DefaultVersions, Registry};
use durable::sqlite::{SqliteStats, Synchronous};
use durable::{Client, InstanceId};
use durable_testdisk::{Disk, Film, Survivors};

use crate::checker::{Findings, Snapshot};
use crate::functions::{Runs, hello};
use crate::life::{Habits, Life, Past, Told, open};

/// How long a sync takes: so long that a first turn comes in time.
const SYNC: Duration = Duration::from_millis(3);

/// How long a life may take before it counts as hanging.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often a scenario is played until its fast path is taken: whether two requests meet is up to the machine.
const TRIES: usize = 100;

/// What a filmed life did.
pub(crate) struct Taken {
    pub(crate) before: SqliteStats,
    pub(crate) after: SqliteStats,
    pub(crate) past: Past,
}

/// How instances ended, by their ids.
pub(crate) type Ends = BTreeMap<InstanceId, (InstanceStatus, String)>;

/// A scenario, and what is to be true of it.
pub(crate) struct Scenario<Prepare, Script, IsTaken> {
    /// When a commit of the first life counts as stored.
    pub(crate) synchronous: Synchronous,
    /// How many executions its worker keeps in memory.
    pub(crate) residents: usize,
    /// What happens before the film begins.
    pub(crate) prepare: Prepare,
    /// What happens then, in the first life and in each later one.
    pub(crate) script: Script,
    /// Whether the fast path was taken.
    pub(crate) is_taken: IsTaken,
    /// Whether what came of a life is as good as what came of the first one, given what the client was told.
    pub(crate) is_same: fn(&Ends, &Ends, &BTreeSet<Told>) -> bool,
}

/// A folder that is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("durable-power-cuts-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("hub.db")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The disk is slow while this lives. It is the same for all tests of this process.
struct SlowDisk(&'static Disk);

static SLOW: Mutex<u32> = Mutex::new(0);

impl SlowDisk {
    fn new() -> Self {
        let disk = Disk::install_as_default().unwrap();
        let mut slow = SLOW.lock().unwrap();
        *slow += 1;
        disk.delay_syncs(SYNC);
        Self(disk)
    }
}

impl Drop for SlowDisk {
    fn drop(&mut self) {
        let mut slow = SLOW.lock().unwrap_or_else(PoisonError::into_inner);
        *slow -= 1;
        if *slow == 0 {
            self.0.delay_syncs(Duration::ZERO);
        }
    }
}

/// The first life, filmed.
struct Filmed {
    film: Film,
    told: Vec<(u64, Told)>,
    runs: Vec<String>,
    ends: Ends,
}

impl<Prepare, Script, IsTaken> Scenario<Prepare, Script, IsTaken>
where
    Prepare: AsyncFn(&Life),
    Script: AsyncFn(&Life),
    IsTaken: Fn(&Taken) -> bool,
{
    /// Plays it until its fast path is taken, and then cuts the power everywhere. Returns how many failures differed, or
    /// what is wrong after one of them.
    pub(crate) fn sweep(&self) -> Result<usize, String> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let filmed = self.filmed().await;
            let mut seen = BTreeSet::new();
            let operations: Vec<u64> = filmed.film.operations().collect();
            // Backwards: of two moments at which the disk has the same, the client was told more at the later one.
            for operation in operations.into_iter().rev() {
                for survivors in [Survivors::None, Survivors::All, Survivors::Random(operation)] {
                    let left = filmed.film.left(operation, survivors).unwrap();
                    let mut hasher = DefaultHasher::new();
                    left.hash(&mut hasher);
                    if seen.insert(hasher.finish()) {
                        let folder = Folder::new();
                        left.write(&folder.0).unwrap();
                        let told = filmed.told.iter().filter(|(at, _)| *at <= operation);
                        let told = told.map(|(_, what)| what.clone()).collect();
                        let file = folder.file();
                        let life = self.live_on(&file, told, &filmed);
                        let problems = tokio::time::timeout(PATIENCE, life).await;
                        let problems = problems.unwrap_or_else(|_| vec!["it hangs".to_owned()]);
                        if !problems.is_empty() {
                            return Err(format!("{operation}, {survivors:?}: {problems:#?}"));
                        }
                    }
                }
            }
            Ok(seen.len())
        })
    }

    async fn filmed(&self) -> Filmed {
        for _try in 0..TRIES {
            if let Some(filmed) = self.first_life().await {
                return filmed;
            }
        }
        panic!("the fast path was never taken")
    }

    /// Lives once, undisturbed. Returns what was seen if the fast path was taken.
    async fn first_life(&self) -> Option<Filmed> {
        let slow = SlowDisk::new();
        let disk = slow.0;
        let (folder, runs) = (Folder::new(), Runs::default());
        let file = folder.file();
        disk.watch(&file);
        let habits = Habits {
            synchronous: self.synchronous,
            ahead: Duration::ZERO,
            residents: self.residents,
        };
        let stamped = file.clone();
        let life = Life::begin(&file, habits, &runs).stamps(move || disk.operations(&stamped));
        life.joined().await;
        // The hub knows how long a commit takes, and has its connections and statements.
        for _ in 0..6 {
            let run = life.client().start(hello, (1, String::new())).await.unwrap();
            run.wait().await.unwrap();
        }
        let ended = life.client().query().status(InstanceStatus::Completed);
        ended.purge().await.unwrap();
        (self.prepare)(&life).await;
        let before = life.stats();
        life.clear();
        runs.clear();
        disk.film(&file);
        (self.script)(&life).await;
        let (film, after) = (disk.filmed(&file).unwrap(), life.stats());
        let taken = Taken {
            before,
            after,
            past: life.finish().await,
        };
        let is_taken = (self.is_taken)(&taken);
        let snapshot = read(&file, habits).await;
        disk.forget(&file);
        is_taken.then(|| Filmed {
            film,
            told: taken.past.told,
            runs: runs.all(),
            ends: ends(&snapshot),
        })
    }

    /// Lives on with what a power failure left, and returns what is wrong.
    async fn live_on(&self, file: &Path, told: BTreeSet<Told>, filmed: &Filmed) -> Vec<String> {
        let habits = Habits {
            // Nothing fails any more.
            synchronous: Synchronous::Normal,
            // The lease of the first life has run out.
            ahead: Duration::from_mins(1),
            residents: 1_000,
        };
        let left = read(file, habits).await;
        let mut findings = Findings::default();
        check_told(&left, &told, &mut findings);
        let runs = Runs::default();
        let life = Life::begin(file, habits, &runs).remembers(told.clone());
        (self.script)(&life).await;
        let now = Snapshot::read(life.client()).await.unwrap();
        let past = life.finish().await;
        findings.violations.extend(now.check(&registry()).violations);
        let samples: Vec<_> = (left.0.iter())
            .map(|(id, instance)| (id.clone(), instance.history.clone()))
            .collect();
        now.check_samples(&samples, &mut findings);
        if !past.told.iter().any(|(_, what)| *what == Told::Purged) {
            let starts: Vec<_> = past
                .told
                .into_iter()
                .filter_map(|(_, what)| what.start())
                .collect();
            now.check_starts(&starts, &mut findings);
            now.check_runs(&[filmed.runs.clone(), runs.all()].concat(), &mut findings);
        }
        let ends = ends(&now);
        findings.expect((self.is_same)(&filmed.ends, &ends, &told), || {
            format!("it came to {ends:?} instead of {:?}", filmed.ends)
        });
        findings.violations
    }
}

/// What the client was told is there before any worker comes.
fn check_told(left: &Snapshot, told: &BTreeSet<Told>, findings: &mut Findings) {
    let is_purged = told.contains(&Told::Purged);
    for what in told {
        match what {
            Told::Started(id, execution) if !is_purged => {
                // Between two generations there is no history to tell them by.
                let between = |id| left.0.get(id).is_some_and(|it| it.history.events.is_empty());
                if !between(id) {
                    left.check_starts(&[(id.clone(), execution.clone())], findings);
                }
            }
            Told::Ended(id, output) if !is_purged => {
                let end = ends(left).remove(id);
                let expected = (InstanceStatus::Completed, output.clone());
                findings.expect(end.as_ref() == Some(&expected), || {
                    format!("{id} had ended with {output}, and is {end:?}")
                });
            }
            Told::Purged => findings.expect(left.0.is_empty(), || "what was purged is there".to_owned()),
            // Whether an event is there is seen when it is taken, since it is not sent again.
            Told::Started(..) | Told::Ended(..) | Told::Raised(..) => {}
        }
    }
}

fn registry() -> Registry {
    Registry::collected().unwrap()
}

/// Reads what a file holds.
async fn read(file: &Path, habits: Habits) -> Snapshot {
    let hub = Arc::new(open(file, habits));
    let client = Client::with_registry(hub, Arc::new(registry()), DefaultVersions::new());
    Snapshot::read(&client).await.unwrap()
}

fn ends(snapshot: &Snapshot) -> Ends {
    let end = |(id, instance): (&InstanceId, &crate::checker::Instance)| {
        let output = instance
            .record
            .output
            .as_ref()
            .and_then(|output| output.as_json());
        (
            id.clone(),
            (instance.record.status, output.unwrap_or_default().to_owned()),
        )
    };
    snapshot.0.iter().map(end).collect()
}
