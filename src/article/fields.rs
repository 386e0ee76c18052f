//! The keys of the front matter and their meaning.
//!
//! Errors are handled field by field: an invalid value is a finding, and the field keeps its default. If the default
//! would show more than the author intended, the safe choice is made: with an unknown status, unreadable dates of validity
//! or two values of a key that hides it, the article is a draft, and a broken rule never matches.

mod days;
mod names;

use std::{borrow::Cow, collections::HashSet};

use super::{
    Article, Rule, Status,
    findings::{Findings, Position, advice, unknown_key},
    front_matter::{Entry, Node, Value},
    hidden_text::is_invisible,
    parse::{MAX_HEADING, cut_heading, without_ending},
    triggers::{self, NEVER},
    values::canonical,
};
use crate::text::{composed, one_line};

/// Keys that mean something.
pub(super) const KEYS: &[&str] = &[
    "id",
    "title",
    "lang",
    "translation_of",
    "summary",
    "tags",
    "tag",
    "products",
    "product",
    "audience",
    "owner",
    "status",
    "reviewed",
    "review_every",
    "effective",
    "questions",
    "ask",
    "when",
    "triggers",
];

const DEFAULT_AUDIENCE: &str = "agent";

/// Keys that hide an article: a merge that leaves two of one hides it too.
const HIDING: &[&str] = &["status", "audience", "effective"];

/// Puts the front matter into the article, and the defaults that need no body.
pub(super) fn apply(entries: &[Entry], article: &mut Article, findings: &mut Findings<'_>) {
    let mut fields = Fields { findings };
    let entries = &*fields.spelled(entries);
    for entry in fields.firsts(entries, HIDING) {
        fields.take(entry, article);
    }
    if article.id.is_empty() {
        article.id = default_id(&article.path);
    }
    let is_lost = |entry: &Entry| entry.key == "effective" && days::are_lost(&entry.node);
    let is_hidden = |entry: &Entry| is_lost(entry) || draft_key(entry).is_some();
    if entries.iter().any(is_hidden) || is_any_twice(entries, HIDING) {
        article.status = Status::Draft;
    }
    if article.audience.is_empty() {
        let is_garbled = |entry: &Entry| entry.key == "audience" && !entry.node.is_empty();
        if entries.iter().any(is_garbled) {
            article.status = Status::Draft;
        }
        article.audience.push(DEFAULT_AUDIENCE.to_owned());
    }
}

/// The key by which other tools are told that an article is a draft.
fn draft_key(entry: &Entry) -> Option<&'static str> {
    let plain = |text: &str| text.replace(is_invisible, "").to_lowercase();
    let text = plain(&entry.node.text().unwrap_or_default());
    let is_no = matches!(&*text, "false" | "no" | "off" | "n" | "0");
    match &*plain(&entry.key) {
        "draft" => (!is_no && !entry.node.is_empty()).then_some("draft"),
        "published" => is_no.then_some("published"),
        _ => None,
    }
}

/// Whether one of the keys is given twice.
fn is_any_twice(entries: &[Entry], keys: &[&str]) -> bool {
    let times = |key: &str| entries.iter().filter(|entry| entry.key == key).count();
    keys.iter().any(|key| times(key) > 1)
}

/// The id of an article that gives none.
#[must_use]
pub fn default_id(path: &str) -> String {
    let words: Vec<&str> = without_ending(path).split_whitespace().collect();
    name(words.join("-"))
}

/// A name as it is asked for.
fn name(text: String) -> String {
    composed(&text).into_owned()
}

/// Reads values; what cannot be understood becomes a finding.
pub(super) struct Fields<'f, 'p> {
    pub(super) findings: &'f mut Findings<'p>,
}

