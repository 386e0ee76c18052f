//! The words of a search as lists of documents in a segment, each with its BM25 score.

use tantivy::{
    DocId, Score, Searcher, SegmentOrdinal, TERMINATED, Term,
    fieldnorm::FieldNormReader,
    postings::{BlockSegmentPostings, TermInfo},
    query::{Bm25StatisticsProvider, Bm25Weight},
    schema::{Field, IndexRecordOption},
};

use super::{Names, WINDOW};
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

/// A name of a word, with what its score is made of.
struct Name {
    field: Field,
    weight: Bm25Weight,
    /// Where each segment has its documents.
    infos: Vec<Option<TermInfo>>,
}

/// A word in one field, by those of its names that some document has.
pub(super) struct Word {
    names: Vec<Name>,
    /// Documents of all names.
    pub(super) documents: usize,
    /// No document's score is greater.
    pub(super) most: Score,
}

impl Word {
    pub(super) fn new(weights: &mut Weights<'_>, names: &Names) -> tantivy::Result<Self> {
        let mut word = Self {
            names: Vec::with_capacity(names.len()),
            documents: 0,
            most: 0.0,
        };
        for (term, factor) in names {
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
                word.documents += with as usize;
                word.most = word.most.max(weight.max_score());
                word.names.push(Name {
                    field,
                    weight,
                    infos,
                });
            }
        }
        Ok(word)
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

/// The documents of one name in one segment.
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

/// A word in one segment.
pub(super) struct List {
    pub(super) names: Vec<Postings>,
    /// No document's score is greater.
    pub(super) most: Score,
    /// Documents that a window has of it, on average.
    pub(super) a_window: usize,
}

impl List {
    pub(super) fn open(
        searcher: &Searcher,
        at: SegmentOrdinal,
        word: &Word,
    ) -> tantivy::Result<Self> {
        let segment = searcher.segment_reader(at);
        let mut list = Self {
            names: Vec::with_capacity(word.names.len()),
            most: 0.0,
            a_window: 0,
        };
        let mut documents = 0;
        for name in &word.names {
            let Some(info) = &name.infos[at as usize] else {
                continue;
            };
            let index = segment.inverted_index(name.field)?;
            documents += info.doc_freq as usize;
            list.most = list.most.max(name.weight.max_score());
            list.names.push(Postings {
                blocks: index
                    .read_block_postings_from_terminfo(info, IndexRecordOption::WithFreqs)?,
                next: 0,
                norms: segment.get_fieldnorms_reader(name.field)?,
                weight: name.weight.clone(),
            });
        }
        list.a_window = documents * WINDOW / segment.max_doc() as usize;
        Ok(list)
    }

    pub(super) fn doc(&self) -> DocId {
        let docs = self.names.iter().map(Postings::doc);
        docs.min().unwrap_or(TERMINATED)
    }

    pub(super) fn score(&mut self, doc: DocId) -> Score {
        let scores = self.names.iter_mut().map(|name| name.score(doc));
        scores.fold(0.0, Score::max)
    }
}
