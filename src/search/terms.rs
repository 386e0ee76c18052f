//! Terms of a query as the keyword index takes them, and what an article that has them all would score.

use super::query::QueryTerm;
use crate::index::{
    Generation,
    keyword::{KeywordView, WeightedTerm},
};

/// BM25 that an article with every word of the query would have: each word's idf, weighted.
pub(super) fn ideal(generation: &Generation, terms: &[QueryTerm]) -> f64 {
    terms
        .iter()
        .map(|term| f64::from(term.weight) * rarity(&generation.words, term))
        .sum()
}

/// Idf of a term; of one that no article has under its own name, that of its best other name.
pub(super) fn rarity(words: &KeywordView, term: &QueryTerm) -> f64 {
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
