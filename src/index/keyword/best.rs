//! The best documents for some words, without scoring those that cannot be among them.
//!
//! MaxScore (Turtle and Flood, "Query evaluation: strategies and optimizations", 1995), in windows of documents: once
//! there are enough results, words whose greatest scores together do not reach the least of them bring up no document
//! any more; they are looked up for those that the other words bring. Of a word and its other names the best counts,
//! which no query of tantivy's prunes. Scores are tantivy's own BM25.

use std::{cmp::Reverse, collections::BinaryHeap};

use tantivy::{
    DocAddress, DocId, DocSet, Score, Searcher, SegmentOrdinal, SegmentReader, TERMINATED, Term,
    fieldnorm::FieldNormReader,
    postings::BlockSegmentPostings,
    query::{Bm25StatisticsProvider, Bm25Weight, EnableScoring, Query, Scorer},
    schema::IndexRecordOption,
};

/// Documents scored at a time; their scores stay in the processor's first cache.
const WINDOW: usize = 2_048;

/// A word in one field: its names, each with its factor.
pub(super) type Names = Vec<(Term, f32)>;

/// At most `limit` documents that have some of the words, best first; equal ones in the order of the index.
///
/// # Errors
/// When tantivy cannot read the index.
pub(super) fn best(
    searcher: &Searcher,
    words: &[Names],
    filter: Option<&dyn Query>,
    limit: usize,
) -> tantivy::Result<Vec<(Score, DocAddress)>> {
    let weighted = words
        .iter()
        .map(|names| weights(searcher, names))
        .collect::<tantivy::Result<Vec<_>>>()?;
    let filter = filter
        .map(|query| query.weight(EnableScoring::disabled_from_searcher(searcher)))
        .transpose()?;
    let mut top = Top::new(limit);
    for (at, segment) in (0..).zip(searcher.segment_readers()) {
        let filter = filter
            .as_ref()
            .map(|filter| filter.scorer(segment, 1.0))
            .transpose()?;
        let lists = weighted
            .iter()
            .map(|names| List::open(segment, names))
            .collect::<tantivy::Result<Vec<_>>>()?;
        Search::new(segment, lists, filter).run(at, &mut top);
    }
    Ok(top.into_sorted())
}

/// A name with what its score is made of; names that no document has are left out.
fn weights(searcher: &Searcher, names: &Names) -> tantivy::Result<Vec<(Term, Bm25Weight)>> {
    let documents = searcher.total_num_docs()?;
    let mut weights = Vec::with_capacity(names.len());
    for (name, factor) in names {
        let with = searcher.doc_freq(name)?;
        if with > 0 && *factor > 0.0 {
            let length = searcher.total_num_tokens(name.field())? as Score / documents as Score;
            let weight = Bm25Weight::for_one_term_without_explain(with, documents, length);
            weights.push((name.clone(), weight.boost_by(*factor)));
        }
    }
    Ok(weights)
}

/// The documents of one name in one segment.
struct Postings {
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
    fn each_before(&mut self, end: DocId, mut take: impl FnMut(DocId, Score)) {
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

    /// The score of a document; documents are asked for in order.
    fn score(&mut self, doc: DocId) -> Score {
        let at = self.blocks.seek(doc);
        if self.blocks.doc(at) != doc {
            return 0.0;
        }
        self.weight
            .score(self.norms.fieldnorm_id(doc), self.blocks.freq(at))
    }
}

/// A word in one segment.
struct List {
    names: Vec<Postings>,
    /// No document's score is greater.
    most: Score,
}

impl List {
    fn open(segment: &SegmentReader, names: &[(Term, Bm25Weight)]) -> tantivy::Result<Self> {
        let mut list = Self {
            names: Vec::with_capacity(names.len()),
            most: 0.0,
        };
        for (name, weight) in names {
            let index = segment.inverted_index(name.field())?;
            let blocks = index.read_block_postings(name, IndexRecordOption::WithFreqs)?;
            if let Some(blocks) = blocks {
                list.most = list.most.max(weight.max_score());
                list.names.push(Postings {
                    blocks,
                    next: 0,
                    norms: segment.get_fieldnorms_reader(name.field())?,
                    weight: weight.clone(),
                });
            }
        }
        Ok(list)
    }

    fn doc(&self) -> DocId {
        let docs = self.names.iter().map(Postings::doc);
        docs.min().unwrap_or(TERMINATED)
    }

