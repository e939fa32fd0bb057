//! The disk.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use crate::counts::Counts;
use crate::error::DiskError;
use crate::film::Film;
use crate::image::Survivors;
use crate::ledger::{Ledger, Watched};
use crate::vfs;

/// The name by which SQLite knows the disk: for `Connection::open_with_flags_and_vfs` and for `file:shop.db?vfs=..`.
pub const NAME: &str = "durable-testdisk";

/// What the disk knows of its files. A process has one disk, as it has one SQLite.
pub(crate) static LEDGER: Ledger = Ledger::new();

/// The disk of this process. Paths of databases are those that SQLite was given.
#[derive(Debug)]
pub struct Disk(());

impl Disk {
    /// Puts the disk between SQLite and the system, for connections that ask for it by [`NAME`].
    ///
    /// # Errors
    ///
    /// If SQLite does not take it.
    pub fn install() -> Result<&'static Self, DiskError> {
        Self::register(false)
    }

    /// Puts the disk between SQLite and the system, for every connection that is opened from now on.
    ///
    /// # Errors
    ///
    /// If SQLite does not take it.
    pub fn install_as_default() -> Result<&'static Self, DiskError> {
        Self::register(true)
    }

    fn register(as_default: bool) -> Result<&'static Self, DiskError> {
        static DISK: OnceLock<Disk> = OnceLock::new();
        // One at a time, since the first makes what the others find.
        static REGISTRATION: Mutex<()> = Mutex::new(());
        let _one = REGISTRATION.lock().unwrap_or_else(PoisonError::into_inner);
        vfs::register(as_default)?;
        Ok(DISK.get_or_init(|| Self(())))
    }

    /// Makes every sync take longer from now on.
    pub fn delay_syncs(&self, by: Duration) {
        LEDGER.set_delay(by);
    }

    /// Returns what reached the disk since it was installed.
    pub fn counts(&self) -> Counts {
        LEDGER.counts(None)
    }

    /// Returns what reached the disk of one database, its log and its journal.
    pub fn counts_of(&self, database: &Path) -> Counts {
        LEDGER.counts(Some(&absolute(database)))
    }

    /// Keeps what is on the disk of a database and what is not yet, so that its power can be cut.
    ///
    /// It must be called before the database is opened. Its files are kept in memory until [`forget`](Self::forget).
    pub fn watch(&self, database: &Path) {
        LEDGER.watch(&absolute(database));
    }

    /// Keeps nothing of a database any more. Its connections must be closed.
    pub fn forget(&self, database: &Path) {
        LEDGER.forget(&absolute(database));
    }

    /// Cuts the power of a watched database: keeps what would be left of its files now. Nobody notices.
    pub fn cut_power(&self, database: &Path, survivors: Survivors) {
        self.with(database, |watched| watched.cut(survivors));
    }

    /// Cuts the power right before an operation with this number, counted from zero and from the watch on: writes, changes
    /// of length, removals, and the begin and the end of each sync are one each.
    pub fn cut_power_at(&self, database: &Path, operation: u64, survivors: Survivors) {
        self.with(database, |watched| watched.cut_at(operation, survivors));
    }

    /// Returns whether the power of a watched database was cut. Who was told of a commit before this said no, may rely on it.
    pub fn power_is_cut(&self, database: &Path) -> bool {
        self.with(database, Watched::is_cut).unwrap_or_default()
    }

    /// Returns how many operations a watched database has seen.
    pub fn operations(&self, database: &Path) -> u64 {
        self.with(database, Watched::operations).unwrap_or_default()
    }

    /// Writes what was left when the power was cut to a folder, which is made if need be, and returns the database there.
    ///
    /// # Errors
    ///
    /// If the power was not cut, or the files cannot be written.
    pub fn restore(&self, database: &Path, folder: &Path) -> Result<PathBuf, DiskError> {
        let left = self.with(database, Watched::left).flatten();
        let left = left.ok_or_else(|| DiskError::PowerIsOn(database.to_owned()))?;
        left.write(folder)?;
        Ok(folder.join(database.file_name().unwrap_or_default()))
    }

    /// Begins to keep what is on the disk of a watched database before each operation, so that the power can be cut
    /// later at every one of them.
    pub fn film(&self, database: &Path) {
        self.with(database, Watched::film);
    }

    /// Ends the film of a database, if there is one, and returns it.
    pub fn filmed(&self, database: &Path) -> Option<Film> {
        self.with(database, Watched::filmed).flatten()
    }

    #[expect(clippy::unused_self, reason = "a disk that is not installed has no files")]
    fn with<T>(&self, database: &Path, run: impl FnOnce(&Watched) -> T) -> Option<T> {
        let watched: Option<Arc<Watched>> = LEDGER.watched(&absolute(database));
        watched.map(|watched| run(&watched))
    }
}

/// Returns the path that SQLite makes of one: absolute and without links.
fn absolute(database: &Path) -> PathBuf {
    let folder = database.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new(".")).canonicalize();
    match (folder, database.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        // Without its folder, it cannot be opened.
        (Err(_), _) | (_, None) => database.to_owned(),
    }
}
