//! Terms of a query as the keyword index takes them, and what an article that has them all would score.

use super::query::QueryTerm;
use crate::index::{
    Generation,
    keyword::{KeywordView, WeightedTerm},
};

/// What each term adds to the BM25 of an article with every word of the query: its idf, weighted. The sum is the
/// ideal.
pub(super) fn worth(generation: &Generation, terms: &[QueryTerm]) -> Vec<f64> {
    let worth = |term: &QueryTerm| f64::from(term.weight) * rarity(&generation.words, term);
    terms.iter().map(worth).collect()
}

/// Idf of a term; of one that no article has under its own name, that of its best other name.
fn rarity(words: &KeywordView, term: &QueryTerm) -> f64 {
    if term.others.is_empty() || words.frequency(&term.term) > 0 {
        return words.idf(&term.term);
    }
    let others = term.others.iter();
    others
        .map(|other| f64::from(other.weight) * words.idf(&other.term))
        .fold(0.0, f64::max)
}

/// Terms as the keyword index takes them.
pub(super) fn weighted(terms: &[QueryTerm]) -> Vec<WeightedTerm> {
    terms
        .iter()
        .map(|term| WeightedTerm {
            term: term.term.clone(),
            weight: term.weight,
            others: term
                .others
                .iter()
                .map(|other| (other.term.clone(), other.weight))
                .collect(),
        })
        .collect()
}
