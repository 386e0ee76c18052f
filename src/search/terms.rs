//! A query's terms in the form that the keyword index takes, which of too many are searched for, and the score of an
//! article that contains them all.

use std::collections::HashSet;

use super::{query::QueryTerm, visible_terms::VisibleTerms};
use crate::index::keyword::WeightedTerm;

/// What each term adds to the BM25 of an article with every word of the query: its idf, weighted. The sum is the
/// ideal.
pub(super) fn worth(known: &VisibleTerms<'_>, terms: &[QueryTerm]) -> Vec<f64> {
    let worth = |term: &QueryTerm| f64::from(term.weight) * idf(known, term);
    terms.iter().map(worth).collect()
}

/// Idf of a term; of one that is not known under its own name, that of its best other name.
fn idf(known: &VisibleTerms<'_>, term: &QueryTerm) -> f64 {
    let doc_freq = known.doc_freq(&term.term);
    if term.others.is_empty() || doc_freq > 0 {
        return known.generation.words.idf_of(doc_freq);
    }
    let others = term.others.iter();
    others
        .map(|other| f64::from(other.weight) * known.idf(&other.term))
        .fold(0.0, f64::max)
}

/// The same; of a term that no article has under any name: 0.
pub(super) fn worth_if_known(known: &VisibleTerms<'_>, terms: &[QueryTerm]) -> Vec<f64> {
    let is_known = |term: &QueryTerm| term.share(|name| known.has(name)) > 0.0;
    let worth = terms.iter().zip(worth(known, terms));
    let worth = worth.map(|(term, worth)| if is_known(term) { worth } else { 0.0 });
    worth.collect()
}

/// Keeps the terms that are worth the most, in their order; of equal ones words before pairs of characters.
pub(super) fn keep_heaviest(
    terms: &mut Vec<QueryTerm>,
    most: usize,
    worth: impl FnOnce(&[QueryTerm]) -> Vec<f64>,
) {
    if terms.len() <= most {
        return;
    }
    let worth = worth(terms);
    let mut order: Vec<usize> = (0..terms.len()).collect();
    order.sort_by(|&a, &b| {
        let words_first = terms[a].is_bigram.cmp(&terms[b].is_bigram);
        worth[b].total_cmp(&worth[a]).then(words_first)
    });
    let kept: HashSet<usize> = order.into_iter().take(most).collect();
    let mut at = 0..;
    terms.retain(|_| at.next().is_some_and(|at| kept.contains(&at)));
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
