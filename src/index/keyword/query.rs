//! Weighted words → passages and articles, best first.

use tantivy::{
    Term,
    collector::TopDocs,
    query::{BooleanQuery, BoostQuery, ConstScoreQuery, Occur, Query, TermQuery, TermSetQuery},
    schema::IndexRecordOption,
};

use super::{KeywordError, KeywordView, shelf::ShelfView};
use crate::index::filter::{Field, Narrow};

/// A word to look for.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightedTerm {
    /// As `text::words` makes it.
    pub term: String,
    /// Factor of its BM25 score.
    pub weight: f32,
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
    /// Units that have some of the terms, at most `limit` of each kind.
    ///
    /// # Errors
    /// When tantivy cannot read the index.
    pub fn find(
        &self,
        terms: &[WeightedTerm],
        narrow: &Narrow,
        limit: usize,
    ) -> Result<Found, KeywordError> {
        Ok(Found {
            passages: self.passages.find(terms, narrow, limit)?,
            articles: self.articles.find(terms, narrow, limit)?,
        })
    }

    /// Inverse document frequency of a term over whole articles (Robertson and Spärck Jones, as tantivy counts it);
    /// of a term that no article has: the greatest.
    #[must_use]
    pub fn idf(&self, term: &str) -> f64 {
        let view = &self.articles;
        let documents = view.searcher.num_docs() as f64;
        let frequency = |(field, _): &(tantivy::schema::Field, f32)| {
            view.searcher
                .doc_freq(&Term::from_field_text(*field, term))
                .unwrap_or(0)
        };
        let with = view
            .fields
            .searched
            .iter()
            .map(frequency)
            .max()
            .unwrap_or(0) as f64;
        (1.0 + (documents - with + 0.5).max(0.0) / (with + 0.5)).ln()
    }
}

/// Name of a term in an article's sorted term lists.
#[must_use]
pub fn term_hash(term: &str) -> u32 {
    // FNV-1a: 32 bits, so that the lists stay small; a rare collision moves a confidence a little.
    term.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

impl ShelfView {
    fn find(
        &self,
        terms: &[WeightedTerm],
        narrow: &Narrow,
        limit: usize,
    ) -> Result<Vec<(u64, f32)>, KeywordError> {
        if terms.is_empty() || limit == 0 {
            return Ok(Vec::new());
        }
        let query = self.narrowed(self.scored(terms), narrow);
        let top = self
            .searcher
            .search(&query, &TopDocs::with_limit(limit).order_by_score())?;
        let columns = self
            .searcher
            .segment_readers()
            .iter()
            .map(|segment| segment.fast_fields().u64("key"))
            .collect::<Result<Vec<_>, _>>()?;
        let key = |at: tantivy::DocAddress| columns[at.segment_ord as usize].first(at.doc_id);
        Ok(top
            .into_iter()
            .filter_map(|(score, at)| key(at).map(|key| (key, score)))
            .collect())
    }

    fn scored(&self, terms: &[WeightedTerm]) -> Box<dyn Query> {
        let mut clauses: Vec<(Occur, Box<dyn Query>)> =
            Vec::with_capacity(terms.len() * self.fields.searched.len());
        for WeightedTerm { term, weight } in terms {
            for (field, boost) in &self.fields.searched {
                let query = TermQuery::new(
                    Term::from_field_text(*field, term),
                    IndexRecordOption::WithFreqs,
                );
                clauses.push((
                    Occur::Should,
                    Box::new(BoostQuery::new(Box::new(query), weight * boost)),
                ));
            }
        }
        Box::new(BooleanQuery::new(clauses))
    }

    fn narrowed(&self, scored: Box<dyn Query>, narrow: &Narrow) -> Box<dyn Query> {
        if narrow.is_empty() {
            return scored;
        }
        let any = |field: Field, values: &[String]| -> Box<dyn Query> {
            let field = self.fields.filter(field);
            Box::new(TermSetQuery::new(
                values
                    .iter()
                    .map(|value| Term::from_field_text(field, value)),
            ))
        };
        let mut clauses = vec![(Occur::Must, scored)];
        for (field, values) in narrow.required() {
            clauses.push((
                Occur::Must,
                Box::new(ConstScoreQuery::new(any(field, values), 0.0)),
            ));
        }
        if !narrow.not_ids.is_empty() {
            clauses.push((Occur::MustNot, any(Field::Article, &narrow.not_ids)));
        }
        Box::new(BooleanQuery::new(clauses))
    }
}
