//! Weighted words → passages and articles, best first.

use tantivy::{
    DocAddress, Term,
    collector::TopDocs,
    query::{
        BooleanQuery, BoostQuery, ConstScoreQuery, EnableScoring, Occur, Query, TermQuery,
        TermSetQuery,
    },
    schema::{Field as SchemaField, IndexRecordOption},
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
        let documents = self.articles.searcher.num_docs() as f64;
        let with = self.frequency(term) as f64;
        (1.0 + (documents - with + 0.5).max(0.0) / (with + 0.5)).ln()
    }
}

impl KeywordView {
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

    /// The term of the articles that a misspelt one most likely means: with the same first letter, by one edit (from
    /// 8 letters on two) where two neighbours that changed places are one edit, and the most frequent of those.
    #[must_use]
    pub fn nearest(&self, term: &str) -> Option<String> {
        let most = if term.len() < 8 { 1 } else { 2 };
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
                if known.len().abs_diff(term.len()) > most
                    || !known.bytes().all(|b| b.is_ascii_lowercase())
                {
                    continue;
                }
                let edits = strsim::osa_distance(known, term);
                let frequency = terms.value().doc_freq;
                let is_better = best.as_ref().is_none_or(|(least, count, _)| {
                    (edits, std::cmp::Reverse(frequency)) < (*least, std::cmp::Reverse(*count))
                });
                if edits <= most && is_better {
                    best = Some((edits, frequency, known.to_owned()));
                }
            }
        }
        best.map(|(_, _, known)| known)
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
    /// Everything that a document has is summed, which lets the engine pass over blocks of documents that cannot be
    /// among the best (block-max WAND); of a word and its other names only the best counts, so what the sum has too
    /// much is taken off those that were found.
    fn find(
        &self,
        terms: &[WeightedTerm],
        narrow: &Narrow,
        limit: usize,
    ) -> Result<Vec<(u64, f32)>, KeywordError> {
        let groups = self.groups(terms);
        if groups.is_empty() || limit == 0 {
            return Ok(Vec::new());
        }
        let all = groups.iter().flatten();
        let summed = all.map(|query| (Occur::Should, query.box_clone()));
        let query = self.narrowed(Box::new(BooleanQuery::new(summed.collect())), narrow);
        let mut top = self
            .searcher
            .search(&query, &TopDocs::with_limit(limit).order_by_score())?;
        for group in groups.iter().filter(|group| group.len() > 1) {
            self.keep_best(group, &mut top)?;
        }
        let columns = self
            .searcher
            .segment_readers()
            .iter()
            .map(|segment| segment.fast_fields().u64("key"))
            .collect::<Result<Vec<_>, _>>()?;
        let key = |at: DocAddress| columns[at.segment_ord as usize].first(at.doc_id);
        let keyed = top.into_iter();
        let mut found: Vec<(u64, f32)> = keyed
            .filter_map(|(score, at)| key(at).map(|key| (key, score)))
            .collect();
        found.sort_by(|a, b| b.1.total_cmp(&a.1));
        Ok(found)
    }

    /// For each word and each field that has it: the queries of the word and of its other names there.
    fn groups(&self, terms: &[WeightedTerm]) -> Vec<Vec<Box<dyn Query>>> {
        let fields = &self.fields.searched;
        let pairs = terms
            .iter()
            .flat_map(|term| fields.iter().map(move |field| (term, field)));
        let group = |(term, (field, boost)): (&WeightedTerm, &(SchemaField, f32))| {
            let names = std::iter::once((term.term.as_str(), 1.0)).chain(
                term.others
                    .iter()
                    .map(|(other, share)| (other.as_str(), *share)),
            );
            names
                .map(|(name, share)| (Term::from_field_text(*field, name), share))
                .filter(|(name, _)| self.searcher.doc_freq(name).is_ok_and(|count| count > 0))
                .map(|(name, share)| -> Box<dyn Query> {
                    let query = TermQuery::new(name, IndexRecordOption::WithFreqs);
                    Box::new(BoostQuery::new(
                        Box::new(query),
                        term.weight * boost * share,
                    ))
                })
                .collect::<Vec<_>>()
        };
        pairs.map(group).filter(|group| !group.is_empty()).collect()
    }

    /// Takes from the scores of documents all that a group gave them but its best.
    fn keep_best(
        &self,
        group: &[Box<dyn Query>],
        top: &mut [(f32, DocAddress)],
    ) -> Result<(), KeywordError> {
        // Postings are read forwards.
        top.sort_unstable_by_key(|(_, at)| *at);
        for documents in top.chunk_by_mut(|a, b| a.1.segment_ord == b.1.segment_ord) {
            let segment = self.searcher.segment_reader(documents[0].1.segment_ord);
            let scored = EnableScoring::enabled_from_searcher(&self.searcher);
            let mut scorers = group
                .iter()
                .map(|query| query.weight(scored)?.scorer(segment, 1.0))
                .collect::<Result<Vec<_>, _>>()?;
            for (score, at) in documents {
                let (mut sum, mut best) = (0.0, 0.0_f32);
                for scorer in &mut scorers {
                    if scorer.doc() < at.doc_id {
                        scorer.seek(at.doc_id);
                    }
                    if scorer.doc() == at.doc_id {
                        let own = scorer.score();
                        (sum, best) = (sum + own, best.max(own));
                    }
                }
                *score -= sum - best;
            }
        }
        Ok(())
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
