//! The best documents for some words, without scoring those that cannot be among them.
//!
//! MaxScore (Turtle and Flood, "Query evaluation: strategies and optimizations", 1995), in windows of documents: once
//! there are enough results, words whose greatest scores together do not reach the least of them bring up no document
//! any more; they are looked up for those that the other words bring. Of a word and its other names the best counts,
//! which no query of tantivy's prunes. Scores are tantivy's own BM25.
//!
//! In a large index the commonest words bring up no document either, so that a search takes no longer in a larger one
//! (Lin and Trotman, "Anytime ranking for impact-ordered indexes", 2015, bound the postings for that): what has nothing
//! but them is left out where the other words find enough.

mod lists;

use std::{cmp::Reverse, collections::BinaryHeap};

use tantivy::{
    DocAddress, DocId, DocSet, Score, Searcher, SegmentOrdinal, SegmentReader, TERMINATED, Term,
    query::{EnableScoring, Query, Scorer, Weight},
};

use lists::{List, Name, weights};

/// Documents scored at a time; their scores stay in the processor's first cache.
const WINDOW: usize = 2_048;

/// Documents of a list that are walked in the time in which one is looked up.
const LOOKUP: usize = 4;

/// Documents that words bring up by themselves, each counted once a word; those that can give most come first.
pub(super) const BUDGET: usize = 1 << 14;

/// A word in one field: its names, each with its factor.
pub(super) type Names = Vec<(Term, f32)>;

/// At most `limit` documents that have some of the words, best first; equal ones in the order of the index. Words bring up
/// about `budget` documents, or all where that is too few.
///
/// # Errors
/// When tantivy cannot read the index.
pub(super) fn best(
    searcher: &Searcher,
    words: &[Names],
    filter: Option<&dyn Query>,
    limit: usize,
    budget: usize,
) -> tantivy::Result<Vec<(Score, DocAddress)>> {
    let words = words
        .iter()
        .map(|names| weights(searcher, names))
        .collect::<tantivy::Result<Vec<_>>>()?;
    let filter = filter
        .map(|query| query.weight(EnableScoring::disabled_from_searcher(searcher)))
        .transpose()?;
    let search = |budget| within(budget, searcher, &words, filter.as_deref(), limit);
    let mut top = search(budget)?;
    if top.is_partial && top.worst_first.len() < limit {
        top = search(usize::MAX)?;
    }
    Ok(top.into_sorted())
}

/// The same, where words bring up no more than `budget` documents.
fn within(
    budget: usize,
    searcher: &Searcher,
    words: &[Vec<Name>],
    filter: Option<&dyn Weight>,
    limit: usize,
) -> tantivy::Result<Top> {
    let mut top = Top::new(limit);
    let documents = searcher.num_docs().max(1) as usize;
    for (at, segment) in (0..).zip(searcher.segment_readers()) {
        let filter = filter
            .map(|filter| filter.scorer(segment, 1.0))
            .transpose()?;
        let lists = words
            .iter()
            .map(|names| List::open(segment, names))
            .collect::<tantivy::Result<Vec<_>>>()?;
        let part = budget.saturating_mul(segment.num_docs() as usize) / documents;
        Search::new(segment, lists, part, filter).run(at, &mut top);
    }
    Ok(top)
}

/// Place of a document in a window.
fn place(begin: DocId, doc: DocId) -> usize {
    (doc - begin) as usize % WINDOW
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
        if let [name] = list.names.as_mut_slice() {
            let begin = self.begin;
            name.each_before(begin + WINDOW as DocId, |doc, score| {
                self.scores[place(begin, doc)] += score;
            });
            return;
        }
        self.read(list);
        let both = self.scores.iter_mut().zip(self.of_word.iter());
        both.for_each(|(sum, score)| *sum += score);
    }

    /// Adds the scores of a word for those documents of the window alone, which come in order.
    fn complete(&mut self, list: &mut List, found: &mut [(DocId, Score)]) {
        if found.len() * LOOKUP < list.a_window {
            for (doc, sum) in found {
                *sum += list.score(*doc);
            }
            return;
        }
        self.read(list);
        for (doc, sum) in found {
            *sum += self.of_word[place(self.begin, *doc)];
        }
    }

    /// Puts the scores of a word for all documents of the window in their places.
    fn read(&mut self, list: &mut List) {
        let begin = self.begin;
        self.of_word.fill(0.0);
        for name in &mut list.names {
            name.seek(begin);
            name.each_before(begin + WINDOW as DocId, |doc, score| {
                let best = &mut self.of_word[place(begin, doc)];
                *best = best.max(score);
            });
        }
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
    /// So many of the first lists are beyond the budget.
    common: usize,
    filter: Option<Box<dyn Scorer>>,
}

impl<'a> Search<'a> {
    fn new(
        segment: &'a SegmentReader,
        mut lists: Vec<List>,
        budget: usize,
        filter: Option<Box<dyn Scorer>>,
    ) -> Self {
        lists.retain(|list| !list.names.is_empty());
        lists.sort_by(|a, b| a.most.total_cmp(&b.most));
        let mut left = budget;
        let affordable = lists.iter().rev().take_while(|list| {
            left = left.saturating_sub(list.documents());
            left > 0
        });
        let common = lists.len().saturating_sub(affordable.count().max(1));
        let sums = lists.iter().scan(0.0, |sum, list| {
            *sum += list.most;
            Some(*sum)
        });
        Self {
            below: std::iter::once(0.0).chain(sums).collect(),
            common,
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
        top.is_partial |= self.common > 0;
        loop {
            // So many lists cannot bring up a document by themselves.
            let idle = self.below.partition_point(|most| *most <= top.least()) - 1;
            let idle = idle.max(self.common);
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
                window.complete(list, &mut found);
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
struct Ranked(Score, Reverse<DocAddress>);

impl Eq for Ranked {}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0).then(self.1.cmp(&other.1))
    }
}

/// The best results so far.
struct Top {
    limit: usize,
    /// Words were beyond the budget.
    is_partial: bool,
    worst_first: BinaryHeap<Reverse<Ranked>>,
}

impl Top {
    fn new(limit: usize) -> Self {
        Self {
            limit,
            is_partial: false,
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
            self.worst_first.push(Reverse(Ranked(score, Reverse(at))));
            if self.worst_first.len() > self.limit {
                self.worst_first.pop();
            }
        }
    }

    fn into_sorted(self) -> Vec<(Score, DocAddress)> {
        let sorted = self.worst_first.into_sorted_vec().into_iter();
        sorted
            .map(|Reverse(Ranked(score, Reverse(at)))| (score, at))
            .collect()
    }
}

#[cfg(test)]
mod tests;
