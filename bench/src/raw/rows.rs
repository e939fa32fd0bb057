//! The rows of a raw limit, and how many each operation writes.

use rusqlite::{Connection, params};

/// Numbers as keys, so that what is new stands together; the history is a log in the order of commit.
pub(crate) const SCHEMA: &str = "
CREATE TABLE instance (
    id INTEGER PRIMARY KEY, execution BLOB NOT NULL, status INTEGER NOT NULL, events INTEGER NOT NULL,
    tail INTEGER NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL
);
CREATE TABLE history (id INTEGER PRIMARY KEY, previous INTEGER, instance INTEGER NOT NULL, frame BLOB NOT NULL);
CREATE TABLE activity (
    instance INTEGER NOT NULL, task INTEGER NOT NULL, frame BLOB NOT NULL, PRIMARY KEY (instance, task)
) WITHOUT ROWID;
";

/// What an event takes when it is encoded compactly: a number, a time, two short texts.
pub(crate) const EVENT_BYTES: usize = 36;

/// Any moment, of the length of a real one.
const MOMENT: i64 = 1_767_225_600_000_000;

/// An event: what it is, its number, its moment, two texts with their lengths.
const EVENT: [u8; EVENT_BYTES] = *b"\x01\x07\0\0\0\0\xc0\x9a\x5a\xc2\x47\x06\0\x0aactivities\x0bhello world";

/// The most events of a frame of one turn.
const FRAMES: [u8; 3 * EVENT_BYTES] = {
    let mut frames = [0; 3 * EVENT_BYTES];
    let mut at = 0;
    while at < frames.len() {
        frames[at] = EVENT[at % EVENT_BYTES];
        at += 1;
    }
    frames
};

/// What is written in one piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rows {
    /// A start with its first turn: the instance, its first three events, the order of its activity.
    Start { instance: i64 },
    /// A result with the last turn: the end of the order, three events, the instance's new state.
    End { instance: i64 },
    /// A result with a turn that calls again: two or three events, the instance's new state.
    Step { instance: i64, number: i64 },
}

impl Rows {
    /// Writes them.
    pub(crate) fn write(self, connection: &Connection) -> rusqlite::Result<()> {
        match self {
            Self::Start { instance } => {
                connection
                    .prepare_cached("INSERT INTO instance VALUES (?1, ?2, 0, 3, 0, ?3, ?3)")?
                    .execute(params![instance, &FRAMES[..16], MOMENT])?;
                append(connection, None, instance, 3)?;
                connection
                    .prepare_cached("INSERT INTO activity VALUES (?1, 0, ?2)")?
                    .execute(params![instance, &FRAMES[..EVENT_BYTES]])?;
            }
            Self::End { instance } => {
                connection
                    .prepare_cached("DELETE FROM activity WHERE instance = ?1 AND task = 0")?
                    .execute([instance])?;
                append(connection, Some(instance), instance, 3)?;
                connection
                    .prepare_cached("UPDATE instance SET status = 1, events = 6, updated = ?2 WHERE id = ?1")?
                    .execute([instance, MOMENT])?;
            }
            Self::Step { instance, number } => {
                append(connection, Some(number), instance, 3)?;
                connection
                    .prepare_cached("UPDATE instance SET events = ?2, tail = ?2, updated = ?3 WHERE id = ?1")?
                    .execute([instance, number, MOMENT])?;
            }
        }
        Ok(())
    }

    /// Returns how many rows it inserts, changes or removes.
    pub(crate) fn count(self) -> u64 {
        match self {
            Self::Start { .. } | Self::End { .. } => 3,
            Self::Step { .. } => 2,
        }
    }
}

/// Appends a frame of some events to the history.
fn append(
    connection: &Connection,
    previous: Option<i64>,
    instance: i64,
    events: usize,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO history (previous, instance, frame) VALUES (?1, ?2, ?3)")?
        .execute(params![previous, instance, &FRAMES[..events * EVENT_BYTES]])?;
    Ok(())
}

/// Writes the first wave of a fan-out in one transaction: every order, and one frame of all events.
pub(crate) fn scatter(connection: &Connection, activities: u32) -> rusqlite::Result<()> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let mut order = connection.prepare_cached("INSERT INTO activity VALUES (1, ?1, ?2)")?;
    for task in 0..activities {
        order.execute(params![task, &FRAMES[..EVENT_BYTES]])?;
    }
    wave(connection, activities)?;
    connection.execute_batch("COMMIT")
}

/// Writes the second wave: every order is done, and one frame has all results.
pub(crate) fn gather(connection: &Connection, activities: u32) -> rusqlite::Result<()> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let mut done = connection.prepare_cached("DELETE FROM activity WHERE instance = 1 AND task = ?1")?;
    for task in 0..activities {
        done.execute([task])?;
    }
    wave(connection, activities)?;
    connection.execute_batch("COMMIT")
}

fn wave(connection: &Connection, events: u32) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO history (previous, instance, frame) VALUES (NULL, 1, ?1)")?
        .execute([EVENT.repeat(usize::try_from(events).unwrap_or_default())])?;
    Ok(())
}

/// An event as it is used, with texts of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    kind: u8,
    number: u32,
    moment: i64,
    name: String,
    text: String,
}

/// Reads and decodes the whole history.
pub(crate) fn read(connection: &Connection) -> rusqlite::Result<Vec<Event>> {
    let mut events = Vec::new();
    let mut rows = connection.prepare("SELECT frame FROM history WHERE instance = 1 ORDER BY id")?;
    let mut rows = rows.query([])?;
    while let Some(row) = rows.next()? {
        let mut frame = row.get_ref(0)?.as_blob()?;
        while let Some(event) = decode(&mut frame) {
            events.push(event);
        }
    }
    Ok(events)
}

fn decode(frame: &mut &[u8]) -> Option<Event> {
    Some(Event {
        kind: take::<1>(frame)?[0],
        number: u32::from_le_bytes(take(frame)?),
        moment: i64::from_le_bytes(take(frame)?),
        name: text(frame)?,
        text: text(frame)?,
    })
}

fn take<const N: usize>(frame: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = frame.split_first_chunk()?;
    *frame = rest;
    Some(*taken)
}

fn text(frame: &mut &[u8]) -> Option<String> {
    let [length] = take(frame)?;
    let (taken, rest) = frame.split_at_checked(length.into())?;
    *frame = rest;
    Some(std::str::from_utf8(taken).ok()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(SCHEMA).unwrap();
        for number in 0..4 {
            Rows::Step { instance: 1, number }.write(&connection).unwrap();
        }
        let events = read(&connection).unwrap();
        assert_eq!(events.len(), 12);
        assert_eq!(
            (events[11].name.as_str(), events[11].text.as_str()),
            ("activities", "hello world")
        );
    }

    #[test]
    fn a_fan_out_leaves_two_frames_and_no_orders() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(SCHEMA).unwrap();
        scatter(&connection, 5).unwrap();
        gather(&connection, 5).unwrap();
        assert_eq!(read(&connection).unwrap().len(), 10);
        let orders: i64 = connection
            .query_row("SELECT count(*) FROM activity", [], |row| row.get(0))
            .unwrap();
        assert_eq!(orders, 0);
    }
}
