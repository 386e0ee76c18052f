//! The terms of a search as posting lists of a segment, each with its BM25 scores.

use tantivy::{
    DocId, Score, Searcher, SegmentOrdinal, TERMINATED, Term,
    fieldnorm::FieldNormReader,
    postings::{BlockSegmentPostings, TermInfo},
    query::{Bm25StatisticsProvider, Bm25Weight},
    schema::{Field, IndexRecordOption},
};

use super::{TermVariants, WINDOW};
use crate::index::keyword::idf;

/// BM25 of the terms of an index. What depends on the lengths of a field is worked out once for all of its terms.
pub(super) struct Weights<'a> {
    pub(super) searcher: &'a Searcher,
    documents: u64,
    /// Of a term that no document has, by field.
    bases: Vec<(Field, Bm25Weight)>,
}

impl<'a> Weights<'a> {
    pub(super) fn new(searcher: &'a Searcher) -> tantivy::Result<Self> {
        Ok(Self {
            searcher,
            documents: searcher.total_num_docs()?,
            bases: Vec::new(),
        })
    }

    /// That of a term of a field that so many documents have.
    fn of(&mut self, field: Field, with: u64, factor: f32) -> tantivy::Result<Bm25Weight> {
        let share = idf(self.documents, with) / idf(self.documents, 0);
        let boost = factor * share as f32;
        if let Some((_, base)) = self.bases.iter().find(|(known, _)| *known == field) {
            return Ok(base.boost_by(boost));
        }
        let tokens = self.searcher.total_num_tokens(field)?;
        let length = tokens as Score / self.documents as Score;
        let base = Bm25Weight::for_one_term_without_explain(0, self.documents, length);
        let weight = base.boost_by(boost);
        self.bases.push((field, base));
        Ok(weight)
    }
}

/// A term or another name of it, with what its score is made of.
struct Variant {
    field: Field,
    weight: Bm25Weight,
    /// Where each segment has its documents.
    infos: Vec<Option<TermInfo>>,
}

/// A term in one field, by those of its variants that some document has.
pub(super) struct FieldTerm {
    variants: Vec<Variant>,
    /// Documents of all variants.
    pub(super) documents: usize,
    /// No document's score is greater.
    pub(super) max_score: Score,
}

impl FieldTerm {
    pub(super) fn new(weights: &mut Weights<'_>, variants: &TermVariants) -> tantivy::Result<Self> {
        let mut all = Self {
            variants: Vec::with_capacity(variants.len()),
            documents: 0,
            max_score: 0.0,
        };
        for (term, factor) in variants {
            if *factor <= 0.0 {
                continue;
            }
            let field = term.field();
            let infos = infos(weights.searcher, term)?;
            let with: u64 = infos
                .iter()
                .flatten()
                .map(|of| u64::from(of.doc_freq))
                .sum();
            if with > 0 {
                let weight = weights.of(field, with, *factor)?;
                all.documents += with as usize;
                all.max_score = all.max_score.max(weight.max_score());
                all.variants.push(Variant {
                    field,
                    weight,
                    infos,
                });
            }
        }
        Ok(all)
    }
}

/// Where each segment has the documents of a term.
fn infos(searcher: &Searcher, term: &Term) -> tantivy::Result<Vec<Option<TermInfo>>> {
    let segments = searcher.segment_readers().iter();
    let infos = segments.map(|segment| {
        let index = segment.inverted_index(term.field())?;
        Ok(index.get_term_info(term)?)
    });
    infos.collect()
}

/// The documents of one variant in one segment.
pub(super) struct Postings {
    blocks: BlockSegmentPostings,
    /// Place in the block.
    next: usize,
    norms: FieldNormReader,
    weight: Bm25Weight,
}

impl Postings {
    fn doc(&self) -> DocId {
        self.blocks
            .docs()
            .get(self.next)
            .copied()
            .unwrap_or(TERMINATED)
    }

    /// Gives every document before `end` with its score.
    pub(super) fn each_before(&mut self, end: DocId, mut take: impl FnMut(DocId, Score)) {
        loop {
            let (docs, freqs) = (self.blocks.docs(), self.blocks.freqs());
            if docs.is_empty() {
                return;
            }
            for (doc, freq) in docs[self.next..].iter().zip(&freqs[self.next..]) {
                if *doc >= end {
                    return;
                }
                self.next += 1;
                take(
                    *doc,
                    self.weight.score(self.norms.fieldnorm_id(*doc), *freq),
                );
            }
            self.blocks.advance();
            self.next = 0;
        }
    }

    /// Goes on to a document, or to the first after it.
    pub(super) fn seek(&mut self, doc: DocId) {
        if self.doc() < doc {
            self.next = self.blocks.seek(doc);
        }
    }

    /// The score of a document; documents are asked for in order.
    fn score(&mut self, doc: DocId) -> Score {
        self.seek(doc);
        let at = self.next;
        if self.doc() != doc {
            return 0.0;
        }
        self.weight
            .score(self.norms.fieldnorm_id(doc), self.blocks.freq(at))
    }
}

/// A term with its variants in one segment.
pub(super) struct PostingsList {
    pub(super) postings: Vec<Postings>,
    /// No document's score is greater.
    pub(super) max_score: Score,
    /// Documents that a window has of them, on average.
    pub(super) docs_per_window: usize,
}

impl PostingsList {
    pub(super) fn open(
        searcher: &Searcher,
        at: SegmentOrdinal,
        term: &FieldTerm,
    ) -> tantivy::Result<Self> {
        let segment = searcher.segment_reader(at);
        let mut list = Self {
            postings: Vec::with_capacity(term.variants.len()),
            max_score: 0.0,
            docs_per_window: 0,
        };
        let mut documents = 0;
        for variant in &term.variants {
            let Some(info) = &variant.infos[at as usize] else {
                continue;
            };
            let index = segment.inverted_index(variant.field)?;
            documents += info.doc_freq as usize;
            list.max_score = list.max_score.max(variant.weight.max_score());
            list.postings.push(Postings {
                blocks: index
                    .read_block_postings_from_terminfo(info, IndexRecordOption::WithFreqs)?,
                next: 0,
                norms: segment.get_fieldnorms_reader(variant.field)?,
                weight: variant.weight.clone(),
            });
        }
        list.docs_per_window = documents * WINDOW / segment.max_doc() as usize;
        Ok(list)
    }

    pub(super) fn doc(&self) -> DocId {
        let docs = self.postings.iter().map(Postings::doc);
        docs.min().unwrap_or(TERMINATED)
    }

    pub(super) fn score(&mut self, doc: DocId) -> Score {
        let scores = self.postings.iter_mut().map(|one| one.score(doc));
        scores.fold(0.0, Score::max)
    }
}
