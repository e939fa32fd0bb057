//! The names and versions of functions, as numbers.

use std::collections::HashMap;

use durable_core::{RecordedVersion, WireName};
use rusqlite::Connection;

use crate::error::{StoreError, corrupt};
use crate::tx::{Tx, row};

/// What a piece of code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum CodeKind {
    Orchestrator,
    Activity,
}

impl CodeKind {
    pub(crate) fn number(self) -> i64 {
        match self {
            Self::Orchestrator => 0,
            Self::Activity => 1,
        }
    }
}

/// A function, as instances and activities refer to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Code {
    pub(crate) name: WireName,
    pub(crate) version: RecordedVersion,
}

/// What has been looked up. Rows are never changed or removed, so it never goes out of date.
#[derive(Debug, Default)]
pub(crate) struct Codes {
    numbers: HashMap<(CodeKind, WireName, RecordedVersion), i64>,
    by_number: HashMap<i64, Code>,
}

impl Codes {
    /// Returns the function with a number.
    pub(crate) fn get(&mut self, conn: &Connection, number: i64) -> Result<Code, StoreError> {
        if let Some(code) = self.by_number.get(&number) {
            return Ok(code.clone());
        }
        let found: Option<(String, String)> = row(
            conn,
            "SELECT name, version FROM code WHERE id = ?1",
            [number],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let missing = || corrupt(format!("the file has no function with number {number}"));
        let (name, version) = found.ok_or_else(missing)?;
        let bad = |error| corrupt(format!("function number {number}: {error}"));
        let code = Code {
            name: WireName::new(&name).map_err(bad)?,
            version: RecordedVersion::from(version),
        };
        self.by_number.insert(number, code.clone());
        Ok(code)
    }

    /// Forgets everything: a number that was given out in a part that was rolled back is not in the file.
    pub(crate) fn clear(&mut self) {
        self.numbers.clear();
        self.by_number.clear();
    }
}

impl Tx<'_> {
    /// Returns the number of a function; one that is new gets a number, and is offered by whoever can take it.
    pub(crate) fn intern(
        &mut self,
        kind: CodeKind,
        name: &WireName,
        version: &RecordedVersion,
    ) -> Result<i64, StoreError> {
        let key = (kind, name.clone(), version.clone());
        if let Some(number) = self.codes.numbers.get(&key) {
            return Ok(*number);
        }
        let text = String::from(version.clone());
        let sql = "SELECT id FROM code WHERE kind = ?1 AND name = ?2 AND version = ?3";
        let found = self.row(sql, (kind.number(), name.as_str(), &text), |row| row.get(0))?;
        let number = if let Some(number) = found {
            number
        } else {
            let sql = "INSERT INTO code (kind, name, version) VALUES (?1, ?2, ?3)";
            self.execute(sql, (kind.number(), name.as_str(), &text))?;
            let number = self.conn.last_insert_rowid();
            self.offer_new_code(number)?;
            number
        };
        self.codes.numbers.insert(key, number);
        Ok(number)
    }

    /// Returns the function with a number.
    pub(crate) fn code(&mut self, number: i64) -> Result<Code, StoreError> {
        self.codes.get(self.conn, number)
    }

    /// Gives a code that is new in the file to the nodes that take it without having offered it by its version.
    fn offer_new_code(&self, number: i64) -> Result<(), StoreError> {
        self.execute(
            "INSERT OR IGNORE INTO node_offer (node, code, exact)
             SELECT DISTINCT n.id, c.id, 0
             FROM code c
             JOIN code offered ON offered.kind = c.kind AND offered.name = c.name AND offered.id <> c.id
             JOIN node_offer o ON o.code = offered.id AND o.exact = 1
             JOIN node n ON n.id = o.node
             WHERE c.id = ?1 AND (c.version = '' OR (c.kind = 0 AND n.takes_mismatched = 1))",
            [number],
        )?;
        Ok(())
    }
}
