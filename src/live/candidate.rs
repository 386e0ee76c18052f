//! What may become a card: an article, and the source that brings it up.
//!
//! Owns the shape. Leaves making candidates to `listen`, and judging them to `decide`.

use super::{SuppressionReason, TriggerKind};
use crate::search::{Found, types::Level};

/// An article that some source brings up.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    /// Index into the catalog's articles.
    pub(super) article: u32,
    /// Which source.
    pub(super) source: Source,
    /// Chance that it is what the caller needs, 0–1.
    pub(super) confidence: f64,
    /// The same in three steps.
    pub(super) level: Level,
    /// What the source itself has against it.
    pub(super) silence: Option<SuppressionReason>,
}

/// What brings an article up.
#[derive(Debug, Clone)]
pub(super) enum Source {
    /// A phrase was said.
    Keyword {
        /// Index of the rule.
        rule: usize,
        /// The phrase as written.
        phrase: String,
        /// The same as said.
        said: String,
    },
    /// The account fits.
    Account {
        /// Index of the rule.
        rule: usize,
    },
    /// The meaning fits.
    Semantic {
        /// What search found.
        found: Found,
        /// 0 for the best find of the turn that is not dealt with.
        rank: usize,
    },
}

impl Source {
    /// Its name in the contract.
    pub(super) fn kind(&self) -> TriggerKind {
        match self {
            Self::Keyword { .. } => TriggerKind::Keyword,
            Self::Account { .. } => TriggerKind::Account,
            Self::Semantic { .. } => TriggerKind::Semantic,
        }
    }

    /// Index of its rule, where it has one.
    pub(super) fn rule(&self) -> Option<usize> {
        match self {
            Self::Keyword { rule, .. } | Self::Account { rule } => Some(*rule),
            Self::Semantic { .. } => None,
        }
    }
}
