//! Weighted terms → passages and articles, best first.

use tantivy::{
    DocAddress, DocId, DocSet, InvertedIndexReader, SegmentReader, TERMINATED, Term,
    postings::TermInfo,
    query::{AllQuery, Bm25StatisticsProvider, BooleanQuery, Occur, Query, TermSetQuery},
    schema::{Field as SchemaField, IndexRecordOption},
};

use super::{
    KeywordError, KeywordView,
    best::{BUDGET, TermVariants, best},
    idf,
    text_index::IndexSnapshot,
};
use crate::{
    cores,
    index::filter::{EngineFilter, Field},
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
        narrow: &EngineFilter,
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
        self.idf_of(self.doc_freq(term))
    }

    /// Inverse document frequency of a term that so many articles have.
    #[must_use]
    pub fn idf_of(&self, articles: u64) -> f64 {
        let documents = self.articles.searcher.total_num_docs().unwrap_or(articles);
        idf(documents, articles)
    }

    /// Articles that have a term, as BM25 counts them: those that were deleted and are not yet merged away too. 0 where there
    /// are no others.
    #[must_use]
    pub fn doc_freq(&self, term: &str) -> u64 {
        let view = &self.articles;
        let frequency = |(field, _): &(SchemaField, f32)| {
            let term = Term::from_field_text(*field, term);
            view.doc_freq(&term).unwrap_or(0)
        };
        let fields = view.fields.but_title().iter();
        fields.map(frequency).max().unwrap_or(0)
    }

    /// Articles whose text has a term, without deleted ones.
    #[must_use]
    pub fn frequency(&self, term: &str) -> usize {
        let view = &self.articles;
        let Some(whole) = view.fields.whole() else {
            return 0;
        };
        let term = Term::from_field_text(whole, term);
        let segments = view.searcher.segment_readers().iter();
        let count = |segment: &SegmentReader| {
            let inverted = segment.inverted_index(whole).ok()?;
            let info = inverted.get_term_info(&term).ok()??;
            Some(alive(segment, &inverted, &info).ok()?.count())
        };
        segments.filter_map(count).sum()
    }
}

/// The documents of a term in a segment that are not deleted.
fn alive(
    segment: &SegmentReader,
    inverted: &InvertedIndexReader,
    term: &TermInfo,
) -> std::io::Result<impl Iterator<Item = DocId>> {
    let mut postings = inverted.read_postings_from_terminfo(term, IndexRecordOption::Basic)?;
    let documents = std::iter::from_fn(move || {
        let document = postings.doc();
        postings.advance();
        (document != TERMINATED).then_some(document)
    });
    Ok(documents.filter(|document| !segment.is_deleted(*document)))
}

impl IndexSnapshot {
    fn find(
        &self,
        terms: &[WeightedTerm],
        narrow: &EngineFilter,
        limit: usize,
        order: impl Fn(u64) -> u32,
    ) -> Result<Vec<(u64, f32)>, KeywordError> {
        if terms.is_empty() || limit == 0 {
            return Ok(Vec::new());
        }
        let filter = self.filter(narrow);
        let variants = variants(terms, &self.fields.searched);
        let key = |at: DocAddress| self.keys[at.segment_ord as usize].first(at.doc_id);
        let order = |at| key(at).map_or(u32::MAX, &order);
        let filter = filter.as_deref();
        let top = best(&self.searcher, &variants, filter, limit, BUDGET, order)?;
        Ok(top
            .into_iter()
            .filter_map(|(score, at)| key(at).map(|key| (key, score)))
            .collect())
    }

    /// Documents that have a term, deleted ones too; 0 where there are no others.
    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        let (mut frequency, mut is_alive) = (0, false);
        for segment in self.searcher.segment_readers() {
            let inverted = segment.inverted_index(term.field())?;
            if let Some(info) = inverted.get_term_info(term)? {
                frequency += u64::from(info.doc_freq);
                is_alive = is_alive
                    || !segment.has_deletes()
                    || alive(segment, &inverted, &info)?.next().is_some();
            }
        }
        Ok(if is_alive { frequency } else { 0 })
    }

    /// Documents that may be found; None where all may.
    fn filter(&self, narrow: &EngineFilter) -> Option<Box<dyn Query>> {
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

/// Every term in every field, each with its other names.
pub(super) fn variants(terms: &[WeightedTerm], fields: &[(SchemaField, f32)]) -> Vec<TermVariants> {
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
    let words = terms.iter();
    words
        .flat_map(|word| fields.iter().map(move |field| in_field(word, field)))
        .collect()
}

#[cfg(test)]
mod tests;
