//! The tools: their names, parameters and results, and the scope that each needs.
//!
//! The order is that of the list. Descriptions are for a model, and every client pays for them in tokens:
//! `definitions_are_few_tokens` enforces a limit.

mod answer;
mod article;
mod call;
mod connector;
mod filters;
mod gap;
mod names;
mod search;
mod status;
mod topics;

use std::{net::IpAddr, sync::Arc};

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::{args::Args, output::clear, quote::Quoter, refusal::Refusal};
use crate::{
    audit::{self, Line, What},
    index::Catalog,
    keys::{Grant, Scope},
    search::{error::SearchError, types::Audience},
    service::Service,
};

pub(super) use search::{SEARCH, quotes};

/// Who asks, and whom.
pub(super) struct ToolContext<'a> {
    pub(super) service: &'a dyn Service,
    pub(super) grant: &'a Grant,
    /// Where they are, as far as the network knows.
    pub(super) client: Option<IpAddr>,
    pub(super) quoter: &'a Quoter,
    /// Where the page is reached, without a slash at the end; empty where nobody knows.
    pub(super) base: &'a str,
    pub(super) now: DateTime<Utc>,
    /// Whether who asks is still there and has not waited too long: what takes several steps looks between them.
    pub(super) is_awaited: &'a dyn Fn() -> bool,
}

impl ToolContext<'_> {
    pub(super) fn audience(&self) -> &Audience {
        &self.grant.audience
    }

    /// Refuses before the articles are read: "there is none" would be no answer.
    pub(super) fn settled(&self) -> Result<(), Refusal> {
        match self.service.is_ready() {
            true => Ok(()),
            false => Err(SearchError::NotReady.into()),
        }
    }

    pub(super) fn catalog(&self) -> Arc<Catalog> {
        self.service.catalog()
    }

    /// Keeps in the audit log what a result shows.
    pub(super) fn shown(&self, tool: &'static str, result: &Value) {
        if let Some(audit) = self.service.audit() {
            let mut shown = audit::shown_in(result);
            // Not every result has room for the revision of what it names.
            let catalog = self.catalog();
            for one in shown.iter_mut().filter(|one| one.revision.is_empty()) {
                let at = catalog.position(&one.article_id);
                one.revision = at.map_or_else(String::new, |at| catalog.revision(at).to_owned());
            }
            let line = Line::new(&self.grant.name, What::Tool { tool }, shown);
            let client = self.client;
            audit.note(Line { client, ..line });
        }
    }

    /// Puts the freshness of a catalog beside an answer from it.
    pub(super) fn fresh(
        &self,
        catalog: &Catalog,
        mut answer: Map<String, Value>,
    ) -> Map<String, Value> {
        let (index, degraded) = self.service.freshness(catalog);
        answer.insert("index".to_owned(), serde_json::json!(index));
        answer.insert("degraded".to_owned(), Value::from(degraded));
        answer
    }
}

/// One tool.
pub(super) struct Tool {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    /// None: every key opens it.
    pub(super) scope: Option<Scope>,
    /// Whether it changes nothing.
    pub(super) reads_only: bool,
    /// JSON Schema of the arguments.
    pub(super) input: fn() -> Value,
    /// JSON Schema of the result.
    pub(super) output: fn() -> Value,
    pub(super) run: fn(&ToolContext<'_>, Args) -> Result<Value, Refusal>,
}

/// Every tool.
pub(super) const TOOLS: [&Tool; 8] = [
    &SEARCH,
    &article::ARTICLE,
    &call::CALL,
    &topics::TOPICS,
    &gap::GAP,
    &status::STATUS,
    &connector::SEARCH,
    &connector::FETCH,
];

/// Those that a key opens.
pub(super) fn offered(grant: &Grant) -> impl Iterator<Item = &'static Tool> {
    TOOLS.into_iter().filter(|tool| tool.is_open_to(grant))
}

/// The tool of that name.
pub(super) fn find(name: &str) -> Option<&'static Tool> {
    TOOLS.into_iter().find(|tool| tool.name == name)
}

impl Tool {
    /// Its result, kept in the audit log, without what people cannot see.
    pub(super) fn give(&self, ask: &ToolContext<'_>, args: Args) -> Result<Value, Refusal> {
        let mut result = (self.run)(ask, args)?;
        ask.shown(self.name, &result);
        clear(&mut result);
        Ok(result)
    }

    /// Whether a key opens it.
    pub(super) fn is_open_to(&self, grant: &Grant) -> bool {
        self.scope.is_none_or(|scope| grant.has(scope))
    }
}

/// Characters of an article's id.
const MAX_ID_CHARS: usize = 500;

/// An object as the schemas of the arguments write it.
fn takes(properties: Value, required: &[&str]) -> Value {
    let mut schema = serde_json::json!({"type": "object", "properties": properties, "additionalProperties": false});
    if !required.is_empty() {
        schema["required"] = required.into();
    }
    schema
}

/// The same for results, which may always say more; with the freshness beside it.
fn gives(mut properties: Value, required: &[&str]) -> Value {
    properties["index"] = serde_json::json!({
        "type": "object",
        "description": "how fresh the answer is",
        "properties": {
            "revision": {"type": "string"},
            "generation": {"type": "integer"},
            "pending": {"type": "integer", "description": "changed files that are not searchable yet"},
            "updated_at": {"type": "string"}
        },
        "required": ["revision", "generation", "pending", "updated_at"]
    });
    properties["degraded"] = serde_json::json!({
        "type": "array",
        "items": {"type": "string"},
        "description": "what is not as it should be"
    });
    let required: Vec<&str> = required
        .iter()
        .copied()
        .chain(["index", "degraded"])
        .collect();
    serde_json::json!({"type": "object", "properties": properties, "required": required})
}
