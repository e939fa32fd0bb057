//! SQLite on the disk: what it counts, and what a power failure leaves.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use durable_testdisk::{Disk, NAME, Survivors};
use rusqlite::{Connection, OpenFlags};

/// A folder of its own for each test, removed at the end.
struct Place(PathBuf);

impl Place {
    fn new() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("durable-testdisk-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("a.db")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn open(file: &Path, settings: &str) -> Connection {
    let connection = Connection::open_with_flags_and_vfs(file, OpenFlags::default(), NAME).unwrap();
    connection.execute_batch(settings).unwrap();
    connection
        .execute_batch("CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, body BLOB)")
        .unwrap();
    connection
}

fn insert(connection: &Connection) {
    connection
        .execute("INSERT INTO t (body) VALUES (randomblob(3000))", [])
        .unwrap();
}

/// Returns how many rows a file has that SQLite finds whole.
fn rows(file: &Path) -> i64 {
    let connection = Connection::open(file).unwrap();
    let check: String = connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok");
    connection
        .query_row("SELECT count(*) FROM t", [], |row| row.get(0))
        .unwrap_or(0)
}

const FULL: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL";

#[test]
fn a_commit_in_wal_mode_is_one_sync_at_full_and_none_at_normal() {
    let disk = Disk::install().unwrap();
    for (level, syncs) in [("FULL", 10), ("NORMAL", 0)] {
        let place = Place::new();
        let connection = open(&place.file(), FULL);
        connection
            .execute_batch(&format!("PRAGMA synchronous = {level}"))
            .unwrap();
        let before = disk.counts_of(&place.file());
        for _ in 0..10 {
            insert(&connection);
        }
        let counts = disk.counts_of(&place.file()).since(&before);
        assert_eq!((counts.log.syncs, counts.database.syncs), (syncs, 0), "{level}");
        assert!(
            counts.log.bytes > 30_000 && counts.database.bytes == 0,
            "{counts:?}"
        );
        connection
            .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
            .unwrap();
        let counts = disk.counts_of(&place.file()).since(&before);
        // The log before the database, so that nothing is overwritten that cannot be repaired; then the database.
        assert_eq!(
            (counts.log.syncs, counts.database.syncs),
            (syncs + 1, 1),
            "{level}"
        );
        assert!(counts.database.bytes > 30_000, "{counts:?}");
    }
}

#[test]
fn a_slow_disk_makes_commits_slow() {
    let disk = Disk::install().unwrap();
    let place = Place::new();
    let connection = open(&place.file(), FULL);
    // The other tests of this process are slowed down as well, and none of them looks at a clock.
    disk.delay_syncs(Duration::from_millis(20));
    let begin = Instant::now();
    for _ in 0..3 {
        insert(&connection);
    }
    let took = begin.elapsed();
    disk.delay_syncs(Duration::ZERO);
    assert!(took >= Duration::from_millis(60), "{took:?}");
}

#[test]
fn what_full_has_committed_is_left_whenever_the_power_fails() {
    let disk = Disk::install().unwrap();
    let journals = [FULL, "PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA"];
    for (seed, settings) in (0..24).flat_map(|seed| journals.map(|settings| (seed, settings))) {
        let place = Place::new();
        let file = place.file();
        disk.watch(&file);
        disk.cut_power_at(&file, 20 + seed * 7, Survivors::Random(seed));
        let connection = open(&file, settings);
        // Checkpoints, too, must find the power gone.
        connection
            .execute_batch("PRAGMA wal_autocheckpoint = 10")
            .unwrap();
        let mut committed = 0;
        while !disk.power_is_cut(&file) {
            insert(&connection);
            committed += i64::from(!disk.power_is_cut(&file));
        }
        let left = rows(&disk.restore(&file, &place.0.join("later")).unwrap());
        assert!(
            left == committed || left == committed + 1,
            "seed {seed}, {settings}: {left} of {committed}"
        );
        drop(connection);
        disk.forget(&file);
    }
}

#[test]
fn what_normal_has_committed_may_be_lost_and_the_file_is_whole() {
    let disk = Disk::install().unwrap();
    let mut lost = 0;
    for seed in 0..24 {
        let place = Place::new();
        let file = place.file();
        disk.watch(&file);
        let connection = open(&file, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
        connection
            .execute_batch("PRAGMA wal_autocheckpoint = 10")
            .unwrap();
        disk.cut_power_at(
            &file,
            disk.operations(&file) + 20 + seed * 5,
            Survivors::Random(seed),
        );
        let mut committed = 0;
        while !disk.power_is_cut(&file) {
            insert(&connection);
            committed += i64::from(!disk.power_is_cut(&file));
        }
        let left = rows(&disk.restore(&file, &place.0.join("later")).unwrap());
        assert!(left <= committed + 1);
        lost += i64::from(left < committed);
        drop(connection);
        disk.forget(&file);
    }
    assert!(lost > 0, "a disk that loses nothing shows nothing");
}

#[test]
fn without_syncs_a_power_failure_damages_files() {
    let disk = Disk::install().unwrap();
    let damaged = |seed: u64| {
        let place = Place::new();
        let file = place.file();
        disk.watch(&file);
        let connection = open(&file, "PRAGMA journal_mode = DELETE; PRAGMA synchronous = OFF");
        for _ in 0..20 {
            insert(&connection);
        }
        disk.cut_power(&file, Survivors::Random(seed));
        let left = disk.restore(&file, &place.0.join("later")).unwrap();
        drop(connection);
        disk.forget(&file);
        let later = Connection::open(left).unwrap();
        let check = later.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0));
        check.map_or(true, |told| told != "ok")
    };
    assert!((0..10).any(damaged));
}

