//! The file's identity and the migrations of its schema.

use std::path::Path;
use std::time::Duration;

use durable_core::hub::{HubError, HubErrorKind};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::busy;
use crate::checkpoint::LOG_MAX;
use crate::error::{invalid, of_sqlite};
use crate::options::{SqliteOptions, Synchronous};

/// Marks a file as a hub: the letters `DURB`.
const APPLICATION_ID: i64 = 0x4455_5242;

/// The steps from an empty file to the present schema. The version of a schema is how many of them it has.
const MIGRATIONS: [&str; 6] = [
    include_str!("../migrations/0001_hub.sql"),
    include_str!("../migrations/0002_heartbeats.sql"),
    include_str!("../migrations/0003_lean.sql"),
    include_str!("../migrations/0004_listing.sql"),
    include_str!("../migrations/0005_fences.sql"),
    include_str!("../migrations/0006_tags.sql"),
];

/// How large the pages of a new file are, in bytes. A commit writes a few rows at the ends of a few tables, and each page
/// that it touches as a whole: of small pages that is less.
const PAGE_SIZE: i64 = 1024;

/// What a file says of itself.
struct Identity {
    application: i64,
    version: i64,
    tables: i64,
}

/// How long to wait before a file that another process is setting up is tried again.
const RETRY_PAUSE: Duration = Duration::from_millis(5);

/// Opens the connection that writes: identity checked, schema up to date.
///
/// SQLite's own busy timeout does not cover the change of a new file to WAL mode: whoever meets it is refused at once.
pub(crate) fn open_writer(options: &SqliteOptions) -> Result<Connection, HubError> {
    let mut tries_left = options.busy_timeout.as_millis() / RETRY_PAUSE.as_millis();
    loop {
        match try_open_writer(options) {
            Err(error) if error.kind() == HubErrorKind::Unavailable && tries_left > 0 => {
                tries_left -= 1;
                std::thread::sleep(RETRY_PAUSE);
            }
            opened => return opened,
        }
    }
}

fn try_open_writer(options: &SqliteOptions) -> Result<Connection, HubError> {
    let path = &options.path;
    let mut conn = connect(
        options,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
    )?;
    check_identity(&conn, path)?;
    let failed = |error| of_sqlite(&format!("opening the hub `{}`", path.display()), error);
    set_up_writer(&conn, options).map_err(failed)?;
    migrate(&mut conn, path)?;
    busy::wait_for_others(&mut conn, options.busy_timeout).map_err(failed)?;
    Ok(conn)
}

/// Opens a connection that reads.
pub(crate) fn open_reader(options: &SqliteOptions) -> Result<Connection, HubError> {
    // A reader of a file in WAL mode must be able to write the shared index, so only a hub that is opened
    // read-only as a whole asks SQLite for no more than reading.
    let access = if options.read_only {
        OpenFlags::SQLITE_OPEN_READ_ONLY
    } else {
        OpenFlags::SQLITE_OPEN_READ_WRITE
    };
    let conn = connect(options, access)?;
    let identity = check_identity(&conn, &options.path)?;
    if identity.version != version() {
        let message = format!(
            "the hub `{}` has schema version {} and this program reads {}: open it for writing once to migrate it",
            options.path.display(),
            identity.version,
            version()
        );
        return Err(invalid(message));
    }
    let failed = |error| of_sqlite(&format!("opening the hub `{}`", options.path.display()), error);
    conn.pragma_update(None, "query_only", true).map_err(failed)?;
    Ok(conn)
}

/// Returns how large the pages of the file are.
pub(crate) fn page_size(conn: &Connection, options: &SqliteOptions) -> Result<u32, HubError> {
    let read = conn.pragma_query_value(None, "page_size", |row| row.get(0));
    read.map_err(|error| of_sqlite(&format!("opening the hub `{}`", options.path.display()), error))
}

