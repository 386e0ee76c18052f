//! Weighted words → passages, best first.

use tantivy::{
    Searcher, Term,
    collector::TopDocs,
    query::{BooleanQuery, BoostQuery, ConstScoreQuery, Occur, Query, TermQuery, TermSetQuery},
    schema::IndexRecordOption,
};

use super::{KeywordError, KeywordView, schema::SEARCHED};
use crate::index::filter::{Field, Narrow};

/// tantivy's term frequency saturation.
const K1: f64 = 1.2;

/// A word to look for.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightedTerm {
    /// As `text::words` makes it.
    pub term: String,
    /// Factor of its BM25 score.
    pub weight: f32,
}

/// Units that have some of the terms, with the sum of their weighted BM25 scores, best first.
///
/// # Errors
/// When tantivy cannot read the index.
pub fn find(view: &KeywordView, terms: &[WeightedTerm], narrow: &Narrow, limit: usize) -> Result<Vec<(u64, f32)>, KeywordError> {
    if terms.is_empty() || limit == 0 {
        return Ok(Vec::new());
    }
    let query = narrowed(view, scored(view, terms), narrow);
    let top = view.searcher.search(&query, &TopDocs::with_limit(limit).order_by_score())?;
    keys(&view.searcher, top)
}

/// BM25 that a passage with every term would have, as far as it can be told without one: each term's idf at full
/// term frequency in the body, weighted.
#[must_use]
pub fn ideal(view: &KeywordView, terms: &[WeightedTerm]) -> f64 {
    terms.iter().map(|term| f64::from(term.weight) * idf(view, &term.term) * (K1 + 1.0)).sum()
}

/// Inverse document frequency of a term over all searched fields (Robertson and Spärck Jones, as tantivy counts it).
#[must_use]
pub fn idf(view: &KeywordView, term: &str) -> f64 {
    let documents = view.searcher.num_docs() as f64;
    let with = view
        .fields
        .searched
        .iter()
        .map(|field| view.searcher.doc_freq(&Term::from_field_text(*field, term)).unwrap_or(0))
        .max()
        .unwrap_or(0) as f64;
    (1.0 + (documents - with + 0.5).max(0.0) / (with + 0.5)).ln()
}

/// Name of a term in an article's sorted term lists.
#[must_use]
pub fn term_hash(term: &str) -> u32 {
    // FNV-1a: 32 bits, so that the lists stay small; a rare collision moves a confidence a little.
    term.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

fn scored(view: &KeywordView, terms: &[WeightedTerm]) -> Box<dyn Query> {
    let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::with_capacity(terms.len() * SEARCHED.len());
    for WeightedTerm { term, weight } in terms {
        for (field, (_, boost)) in view.fields.searched.iter().zip(SEARCHED) {
            let query = TermQuery::new(Term::from_field_text(*field, term), IndexRecordOption::WithFreqs);
            clauses.push((Occur::Should, Box::new(BoostQuery::new(Box::new(query), weight * boost))));
        }
    }
    Box::new(BooleanQuery::new(clauses))
}

fn narrowed(view: &KeywordView, scored: Box<dyn Query>, narrow: &Narrow) -> Box<dyn Query> {
    if narrow.is_empty() {
        return scored;
    }
    let any = |field: Field, values: &[String]| -> Box<dyn Query> {
        let field = view.fields.filter(field);
        Box::new(TermSetQuery::new(values.iter().map(|value| Term::from_field_text(field, value))))
    };
    let mut clauses = vec![(Occur::Must, scored)];
    for (field, values) in narrow.required() {
        clauses.push((Occur::Must, Box::new(ConstScoreQuery::new(any(field, values), 0.0))));
    }
    if !narrow.not_ids.is_empty() {
        clauses.push((Occur::MustNot, any(Field::Article, &narrow.not_ids)));
    }
    Box::new(BooleanQuery::new(clauses))
}

fn keys(searcher: &Searcher, top: Vec<(f32, tantivy::DocAddress)>) -> Result<Vec<(u64, f32)>, KeywordError> {
    let columns = searcher.segment_readers().iter().map(|segment| segment.fast_fields().u64("key")).collect::<Result<Vec<_>, _>>()?;
    Ok(top
        .into_iter()
        .filter_map(|(score, at)| columns[at.segment_ord as usize].first(at.doc_id).map(|key| (key, score)))
        .collect())
}
