//! Reranking of the first hits, if a cross-encoder is configured: it reads question and passage together, which tells
//! more than two vectors do and takes a hundred times as long.

use serde::Deserialize;

use super::{
    fuse::{self, FusedArticle},
    types::Boost,
};
use crate::index::embed::Reranker;

/// What the operator decides about it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Folder of the model, or `hub`; empty: there is none.
    pub model: String,
    /// Hits that it reads.
    pub depth: usize,
    /// How much it says against words and vectors together, 0–1.
    pub share: f64,
}

impl Settings {
    /// What is out of its range, as (key, problem).
    #[must_use]
    pub fn flaw(&self) -> Option<(&'static str, String)> {
        if !(1..=100).contains(&self.depth) {
            return Some(("reranker.depth", "must be 1 to 100".to_owned()));
        }
        if !(0.0..=1.0).contains(&self.share) {
            return Some(("reranker.share", "must be 0 to 1".to_owned()));
        }
        None
    }
}

/// The model that looks again; None where it could not be loaded.
pub struct SecondLook {
    /// What reads.
    pub model: Option<Reranker>,
    /// What the operator decided.
    pub settings: Settings,
}

/// Orders the hits with what the model says of the first of them (`logits`, in order) beside what is known. What moved
/// by how much, by article.
///
/// Logits are brought to 0–1 between their least and their greatest; what the model did not read counts as the least.
pub(super) fn blend(found: &mut [FusedArticle], logits: &[f32], share: f64) -> Vec<(u32, Boost)> {
    let logits: Vec<f64> = logits.iter().map(|logit| f64::from(*logit)).collect();
    let least = logits.iter().copied().fold(f64::INFINITY, f64::min);
    let span = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max) - least;
    let mut moved = Vec::new();
    for (at, evidence) in found.iter_mut().enumerate() {
        let logit = logits.get(at).copied();
        let says = match logit {
            Some(logit) if span > 0.0 => (logit - least) / span,
            Some(_) => 1.0,
            None => 0.0,
        };
        let by = share * (says - evidence.score);
        evidence.score += by;
        evidence.logit = logit;
        if logit.is_some() || by != 0.0 {
            let name = "reranker".to_owned();
            moved.push((evidence.article, Boost { name, by }));
        }
    }
    fuse::sort(found);
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(scores: &[f64]) -> Vec<FusedArticle> {
        let one = |(article, score): (u32, &f64)| FusedArticle {
            article,
            passage: 0,
            keyword: None,
            vector: None,
            similarity: None,
            score: *score,
            logit: None,
        };
        (0..).zip(scores).map(one).collect()
    }

    fn order(scores: &[f64], logits: &[f32], share: f64) -> Vec<u32> {
        let mut found = found(scores);
        let moved = blend(&mut found, logits, share);
        assert!(found.iter().all(|one| (0.0..=1.0).contains(&one.score)));
        // What moved each adds up to where it stands.
        for one in &found {
            let own = moved.iter().filter(|(article, _)| *article == one.article);
            let by: f64 = own.map(|(_, boost)| boost.by).sum();
            assert!((scores[one.article as usize] + by - one.score).abs() < 1e-9);
        }
        found.iter().map(|one| one.article).collect()
    }

    #[test]
    fn the_share_decides_who_has_the_say() {
        let (scores, logits) = ([0.9, 0.6, 0.3], [-4.0, 1.0, 6.0]);
        assert_eq!(order(&scores, &logits, 0.0), [0, 1, 2]);
        assert_eq!(order(&scores, &logits, 1.0), [2, 1, 0]);
    }

    #[test]
    fn what_was_not_read_passes_nothing_that_was() {
        for share in [0.0, 0.5, 0.9] {
            let order = order(&[0.9, 0.8, 0.7, 0.6], &[5.0, -5.0], share);
            assert_eq!(order, [0, 1, 2, 3], "{share}");
        }
    }

    #[test]
    fn alike_logits_change_no_order() {
        assert_eq!(order(&[0.9, 0.5], &[3.0, 3.0], 0.5), [0, 1]);
        assert_eq!(order(&[0.9], &[-8.0], 0.5), [0]);
    }
}
