//! Weighted words → passages and articles, best first.

use tantivy::{
    DocAddress, Term,
    query::{AllQuery, Bm25StatisticsProvider, BooleanQuery, Occur, Query, TermSetQuery},
    schema::Field as SchemaField,
};

use super::{
    KeywordError, KeywordView,
    best::{BUDGET, Names, best},
    idf,
    shelf::ShelfView,
};
use crate::{
    cores,
    index::filter::{Field, Narrow},
    text::edits,
};

/// Passages from which on both indexes are searched at once: each then takes many times what a thread takes to start.
const LARGE: u64 = 100_000;

/// Values of a filter that are looked up as documents are found; of more, all documents are gathered beforehand.
const FEW: usize = 8;

/// A word to look for.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightedTerm {
    /// As `text::words` makes it.
    pub term: String,
    /// Factor of its BM25 score.
    pub weight: f32,
    /// What else it may be called, each with a factor against the word itself; the best one counts.
    pub others: Vec<(String, f32)>,
}

/// Units with the sum of their weighted BM25 scores, best first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// Passages, by their text and heading path.
    pub passages: Vec<(u64, f32)>,
    /// Articles, by title, topics and questions, and whole text.
    pub articles: Vec<(u64, f32)>,
}

impl KeywordView {
    /// Units that have some of the terms, at most `limit` of each kind; of more equal ones than that the least by `order`.
    ///
    /// # Errors
    /// When tantivy cannot read the index.
    pub fn find(
        &self,
        terms: &[WeightedTerm],
        narrow: &Narrow,
        limit: usize,
        order: impl Fn(u64) -> u32 + Sync,
    ) -> Result<Found, KeywordError> {
        let passages = || self.passages.find(terms, narrow, limit, &order);
        let articles = || self.articles.find(terms, narrow, limit, &order);
        let (passages, articles) = if self.passages.searcher.num_docs() < LARGE {
            (passages(), articles())
        } else {
            cores::both(passages, articles)
        };
        Ok(Found {
            passages: passages?,
            articles: articles?,
        })
    }

    /// Inverse document frequency of a term over whole articles (Robertson and Spärck Jones, as tantivy counts it);
    /// of a term that no article has: the greatest.
    #[must_use]
    pub fn idf(&self, term: &str) -> f64 {
        self.rarity(self.frequency(term))
    }

    /// Inverse document frequency of a term that so many articles have.
    #[must_use]
    pub fn rarity(&self, articles: u64) -> f64 {
        let documents = self.articles.searcher.total_num_docs().unwrap_or(articles);
        idf(documents, articles)
    }

    /// Articles that have a term.
    #[must_use]
    pub fn frequency(&self, term: &str) -> u64 {
        let view = &self.articles;
        let frequency = |(field, _): &(SchemaField, f32)| {
            view.searcher
                .doc_freq(&Term::from_field_text(*field, term))
                .unwrap_or(0)
        };
        let fields = view.fields.searched.iter();
        fields.map(frequency).max().unwrap_or(0)
    }

    /// The term of the articles that a misspelt one most likely means, of those that may be meant: by the fewest [`edits`],
    /// and the most frequent of those.
    #[must_use]
    pub fn nearest(&self, term: &str, may_be_meant: impl Fn(&str) -> bool) -> Option<String> {
        let first = *term.as_bytes().first()?;
        let mut best: Option<(usize, u32, String)> = None;
        let whole = self.articles.fields.whole()?;
        for segment in self.articles.searcher.segment_readers() {
            let Ok(inverted) = segment.inverted_index(whole) else {
                continue;
            };
            let range = inverted.terms().range().ge([first]).lt([first + 1]);
            let Ok(mut terms) = range.into_stream() else {
                continue;
            };
            while terms.advance() {
                let Ok(known) = std::str::from_utf8(terms.key()) else {
                    continue;
                };
                let Some(edits) = edits(term, known) else {
                    continue;
                };
                let frequency = terms.value().doc_freq;
                let is_better = best.as_ref().is_none_or(|(least, count, _)| {
                    (edits, std::cmp::Reverse(frequency)) < (*least, std::cmp::Reverse(*count))
                });
                if is_better && may_be_meant(known) {
                    best = Some((edits, frequency, known.to_owned()));
                }
            }
        }
        best.map(|(_, _, known)| known)
    }
}

impl ShelfView {
    fn find(
        &self,
        terms: &[WeightedTerm],
        narrow: &Narrow,
        limit: usize,
        order: impl Fn(u64) -> u32,
    ) -> Result<Vec<(u64, f32)>, KeywordError> {
        if terms.is_empty() || limit == 0 {
            return Ok(Vec::new());
        }
        let filter = self.filter(narrow);
        let names = self.names(terms);
        let key = |at: DocAddress| self.keys[at.segment_ord as usize].first(at.doc_id);
        let order = |at| key(at).map_or(u32::MAX, &order);
        let filter = filter.as_deref();
        let top = best(&self.searcher, &names, filter, limit, BUDGET, order)?;
        Ok(top
            .into_iter()
            .filter_map(|(score, at)| key(at).map(|key| (key, score)))
            .collect())
    }

    /// Every word in every field.
    pub(super) fn names(&self, terms: &[WeightedTerm]) -> Vec<Names> {
        let in_field = |word: &WeightedTerm, (field, boost): &(SchemaField, f32)| {
            let own = std::iter::once((word.term.as_str(), 1.0));
            let others = word
                .others
                .iter()
                .map(|(other, share)| (other.as_str(), *share));
            own.chain(others)
                .map(|(name, share)| {
                    let term = Term::from_field_text(*field, name);
                    (term, word.weight * boost * share)
                })
                .collect()
        };
        let fields = &self.fields.searched;
        let words = terms.iter();
        words
            .flat_map(|word| fields.iter().map(move |field| in_field(word, field)))
            .collect()
    }

    /// Documents that may be found; None where all may.
    fn filter(&self, narrow: &Narrow) -> Option<Box<dyn Query>> {
        if narrow.is_empty() {
            return None;
        }
        let any = |field: Field, values: &[String]| -> Box<dyn Query> {
            let field = self.fields.filter(field);
            let terms = values.iter();
            let terms = terms.map(|value| Term::from_field_text(field, value));
            match values.len() <= FEW {
                true => Box::new(BooleanQuery::new_multiterms_query(terms.collect())),
                false => Box::new(TermSetQuery::new(terms)),
            }
        };
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = vec![(Occur::Must, Box::new(AllQuery))];
        let required = narrow.required();
        clauses.extend(required.map(|(field, values)| (Occur::Must, any(field, values))));
        if !narrow.not_ids.is_empty() {
            clauses.push((Occur::MustNot, any(Field::Article, &narrow.not_ids)));
        }
        Some(Box::new(BooleanQuery::new(clauses)))
    }
}

#[cfg(test)]
mod tests;