    fn score(&mut self, doc: DocId) -> Score {
        let scores = self.names.iter_mut().map(|name| name.score(doc));
        scores.fold(0.0, Score::max)
    }
}

/// Scores of the documents of one window.
struct Window {
    begin: DocId,
    scores: Box<[Score; WINDOW]>,
    /// Of a word with several names.
    of_word: Box<[Score; WINDOW]>,
}

impl Window {
    /// Adds the scores of a word for all documents of the window.
    fn add(&mut self, list: &mut List) {
        let (begin, end) = (self.begin, self.begin + WINDOW as DocId);
        let place = |doc: DocId| (doc - begin) as usize % WINDOW;
        if let [name] = list.names.as_mut_slice() {
            name.each_before(end, |doc, score| self.scores[place(doc)] += score);
            return;
        }
        self.of_word.fill(0.0);
        for name in &mut list.names {
            name.each_before(end, |doc, score| {
                let best = &mut self.of_word[place(doc)];
                *best = best.max(score);
            });
        }
        let both = self.scores.iter_mut().zip(self.of_word.iter());
        both.for_each(|(sum, score)| *sum += score);
    }

    /// Takes out the documents that have more than `least`.
    fn take(&mut self, least: Score, found: &mut Vec<(DocId, Score)>) {
        found.clear();
        for (doc, score) in (self.begin..).zip(self.scores.iter_mut()) {
            if *score > least {
                found.push((doc, *score));
            }
            *score = 0.0;
        }
    }
}

/// The search of one segment.
struct Search<'a> {
    segment: &'a SegmentReader,
    /// By what they can give at most, the least first.
    lists: Vec<List>,
    /// What so many of the first lists can give together.
    below: Vec<Score>,
    filter: Option<Box<dyn Scorer>>,
}

impl<'a> Search<'a> {
    fn new(
        segment: &'a SegmentReader,
        mut lists: Vec<List>,
        filter: Option<Box<dyn Scorer>>,
    ) -> Self {
        lists.retain(|list| !list.names.is_empty());
        lists.sort_by(|a, b| a.most.total_cmp(&b.most));
        let sums = lists.iter().scan(0.0, |sum, list| {
            *sum += list.most;
            Some(*sum)
        });
        Self {
            below: std::iter::once(0.0).chain(sums).collect(),
            segment,
            lists,
            filter,
        }
    }

    fn run(&mut self, segment: SegmentOrdinal, top: &mut Top) {
        let mut window = Window {
            begin: 0,
            scores: Box::new([0.0; WINDOW]),
            of_word: Box::new([0.0; WINDOW]),
        };
        let mut found: Vec<(DocId, Score)> = Vec::new();
        loop {
            // So many lists cannot bring up a document by themselves.
            let idle = self.below.partition_point(|most| *most <= top.least()) - 1;
            let docs = self.lists[idle..].iter().map(List::doc);
            window.begin = docs.min().unwrap_or(TERMINATED);
            if window.begin == TERMINATED {
                return;
            }
            for list in &mut self.lists[idle..] {
                window.add(list);
            }
            window.take((top.least() - self.below[idle]).max(0.0), &mut found);
            found.retain(|(doc, _)| self.admits(*doc));
            for at in (0..idle).rev() {
                let (list, rest) = (&mut self.lists[at], self.below[at + 1]);
                found.retain(|(_, score)| score + rest > top.least());
                for (doc, score) in &mut found {
                    *score += list.score(*doc);
                }
            }
            for (doc, score) in &found {
                top.offer(*score, DocAddress::new(segment, *doc));
            }
        }
    }

    /// Whether a document counts; documents are asked for in order.
    fn admits(&mut self, doc: DocId) -> bool {
        !self.segment.is_deleted(doc)
            && self.filter.as_mut().is_none_or(|filter| {
                if filter.doc() < doc {
                    filter.seek(doc);
                }
                filter.doc() == doc
            })
    }
}

/// A result; the greater one is better.
#[derive(Debug, PartialEq)]
struct Result(Score, Reverse<DocAddress>);

impl Eq for Result {}

impl PartialOrd for Result {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Result {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0).then(self.1.cmp(&other.1))
    }
}

/// The best results so far.
struct Top {
    limit: usize,
    worst_first: BinaryHeap<Reverse<Result>>,
}

impl Top {
    fn new(limit: usize) -> Self {
        Self {
            limit,
            worst_first: BinaryHeap::with_capacity(limit + 1),
        }
    }

    /// What a result must exceed; they come in the order of the index.
    fn least(&self) -> Score {
        let worst = self.worst_first.peek();
        worst
            .filter(|_| self.worst_first.len() == self.limit)
            .map_or(0.0, |Reverse(worst)| worst.0)
    }

    fn offer(&mut self, score: Score, at: DocAddress) {
        if score > self.least() {
            self.worst_first.push(Reverse(Result(score, Reverse(at))));
            if self.worst_first.len() > self.limit {
                self.worst_first.pop();
            }
        }
    }

    fn into_sorted(self) -> Vec<(Score, DocAddress)> {
        let sorted = self.worst_first.into_sorted_vec().into_iter();
        sorted
            .map(|Reverse(Result(score, Reverse(at)))| (score, at))
            .collect()
    }
}

#[cfg(test)]
mod tests;
