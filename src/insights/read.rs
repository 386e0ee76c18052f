//! Reads the raw events of a period, in chronological order.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Params, Row, params};
use serde_json::{Map, Value};

use super::{
    InsightsError, Period,
    feedback::Acts,
    rows::{AskRow, CallRow, CardRow, EngagementRow, Recorded, ReportRow, SearchRow},
};
use crate::search::types::Level;

/// How long a reader waits for the writer.
const BUSY: Duration = Duration::from_secs(5);

/// Maximum engagements read for feedback, the newest: about 20 MB while it runs.
const ACTS: i64 = 100_000;

/// A read-only view of the file; readers and the writer do not wait for each other.
pub(super) struct Reader {
    connection: Connection,
}

impl Reader {
    /// Opens the file; None if nothing was ever recorded.
    pub(super) fn open(file: &Path) -> Result<Option<Self>, InsightsError> {
        if !file.exists() {
            return Ok(None);
        }
        let connection = Connection::open_with_flags(
            file,
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        connection.busy_timeout(BUSY)?;
        let has_tables: Option<i64> = connection
            .query_row(
                "SELECT 1 FROM sqlite_master WHERE name = 'reports'",
                [],
                |row| row.get(0),
            )
            .optional()?;
        if has_tables.is_none() {
            return Ok(None);
        }
        // One snapshot of the file for a whole report.
        connection.execute_batch("BEGIN")?;
        Ok(Some(Self { connection }))
    }

    /// Articles by their numbers.
    pub(super) fn names(&self) -> Result<HashMap<i64, String>, InsightsError> {
        let mut statement = self.connection.prepare("SELECT n, id FROM names")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Time of the oldest event.
    pub(super) fn oldest(&self) -> Result<Option<i64>, InsightsError> {
        let oldest = "SELECT min(at) FROM (SELECT min(at) AS at FROM searches UNION ALL SELECT min(at) FROM calls
                      UNION ALL SELECT min(at) FROM reports UNION ALL SELECT min(at) FROM engagements)";
        Ok(self.connection.query_row(oldest, [], |row| row.get(0))?)
    }

    /// Texts of gaps since that time that are not in `seen` (row numbers), newest first, at most so
    /// many.
    pub(super) fn gap_texts(
        &self,
        seen: &mut [i64; 3],
        since: i64,
        limit: usize,
    ) -> Result<Vec<String>, InsightsError> {
        let last = "SELECT coalesce((SELECT max(n) FROM searches), 0), coalesce((SELECT max(n) FROM asks), 0),
                    coalesce((SELECT max(n) FROM reports), 0)";
        let last = self
            .connection
            .query_row(last, [], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]))?;
        // A turn that triggered cards is a gap only if all of them were dismissed.
        let mut statement = self.connection.prepare(
            "SELECT at, query FROM searches WHERE at >= ?4 AND n > ?1 AND answer IS NULL
             UNION ALL SELECT at, query FROM asks WHERE at >= ?4 AND n > ?2 AND cards = '[]'
             UNION ALL SELECT at, query FROM reports WHERE at >= ?4 AND n > ?3 ORDER BY at DESC LIMIT ?5",
        )?;
        let [searches, asks, reports] = *seen;
        let bounds = params![searches, asks, reports, since, limit as i64];
        let texts = statement.query_map(bounds, |row| row.get(1))?;
        let texts = texts.collect::<Result<_, _>>()?;
        *seen = last;
        Ok(texts)
    }

    /// Passes on all events of a period except engagements, without buffering. Calls come before their cards.
    pub(super) fn each(
        &self,
        period: &Period,
        mut take: impl FnMut(Recorded),
    ) -> Result<(), InsightsError> {
        let within = [
            period.since.timestamp_millis(),
            period.until.timestamp_millis(),
        ];
        self.rows(
            "SELECT query_id, at, query, lang, answer, hits, level, attributes FROM searches
             WHERE at >= ?1 AND at < ?2 ORDER BY at, n",
            within,
            |row| {
                take(Recorded::Search(SearchRow {
                    query_id: row.get(0)?,
                    at: row.get(1)?,
                    query: row.get(2)?,
                    lang: row.get(3)?,
                    answer: row.get(4)?,
                    hits: list(row, 5)?,
                    level: level(row, 6)?,
                    attributes: object(row, 7)?,
                }));
                Ok(())
            },
        )?;
        self.rows(
            "SELECT at, lang, attributes FROM calls WHERE at >= ?1 AND at < ?2 ORDER BY at, key",
            within,
            |row| {
                take(Recorded::Call(CallRow {
                    at: row.get(0)?,
                    lang: row.get(1)?,
                    attributes: object(row, 2)?,
                }));
                Ok(())
            },
        )?;
        self.rows(
            "SELECT card_id, call, cards.at, article, rule, state, calls.at, coalesce(attributes, '{}')
             FROM cards LEFT JOIN calls ON calls.key = cards.call WHERE cards.at >= ?1 AND cards.at < ?2 ORDER BY cards.at, card_id",
            within,
            |row| {
                take(Recorded::Card(CardRow {
                    card_id: row.get(0)?,
                    call: row.get(1)?,
                    at: row.get(2)?,
                    article: row.get(3)?,
                    rule: row.get(4)?,
                    state: row.get(5)?,
                    opened_at: row.get(6)?,
                    attributes: object(row, 7)?,
                }));
                Ok(())
            },
        )?;
        self.rows(
            "SELECT at, query, lang, cards FROM asks WHERE at >= ?1 AND at < ?2 ORDER BY at, n",
            within,
            |row| {
                take(Recorded::Ask(AskRow {
                    at: row.get(0)?,
                    query: row.get(1)?,
                    lang: row.get(2)?,
                    cards: list(row, 3)?,
                }));
                Ok(())
            },
        )?;
        self.rows(
            "SELECT at, query, lang, comment, query_id, audience FROM reports WHERE at >= ?1 AND at < ?2 ORDER BY at, n",
            within,
            |row| {
                let audience: Option<String> = row.get(5)?;
                take(Recorded::Report(ReportRow {
                    at: row.get(0)?,
                    query: row.get(1)?,
                    lang: row.get(2)?,
                    comment: row.get(3)?,
                    query_id: row.get(4)?,
                    audience: audience.and_then(|list| serde_json::from_str(&list).ok()),
                }));
                Ok(())
            },
        )
    }

    /// Passes on engagements from the start of a period until now: they come later than their search.
    pub(super) fn engagements(
        &self,
        period: &Period,
        mut take: impl FnMut(EngagementRow),
    ) -> Result<(), InsightsError> {
        self.rows(
            "SELECT subject, is_card, at, article, kind, rating, reason, comment FROM engagements
             WHERE at >= ?1 ORDER BY at, n",
            [period.since.timestamp_millis()],
            |row| {
                take(EngagementRow {
                    subject: row.get(0)?,
                    is_card: row.get(1)?,
                    at: row.get(2)?,
                    article: row.get(3)?,
                    kind: row.get(4)?,
                    rating: row.get(5)?,
                    reason: row.get(6)?,
                    comment: row.get(7)?,
                    ..EngagementRow::default()
                });
                Ok(())
            },
        )
    }

    fn rows(
        &self,
        sql: &str,
        bounds: impl Params,
        mut read: impl FnMut(&Row) -> rusqlite::Result<()>,
    ) -> Result<(), InsightsError> {
        let mut statement = self.connection.prepare(sql)?;
        let mut rows = statement.query(bounds)?;
        while let Some(row) = rows.next()? {
            read(row)?;
        }
        Ok(())
    }

    /// Engagements since that time, with their questions.
    pub(super) fn acts(&self, since: i64) -> Result<Acts, InsightsError> {
        let mut statement = self.connection.prepare(
            "SELECT subject, is_card, at, article, kind, rating, coalesce(by, '') FROM engagements
             WHERE at >= ?1 ORDER BY at DESC, n DESC LIMIT ?2",
        )?;
        let rows = statement.query_map([since, ACTS], |row| {
            Ok(EngagementRow {
                subject: row.get(0)?,
                is_card: row.get(1)?,
                at: row.get(2)?,
                article: row.get(3)?,
                kind: row.get(4)?,
                rating: row.get(5)?,
                by: row.get(6)?,
                ..EngagementRow::default()
            })
        })?;
        let mut engagements: Vec<EngagementRow> = rows.collect::<Result<_, _>>()?;
        engagements.reverse();
        let mut statement = self.connection.prepare(
            "SELECT query_id, at, query, hits FROM searches WHERE at >= ?1
             AND query_id IN (SELECT subject FROM engagements WHERE at >= ?1 AND NOT is_card) ORDER BY at, n",
        )?;
        let searches = statement.query_map([since], |row| {
            Ok(SearchRow {
                query_id: row.get(0)?,
                at: row.get(1)?,
                query: row.get(2)?,
                hits: list(row, 3)?,
                ..SearchRow::default()
            })
        })?;
        let engaged: HashSet<&str> = engagements
            .iter()
            .filter(|row| row.is_card)
            .map(|row| row.subject.as_str())
            .collect();
        let mut asks = Vec::new();
        self.rows(
            "SELECT at, query, cards FROM asks WHERE at >= ?1 AND cards <> '[]' ORDER BY at, n",
            [since],
            |row| {
                let cards: Vec<String> = list(row, 2)?;
                // Most turns of a large site have no engagement.
                if cards.iter().any(|card| engaged.contains(card.as_str())) {
                    asks.push(AskRow {
                        at: row.get(0)?,
                        query: row.get(1)?,
                        cards,
                        ..AskRow::default()
                    });
                }
                Ok(())
            },
        )?;
        Ok(Acts {
            searches: searches.collect::<Result<_, _>>()?,
            asks,
            engagements,
        })
    }
}

fn list<T: serde::de::DeserializeOwned>(row: &Row, at: usize) -> rusqlite::Result<Vec<T>> {
    let text: String = row.get(at)?;
    Ok(serde_json::from_str(&text).unwrap_or_default())
}

fn object(row: &Row, at: usize) -> rusqlite::Result<Map<String, Value>> {
    let text: String = row.get(at)?;
    if text == "{}" {
        return Ok(Map::new());
    }
    Ok(serde_json::from_str(&text).unwrap_or_default())
}

fn level(row: &Row, at: usize) -> rusqlite::Result<Option<Level>> {
    let text: Option<String> = row.get(at)?;
    Ok(text.and_then(|text| serde_json::from_value(Value::String(text)).ok()))
}
