//! Articles that fit a conversation: several texts with weights, one order.

use std::{collections::HashMap, sync::Arc};

use super::{
    Core,
    fuse::Evidence,
    narrow::Bounds,
    query::{Query, weigh},
    snippet::{Excerpt, content_terms, snippet},
    types::Mode,
};
use crate::{index::Generation, text::is_wide_text};

/// Passages taken from each branch for each text.
const DEPTH: usize = 100;

/// Articles of each text whose confidence is worked out.
const JUDGED: usize = 8;

/// Letters of a text that are listened to: long utterances count by their end.
const MAX_CHARS: usize = 1_500;

/// An article that fits.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Where it stands.
    pub evidence: Evidence,
    /// Chance that it is what the caller needs, 0–1.
    pub confidence: f64,
    /// What of it to show.
    pub excerpt: Excerpt,
    /// Words of the conversation that its passage has.
    pub matched: Vec<String>,
}

impl Core {
    /// Articles that fit texts of a conversation (text, weight 0–1), best first. Blocking.
    #[must_use]
    pub fn listen(
        &self,
        generation: &Arc<Generation>,
        texts: &[(String, f64)],
        bounds: &Bounds,
        limit: usize,
    ) -> Vec<Candidate> {
        let mode = if self.index().embedder.is_some() {
            Mode::Hybrid
        } else {
            Mode::Keyword
        };
        let mut best: HashMap<u32, Candidate> = HashMap::new();
        for (text, weight) in texts {
            let query = spoken(text);
            if query.terms.is_empty() {
                continue;
            }
            let mut degraded = Vec::new();
            let Ok(ranking) = self.rank(generation, &query, mode, bounds, DEPTH, &mut degraded)
            else {
                continue;
            };
            let terms = content_terms(&query.terms);
            for evidence in ranking.found.iter().take(JUDGED) {
                let confidence = weight * ranking.judge(evidence).0;
                if best
                    .get(&evidence.article)
                    .is_some_and(|known| known.confidence >= confidence)
                {
                    continue;
                }
                let passage = &generation.catalog.articles[evidence.article as usize].passages
                    [evidence.passage as usize];
                let (excerpt, matched) = (snippet(passage, &terms), ranking.matched(evidence));
                best.insert(
                    evidence.article,
                    Candidate {
                        evidence: evidence.clone(),
                        confidence,
                        excerpt,
                        matched,
                    },
                );
            }
        }
        let mut found: Vec<Candidate> = best.into_values().collect();
        found.sort_by(|a, b| {
            b.confidence
                .total_cmp(&a.confidence)
                .then(a.evidence.article.cmp(&b.evidence.article))
        });
        found.truncate(limit);
        found
    }

    /// Cosine of two texts as questions; None without a model.
    #[must_use]
    pub fn similarity(&self, a: &str, b: &str) -> Option<f64> {
        let (a, b) = (self.vector(a)?, self.vector(b)?);
        Some(a.iter().zip(b.iter()).map(|(x, y)| f64::from(x * y)).sum())
    }
}

/// Speech knows no quotes and no minus.
fn spoken(text: &str) -> Query {
    let chars = text.chars().count();
    let text: String = text.chars().skip(chars.saturating_sub(MAX_CHARS)).collect();
    let (terms, said) = weigh(&text);
    Query {
        wide: is_wide_text(&text),
        text,
        terms,
        said,
        ..Query::default()
    }
}
