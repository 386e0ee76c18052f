//! The database of events: its tables, erasure and retention.
//!
//! Leaves how events become rows to `insert`, when to write to `writer` and reading to `read`.

mod insert;

use std::{collections::HashMap, fs, path::Path, time::Duration};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};

use self::insert::{Rows, pseudonym};
use super::{InsightsError, event::Event};

/// Name of the file in the data folder.
pub const FILE_NAME: &str = "insights.sqlite";

/// How long a statement waits for another process.
const BUSY: Duration = Duration::from_secs(2);

/// Times are milliseconds since 1970; articles are numbers of `names`; lists and attributes are JSON, and an audience without a list is everyone.
const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS names (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS searches (
  n INTEGER PRIMARY KEY, query_id TEXT NOT NULL, at INTEGER NOT NULL, query TEXT NOT NULL, lang TEXT NOT NULL,
  total INTEGER NOT NULL, answer INTEGER, hits TEXT NOT NULL, confidence REAL, level TEXT, took_ms REAL NOT NULL,
  attributes TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS searches_at ON searches (at);
CREATE TABLE IF NOT EXISTS calls (
  key TEXT PRIMARY KEY, customer TEXT, at INTEGER NOT NULL, ended_at INTEGER, lang TEXT, attributes TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS calls_at ON calls (at);
CREATE INDEX IF NOT EXISTS calls_customer ON calls (customer);
CREATE TABLE IF NOT EXISTS cards (
  card_id TEXT PRIMARY KEY, call TEXT NOT NULL, at INTEGER NOT NULL, article INTEGER NOT NULL, source TEXT NOT NULL,
  rule TEXT, confidence REAL NOT NULL, state TEXT);
CREATE INDEX IF NOT EXISTS cards_at ON cards (at);
CREATE INDEX IF NOT EXISTS cards_call ON cards (call);
CREATE TABLE IF NOT EXISTS asks (
  n INTEGER PRIMARY KEY, call TEXT NOT NULL, at INTEGER NOT NULL, query TEXT NOT NULL, lang TEXT NOT NULL, cards TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS asks_at ON asks (at);
CREATE INDEX IF NOT EXISTS asks_call ON asks (call);
CREATE TABLE IF NOT EXISTS engagements (
  n INTEGER PRIMARY KEY, subject TEXT NOT NULL, is_card INTEGER NOT NULL, call TEXT, at INTEGER NOT NULL,
  article INTEGER NOT NULL, kind TEXT NOT NULL, rating TEXT, reason TEXT, comment TEXT, by TEXT);
CREATE INDEX IF NOT EXISTS engagements_at ON engagements (at);
CREATE INDEX IF NOT EXISTS engagements_call ON engagements (call);
CREATE TABLE IF NOT EXISTS reports (
  n INTEGER PRIMARY KEY, at INTEGER NOT NULL, query TEXT NOT NULL, lang TEXT NOT NULL, comment TEXT, query_id TEXT, by TEXT NOT NULL,
  audience TEXT);
CREATE INDEX IF NOT EXISTS reports_at ON reports (at);";

/// Tables of what ages.
const AGING: [&str; 6] = [
    "searches",
    "cards",
    "asks",
    "engagements",
    "reports",
    "calls",
];

/// Redacted texts with their languages that are cached: callers ask the same things.
const KNOWN_TEXTS: usize = 4_096;

/// The open file.
pub(super) struct Store {
    connection: Connection,
    salt: [u8; 32],
    names: HashMap<String, i64>,
    texts: HashMap<String, (String, &'static str)>,
}

impl Store {
    /// Opens the file, creating it if it is missing; only its owner may read it.
    pub(super) fn open(file: &Path) -> Result<Self, InsightsError> {
        let connection = Connection::open(file)?;
        connection.busy_timeout(BUSY)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            // Before the write-ahead log is created, which takes the file's permissions. A file system without permissions is the operator's choice.
            let _ = fs::set_permissions(file, fs::Permissions::from_mode(0o600));
        }
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        // What is erased is overwritten.
        connection.pragma_update(None, "secure_delete", "ON")?;
        connection.execute_batch(SCHEMA)?;
        // Files of the first builds have neither persons nor audiences.
        for (table, column) in [("engagements", "by"), ("reports", "audience")] {
            let is_there = connection.prepare(&format!("SELECT {column} FROM {table}"));
            if is_there.is_err() {
                connection
                    .execute_batch(&format!("ALTER TABLE {table} ADD COLUMN {column} TEXT"))?;
            }
        }
        let fresh = *blake3::hash(uuid::Uuid::new_v4().as_bytes()).as_bytes();
        connection.execute(
            "INSERT OR IGNORE INTO meta (name, value) VALUES ('salt', ?1)",
            params![fresh.as_slice()],
        )?;
        let salt: Vec<u8> =
            connection.query_row("SELECT value FROM meta WHERE name = 'salt'", [], |row| {
                row.get(0)
            })?;
        Ok(Self {
            connection,
            salt: salt.try_into().unwrap_or(fresh),
            names: HashMap::new(),
            texts: HashMap::new(),
        })
    }

    /// Writes all events, or none.
    pub(super) fn write(&mut self, events: &[Event]) -> Result<(), InsightsError> {
        self.transact(|rows| {
            for event in events {
                match event {
                    Event::Searched(searched) => rows.searched(searched)?,
                    Event::Engaged(engaged) => rows.engaged(engaged, None)?,
                    Event::Call(in_call) => rows.in_call(in_call)?,
                    Event::Reported(reported) => rows.reported(reported)?,
                }
            }
            Ok(())
        })
    }

    fn transact(
        &mut self,
        work: impl FnOnce(&mut Rows<'_>) -> Result<(), InsightsError>,
    ) -> Result<(), InsightsError> {
        if self.texts.len() > KNOWN_TEXTS {
            self.texts.clear();
        }
        // Numbers given out in a transaction that fails, or panics, are gone with it.
        let mut names = std::mem::take(&mut self.names);
        let transaction = self.connection.transaction()?;
        work(&mut Rows {
            transaction: &transaction,
            salt: &self.salt,
            names: &mut names,
            texts: &mut self.texts,
        })?;
        transaction.commit()?;
        self.names = names;
        Ok(())
    }

    /// Deletes all data of a customer's calls, and returns the number of calls.
    ///
    /// # Errors
    /// `File` when nothing was deleted. `Busy` when the rows are deleted, but a reader holds the write-ahead log, which still
    /// has them: the next erasure, of any customer, checkpoints it and overwrites them.
    pub(super) fn erase(&mut self, customer_id: &str) -> Result<usize, InsightsError> {
        let customer = pseudonym(&self.salt, customer_id);
        let transaction = self.connection.transaction()?;
        for table in ["cards", "asks", "engagements"] {
            transaction.execute(
                &format!(
                    "DELETE FROM {table} WHERE call IN (SELECT key FROM calls WHERE customer = ?1)"
                ),
                [&customer],
            )?;
        }
        let calls = transaction.execute("DELETE FROM calls WHERE customer = ?1", [&customer])?;
        transaction.commit()?;
        // The write-ahead log has the rows until the checkpoint.
        let is_busy: bool =
            self.connection
                .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        if is_busy {
            return Err(InsightsError::Busy);
        }
        Ok(calls)
    }

    /// When the newest event was.
    pub(super) fn newest(&self) -> Result<Option<DateTime<Utc>>, InsightsError> {
        let mut newest: Option<i64> = None;
        for table in AGING {
            let last = format!("SELECT max(at) FROM {table}");
            newest = newest.max(self.connection.query_row(&last, [], |row| row.get(0))?);
        }
        Ok(newest.and_then(DateTime::from_timestamp_millis))
    }

    /// Deletes events before that time.
    pub(super) fn forget_before(&mut self, at: DateTime<Utc>) -> Result<(), InsightsError> {
        let transaction = self.connection.transaction()?;
        for table in AGING {
            transaction.execute(
                &format!("DELETE FROM {table} WHERE at < ?1"),
                [at.timestamp_millis()],
            )?;
        }
        transaction.commit()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panics::caught;

    #[test]
    fn a_number_that_a_panic_took_back_is_given_out_anew() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join(FILE_NAME)).unwrap();
        let panic = caught(|| {
            store.transact(|rows| {
                rows.name("refund")?;
                panic!("a fault")
            })
        });
        assert_eq!(panic.unwrap_err(), "a fault");
        let named = |rows: &mut Rows<'_>| rows.name("refund").map(drop);
        store.transact(named).unwrap();
        let names = "SELECT count(*) FROM names WHERE id = 'refund'";
        let count: i64 = store
            .connection
            .query_row(names, [], |row| row.get(0))
            .unwrap();
        assert_eq!(count, 1);
    }
}
