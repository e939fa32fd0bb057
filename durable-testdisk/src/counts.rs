//! What reached the disk.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What a file is to SQLite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The database itself.
    Database,
    /// The write-ahead log beside it.
    Log,
    /// The rollback journal beside it, which a file in WAL mode needs only until it is in that mode.
    Journal,
    /// Anything else, such as a temporary file.
    Other,
}

/// Writes and syncs of one kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Calls that write.
    pub writes: u64,
    /// Bytes that they wrote.
    pub bytes: u64,
    /// Calls that return when the disk has what was written.
    pub syncs: u64,
}

/// What reached the disk, since the disk was installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Counts {
    /// Of databases.
    pub database: Traffic,
    /// Of write-ahead logs.
    pub log: Traffic,
    /// Of rollback journals.
    pub journal: Traffic,
    /// Of other files.
    pub other: Traffic,
    /// Syncs of folders, which make the creation or removal of a file last. SQLite's own file system makes them as part of
    /// the first sync of a new log or journal, and of a removal that is to last; they are counted there.
    pub folder_syncs: u64,
}

impl Counts {
    /// Returns the bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.all().map(|traffic| traffic.bytes).sum()
    }

    /// Returns the syncs of all files and folders.
    pub fn syncs(&self) -> u64 {
        self.all().map(|traffic| traffic.syncs).sum::<u64>() + self.folder_syncs
    }

    /// Returns what was added since an earlier moment.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        Self {
            database: self.database.since(earlier.database),
            log: self.log.since(earlier.log),
            journal: self.journal.since(earlier.journal),
            other: self.other.since(earlier.other),
            folder_syncs: self.folder_syncs - earlier.folder_syncs,
        }
    }

    pub(crate) fn of_kind(&mut self, kind: Kind) -> &mut Traffic {
        match kind {
            Kind::Database => &mut self.database,
            Kind::Log => &mut self.log,
            Kind::Journal => &mut self.journal,
            Kind::Other => &mut self.other,
        }
    }

    fn all(&self) -> impl Iterator<Item = Traffic> {
        [self.database, self.log, self.journal, self.other].into_iter()
    }
}

impl Traffic {
    fn since(self, earlier: Self) -> Self {
        Self {
            writes: self.writes - earlier.writes,
            bytes: self.bytes - earlier.bytes,
            syncs: self.syncs - earlier.syncs,
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.writes += other.writes;
        self.bytes += other.bytes;
        self.syncs += other.syncs;
    }
}

/// The traffic of one file, counted by all that have it open.
#[derive(Debug, Default)]
pub(crate) struct Counter {
    writes: AtomicU64,
    bytes: AtomicU64,
    syncs: AtomicU64,
}

impl Counter {
    pub(crate) fn wrote(&self, bytes: usize) {
        self.writes.fetch_add(1, Relaxed);
        self.bytes
            .fetch_add(u64::try_from(bytes).unwrap_or_default(), Relaxed);
    }

    pub(crate) fn synced(&self) {
        self.syncs.fetch_add(1, Relaxed);
    }

    pub(crate) fn traffic(&self) -> Traffic {
        Traffic {
            writes: self.writes.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
            syncs: self.syncs.load(Relaxed),
        }
    }
}