#[test]
fn everything_is_left_when_only_the_process_dies() {
    let disk = Disk::install().unwrap();
    let place = Place::new();
    let file = place.file();
    disk.watch(&file);
    let connection = open(&file, "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF");
    for _ in 0..5 {
        insert(&connection);
    }
    disk.cut_power(&file, Survivors::All);
    assert_eq!(rows(&disk.restore(&file, &place.0.join("later")).unwrap()), 5);
    // The program goes on, and its file is its own.
    insert(&connection);
    drop(connection);
    assert_eq!(rows(&file), 6);
    disk.forget(&file);
}

#[test]
fn what_was_there_before_the_disk_is_left() {
    let disk = Disk::install().unwrap();
    let place = Place::new();
    let file = place.file();
    let connection = open(&file, FULL);
    insert(&connection);
    drop(connection);
    disk.watch(&file);
    let connection = open(&file, FULL);
    insert(&connection);
    disk.cut_power(&file, Survivors::None);
    assert_eq!(rows(&disk.restore(&file, &place.0.join("later")).unwrap()), 2);
    drop(connection);
    disk.forget(&file);
}

#[test]
fn a_power_that_is_on_leaves_nothing_to_restore() {
    let disk = Disk::install().unwrap();
    let place = Place::new();
    let error = disk.restore(&place.file(), &place.0).unwrap_err();
    assert!(error.to_string().contains("was not cut"), "{error}");
}

#[test]
fn a_film_has_what_full_has_committed_at_every_operation() {
    let disk = Disk::install().unwrap();
    let place = Place::new();
    let file = place.file();
    disk.watch(&file);
    let connection = open(&file, FULL);
    connection
        .execute_batch("PRAGMA wal_autocheckpoint = 10")
        .unwrap();
    insert(&connection);
    disk.film(&file);
    let committed: Vec<u64> = (0..6)
        .map(|_| {
            insert(&connection);
            disk.operations(&file)
        })
        .collect();
    let film = disk.filmed(&file).unwrap();
    assert!(disk.filmed(&file).is_none(), "it has ended");
    drop(connection);
    disk.forget(&file);
    assert!(film.operations().count() > 50);
    assert_eq!(
        film.operations().last(),
        committed.last().copied(),
        "nothing follows"
    );
    let later = place.0.join("later");
    for operation in film.operations() {
        let at_least = 1 + committed.iter().filter(|stored| **stored <= operation).count();
        for survivors in [Survivors::None, Survivors::All, Survivors::Random(operation)] {
            film.left(operation, survivors).unwrap().write(&later).unwrap();
            let left = usize::try_from(rows(&later.join("a.db"))).unwrap();
            assert!(
                left == at_least || left == at_least + 1,
                "{operation} {survivors:?}: {left} of {at_least}"
            );
            std::fs::remove_dir_all(&later).unwrap();
        }
    }
    assert_eq!(film.left(u64::MAX, Survivors::None), None);
}