impl Fields<'_, '_> {
    /// The entries, their keys as they are known whatever their case and without invisible characters: `Status: draft` was
    /// meant to hide an article.
    fn spelled<'e>(&mut self, entries: &'e [Entry]) -> Cow<'e, [Entry]> {
        let mut entries = Cow::Borrowed(entries);
        for at in 0..entries.len() {
            let Entry { key, place, .. } = &entries[at];
            let seen = key.replace(is_invisible, "");
            let known = KEYS.iter().find(|known| known.eq_ignore_ascii_case(&seen));
            let Some(known) = known.filter(|known| **known != key.as_str()) else {
                continue;
            };
            let message = format!("the key `{key}` is not known; it is read as `{known}`");
            let help = "write keys in small letters, without invisible characters";
            self.findings.warning(*place, "unknown-key", message, help);
            entries.to_mut()[at].key = (*known).to_owned();
        }
        entries
    }

    /// The entries whose key stands in none before; the others are told, and that those of `hiding` make a draft.
    pub(super) fn firsts<'e>(&mut self, entries: &'e [Entry], hiding: &[&str]) -> Vec<&'e Entry> {
        let mut seen = HashSet::new();
        let (firsts, again): (Vec<_>, Vec<_>) = entries
            .iter()
            .partition(|entry| seen.insert(entry.key.as_str()));
        for Entry { key, place, .. } in again {
            let (message, help) = match hiding.contains(&key.as_str()) {
                true => (
                    format!("the key `{key}` is given twice; the article is taken as a draft"),
                    "remove one of them",
                ),
                false => (
                    format!("the key `{key}` is given twice"),
                    "remove one of them; the first one counts",
                ),
            };
            self.findings
                .warning(*place, "duplicate-key", message, help);
        }
        firsts
    }

    fn take(&mut self, entry: &Entry, article: &mut Article) {
        match entry.key.as_str() {
            "id" => article.id = self.id(entry).unwrap_or_default(),
            "title" => article.title = self.title(entry).unwrap_or_default(),
            "lang" => article.lang = self.lang(entry).unwrap_or_default(),
            "translation_of" => article.translation_of = self.text(entry).map(name),
            "summary" => article.summary = self.line(entry),
            "tags" | "tag" => extend(&mut article.tags, self.tags(entry)),
            "products" | "product" => {
                let products = self.names(entry).into_iter().map(name);
                extend(&mut article.products, products.collect());
            }
            "audience" => extend(&mut article.audience, self.audience(entry)),
            "owner" => article.owner = self.line(entry),
            "status" => article.status = self.status(entry),
            "reviewed" => article.reviewed = self.reviewed(entry),
            "review_every" => article.review_every = self.days(entry),
            "effective" => self.effective(entry, article),
            "questions" => extend(&mut article.questions, self.list(entry)),
            "ask" => extend(&mut article.ask, self.list(entry)),
            "when" => article.when = self.rule(entry),
            "triggers" => article.triggers = triggers::read(self, entry),
            key => {
                match draft_key(entry) {
                    Some(named) => self.findings.warning(
                        entry.place,
                        "unknown-key",
                        format!("the key `{named}` is not known; the article is taken as a draft"),
                        "write `status: draft`",
                    ),
                    None => self.unknown(entry, KEYS, ""),
                }
                article.meta.insert(key.to_owned(), entry.node.json());
            }
        }
    }

    /// Tells a key that is not known, and what comes of it.
    pub(super) fn unknown(&mut self, entry: &Entry, keys: &[&str], otherwise: &str) {
        self.findings.warning(
            entry.place,
            "unknown-key",
            unknown_key(&entry.key) + otherwise,
            advice(&entry.key, "the keys are", keys),
        );
    }

    fn invalid(&mut self, entry: &Entry, wanted: &str) {
        let message = format!("`{}` must be {wanted}", entry.key);
        self.findings.error(
            entry.place,
            "invalid-value",
            message,
            "correct the value; until then the key counts as not given",
        );
    }

    /// Text of a scalar.
    pub(super) fn text(&mut self, entry: &Entry) -> Option<String> {
        if matches!(entry.node.value, Value::List(_) | Value::Map(_)) {
            self.invalid(entry, "text");
        }
        entry.node.text()
    }

    /// Text on one line.
    fn line(&mut self, entry: &Entry) -> Option<String> {
        self.text(entry).map(|text| one_line(&text))
    }

    /// A title stands before each passage when it is embedded.
    fn title(&mut self, entry: &Entry) -> Option<String> {
        let mut title = self.line(entry)?;
        if cut_heading(&mut title) {
            self.findings.warning(
                entry.place,
                "long-heading",
                format!("the title has more than {MAX_HEADING} characters and is cut there"),
                "say the rest in the summary",
            );
        }
        Some(title)
    }

    /// A list of texts; one text is a list of one.
    pub(super) fn list(&mut self, entry: &Entry) -> Vec<String> {
        match &entry.node.value {
            Value::List(items) => items
                .iter()
                .filter_map(|item| self.item(entry, item))
                .collect(),
            Value::Map(_) => {
                self.invalid(entry, "a list of texts");
                Vec::new()
            }
            _ => entry.node.text().into_iter().collect(),
        }
    }

    fn item(&mut self, entry: &Entry, item: &Node) -> Option<String> {
        if matches!(item.value, Value::List(_) | Value::Map(_)) {
            let help = "put quotes around it if it holds a colon or brackets";
            self.findings.error(
                item.place,
                "invalid-value",
                format!("an item of `{}` is no text", entry.key),
                help,
            );
        }
        item.text()
    }

    fn lang(&mut self, entry: &Entry) -> Option<String> {
        let text = self.text(entry)?;
        let tag = canonical(&text);
        if tag.is_none() {
            let help = "write a BCP 47 tag such as en, zh-Hans or pt-BR, or leave it out";
            self.findings.error(
                entry.place,
                "invalid-lang",
                format!("`{text}` is no language tag; the language is detected"),
                help,
            );
        }
        tag
    }

    fn status(&mut self, entry: &Entry) -> Status {
        if matches!(entry.node.value, Value::List(_) | Value::Map(_)) {
            self.findings.error(
                entry.place,
                "invalid-value",
                "`status` must be one word; the article is taken as a draft",
                "write draft, published or archived, without brackets",
            );
            return Status::Draft;
        }
        let Some(text) = entry.node.text() else {
            return Status::default();
        };
        let named = |name: &str| match name {
            "draft" => Some(Status::Draft),
            "published" => Some(Status::Published),
            "archived" => Some(Status::Archived),
            _ => None,
        };
        let text = text.to_lowercase();
        named(&text).unwrap_or_else(|| {
            self.findings.error(
                entry.place,
                "invalid-value",
                format!("`{text}` is no status; the article is taken as a draft"),
                advice(&text, "it is one of", &["draft", "published", "archived"]),
            );
            Status::Draft
        })
    }

    /// A rule as it was written; broken ones are kept and never hold.
    pub(super) fn rule(&mut self, entry: &Entry) -> Option<String> {
        if entry.node.value == Value::Null {
            return None;
        }
        let Some(text) = entry.node.text() else {
            self.invalid(entry, "a CEL expression; until then it never holds");
            return Some(NEVER.to_owned());
        };
        if let Err(error) = Rule::compile(&text) {
            let value = entry.node.place;
            let column = if value.line == entry.place.line {
                value.column + error.column - 1 + u32::from(entry.node.quoted)
            } else {
                entry.place.column
            };
            let help = "write CEL over `account`, such as account.plan == \"fiber\"; until then the rule never holds";
            self.findings.error(
                Position {
                    line: entry.place.line,
                    column,
                },
                "cel-syntax",
                error.message,
                help,
            );
        }
        Some(text)
    }
}

/// Adds what is not yet there, in order.
fn extend(list: &mut Vec<String>, more: Vec<String>) {
    for text in more {
        if !list.contains(&text) {
            list.push(text);
        }
    }
}

#[cfg(test)]
mod tests;
