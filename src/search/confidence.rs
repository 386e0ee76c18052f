//! How likely a hit answers the question. Pure.
//!
//! A logistic model over few features that mean the same for every language and length.

use std::collections::BTreeMap;

use super::{
    fuse::{Evidence, Scale},
    types::Level,
};

/// From here on a hit is `high`.
const HIGH: f64 = 0.75;

/// From here on a hit is `medium`.
const MEDIUM: f64 = 0.35;

/// From here on an answer is given.
pub const ANSWER: f64 = 0.5;

/// What a confidence is made of.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Features {
    /// Cosine of the article's best unit.
    pub cosine: f64,
    /// The same above the query's background.
    pub lift: f64,
    /// Share of the query's weight that the passage matches, 0–1.
    pub coverage: f64,
    /// Distance to the best other article in the fused score.
    pub margin: f64,
}

impl Features {
    /// Features of one hit.
    #[must_use]
    pub fn of(evidence: &Evidence, scale: &Scale, coverage: f64, best_other: f64) -> Self {
        let cosine = evidence.vector.map_or(scale.vector_background, |standing| standing.score);
        Self { cosine, lift: cosine - scale.vector_background, coverage, margin: evidence.score - best_other }
    }

    /// By name, for `explain`.
    #[must_use]
    pub fn named(&self) -> BTreeMap<String, f64> {
        [("cosine", self.cosine), ("lift", self.lift), ("coverage", self.coverage), ("margin", self.margin)]
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }
}

/// Chance that the hit answers, 0–1.
#[must_use]
pub fn confidence(features: &Features) -> f64 {
    let z = -4.0 + 30.0 * (features.cosine - 0.84) + 25.0 * features.lift + 3.0 * features.coverage + 2.0 * features.margin;
    1.0 / (1.0 + (-z).exp())
}

/// The confidence in three steps.
#[must_use]
pub fn level(confidence: f64) -> Level {
    if confidence >= HIGH {
        Level::High
    } else if confidence >= MEDIUM {
        Level::Medium
    } else {
        Level::Low
    }
}
