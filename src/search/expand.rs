//! Query expansion: the content's synonyms, compounds written as one word or two, and the closest known word for a misspelt
//! one.
//!
//! A synonym never counts more than the word itself, and never in addition to it: a document is scored by the best of
//! them.

use super::{
    names::neighbours,
    query::{OtherName, Query, QueryTerm},
    visible_terms::VisibleTerms,
};
use crate::text::{
    Languages, MISSPELT_FROM, Named, Synonyms, Word, fold, is_cjk_text, is_function_word,
    may_be_misspelt, words,
};

/// What a synonym counts against the word that was said; each word of a phrase counts its share of it.
const SYNONYM_WEIGHT: f32 = 0.6;

/// What the nearest known word counts against a word that is not known.
const SPELLING_WEIGHT: f32 = 0.8;

/// What a compound counts that is written as one word, against its two words, and the reverse; each half its share.
const COMPOUND_WEIGHT: f32 = 0.8;

/// What a translation counts against the word that was said, likewise.
const TRANSLATION_WEIGHT: f32 = 0.7;

/// Words that are looked for as misspelt; each takes a walk through the word forms with its first letter.
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
            is_known.then(|| TRANSLATION_WEIGHT * share(said, name, known))
        });
    }
    let chars: Vec<char> = query.text.chars().collect();
    add_joined(query, &chars, &said, known);
    let unknown = query.terms.iter_mut().filter(|term| {
        term.content
            && term.term.len() >= MISSPELT_FROM
            && term.term.bytes().all(|b| b.is_ascii_lowercase())
            && !known.has(&term.term)
            && !term.others.iter().any(|other| known.has(&other.term))
    });
    for term in unknown.take(MAX_MISSPELT) {
        let form = said.iter().find(|word| word.term == term.term);
        let form = form.map_or_else(|| term.term.clone(), |word| form_of(&chars, word));
        let nearest = || {
            known.nearest(&form, &term.term).map(|nearest| OtherName {
                term: nearest,
                weight: SPELLING_WEIGHT,
            })
        };
        term.others = match halves(&form, known) {
            Some(halves) if halves.len() == 2 => names_of(halves),
            halves => {
                nearest().map_or_else(|| names_of(halves.unwrap_or_default()), |one| vec![one])
            }
        };
    }
}

/// Adds what two neighbouring words are when written as one, such as `hotspot`, to both. Not where the first is a function
/// word: "in voice mail" is no invoice.
fn add_joined(query: &mut Query, text: &[char], said: &[Word], known: &VisibleTerms<'_>) {
    for two in neighbours(said) {
        let is_spaced = two[1].start == two[0].end + 1 && text[two[0].end] == ' ';
        if !is_spaced || is_function_word(&two[0].term) {
            continue;
        }
        let joined = two.map(|word| form_of(text, word)).concat();
        // Nearly all are none: the list tells sooner than the index.
        let is_written = may_be_misspelt(&joined) && known.generation.forms.has(&joined);
        let Some(joined) = is_written.then(|| known.term(&joined)).flatten() else {
            continue;
        };
        let parts = two.map(|word| &*word.term);
        for term in &mut query.terms {
            if term.content && parts.contains(&&*term.term) && !parts.contains(&&*joined) {
                let said = known.has(&term.term).then(|| known.idf(&term.term));
                let weight = COMPOUND_WEIGHT * share(said, &joined, known);
                add_name(term, joined.clone(), weight);
            }
        }
    }
}

/// What another name counts against a word with that idf, None if it is unknown: a name that is written less often does not
/// tell more for that.
fn share(said: Option<f64>, name: &str, known: &VisibleTerms<'_>) -> f32 {
    said.map_or(1.0, |said| (said / known.idf(name)).min(1.0)) as f32
}

/// Terms of the two known words that a word of `a` to `z` is written from: of `simcard` both, of `login` the first, since
/// the other is a function word. The most frequent where there are several such pairs.
fn halves(form: &str, known: &VisibleTerms<'_>) -> Option<Vec<String>> {
    if !may_be_misspelt(form) {
        return None;
    }
    let pairs = (2..form.len() - 1).filter_map(|at| {
        let (first, second) = form.split_at(at);
        let terms = [known.term(first)?, known.term(second)?];
        let is_content = |term: &str, form: &str| form.len() > 2 && !is_function_word(term);
        let frequency = terms.iter().map(|term| known.doc_freq(term)).min();
        let [first_term, second_term] = terms;
        match (
            is_content(&first_term, first),
            is_function_word(&second_term),
        ) {
            (true, true) => Some((false, frequency, vec![first_term])),
            (true, false) if second.len() > 2 => {
                Some((true, frequency, vec![first_term, second_term]))
            }
            _ => None,
        }
    });
    pairs.max().map(|(.., terms)| terms)
}

/// Each half of a compound as another name for it.
fn names_of(halves: Vec<String>) -> Vec<OtherName> {
    let weight = COMPOUND_WEIGHT / 2.0;
    let names = halves.into_iter().map(|term| OtherName { term, weight });
    names.collect()
}

/// A word as it is written, folded.
fn form_of(text: &[char], word: &Word) -> String {
    let form: String = text[word.start..word.end].iter().collect();
    fold(&form).text
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
            add_name(term, name, weight);
        }
    }
}

fn add_name(term: &mut QueryTerm, name: String, weight: f32) {
    match term.others.iter_mut().find(|other| other.term == name) {
        Some(known) => known.weight = known.weight.max(weight),
        None => term.others.push(OtherName { term: name, weight }),
    }
}
