//! What the disk knows of its files.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::counts::{Counter, Counts, Kind};
use crate::film::{Film, Left};
use crate::image::{Change, Image, Survivors};

/// What the disk knows of its files.
#[derive(Debug)]
pub(crate) struct Ledger {
    files: Mutex<BTreeMap<PathBuf, Arc<Record>>>,
    watched: Mutex<BTreeMap<PathBuf, Arc<Watched>>>,
    /// What each sync takes in addition.
    delay_nanos: AtomicU64,
}

/// What is known of one file, whoever has it open.
#[derive(Debug)]
pub(crate) struct Record {
    path: PathBuf,
    kind: Kind,
    counter: Counter,
    folder_syncs: AtomicU64,
    watched: Option<Arc<Watched>>,
}

/// A database whose power may be cut, with the files beside it. One lock for all of them: the power fails at one moment.
#[derive(Debug, Default)]
pub(crate) struct Watched(Mutex<Images>);

#[derive(Debug, Default)]
struct Images {
    files: BTreeMap<PathBuf, Image>,
    /// How many operations there have been: writes, cuts, removals, and the begin and the end of each sync.
    operations: u64,
    due: Option<(u64, Survivors)>,
    /// What was left of each file when the power was cut.
    left: Option<Left>,
    film: Option<Film>,
}

impl Ledger {
    pub(crate) const fn new() -> Self {
        Self {
            files: Mutex::new(BTreeMap::new()),
            watched: Mutex::new(BTreeMap::new()),
            delay_nanos: AtomicU64::new(0),
        }
    }

    pub(crate) fn set_delay(&self, delay: Duration) {
        let nanos = u64::try_from(delay.as_nanos()).unwrap_or(u64::MAX);
        self.delay_nanos.store(nanos, Relaxed);
    }

    pub(crate) fn delay(&self) -> Duration {
        Duration::from_nanos(self.delay_nanos.load(Relaxed))
    }

    /// Notes that a file is about to be opened. It must be called before that: reading a file whose locks this process
    /// holds would give them up.
    pub(crate) fn opening(&self, path: &Path, kind: Kind, creates: bool) -> Arc<Record> {
        let watched = lock(&self.watched).get(&database_of(path, kind)).cloned();
        if let Some(watched) = &watched {
            watched.opening(path, creates);
        }
        let mut files = lock(&self.files);
        let known = files.get(path);
        if let Some(record) = known.filter(|record| record.watched.is_some() == watched.is_some()) {
            return Arc::clone(record);
        }
        let record = Arc::new(Record {
            path: path.to_owned(),
            kind,
            counter: Counter::default(),
            folder_syncs: AtomicU64::new(0),
            watched,
        });
        files.insert(path.to_owned(), Arc::clone(&record));
        record
    }

    /// Notes that a file was removed, and whether its folder was synced afterwards.
    pub(crate) fn removed(&self, path: &Path, folder_synced: bool) {
        let record = lock(&self.files).get(path).cloned();
        let Some(record) = record else {
            return;
        };
        record.image(|image| image.change(Change::Remove));
        if folder_synced {
            record.folder_synced();
        }
    }

    pub(crate) fn watch(&self, database: &Path) {
        lock(&self.watched).entry(database.to_owned()).or_default();
    }

    pub(crate) fn forget(&self, database: &Path) {
        lock(&self.watched).remove(database);
        lock(&self.files).retain(|path, record| database_of(path, record.kind) != database);
    }

    pub(crate) fn watched(&self, database: &Path) -> Option<Arc<Watched>> {
        lock(&self.watched).get(database).cloned()
    }

    /// Counts the files of one database, or all files.
    pub(crate) fn counts(&self, database: Option<&Path>) -> Counts {
        let mut counts = Counts::default();
        for (path, record) in lock(&self.files).iter() {
            if database.is_none_or(|database| database_of(path, record.kind) == database) {
                counts.of_kind(record.kind).add(record.counter.traffic());
                counts.folder_syncs += record.folder_syncs.load(Relaxed);
            }
        }
        counts
    }
}

