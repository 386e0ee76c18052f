//! Near-duplicates: articles that share most of their text, word for word.

use std::{borrow::Cow, collections::HashMap};

use rustc_hash::FxHashMap;

use super::{
    super::{
        Article, Diagnostic, Effective, Severity,
        findings::{Position, finding},
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
    /// How many of the hashes belong to the sample.
    in_sample: usize,
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
        let in_sample = hashes
            .iter()
            .filter(|hash| hash.is_multiple_of(SAMPLE))
            .count();
        Self {
            hashes,
            sampled,
            in_sample,
        }
    }

    /// The hashes that can be compared with another article's.
    fn beside(&self, other: &Self) -> Cow<'_, [u64]> {
        if self.sampled || !other.sampled {
            return Cow::Borrowed(&self.hashes);
        }
        let sample = self.hashes.iter().copied();
        sample.filter(|hash| hash.is_multiple_of(SAMPLE)).collect()
    }

    /// Fewest shingles that two near-duplicates have in common.
    fn needed(&self, other: &Self) -> usize {
        let smaller = self.comparable(other).min(other.comparable(self));
        (SHARED * smaller as f64) as usize
    }

    /// How many hashes can be compared with another article's.
    fn comparable(&self, other: &Self) -> usize {
        if self.sampled || !other.sampled {
            self.hashes.len()
        } else {
            self.in_sample
        }
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

impl Compared<'_> {
    /// Whether two articles of the same text are one too many: they are in one language and in force at one time, and the
    /// text is not told to readers of another script or region.
    fn may_repeat(&self, other: &Self) -> bool {
        let (a, b) = (self.article, other.article);
        primary(&a.lang) == primary(&b.lang)
            && (a.lang == b.lang || self.original != other.original)
            && a.effective.meets(&b.effective)
    }
}

/// Each article that nearly repeats an earlier one.
pub(super) fn find(compared: &[Compared<'_>], goes_on: impl Fn() -> bool) -> Vec<Diagnostic> {
    let mut holders: FxHashMap<u64, Vec<usize>> = FxHashMap::default();
    let mut kinds: Vec<usize> = Vec::new();
    let mut nearest: HashMap<usize, (usize, f64)> = HashMap::new();
    let mut same: HashMap<(&str, Effective, &[u64]), usize> = HashMap::new();
    for (at, one) in compared.iter().enumerate().take_while(|_| goes_on()) {
        let shingles = &one.prepared.shingles.hashes;
        if shingles.len() < FEWEST {
            continue;
        }
        // A copy finds the first of its kind, and makes no phrase a common one.
        let first = *same
            .entry((&one.article.lang, one.article.effective, shingles))
            .or_insert(at);
        if first < at {
            nearest.insert(at, (first, 1.0));
            continue;
        }
        for hash in shingles {
            holders.entry(*hash).or_default().push(at);
        }
        kinds.push(at);
    }
    let is_common = |hash: &u64| holders.get(hash).is_some_and(|list| list.len() > COMMON);
    let common: Vec<usize> = compared
        .iter()
        .map(|one| {
            one.prepared
                .shingles
                .hashes
                .iter()
                .filter(|hash| is_common(hash))
                .count()
        })
        .collect();
    // How many uncommon shingles each earlier article shares with one, and which do.
    let (mut counts, mut sharing) = (vec![0_usize; compared.len()], Vec::new());
    for &later in kinds.iter().take_while(|_| goes_on()) {
        let b = &compared[later];
        let lists = b.prepared.shingles.hashes.iter().map(|hash| &holders[hash]);
        for list in lists.filter(|list| list.len() <= COMMON) {
            for first in list.iter().take_while(|first| **first < later) {
                if counts[*first] == 0 {
                    sharing.push(*first);
                }
                counts[*first] += 1;
            }
        }
        for first in sharing.drain(..) {
            let a = &compared[first];
            let most = std::mem::take(&mut counts[first]) + common[first].min(common[later]);
            if !a.may_repeat(b) || most < a.prepared.shingles.needed(&b.prepared.shingles) {
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
            let place = Position {
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{super::Prepared, *};
    use crate::article::parse;

    /// Families of articles: each is the same text with some of its words changed, and some have it twice as long.
    fn families() -> Vec<Article> {
        let mut state = 7_u64;
        let mut below = |end: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) as usize % end
        };
        let mut files = Vec::new();
        for family in 0..12 {
            let text: Vec<usize> = (0..40 + 60 * family).map(|_| below(900)).collect();
            for _ in 0..6 {
                let changes = below(12);
                let mut text = text.clone();
                (0..changes).for_each(|_| text[below(40)] = 900 + below(900));
                text.extend((0..below(2) * 30).map(|_| below(1_800)));
                // A phrase of the house.
                text.extend(1_800..1_816);
                files.push(text);
            }
        }
        let article = |(at, text): (usize, &Vec<usize>)| {
            let words: Vec<String> = text.iter().map(|word| format!("w{word}x")).collect();
            let parsed = parse(&format!("{at:02}.md"), words.join(" ").as_bytes());
            parsed.article.unwrap()
        };
        files.iter().enumerate().map(article).collect()
    }

    #[test]
    fn what_is_counted_finds_what_comparing_every_two_finds() {
        let articles = families();
        let compared: Vec<Compared<'_>> = articles
            .iter()
            .map(|article| Compared {
                article,
                original: &article.id,
                prepared: Arc::new(Prepared {
                    statements: Vec::new(),
                    shingles: Shingles::of(article),
                }),
            })
            .collect();
        let shingles = |at: usize| &compared[at].prepared.shingles;
        let mut expected = Vec::new();
        for later in 0..compared.len() {
            let mut best: Option<(f64, usize)> = None;
            for first in 0..later {
                let shared = shingles(later).shared(shingles(first));
                if shared >= SHARED && best.is_none_or(|(most, _)| shared > most) {
                    best = Some((shared, first));
                }
            }
            expected.extend(best.map(|(shared, first)| {
                let of = articles[later].path.clone();
                let share = 100.0 * shared;
                (
                    of,
                    format!(
                        "{share:.0} % of the text stands in {} too",
                        articles[first].path
                    ),
                )
            }));
        }
        let mut found: Vec<_> = find(&compared, || true)
            .into_iter()
            .map(|finding| (finding.path, finding.message))
            .collect();
        found.sort();
        assert_eq!(found, expected);
        assert!((20..60).contains(&found.len()), "{}", found.len());
        assert!((0..compared.len()).any(|at| shingles(at).sampled));
    }
}
