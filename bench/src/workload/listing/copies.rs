//! Copies of what is in a hub's file, as if each day had gone like the first: a million instances in a minute.
//!
//! What is copied has ended or waits for an event. Nothing runs it on, so it needs neither an owner nor a message.

use std::path::Path;
use std::time::Duration;

use durable::Failure;
use rusqlite::{Connection, Transaction, named_params};

/// How long before the next one a copy begins.
const DAY: Duration = Duration::from_hours(24);

/// How many versions of the greeting there are, each as long as the others the one that is started.
const VERSIONS: usize = 5;

const CODE: &str = "INSERT INTO code (kind, name, version) VALUES (0, 'hello', ?1)
     ON CONFLICT DO UPDATE SET name = name RETURNING id";

const INSTANCES: &str = "INSERT INTO instance (id, text_id, run, execution, generation, code, status, epoch, ready, event_count,
         history_tail, created, updated, ended, child_policy, started)
     SELECT i.id + :by, i.text_id || :suffix, i.run + :by, randomblob(16), i.generation, iif(c.name = 'hello', :code, c.id),
         i.status, i.epoch, 0, i.event_count, i.history_tail + :by, i.created + (i.created - :first) * :slower - :back, i.updated,
         i.ended, i.child_policy, i.started
     FROM instance i JOIN code c ON c.id = i.code WHERE i.id <= :last ORDER BY i.id";

const HISTORIES: &str = "INSERT INTO history (id, previous, instance, first_event, frame)
     SELECT id + :by, previous + :by, instance + :by, first_event, frame FROM history WHERE id <= :last ORDER BY id";

const TAGS: &str = "INSERT INTO tag (name, value, created, instance)
     SELECT name, value, created + (created - :first) * :slower - :back, instance + :by FROM tag WHERE instance <= :last";

/// Adds so many copies, each a day before the one that was made before it. The file must not be open as a hub.
pub(super) fn add(file: &Path, copies: usize) -> Result<(), Failure> {
    write(file, copies).map_err(|error| Failure::new(format!("copying what is in the file: {error}")))
}

fn write(file: &Path, copies: usize) -> rusqlite::Result<()> {
    let mut conn = Connection::open(file)?;
    conn.pragma_update(None, "synchronous", "OFF")?;
    let numbers: i64 = conn.query_row("SELECT value FROM sequence", [], |row| row.get(0))?;
    let (first, last): (i64, i64) =
        conn.query_row("SELECT min(created), max(created) FROM instance", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let day = i64::try_from(DAY.as_micros()).unwrap_or(i64::MAX);
    let mut original = Original {
        numbers,
        first,
        slower: day / (last - first + 1),
        back: 0,
    };
    for copy in 1..=copies {
        original.back += day;
        let tx = conn.transaction()?;
        original.copy(&tx, copy, 1 + copy * VERSIONS / (copies + 1))?;
        tx.commit()?;
    }
    let given_out = numbers.saturating_mul(i64::try_from(copies).unwrap_or(i64::MAX).saturating_add(1));
    conn.execute("UPDATE sequence SET value = ?1", [given_out])?;
    Ok(())
}

/// What is copied.
struct Original {
    /// The last number that was given out.
    numbers: i64,
    /// When the first instance was started, in microseconds.
    first: i64,
    /// How much slower the instances of a copy are started.
    slower: i64,
    /// How much earlier the copy begins.
    back: i64,
}

impl Original {
    fn copy(&self, tx: &Transaction<'_>, copy: usize, version: usize) -> rusqlite::Result<()> {
        let code: i64 = tx.query_row(CODE, [version.to_string()], |row| row.get(0))?;
        let by = self.numbers * i64::try_from(copy).unwrap_or(i64::MAX);
        let (first, slower, back, last) = (self.first, self.slower, self.back, self.numbers);
        let suffix = format!("-{copy:02}");
        tx.prepare_cached(INSTANCES)?.execute(named_params! {
            ":by": by, ":last": last, ":suffix": suffix, ":code": code, ":first": first, ":slower": slower, ":back": back,
        })?;
        tx.prepare_cached(HISTORIES)?
            .execute(named_params! { ":by": by, ":last": last })?;
        tx.prepare_cached(TAGS)?.execute(named_params! {
            ":by": by, ":last": last, ":first": first, ":slower": slower, ":back": back,
        })?;
        Ok(())
    }
}
