//! The file of events: its tables, and how events become rows.
//!
//! Owns redaction on the way in, erasure and retention. Leaves when to write to `writer` and reading to `read`.

use std::{collections::HashMap, path::Path, time::Duration};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use serde_json::{Map, Value};

use super::{
    InsightsError,
    event::{CallEvent, CallHead, Engaged, Event, InCall, Reported, Searched},
};
use crate::{
    live::{CardState, TriggerKind},
    search::types::Level,
    text::{detect, redact},
};

/// Name of the file in the data folder.
pub(super) const FILE_NAME: &str = "insights.sqlite";

/// How long a statement waits for another process.
const BUSY: Duration = Duration::from_secs(2);

/// Times are milliseconds since 1970; articles are numbers of `names`; lists and attributes are JSON.
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
  article INTEGER NOT NULL, kind TEXT NOT NULL, rating TEXT, reason TEXT, comment TEXT);
CREATE INDEX IF NOT EXISTS engagements_at ON engagements (at);
CREATE INDEX IF NOT EXISTS engagements_call ON engagements (call);
CREATE TABLE IF NOT EXISTS reports (
  n INTEGER PRIMARY KEY, at INTEGER NOT NULL, query TEXT NOT NULL, lang TEXT NOT NULL, comment TEXT, query_id TEXT, by TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS reports_at ON reports (at);";

/// Redacted texts with their languages that are kept at hand: callers ask the same things.
const KNOWN_TEXTS: usize = 4_096;

/// The open file.
pub(super) struct Store {
    connection: Connection,
    salt: [u8; 32],
    names: HashMap<String, i64>,
    texts: HashMap<String, (String, &'static str)>,
}

impl Store {
    /// Opens the file, making it where it is missing.
    pub(super) fn open(file: &Path) -> Result<Self, InsightsError> {
        let connection = Connection::open(file)?;
        connection.busy_timeout(BUSY)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        // What is erased is overwritten.
        connection.pragma_update(None, "secure_delete", "ON")?;
        connection.execute_batch(SCHEMA)?;
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

    /// Writes events, all or none.
    pub(super) fn write(&mut self, events: &[Event]) -> Result<(), InsightsError> {
        let outcome = self.try_write(events);
        if outcome.is_err() {
            // Numbers given out in the transaction are gone with it.
            self.names.clear();
        }
        outcome
    }

    fn try_write(&mut self, events: &[Event]) -> Result<(), InsightsError> {
        if self.texts.len() > KNOWN_TEXTS {
            self.texts.clear();
        }
        let transaction = self.connection.transaction()?;
        let mut rows = Rows {
            transaction: &transaction,
            salt: &self.salt,
            names: &mut self.names,
            texts: &mut self.texts,
        };
        for event in events {
            match event {
                Event::Searched(searched) => rows.searched(searched)?,
                Event::Engaged(engaged) => rows.engaged(engaged, None)?,
                Event::Call(in_call) => rows.in_call(in_call)?,
                Event::Reported(reported) => rows.reported(reported)?,
            }
        }
        transaction.commit()?;
        Ok(())
    }

    /// Deletes everything of a customer's calls; how many calls that were.
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
        // The log still has the rows until it is folded into the file.
        let _ = self
            .connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        Ok(calls)
    }

    /// Deletes events from before that time.
    pub(super) fn forget_before(&mut self, at: DateTime<Utc>) -> Result<(), InsightsError> {
        let transaction = self.connection.transaction()?;
        for table in [
            "searches",
            "cards",
            "asks",
            "engagements",
            "reports",
            "calls",
        ] {
            transaction.execute(
                &format!("DELETE FROM {table} WHERE at < ?1"),
                [at.timestamp_millis()],
            )?;
        }
        transaction.commit()?;
        Ok(())
    }
}

/// A customer's name in the file: the same for the same customer, and no way back without the file's own salt.
fn pseudonym(salt: &[u8; 32], customer_id: &str) -> String {
    blake3::keyed_hash(salt, customer_id.as_bytes()).to_hex()[..32].to_owned()
}

/// Events becoming rows within one transaction.
struct Rows<'a> {
    transaction: &'a Transaction<'a>,
    salt: &'a [u8; 32],
    names: &'a mut HashMap<String, i64>,
    texts: &'a mut HashMap<String, (String, &'static str)>,
}

