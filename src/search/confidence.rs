//! The probability that a hit answers the question. Pure.
//!
//! A logistic model over a few features that mean the same for every language and length, fitted on nine public sets with
//! answerable questions, questions without an answer, and questions whose article was removed: half of them had no
//! answer. Probabilities are stated for a base rate at which two of three have one.

use std::collections::BTreeMap;

use super::{
    fuse::{FusedArticle, Scale},
    types::Level,
};

/// From here on a hit is `high`, and an answer is given.
pub const HIGH: f64 = 0.55;

/// From here on a hit is `medium`.
const MEDIUM: f64 = 0.07;

/// Distance of similarities that counts as one: E5's live in a narrow band.
const COSINE_UNIT: f64 = 0.1;

/// Added to a spread of similarities, so that a few alike bystanders do not make a giant of everything else.
pub(super) const SPREAD_FLOOR: f64 = 0.004;

/// Standard deviations beyond which more says no more.
const MAX_DEVIATIONS: f64 = 6.0;

/// What a confidence is made of.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Features {
    /// Similarity of the best passage above that of the bystanders, in units of 0.1.
    pub gap: f64,
    /// The same in standard deviations of the bystanders, 0–1.
    pub deviation: f64,
    /// Share of the query's weighted idf that the passage matches, 0–1.
    pub coverage: f64,
    /// Distance to the best other hit in the fused score.
    pub margin: f64,
    /// ln(1 + words of the query).
    pub length: f64,
    /// 1 for the first hit.
    pub first: f64,
}

impl Features {
    /// Features of one hit. `best_other` is the fused score of the best other hit, `words` counts the query's.
    #[must_use]
    pub fn of(
        evidence: &FusedArticle,
        scale: &Scale,
        coverage: f64,
        best_other: f64,
        words: usize,
    ) -> Self {
        let (mean, deviation) = scale.bystanders;
        let above = evidence
            .similarity
            .map_or(0.0, |similarity| similarity - mean);
        let voices = scale.keyword_voice + scale.vector_voice;
        Self {
            gap: above / COSINE_UNIT,
            deviation: (above / (deviation + SPREAD_FLOOR)).min(MAX_DEVIATIONS) / MAX_DEVIATIONS,
            coverage,
            margin: (evidence.score - best_other) * voices,
            length: (1.0 + words as f64).ln(),
            first: f64::from(evidence.score >= best_other),
        }
    }

    /// By name, for `explain`.
    #[must_use]
    pub fn named(&self) -> BTreeMap<String, f64> {
        let Self {
            gap,
            deviation,
            coverage,
            margin,
            length,
            first,
        } = *self;
        [
            ("gap", gap),
            ("deviation", deviation),
            ("coverage", coverage),
            ("margin", margin),
            ("length", length),
            ("first", first),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
    }
}

/// Chance that the hit answers, 0–1.
#[must_use]
pub fn confidence(features: &Features) -> f64 {
    let Features {
        gap,
        deviation,
        coverage,
        margin,
        length,
        first,
    } = *features;
    // Twice the odds of the questions that it was fitted on.
    let z = std::f64::consts::LN_2 - 6.42
        + 3.183 * gap
        + 0.862 * deviation
        + 0.945 * coverage
        + 3.131 * margin
        + 0.765 * length
        + 0.671 * first;
    chance(z)
}

/// The chance of some log-odds.
fn chance(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

/// Chance by what is known and by what a cross-encoder says, with its share of the say: a logarithmic opinion pool.
#[must_use]
pub fn pooled(known: f64, logit: f64, share: f64) -> f64 {
    let log_odds = (known / (1.0 - known).max(f64::EPSILON)).ln();
    chance((1.0 - share) * log_odds + share * logit)
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
