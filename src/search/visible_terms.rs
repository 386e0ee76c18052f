//! The terms that exist for a caller: those of articles in use that the caller may see. A word that occurs only in others
//! is treated as unknown, or the responses would reveal that it occurs there.

use std::{cell::RefCell, cmp::Reverse, sync::Arc};

use rustc_hash::FxHashMap;

use super::narrow::ResolvedFilter;
use crate::{index::Generation, text::stem};

/// The words that a caller may know of, for as long as one question takes.
pub(super) struct VisibleTerms<'a> {
    pub(super) generation: &'a Arc<Generation>,
    pub(super) bounds: &'a ResolvedFilter,
    /// Of the words asked for so far: most are asked for several times.
    doc_freqs: RefCell<FxHashMap<String, u64>>,
}

impl<'a> VisibleTerms<'a> {
    pub(super) fn new(generation: &'a Arc<Generation>, bounds: &'a ResolvedFilter) -> Self {
        Self {
            generation,
            bounds,
            doc_freqs: RefCell::default(),
        }
    }

    /// Whether an article has the word.
    pub(super) fn has(&self, word: &str) -> bool {
        self.doc_freq(word) > 0
    }

    /// How many articles have the word, of all; 0 where none that the caller may see has it.
    pub(super) fn doc_freq(&self, word: &str) -> u64 {
        if let Some(known) = self.doc_freqs.borrow().get(word) {
            return *known;
        }
        let found = self.look_up(word);
        self.doc_freqs.borrow_mut().insert(word.to_owned(), found);
        found
    }

    fn look_up(&self, word: &str) -> u64 {
        let sees = |article: &_| self.bounds.sees(article);
        let all = self.generation.words.doc_freq(word);
        let is_known = all > 0
            && (self.bounds.sees_all() || self.generation.has(word, sees).is_ok_and(|has| has));
        if is_known { all } else { 0 }
    }

    /// Inverse document frequency of a word, over all articles; of one that there is not: the greatest.
    pub(super) fn idf(&self, word: &str) -> f64 {
        self.generation.words.idf_of(self.doc_freq(word))
    }

    /// The term of a folded word, in the first language that has it.
    pub(super) fn term(&self, word: &str) -> Option<String> {
        let languages = self.generation.catalog.languages().iter().map(Some);
        let mut terms = [None]
            .into_iter()
            .chain(languages)
            .map(|language| stem(word, language));
        terms.find(|term| self.has(term))
    }

    /// The term of the word that a misspelt one most likely means, by itself or by its `stem`: by the fewest edits, the most
    /// frequent of those, and the first of equally frequent ones.
    pub(super) fn nearest(&self, word: &str, stem: &str) -> Option<String> {
        let forms = &self.generation.forms;
        let near = forms.near(word).chain(forms.near(stem));
        let is_known = |form: &str| Some(form.to_owned()).filter(|form| self.has(form));
        let found = near
            .filter_map(|(edits, form)| Some((edits, self.term(form).or_else(|| is_known(form))?)));
        let found: Vec<(usize, String)> = found.collect();
        let least = found.iter().map(|(edits, _)| *edits).min()?;
        let found = found.into_iter().filter(|(edits, _)| *edits == least);
        let frequency = |term: &str| self.generation.words.frequency(term);
        let found = found.map(|(_, term)| (Reverse(frequency(&term)), term));
        found.min().map(|(_, term)| term)
    }
}
