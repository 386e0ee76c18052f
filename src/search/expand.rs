//! What else the words of a query may be called: the content's synonyms, and the known word nearest to a misspelt one.
//!
//! Another name never counts more than the word itself, and never besides it: a document is scored by the best of them.

use super::query::{OtherName, Query};
use crate::{
    index::keyword::KeywordView,
    text::{Synonyms, words},
};

/// What a synonym counts against the word that was said; each word of a phrase counts its share of it.
const SYNONYM_WEIGHT: f32 = 0.6;

/// What the nearest known word counts against a word that no article has.
const SPELLING_WEIGHT: f32 = 0.8;

/// Letters from which a word that no article has may be a misspelt one: shorter ones are near too many.
const MISSPELT_FROM: usize = 4;

/// Adds other names to the words of a query.
pub(super) fn expand(query: &mut Query, synonyms: &Synonyms, known: &KeywordView) {
    if !synonyms.is_empty() {
        for named in synonyms.named(&words(&query.text)) {
            let term = query.terms.iter_mut().find(|term| term.term == named.term);
            let Some(term) = term else { continue };
            for phrase in named.others {
                let weight = SYNONYM_WEIGHT / phrase.len() as f32;
                let names = phrase.into_iter().map(|term| OtherName { term, weight });
                term.others.extend(names);
            }
        }
    }
    let misspelt = query.terms.iter_mut().filter(|term| {
        term.content
            && term.others.is_empty()
            && term.term.len() >= MISSPELT_FROM
            && term.term.bytes().all(|b| b.is_ascii_lowercase())
            && known.frequency(&term.term) == 0
    });
    for term in misspelt {
        term.others = known
            .nearest(&term.term)
            .map(|nearest| OtherName {
                term: nearest,
                weight: SPELLING_WEIGHT,
            })
            .into_iter()
            .collect();
    }
}
