//! Near-duplicates: articles that share most of what they say, word for word.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use super::{
    super::{
        Article, Diagnostic, Severity,
        findings::{Place, finding},
    },
    Compared,
};
use crate::text::{WordKind, primary, words};

/// Words of a shingle: long enough that two articles about one topic share few.
const SHINGLE: usize = 4;

/// Fewest shingles of an article that can be a duplicate: shorter ones are alike by chance.
const FEWEST: usize = 12;

/// Share of the smaller article's shingles that the other one has.
const SHARED: f64 = 0.8;

/// Shingles from which an article is long: of a long one a sample is kept.
const LONG: usize = 400;

/// One shingle in so many makes the sample.
const SAMPLE: u64 = 4;

/// Articles that may share a shingle: what stands in more is a phrase of the house, and finds no candidates.
const COMMON: usize = 24;

/// Hashes of an article's runs of words, sorted.
#[derive(Debug)]
pub(super) struct Shingles {
    hashes: Vec<u64>,
    /// Whether only a sample is kept: the same for every article, so that samples can be compared.
    sampled: bool,
}

impl Shingles {
    pub(super) fn of(article: &Article) -> Self {
        let mut hashes = Vec::new();
        for passage in &article.passages {
            let terms: Vec<String> = words(&passage.text)
                .into_iter()
                .filter(|word| word.kind != WordKind::Bigram)
                .map(|word| word.term)
                .collect();
            for run in terms.windows(SHINGLE) {
                let hash = blake3::hash(run.join(" ").as_bytes());
                let mut bytes = [0; 8];
                bytes.copy_from_slice(&hash.as_bytes()[..8]);
                hashes.push(u64::from_le_bytes(bytes));
            }
        }
        hashes.sort_unstable();
        hashes.dedup();
        let sampled = hashes.len() >= LONG;
        if sampled {
            hashes.retain(|hash| hash.is_multiple_of(SAMPLE));
            hashes.shrink_to_fit();
        }
        Self { hashes, sampled }
    }

    /// The hashes that can be compared with another article's.
    fn beside(&self, other: &Self) -> Cow<'_, [u64]> {
        if self.sampled || !other.sampled {
            return Cow::Borrowed(&self.hashes);
        }
        let sample = self.hashes.iter().copied();
        sample.filter(|hash| hash.is_multiple_of(SAMPLE)).collect()
    }

    /// Share of the smaller one's shingles that the other one has, where both are of like size.
    fn shared(&self, other: &Self) -> f64 {
        let (mut small, mut large) = (self.beside(other), other.beside(self));
        if small.len() > large.len() {
            std::mem::swap(&mut small, &mut large);
        }
        if small.len() * 2 < large.len() || small.is_empty() {
            return 0.0;
        }
        let both = small
            .iter()
            .filter(|hash| large.binary_search(hash).is_ok())
            .count();
        both as f64 / small.len() as f64
    }
}

/// Each article that nearly repeats an earlier one.
pub(super) fn find(compared: &[Compared<'_>], goes_on: impl Fn() -> bool) -> Vec<Diagnostic> {
    let mut holders: HashMap<u64, Vec<usize>> = HashMap::new();
    let mut nearest: HashMap<usize, (usize, f64)> = HashMap::new();
    let mut same: HashMap<(String, &[u64]), usize> = HashMap::new();
    for (at, one) in compared.iter().enumerate().take_while(|_| goes_on()) {
        let shingles = &one.prepared.shingles.hashes;
        if shingles.len() < FEWEST {
            continue;
        }
        // A copy finds the first of its kind, and makes no phrase a common one.
        let first = *same
            .entry((primary(&one.article.lang), shingles))
            .or_insert(at);
        if first < at {
            nearest.insert(at, (first, 1.0));
            continue;
        }
        for hash in shingles {
            holders.entry(*hash).or_default().push(at);
        }
    }
    let mut candidates: HashSet<(usize, usize)> = HashSet::new();
    for list in holders.values().filter(|list| list.len() <= COMMON) {
        for (i, first) in list.iter().enumerate() {
            candidates.extend(list[i + 1..].iter().map(|later| (*first, *later)));
        }
    }
    for (first, later) in candidates.into_iter().take_while(|_| goes_on()) {
        let (a, b) = (&compared[first], &compared[later]);
        if primary(&a.article.lang) != primary(&b.article.lang) {
            continue;
        }
        let shared = a.prepared.shingles.shared(&b.prepared.shingles);
        let known = nearest.get(&later).map_or(SHARED, |(_, shared)| *shared);
        if shared > known
            || (shared == known && nearest.get(&later).is_none_or(|(at, _)| first < *at))
        {
            nearest.insert(later, (first, shared));
        }
    }
    nearest
        .into_iter()
        .map(|(later, (first, shared))| {
            let (own, other) = (compared[later].article, compared[first].article);
            let message = format!(
                "{:.0} % of the text stands in {} too",
                shared * 100.0,
                other.path
            );
            let place = Place {
                line: own.passages.first().map_or(1, |passage| passage.lines[0]),
                column: 1,
            };
            finding(
                &own.path,
                place,
                ("near-duplicate", Severity::Warning),
                message,
                "keep one of the two and link it, or say what is different; `_check.yaml` silences what is meant",
            )
        })
        .collect()
}