impl Rows<'_> {
    fn searched(&mut self, event: &Searched) -> Result<(), InsightsError> {
        let mut hits = Vec::with_capacity(event.hits.len());
        for id in &event.hits {
            hits.push(self.name(id)?);
        }
        let answer = event.answer.as_ref().map(|id| self.name(id)).transpose()?;
        let (query, lang) = self.text(&event.query);
        self.transaction
            .prepare_cached(
                "INSERT INTO searches (query_id, at, query, lang, total, answer, hits, confidence, level, took_ms, attributes)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?
            .execute(params![
                event.query_id,
                event.at.timestamp_millis(),
                query,
                lang,
                event.total as i64,
                answer,
                json(&hits),
                event.confidence,
                event.level.map(level),
                event.took_ms,
                attributes(&event.attributes),
            ])?;
        Ok(())
    }

    fn engaged(&mut self, event: &Engaged, call: Option<&str>) -> Result<(), InsightsError> {
        let article = self.name(&event.article_id)?;
        let clean = |text: &Option<String>| text.as_ref().map(|text| redact(text).into_owned());
        self.transaction
            .prepare_cached(
                "INSERT INTO engagements (subject, is_card, call, at, article, kind, rating, reason, comment)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(params![
                event.subject,
                event.is_card,
                call,
                event.at.timestamp_millis(),
                article,
                event.kind,
                event.rating,
                clean(&event.reason),
                clean(&event.comment),
            ])?;
        Ok(())
    }

    fn in_call(&mut self, event: &InCall) -> Result<(), InsightsError> {
        let key = &event.head.key;
        self.call(&event.head)?;
        match &event.what {
            CallEvent::Opened => {}
            CallEvent::Card(card) => {
                let article = self.name(&card.article_id)?;
                self.transaction
                    .prepare_cached(
                        "INSERT OR IGNORE INTO cards (card_id, call, at, article, source, rule, confidence)
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                    )?
                    .execute(params![
                        card.card_id,
                        key,
                        card.created_at.timestamp_millis(),
                        article,
                        source(card.trigger.kind),
                        card.trigger.rule,
                        card.confidence,
                    ])?;
            }
            CallEvent::State(card_id, state) => {
                let state = if *state == CardState::Withdrawn {
                    "withdrawn"
                } else {
                    "expired"
                };
                self.transaction
                    .prepare_cached("UPDATE cards SET state = ?2 WHERE card_id = ?1")?
                    .execute(params![card_id, state])?;
            }
            CallEvent::Asked(asked) => {
                // Of what is said in a call only what may be a gap is kept: transcripts are not.
                if asked.cards.is_empty() && !(asked.is_question && asked.is_unsure) {
                    return Ok(());
                }
                let (query, lang) = self.text(&asked.text);
                self.transaction
                    .prepare_cached(
                        "INSERT INTO asks (call, at, query, lang, cards) VALUES (?1, ?2, ?3, ?4, ?5)",
                    )?
                    .execute(params![key, asked.at.timestamp_millis(), query, lang, json(&asked.cards)])?;
            }
            CallEvent::Engaged(engaged) => self.engaged(engaged, Some(key))?,
            CallEvent::Ended(at) => {
                self.transaction
                    .prepare_cached(
                        "UPDATE calls SET ended_at = ?2, lang = ?3, attributes = ?4 WHERE key = ?1",
                    )?
                    .execute(params![
                        key,
                        at.timestamp_millis(),
                        event.head.lang,
                        attributes(&event.head.attributes),
                    ])?;
            }
        }
        Ok(())
    }

    fn call(&self, head: &CallHead) -> Result<(), InsightsError> {
        let customer = head.customer_id.as_ref().map(|id| pseudonym(self.salt, id));
        self.transaction
            .prepare_cached(
                "INSERT OR IGNORE INTO calls (key, customer, at, lang, attributes) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                head.key,
                customer,
                head.opened_at.timestamp_millis(),
                head.lang,
                attributes(&head.attributes),
            ])?;
        Ok(())
    }

    fn reported(&mut self, event: &Reported) -> Result<(), InsightsError> {
        let (query, lang) = self.text(&event.query);
        let comment = event.comment.as_ref().map(|text| redact(text).into_owned());
        self.transaction
            .prepare_cached(
                "INSERT INTO reports (at, query, lang, comment, query_id, by) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                event.at.timestamp_millis(),
                query,
                lang,
                comment,
                event.query_id,
                event.by,
            ])?;
        Ok(())
    }

    /// The number of an article.
    fn name(&mut self, id: &str) -> Result<i64, InsightsError> {
        if let Some(n) = self.names.get(id) {
            return Ok(*n);
        }
        let known = self
            .transaction
            .prepare_cached("SELECT n FROM names WHERE id = ?1")?
            .query_row([id], |row| row.get(0))
            .optional()?;
        let n = match known {
            Some(n) => n,
            None => {
                self.transaction
                    .prepare_cached("INSERT INTO names (id) VALUES (?1)")?
                    .execute([id])?;
                self.transaction.last_insert_rowid()
            }
        };
        self.names.insert(id.to_owned(), n);
        Ok(n)
    }

    /// A text as it may be kept, with its language.
    fn text(&mut self, text: &str) -> (String, &'static str) {
        let known = self.texts.entry(text.to_owned()).or_insert_with(|| {
            let clean = redact(text.trim()).into_owned();
            let lang = detect(&clean);
            (clean, lang)
        });
        known.clone()
    }
}

fn json(list: &impl serde::Serialize) -> String {
    serde_json::to_string(list).unwrap_or_else(|_| "[]".to_owned())
}

/// Attributes as JSON; a value that would have to be redacted is none.
fn attributes(chosen: &Map<String, Value>) -> String {
    let is_clean = |value: &Value| {
        value
            .as_str()
            .is_none_or(|text| matches!(redact(text), std::borrow::Cow::Borrowed(_)))
    };
    let kept: Map<String, Value> = chosen
        .iter()
        .filter(|(_, value)| is_clean(value))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    Value::Object(kept).to_string()
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Low => "low",
        Level::Medium => "medium",
        Level::High => "high",
    }
}

fn source(kind: TriggerKind) -> &'static str {
    match kind {
        TriggerKind::Keyword => "keyword",
        TriggerKind::Account => "account",
        TriggerKind::Semantic => "semantic",
    }
}
