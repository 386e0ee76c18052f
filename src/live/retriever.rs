//! What `live` needs of search, as a trait, so that its logic is tested without engines.

use std::sync::Arc;

use super::Account;
use crate::{
    index::Catalog,
    search::{Found, WeightedTurn, types::Audience},
};

/// What bounds retrieval for a call: audience, account and language.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// What the agent may see.
    pub audience: &'a Audience,
    /// The customer's account; `when` rules are evaluated on it.
    pub account: &'a Account,
    /// Language of the call, if known.
    pub lang: Option<&'a str>,
}

/// The view of what the customer wants now.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct View {
    /// Turns, the newest first.
    pub turns: Vec<WeightedTurn>,
    /// Articles whose cards are in play, by id.
    pub shown: Vec<String>,
    /// Whether the newest turn asks something.
    pub is_asking: bool,
}

/// What `live` needs of search. Blocking: callers run it off the async threads.
pub trait Retriever: Send + Sync {
    /// The generation to decide on.
    fn catalog(&self) -> Arc<Catalog>;
    /// Articles that fit the view best, best first; drafts, expired and hidden ones are never among them.
    fn find(&self, catalog: &Catalog, view: &View, scope: &Scope, limit: usize) -> Vec<Found>;
    /// Probability, from the similarity of their meaning, that two texts ask the same, 0–1; None without a model.
    fn same_question(&self, a: &str, b: &str) -> Option<f64>;
}