impl Record {
    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    pub(crate) fn wrote(&self, at: usize, bytes: &[u8]) {
        self.counter.wrote(bytes.len());
        self.image(|image| {
            image.change(Change::Write {
                at,
                bytes: bytes.to_vec(),
            });
        });
    }

    pub(crate) fn truncated(&self, length: usize) {
        self.image(|image| image.change(Change::Truncate(length)));
    }

    /// Notes that a sync begins. Returns what [`synced`](Self::synced) is to be given when it has returned.
    pub(crate) fn syncing(&self) -> u64 {
        self.counter.synced();
        self.image(|image| image.latest()).unwrap_or_default()
    }

    /// Notes that a sync has returned.
    pub(crate) fn synced(&self, latest: u64, with_folder: bool) {
        self.image(|image| image.settle(latest));
        if with_folder {
            self.folder_synced();
        }
    }

    /// Notes that the folder was synced, with the entries of all files in it.
    fn folder_synced(&self) {
        self.folder_syncs.fetch_add(1, Relaxed);
        if let Some(watched) = &self.watched {
            lock(&watched.0).files.values_mut().for_each(Image::settle_entry);
        }
    }

    /// Does something with the image of the file, if there is one. That is one operation.
    fn image<T>(&self, run: impl FnOnce(&mut Image) -> T) -> Option<T> {
        let mut images = lock(&self.watched.as_ref()?.0);
        images.tick();
        images.files.get_mut(&self.path).map(run)
    }
}

impl Watched {
    pub(crate) fn cut(&self, survivors: Survivors) {
        lock(&self.0).cut(survivors);
    }

    pub(crate) fn cut_at(&self, operation: u64, survivors: Survivors) {
        lock(&self.0).due = Some((operation, survivors));
    }

    pub(crate) fn is_cut(&self) -> bool {
        lock(&self.0).left.is_some()
    }

    pub(crate) fn operations(&self) -> u64 {
        lock(&self.0).operations
    }

    /// Returns what was left of each file, if the power was cut.
    pub(crate) fn left(&self) -> Option<Left> {
        lock(&self.0).left.clone()
    }

    /// Begins a film.
    pub(crate) fn film(&self) {
        let mut images = lock(&self.0);
        images.film = Some(Film::starting_at(images.operations));
    }

    /// Ends the film, if there is one.
    pub(crate) fn filmed(&self) -> Option<Film> {
        let mut images = lock(&self.0);
        let mut film = images.film.take()?;
        film.add(&images.files);
        Some(film)
    }

    fn opening(&self, path: &Path, creates: bool) {
        let mut images = lock(&self.0);
        let is_there = path.exists();
        let image = images.files.entry(path.to_owned()).or_insert_with(|| {
            // What cannot be read now cannot be opened by SQLite either.
            Image::of(std::fs::read(path).ok())
        });
        if !is_there && creates {
            image.change(Change::Create);
        }
    }
}

impl Images {
    /// Counts an operation that is about to happen.
    fn tick(&mut self) {
        if let Some((operation, survivors)) = self.due
            && self.operations == operation
        {
            self.cut(survivors);
        }
        if let Some(film) = &mut self.film {
            film.add(&self.files);
        }
        self.operations += 1;
    }

    fn cut(&mut self, survivors: Survivors) {
        self.left = Some(Left::of(&self.files, survivors));
    }
}

/// Returns the database that a file belongs to.
fn database_of(path: &Path, kind: Kind) -> PathBuf {
    let suffix = match kind {
        Kind::Log => "-wal",
        Kind::Journal => "-journal",
        Kind::Database | Kind::Other => "",
    };
    let bytes = path.as_os_str().as_encoded_bytes();
    match bytes.strip_suffix(suffix.as_bytes()) {
        Some(database) => PathBuf::from(OsString::from(String::from_utf8_lossy(database).into_owned())),
        None => path.to_owned(),
    }
}

/// Locks. A panic elsewhere leaves what is inside whole: no function panics while it holds a lock.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
