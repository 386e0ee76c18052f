//! The best documents for some terms, without scoring those that cannot be among them.
//!
//! MaxScore (Turtle and Flood, "Query evaluation: strategies and optimizations", 1995), in windows of documents: once
//! there are enough results, terms whose maximum scores together do not reach the lowest of them no longer contribute new
//! documents; they are only looked up for documents that the other terms contribute. Of a term and its synonyms, the best
//! score counts, which no query of tantivy prunes. Scores are tantivy's own BM25.
//!
//! In a large index the most common terms contribute no documents either, so that search time does not grow with the
//! index (Lin and Trotman, "Anytime ranking for impact-ordered indexes", 2015, bound the postings for that): a document
//! that contains nothing but them is left out if the other terms find enough.

mod lists;

use std::{cmp::Reverse, collections::BinaryHeap};

use tantivy::{
    DocAddress, DocId, DocSet, Score, Searcher, SegmentOrdinal, SegmentReader, TERMINATED, Term,
    query::{EnableScoring, Query, Scorer, Weight},
};

use lists::{FieldTerm, PostingsList, Weights};

/// Documents scored at a time; their scores stay in the processor's first cache.
const WINDOW: usize = 2_048;

/// Documents of a list that are walked in the time in which one is looked up.
const LOOKUP: usize = 4;

/// Those that are walked in the time in which the scores of a term are cleared for a window.
const CLEARING: usize = 32;

/// Documents that words bring up by themselves, each counted once a word; those that can give most come first.
pub(super) const BUDGET: usize = 1 << 14;

/// A term in one field with its other names, each with its factor.
pub(super) type TermVariants = Vec<(Term, f32)>;

/// At most `limit` documents that have some of the words, best first; of more equal ones than that the least by `order`, which
/// is asked for no others. Words bring up about `budget` documents; where that is too few, all that they have.
///
/// # Errors
/// When tantivy cannot read the index.
pub(super) fn best(
    searcher: &Searcher,
    terms: &[TermVariants],
    filter: Option<&dyn Query>,
    limit: usize,
    budget: usize,
    order: impl Fn(DocAddress) -> u32,
) -> tantivy::Result<Vec<(Score, DocAddress)>> {
    let mut weights = Weights::new(searcher)?;
    let mut terms = terms
        .iter()
        .map(|variants| FieldTerm::new(&mut weights, variants))
        .collect::<tantivy::Result<Vec<_>>>()?;
    terms.retain(|term| term.documents > 0);
    terms.sort_by(|a, b| a.max_score.total_cmp(&b.max_score));
    let filter = filter
        .map(|query| query.weight(EnableScoring::disabled_from_searcher(searcher)))
        .transpose()?;
    let mut window = Window::new();
    let mut pass = |common: usize| -> tantivy::Result<Top> {
        let (common, others) = terms.split_at(common);
        let mut top = Top::new(limit);
        for at in 0..searcher.segment_readers().len() as SegmentOrdinal {
            let search = Search::new(searcher, at, common, others, filter.as_deref())?;
            if let Some(mut search) = search {
                search.run(at, &mut window, &mut top);
            }
        }
        Ok(top)
    };
    let common = terms.len() - affordable(&terms, budget);
    let mut top = pass(common)?;
    if common > 0 && !top.is_full() {
        top = pass(0)?;
    }
    Ok(top.into_sorted(order))
}

/// How many of the words, from the last on, have no more than so many documents together; one at least.
fn affordable(terms: &[FieldTerm], budget: usize) -> usize {
    let mut left = budget;
    let within = terms.iter().rev().take_while(|term| {
        left = left.saturating_sub(term.documents);
        left > 0
    });
    within.count().max(1).min(terms.len())
}

/// Place of a document in a window.
fn place(begin: DocId, doc: DocId) -> usize {
    (doc - begin) as usize % WINDOW
}

/// A sum of scores, which come in any order: once it is a score again, equal documents are equal.
type Sum = f64;

/// Scores of the documents of one window.
struct Window {
    begin: DocId,
    scores: Box<[Sum; WINDOW]>,
    /// Of a term with several variants.
    of_term: Box<[Score; WINDOW]>,
    /// Documents that may be among the best, in order.
    found: Vec<(DocId, Sum)>,
}

impl Window {
    fn new() -> Self {
        Self {
            begin: 0,
            scores: Box::new([0.0; WINDOW]),
            of_term: Box::new([0.0; WINDOW]),
            found: Vec::new(),
        }
    }

    /// Adds the scores of a term for all documents of the window.
    fn add(&mut self, list: &mut PostingsList) {
        if let [postings] = list.postings.as_mut_slice() {
            let begin = self.begin;
            postings.each_before(begin + WINDOW as DocId, |doc, score| {
                self.scores[place(begin, doc)] += Sum::from(score);
            });
            return;
        }
        self.read(list);
        let both = self.scores.iter_mut().zip(self.of_term.iter());
        both.for_each(|(sum, score)| *sum += Sum::from(*score));
    }

    /// Adds the scores of a term for those documents alone that were found.
    fn complete(&mut self, list: &mut PostingsList) {
        if self.found.len() * LOOKUP < CLEARING + list.docs_per_window {
            for (doc, sum) in &mut self.found {
                *sum += Sum::from(list.score(*doc));
            }
            return;
        }
        self.read(list);
        for (doc, sum) in &mut self.found {
            *sum += Sum::from(self.of_term[place(self.begin, *doc)]);
        }
    }

    /// Puts the scores of a term for all documents of the window in their places.
    fn read(&mut self, list: &mut PostingsList) {
        let begin = self.begin;
        self.of_term.fill(0.0);
        for postings in &mut list.postings {
            postings.seek(begin);
            postings.each_before(begin + WINDOW as DocId, |doc, score| {
                let best = &mut self.of_term[place(begin, doc)];
                *best = best.max(score);
            });
        }
    }

