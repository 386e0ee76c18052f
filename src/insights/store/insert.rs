//! Turns events into rows. Owns redaction: no other code writes users' texts.

use std::{borrow::Cow, collections::HashMap};

use rusqlite::{OptionalExtension as _, Transaction, params};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{
    insights::{
        InsightsError,
        event::{CallEvent, CallHead, Engaged, InCall, Reported, Searched},
    },
    search::types::{Audience, Level},
    text::{detect, redact},
};

/// A pseudonym: the same for the same customer or key, and irreversible without the file's salt.
pub(super) fn pseudonym(salt: &[u8; 32], name: &str) -> String {
    blake3::keyed_hash(salt, name.as_bytes()).to_hex()[..32].to_owned()
}

/// Characters of a UUID in our notation.
const UUID_CHARS: usize = 36;

/// The id of a search or card as it is stored: ours are UUIDs, but callers may choose their own.
fn chosen(name: &str) -> Cow<'_, str> {
    if name.len() == UUID_CHARS && Uuid::try_parse(name).is_ok() {
        Cow::Borrowed(name)
    } else {
        redact(name)
    }
}

/// Inserts events within one transaction.
pub(super) struct Rows<'a> {
    pub(super) transaction: &'a Transaction<'a>,
    pub(super) salt: &'a [u8; 32],
    pub(super) names: &'a mut HashMap<String, i64>,
    pub(super) texts: &'a mut HashMap<String, (String, &'static str)>,
}

impl Rows<'_> {
    pub(super) fn searched(&mut self, event: &Searched) -> Result<(), InsightsError> {
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
                chosen(&event.query_id),
                event.at.timestamp_millis(),
                query,
                lang,
                event.total as i64,
                answer,
                json(&hits),
                event.confidence,
                event.level.map(Level::name),
                event.took_ms,
                attributes(&event.attributes),
            ])?;
        Ok(())
    }

    pub(super) fn engaged(
        &mut self,
        event: &Engaged,
        call: Option<&str>,
    ) -> Result<(), InsightsError> {
        let article = self.name(&event.article_id)?;
        let clean = |text: &Option<String>| text.as_ref().map(|text| redact(text).into_owned());
        self.transaction
            .prepare_cached(
                "INSERT INTO engagements (subject, is_card, call, at, article, kind, rating, reason, comment, by)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute(params![
                chosen(&event.subject),
                event.is_card,
                call,
                event.at.timestamp_millis(),
                article,
                event.kind,
                event.rating,
                clean(&event.reason),
                clean(&event.comment),
                pseudonym(self.salt, &event.by),
            ])?;
        Ok(())
    }

    pub(super) fn in_call(&mut self, event: &InCall) -> Result<(), InsightsError> {
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
                        card.trigger.kind.name(),
                        card.trigger.rule,
                        card.confidence,
                    ])?;
            }
            CallEvent::State(card_id, state) => {
                self.transaction
                    .prepare_cached("UPDATE cards SET state = ?2 WHERE card_id = ?1")?
                    .execute(params![card_id, state.name()])?;
            }
            CallEvent::CustomerTurn(asked) => {
                // Of a call only turns that may be gaps are stored, not the transcript.
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
                    .prepare_cached("UPDATE calls SET ended_at = ?2 WHERE key = ?1")?
                    .execute(params![key, at.timestamp_millis()])?;
            }
        }
        Ok(())
    }

    fn call(&self, head: &CallHead) -> Result<(), InsightsError> {
        let customer = head.customer_id.as_ref().map(|id| pseudonym(self.salt, id));
        self.transaction
            .prepare_cached(
                "INSERT INTO calls (key, customer, at, lang, attributes) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (key) DO UPDATE SET customer = excluded.customer, lang = excluded.lang, attributes = excluded.attributes",
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

    pub(super) fn reported(&mut self, event: &Reported) -> Result<(), InsightsError> {
        let (query, lang) = self.text(&event.query);
        let comment = event.comment.as_ref().map(|text| redact(text).into_owned());
        let audience = match &event.audience {
            Audience::Unrestricted => None,
            Audience::Only(own) => Some(json(own)),
        };
        self.transaction
            .prepare_cached(
                "INSERT INTO reports (at, query, lang, comment, query_id, by, audience) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                event.at.timestamp_millis(),
                query,
                lang,
                comment,
                event.query_id.as_deref().map(chosen),
                pseudonym(self.salt, &event.by),
                audience,
            ])?;
        Ok(())
    }

    /// The number of an article.
    pub(super) fn name(&mut self, id: &str) -> Result<i64, InsightsError> {
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

    /// A redacted text with its language.
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

/// Attributes as JSON; values that would have to be redacted are omitted.
fn attributes(account: &Map<String, Value>) -> String {
    let is_clean = |value: &Value| {
        // A number may be a card number, too.
        let text = value
            .as_str()
            .map_or_else(|| Cow::Owned(value.to_string()), Cow::Borrowed);
        matches!(redact(&text), Cow::Borrowed(_))
    };
    let kept: Map<String, Value> = account
        .iter()
        .filter(|(_, value)| is_clean(value))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    Value::Object(kept).to_string()
}
