//! What the prompter asks of search, as a trait, so that its logic is tested without engines.

use std::sync::Arc;

use crate::{
    index::Catalog,
    search::{
        Said,
        types::{Audience, Level},
    },
};

/// Who listens, and for whom.
#[derive(Debug, Clone)]
pub struct Scope {
    /// What the agent may see.
    pub audience: Audience,
    /// The customer's account; `when` rules are judged on it.
    pub account: serde_json::Map<String, serde_json::Value>,
    /// Language of the call, where known.
    pub lang: Option<String>,
}

/// The rolling view of what the caller wants now.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct View {
    /// Turns, the newest first.
    pub turns: Vec<Said>,
    /// Articles whose cards are in play, by id.
    pub shown: Vec<String>,
}

/// An article that fits the view.
#[derive(Debug, Clone)]
pub struct Found {
    /// Index into the catalog's articles.
    pub article: u32,
    /// Index into the article's passages.
    pub passage: u32,
    /// Chance that it is what the caller needs, 0–1.
    pub confidence: f64,
    /// The same in three steps.
    pub level: Level,
    /// Plain text around what matched.
    pub snippet: String,
    /// Matched words in the snippet.
    pub highlights: Vec<[usize; 2]>,
    /// Words of the newest turn that the passage has, as they were said.
    pub matched: Vec<String>,
    /// An entry of a directory of named things: it helps when something is asked about it, not whenever it is named.
    pub is_entry: bool,
    /// An entry that the turn asks for, and nothing about it.
    pub is_looked_up: bool,
}

/// What the prompter asks of search. Blocking: callers run it off the async threads.
pub trait Knowledge: Send + Sync {
    /// The generation to decide on.
    fn catalog(&self) -> Arc<Catalog>;
    /// Articles that fit the view best, best first; drafts, expired and hidden ones are never among them.
    fn find(&self, catalog: &Catalog, view: &View, scope: &Scope, limit: usize) -> Vec<Found>;
    /// Similarity of meaning of two texts as a chance that they ask the same, 0–1; None without a model.
    fn same_question(&self, a: &str, b: &str) -> Option<f64>;
}