fn connect(options: &SqliteOptions, access: OpenFlags) -> Result<Connection, HubError> {
    let failed = |error| {
        let error = of_sqlite(&format!("opening the hub `{}`", options.path.display()), error);
        match error.kind() {
            HubErrorKind::Closed => {
                HubError::new(HubErrorKind::Unavailable, error.to_string()).with_source(error)
            }
            _ => error,
        }
    };
    let conn = Connection::open_with_flags(&options.path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(failed)?;
    conn.busy_timeout(options.busy_timeout).map_err(failed)?;
    // Otherwise a statement is compiled again whenever a parameter is bound that could change its plan: each time.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .map_err(failed)?;
    // The pages that a savepoint may have to restore are kept in memory, and not in a temporary file.
    conn.pragma_update(None, "temp_store", "MEMORY").map_err(failed)?;
    conn.set_prepared_statement_cache_capacity(256);
    Ok(conn)
}

/// Refuses a file that is not a hub, or a hub of a later release, before anything is written to it.
fn check_identity(conn: &Connection, path: &Path) -> Result<Identity, HubError> {
    // One statement, so that it sees the file before or after another process makes it a hub, and never in between.
    let text = "SELECT (SELECT application_id FROM pragma_application_id), \
                (SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM sqlite_schema)";
    let read = || {
        conn.query_row(text, [], |row| {
            Ok(Identity {
                application: row.get(0)?,
                version: row.get(1)?,
                tables: row.get(2)?,
            })
        })
    };
    let shown = path.display();
    let identity = read().map_err(|error| match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => {
            invalid(format!("`{shown}` is not a task hub: it is not an SQLite file")).with_source(error)
        }
        _ => of_sqlite(&format!("opening the hub `{shown}`"), error),
    })?;
    let is_new = identity.application == 0 && identity.version == 0 && identity.tables == 0;
    if identity.application != APPLICATION_ID && !is_new {
        return Err(invalid(format!(
            "`{shown}` is not a task hub: it is an SQLite file of another application (application id {:#x})",
            identity.application
        )));
    }
    if identity.version > version() {
        return Err(invalid(format!(
            "the hub `{shown}` has schema version {}; this program knows versions up to {}: use a newer release of it",
            identity.version,
            version()
        )));
    }
    Ok(identity)
}

fn set_up_writer(conn: &Connection, options: &SqliteOptions) -> rusqlite::Result<()> {
    // Has an effect on a new file only.
    conn.pragma_update(None, "page_size", PAGE_SIZE)?;
    conn.pragma_update(None, "journal_mode", "WAL")?;
    let synchronous = match options.synchronous {
        Synchronous::Full => "FULL",
        Synchronous::Normal => "NORMAL",
    };
    conn.pragma_update(None, "synchronous", synchronous)?;
    // Checkpoints are made off the path of commits, by a connection of their own.
    conn.pragma_update(None, "wal_autocheckpoint", 0)?;
    conn.pragma_update_and_check(None, "journal_size_limit", LOG_MAX, |_| Ok(()))?;
    if let Some(bytes) = options.size_max {
        let page_size: i64 = conn.pragma_query_value(None, "page_size", |row| row.get(0))?;
        let pages = i64::try_from(bytes / page_size.max(1).unsigned_abs())
            .unwrap_or(i64::MAX)
            .max(1);
        conn.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
    }
    Ok(())
}

fn migrate(conn: &mut Connection, path: &Path) -> Result<(), HubError> {
    let failed = |error| of_sqlite(&format!("migrating the hub `{}`", path.display()), error);
    let tx = conn
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .map_err(failed)?;
    // Read again inside the transaction: another process may have migrated the file meanwhile.
    let present = check_identity(&tx, path)?.version;
    let done = usize::try_from(present).unwrap_or_default();
    for step in MIGRATIONS.iter().skip(done) {
        tx.execute_batch(step).map_err(failed)?;
    }
    if present != version() {
        tx.pragma_update(None, "application_id", APPLICATION_ID)
            .map_err(failed)?;
        tx.pragma_update(None, "user_version", version())
            .map_err(failed)?;
    }
    tx.commit().map_err(failed)
}

/// The version of the schema that this release writes.
fn version() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Makes an empty hub in memory, to ask SQLite how it runs a statement.
#[cfg(test)]
pub(crate) fn in_memory() -> Connection {
    let conn = Connection::open_in_memory().unwrap();
    for step in MIGRATIONS {
        conn.execute_batch(step).unwrap();
    }
    conn
}

/// Returns how SQLite runs a statement, a line for each table that it reads.
#[cfg(test)]
pub(crate) fn plan(sql: &str) -> String {
    let conn = in_memory();
    let mut statement = conn.prepare(&["EXPLAIN QUERY PLAN ", sql].concat()).unwrap();
    let nulls = vec![rusqlite::types::Null; statement.parameter_count()];
    let lines = statement.query_map(rusqlite::params_from_iter(nulls), |row| row.get::<_, String>(3));
    let lines: Vec<_> = lines.unwrap().map(Result::unwrap).collect();
    lines.join("\n")
}