    /// Finds the documents that have some score, and `threshold` or more.
    fn take(&mut self, threshold: Sum) {
        self.found.clear();
        let threshold = threshold.max(Sum::MIN_POSITIVE);
        for (doc, score) in (self.begin..).zip(self.scores.iter_mut()) {
            if *score >= threshold {
                self.found.push((doc, *score));
            }
            *score = 0.0;
        }
    }
}

/// The search of one segment.
struct Search<'a> {
    segment: &'a SegmentReader,
    /// Those of common words first; by what they can give at most, the least first.
    lists: Vec<PostingsList>,
    /// What so many of the first lists can give together.
    upper_bounds: Vec<Sum>,
    /// So many lists are of common words.
    common: usize,
    filter: Option<Box<dyn Scorer>>,
}

impl<'a> Search<'a> {
    /// The common words bring up no document; None where the segment has none of the others.
    fn new(
        searcher: &'a Searcher,
        at: SegmentOrdinal,
        common: &[FieldTerm],
        others: &[FieldTerm],
        filter: Option<&dyn Weight>,
    ) -> tantivy::Result<Option<Self>> {
        let open = |terms: &[FieldTerm]| -> tantivy::Result<Vec<PostingsList>> {
            let lists = terms
                .iter()
                .map(|term| PostingsList::open(searcher, at, term));
            let mut lists: Vec<PostingsList> = lists.collect::<tantivy::Result<_>>()?;
            lists.retain(|list| !list.postings.is_empty());
            lists.sort_by(|a, b| a.max_score.total_cmp(&b.max_score));
            Ok(lists)
        };
        let others = open(others)?;
        if others.is_empty() {
            return Ok(None);
        }
        let mut lists = open(common)?;
        let common = lists.len();
        lists.extend(others);
        let sums = lists.iter().scan(0.0, |sum, list| {
            *sum += Sum::from(list.max_score);
            Some(*sum)
        });
        let segment = searcher.segment_reader(at);
        let filter = filter.map(|filter| filter.scorer(segment, 1.0));
        Ok(Some(Self {
            upper_bounds: std::iter::once(0.0).chain(sums).collect(),
            common,
            segment,
            lists,
            filter: filter.transpose()?,
        }))
    }

    fn run(&mut self, segment: SegmentOrdinal, window: &mut Window, top: &mut Top) {
        loop {
            let threshold = top.sum_threshold();
            // So many lists together do not reach the threshold.
            let non_essential = self
                .upper_bounds
                .partition_point(|max_score| *max_score < threshold);
            let non_essential = non_essential.saturating_sub(1).max(self.common);
            let docs = self.lists[non_essential..].iter().map(PostingsList::doc);
            window.begin = docs.min().unwrap_or(TERMINATED);
            if window.begin == TERMINATED {
                return;
            }
            for list in &mut self.lists[non_essential..] {
                window.add(list);
            }
            window.take(threshold - self.upper_bounds[non_essential]);
            window.found.retain(|(doc, _)| self.admits(*doc));
            for at in (0..non_essential).rev() {
                let rest = self.upper_bounds[at + 1];
                window.found.retain(|(_, sum)| sum + rest >= threshold);
                if window.found.is_empty() {
                    break;
                }
                window.complete(&mut self.lists[at]);
            }
            for (doc, sum) in &window.found {
                top.offer(*sum as Score, DocAddress::new(segment, *doc));
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
    worst_first: BinaryHeap<Reverse<Ranked>>,
    /// Results that are as good as the worst of them, and for which there was no place.
    equals: Vec<DocAddress>,
}

impl Top {
    fn new(limit: usize) -> Self {
        Self {
            limit,
            worst_first: BinaryHeap::with_capacity(limit + 1),
            equals: Vec::new(),
        }
    }

    fn is_full(&self) -> bool {
        self.worst_first.len() == self.limit
    }

    /// What a result must reach.
    fn threshold(&self) -> Score {
        let worst = self.worst_first.peek();
        worst
            .filter(|_| self.is_full())
            .map_or(0.0, |Reverse(worst)| worst.0)
    }

    /// The least sum that may become such a score.
    fn sum_threshold(&self) -> Sum {
        Sum::from(self.threshold().next_down().max(0.0))
    }

    fn offer(&mut self, score: Score, at: DocAddress) {
        let threshold = self.threshold();
        if score < threshold {
            return;
        }
        if score == threshold {
            self.equals.push(at);
            return;
        }
        self.worst_first.push(Reverse(Ranked(score, Reverse(at))));
        if self.worst_first.len() > self.limit
            && let Some(Reverse(Ranked(score, Reverse(at)))) = self.worst_first.pop()
        {
            if score < self.threshold() {
                self.equals.clear();
            } else {
                self.equals.push(at);
            }
        }
    }

    fn into_sorted(self, order: impl Fn(DocAddress) -> u32) -> Vec<(Score, DocAddress)> {
        let threshold = self.threshold();
        let sorted = self.worst_first.into_sorted_vec().into_iter();
        let mut sorted: Vec<(Score, DocAddress)> = sorted
            .map(|Reverse(Ranked(score, Reverse(at)))| (score, at))
            .collect();
        if !self.equals.is_empty() {
            let better = sorted.partition_point(|(score, _)| *score > threshold);
            let last = sorted.drain(better..).map(|(_, at)| at);
            let mut last: Vec<DocAddress> = last.chain(self.equals).collect();
            last.sort_by_cached_key(|at| order(*at));
            let last = last.into_iter().map(|at| (threshold, at));
            sorted.extend(last.take(self.limit - better));
        }
        sorted
    }
}

#[cfg(test)]
mod tests;
