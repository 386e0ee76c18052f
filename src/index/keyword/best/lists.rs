//! The words of a search as lists of documents in a segment, each with its BM25 score.

use tantivy::{
    DocId, Score, Searcher, SegmentReader, TERMINATED, Term,
    fieldnorm::FieldNormReader,
    postings::BlockSegmentPostings,
    query::{Bm25StatisticsProvider, Bm25Weight},
    schema::IndexRecordOption,
};

use super::{Names, WINDOW};

/// A name of a word, with what its score is made of.
struct Name {
    term: Term,
    weight: Bm25Weight,
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
    pub(super) fn new(searcher: &Searcher, names: &Names) -> tantivy::Result<Self> {
        let all = searcher.total_num_docs()?;
        let mut word = Self {
            names: Vec::with_capacity(names.len()),
            documents: 0,
            most: 0.0,
        };
        for (term, factor) in names {
            let with = searcher.doc_freq(term)?;
            if with > 0 && *factor > 0.0 {
                let length = searcher.total_num_tokens(term.field())? as Score / all as Score;
                let weight = Bm25Weight::for_one_term_without_explain(with, all, length);
                let weight = weight.boost_by(*factor);
                word.documents += with as usize;
                word.most = word.most.max(weight.max_score());
                word.names.push(Name {
                    term: term.clone(),
                    weight,
                });
            }
        }
        Ok(word)
    }
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
    pub(super) fn open(segment: &SegmentReader, word: &Word) -> tantivy::Result<Self> {
        let mut list = Self {
            names: Vec::with_capacity(word.names.len()),
            most: 0.0,
            a_window: 0,
        };
        for Name { term, weight } in &word.names {
            let index = segment.inverted_index(term.field())?;
            let blocks = index.read_block_postings(term, IndexRecordOption::WithFreqs)?;
            if let Some(blocks) = blocks {
                list.most = list.most.max(weight.max_score());
                list.a_window += blocks.doc_freq() as usize * WINDOW / segment.max_doc() as usize;
                list.names.push(Postings {
                    blocks,
                    next: 0,
                    norms: segment.get_fieldnorms_reader(term.field())?,
                    weight: weight.clone(),
                });
            }
        }
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
