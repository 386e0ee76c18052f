//! Query expansion: the content's synonyms, and the closest known word for a misspelt one.
//!
//! A synonym never counts more than the word itself, and never in addition to it: a document is scored by the best of
//! them.

use super::{
    query::{OtherName, Query},
    visible_terms::VisibleTerms,
};
use crate::text::{Languages, MISSPELT_FROM, Named, Synonyms, is_cjk_text, words};

/// What a synonym counts against the word that was said; each word of a phrase counts its share of it.
const SYNONYM_WEIGHT: f32 = 0.6;

/// What the nearest known word counts against a word that is not known.
const SPELLING_WEIGHT: f32 = 0.8;

/// What a translation counts against the word that was said, likewise.
const TRANSLATION_WEIGHT: f32 = 0.7;

/// Words that are looked for as misspelt; each takes a walk through the words of the index.
const MAX_MISSPELT: usize = 8;

/// Adds other names to the words of a query.
pub(super) fn expand(query: &mut Query, synonyms: &Synonyms, known: &VisibleTerms<'_>) {
    let languages = known.generation.catalog.languages();
    let said = words(&query.text);
    for named in synonyms.named(&query.text, &said, languages) {
        add(query, named, |_| Some(SYNONYM_WEIGHT));
    }
    for named in Synonyms::translations().named(&query.text, &said, &Languages::default()) {
        let script = is_cjk_text(&named.term);
        let said = known.has(&named.term).then(|| known.idf(&named.term));
        // Within its own language the index knows better what a word goes with, unless it does not know the word.
        add(query, named, |name| {
            let is_wanted = said.is_none() || is_cjk_text(name) != script;
            let is_known = is_wanted && name.chars().count() > 1 && known.has(name);
            // What is written less often in one language does not tell more for that.
            let share = said.map_or(1.0, |said| (said / known.idf(name)).min(1.0));
            is_known.then_some(TRANSLATION_WEIGHT * share as f32)
        });
    }
    let misspelt = query.terms.iter_mut().filter(|term| {
        term.content
            && term.term.len() >= MISSPELT_FROM
            && term.term.bytes().all(|b| b.is_ascii_lowercase())
            && !known.has(&term.term)
            && !term.others.iter().any(|other| known.has(&other.term))
    });
    for term in misspelt.take(MAX_MISSPELT) {
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

/// Adds a phrase's other names to its word: each counts as much as its share of the name it stands in.
fn add(query: &mut Query, named: Named, weight: impl Fn(&str) -> Option<f32>) {
    let term = query.terms.iter_mut().find(|term| term.term == named.term);
    let Some(term) = term else { return };
    for phrase in named.others {
        let share = 1.0 / phrase.len() as f32;
        for name in phrase {
            let Some(weight) = weight(&name).map(|weight| weight * share) else {
                continue;
            };
            match term.others.iter_mut().find(|other| other.term == name) {
                Some(known) => known.weight = known.weight.max(weight),
                None => term.others.push(OtherName { term: name, weight }),
            }
        }
    }
}
