//! Fusion: two branches → one order. Pure.
//!
//! Each branch is scaled to 0–1 between its background and its best hit, and weighted by how much evidence it has:
//! keywords by the share of the query's weight that the best article matches, vectors by how far the best stands out from
//! the query's own background. Across languages the keyword branch loses its weight without a special rule.
//!
//! The keyword score of a unit is its BM25, weighted (`index::keyword`). Its vector score is its *similarity*: the cosine
//! of its vector to the question's less λ times that to questions in general (`contrast`), brought to the scale of the
//! question's script if it is in another (`cross_script`). An article's similarity is that of its best passage or
//! question with a share of its title's. Only a hit's score, 0–1, combines both, and is comparable only within one
//! response.

use rustc_hash::FxHashMap;

use super::{
    cross_script::{self, Alignment, OTHER_SCRIPT},
    near::{VectorScores, best_units},
    types::Mode,
};
use crate::index::{Catalog, UnitRef};

/// Share of the title's own similarity in an article's: a title says what the whole is about.
const TITLE_SHARE: f64 = 0.1;

/// How loud the words are against the vectors when both have all to say.
const KEYWORD_LOUDNESS: f64 = 0.6;

/// Place in the vectors' order whose similarity is the query's background.
const BACKGROUND_RANK: usize = 50;

/// Distance from the background that is a full-voiced result for E5, whose similarities live in a narrow band.
const SPREAD_UNIT: f64 = 0.1;

/// The loudest that vectors can be, in those units.
const SPREAD_MAX: f64 = 2.0;

/// Share of the ideal BM25 that a full-voiced result of the words reaches.
const REACH_UNIT: f64 = 2.0;

/// Advantage of an article's first passage over its others: editors put the answer first, and a question that is the
/// title fits them all.
const OPENING: f64 = 0.15;

/// Place and raw score of an article in one branch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BranchRank {
    /// 1-based.
    pub rank: usize,
    /// BM25 of its best passage with that of the article as a whole, or its similarity.
    pub score: f64,
}

/// What speaks for an article.
#[derive(Debug, Clone, PartialEq)]
pub struct FusedArticle {
    /// Index into the catalog's articles.
    pub article: u32,
    /// Index of its best passage.
    pub passage: u32,
    /// Among the words' results.
    pub keyword: Option<BranchRank>,
    /// Among the vectors' results.
    pub vector: Option<BranchRank>,
    /// Similarity of its best passage or question.
    pub similarity: Option<f64>,
    /// 0–1.
    pub score: f64,
    /// Log-odds that it answers, by the cross-encoder; None where it did not read it.
    pub logit: Option<f64>,
}

/// Scores of one branch by article.
#[derive(Debug, Default)]
struct BranchScores {
    /// Best first; ties by path.
    order: Vec<(u32, f64)>,
    score: FxHashMap<u32, f64>,
    /// Best passage or question alone; of vectors only.
    bodies: FxHashMap<u32, f64>,
    passages: FxHashMap<(u32, u32), f64>,
    /// Score of the best of them.
    best_passage: f64,
}

impl BranchScores {
    fn new(
        score: FxHashMap<u32, f64>,
        bodies: FxHashMap<u32, f64>,
        passages: FxHashMap<(u32, u32), f64>,
    ) -> Self {
        Self {
            order: best_first(score.iter().map(|(article, score)| (*article, *score))),
            best_passage: passages.values().copied().fold(f64::EPSILON, f64::max),
            score,
            bodies,
            passages,
        }
    }

    /// The best passage, plus what the article has as a whole.
    fn words(passages: &[(UnitRef, f32)], articles: &[(UnitRef, f32)]) -> Self {
        let (mut best, by_passage) = best_units(passages, |_| true);
        for (place, score) in articles {
            *best.entry(place.article).or_default() += f64::from(*score);
        }
        Self::new(best, FxHashMap::default(), by_passage)
    }

    /// The best passage or question, mixed with the title; a title of a series says nothing: see [`Catalog::is_serial`].
    fn vectors(catalog: &Catalog, units: &[(UnitRef, f32)]) -> Self {
        let near = VectorScores::of(units);
        let articles = near.bodies.keys().chain(near.titles.keys());
        let mixed = articles.map(|article| {
            let body = near.or_farthest(near.bodies.get(article));
            let title = near.or_farthest(near.titles.get(article));
            let share = TITLE_SHARE * f64::from(!catalog.is_serial(*article));
            (*article, (1.0 - share) * body + share * title)
        });
        Self::new(mixed.collect(), near.bodies, near.passages)
    }

    /// Brings articles in another script to the scale of those in the question's.
    fn align(&mut self, other_script: &dyn Fn(u32) -> bool) {
        let Some(alignment) = Alignment::among(&self.score, other_script) else {
            return;
        };
        alignment.bring(&mut self.score, |article| other_script(*article));
        alignment.bring(&mut self.bodies, |article| other_script(*article));
        alignment.bring(&mut self.passages, |(article, _)| other_script(*article));
        self.order = best_first(self.score.iter().map(|(article, score)| (*article, *score)));
    }

    fn best(&self) -> f64 {
        self.order.first().map_or(0.0, |(_, score)| *score)
    }

    fn standing(&self) -> FxHashMap<u32, BranchRank> {
        (1..)
            .zip(&self.order)
            .map(|(rank, (article, score))| {
                let score = *score;
                (*article, BranchRank { rank, score })
            })
            .collect()
    }
}

/// Articles by their scores; ties by path.
fn best_first(scores: impl Iterator<Item = (u32, f64)>) -> Vec<(u32, f64)> {
    let mut order: Vec<(u32, f64)> = scores.collect();
    order.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    order
}

/// Raw results of both branches, best first, units of this generation only.
#[derive(Debug, Default)]
pub struct Branches {
    /// BM25 of passages.
    pub keyword: Vec<(UnitRef, f32)>,
    /// BM25 of whole articles; adds to that of their best passage.
    pub articles: Vec<(UnitRef, f32)>,
    /// Similarity.
    pub vector: Vec<(UnitRef, f32)>,
    /// Weighted idf of all words of the query.
    pub keyword_ideal: f64,
    /// Share of what its content words are worth that has a name in the other script, 0–1.
    pub heard: f64,
}

/// The query's own scale in each branch.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Scale {
    /// Best BM25.
    pub keyword_best: f64,
    /// How much the words have to say, 0–0.6.
    pub keyword_voice: f64,
    /// Best similarity.
    pub vector_best: f64,
    /// Similarity of what merely happens to be near.
    pub vector_background: f64,
    /// How much the vectors have to say, 0–√2.
    pub vector_voice: f64,
    /// Mean and standard deviation of the best passages' similarities of articles that merely happen to be near.
    pub bystanders: (f64, f64),
}

/// Places of the articles that merely happen to be near; few articles have nearer bystanders.
const BYSTANDERS: std::ops::Range<usize> = 5..50;

impl Scale {
    fn of(words: &BranchScores, vectors: &BranchScores, ideal: f64) -> Self {
        let last = vectors.order.len().saturating_sub(1);
        let background = vectors
            .order
            .get(BACKGROUND_RANK.min(last))
            .map_or(0.0, |(_, score)| *score);
        let reach = if ideal > 0.0 {
            words.best() / (REACH_UNIT * ideal)
        } else {
            0.0
        };
        let spread = (vectors.best() - background) / SPREAD_UNIT;
        Self {
            keyword_best: words.best(),
            keyword_voice: KEYWORD_LOUDNESS * reach.clamp(0.0, 1.0).sqrt(),
            vector_best: vectors.best(),
            vector_background: background,
            vector_voice: spread.clamp(0.0, SPREAD_MAX).sqrt(),
            bystanders: moments(bystanders(&descending(vectors.bodies.values()))),
        }
    }

    /// BM25 as a share of the best, 0–1.
    fn keyword(&self, score: Option<&f64>) -> f64 {
        score.map_or(0.0, |score| {
            if self.keyword_best > 0.0 {
                score / self.keyword_best
            } else {
                0.0
            }
        })
    }

    /// Similarity between background and best, 0–1.
    fn vector(&self, score: Option<&f64>) -> f64 {
        let span = self.vector_best - self.vector_background;
        match score {
            Some(score) if span > 0.0 => ((score - self.vector_background) / span).clamp(0.0, 1.0),
            // A single article is its own background.
            Some(_) => 1.0,
            None => 0.0,
        }
    }
}

/// Of values, greatest first, those of the articles that merely happen to be near.
pub(super) fn bystanders(values: &[f64]) -> &[f64] {
    let from = BYSTANDERS.start.min(values.len() / 3);
    &values[from..BYSTANDERS.end.min(values.len())]
}

/// The greatest first.
pub(super) fn descending<'a>(values: impl IntoIterator<Item = &'a f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.into_iter().copied().collect();
    values.sort_unstable_by(|a, b| b.total_cmp(a));
    values
}

/// Mean and standard deviation.
pub(super) fn moments(values: &[f64]) -> (f64, f64) {
    let count = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count;
    (mean, variance.sqrt())
}

/// Orders articles by both branches; ties by path. `wide` tells whether the question is written in Chinese, Japanese
/// or Korean characters.
#[must_use]
pub fn fuse(
    catalog: &Catalog,
    branches: &Branches,
    mode: Mode,
    wide: bool,
) -> (Vec<FusedArticle>, Scale) {
    let words = BranchScores::words(&branches.keyword, &branches.articles);
    let mut vectors = BranchScores::vectors(catalog, &branches.vector);
    let by_vector = vectors.standing();
    let other_script = |article: u32| catalog.is_cjk(article) != wide;
    if mode == Mode::Hybrid {
        vectors.align(&other_script);
    }
    let scale = Scale::of(&words, &vectors, branches.keyword_ideal);
    let by_word = words.standing();
    let voices = (scale.keyword_voice + scale.vector_voice).max(f64::EPSILON);
    let mut far = words.order.iter();
    let far = far.find(|(article, _)| other_script(*article));
    let far_best = far.map_or(f64::INFINITY, |(_, score)| *score);
    let score = |article: u32| {
        let said = words.score.get(&article);
        let (k, v) = (
            scale.keyword(said),
            scale.vector(vectors.score.get(&article)),
        );
        match mode {
            Mode::Keyword if other_script(article) => OTHER_SCRIPT * k,
            Mode::Keyword => k,
            Mode::Vector => v,
            Mode::Hybrid if other_script(article) => {
                let said = said.map_or(0.0, |s| s / far_best);
                let k = cross_script::words_say(said, k, v, branches.heard);
                OTHER_SCRIPT * (scale.keyword_voice * k + scale.vector_voice * v) / voices
            }
            Mode::Hybrid => (scale.keyword_voice * k + scale.vector_voice * v) / voices,
        }
    };
    let by_vector_alone = vectors.score.keys();
    let by_vector_alone = by_vector_alone.filter(|article| !words.score.contains_key(article));
    let articles = words.score.keys().chain(by_vector_alone);
    let order = best_first(articles.map(|article| (*article, score(*article))));
    let passages = best_passages(&words, &vectors, &scale);
    let found = order.into_iter().map(|(article, score)| FusedArticle {
        article,
        passage: passages.get(&article).map_or(0, |(passage, _)| *passage),
        keyword: by_word.get(&article).copied(),
        vector: by_vector.get(&article).copied(),
        similarity: vectors.bodies.get(&article).copied(),
        score,
        logit: None,
    });
    (found.collect(), scale)
}

/// Best first; equal scores by path, which is the catalog's order.
pub fn sort(found: &mut [FusedArticle]) {
    found.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.article.cmp(&b.article)));
}

/// The passage of each article that both branches together like best, with how much; of an article that is not among
/// them it is the first.
fn best_passages(
    words: &BranchScores,
    vectors: &BranchScores,
    scale: &Scale,
) -> FxHashMap<u32, (u32, f64)> {
    let by_vector = |score| scale.vector_voice.max(0.1) * scale.vector(score);
    let by_word = words.passages.iter().map(|(at, score)| {
        let by_word = scale.keyword_voice * score / words.best_passage;
        (at, by_word + by_vector(vectors.passages.get(at)))
    });
    let by_vector_alone = vectors.passages.iter();
    let by_vector_alone = by_vector_alone.filter(|(at, _)| !words.passages.contains_key(at));
    let by_vector_alone = by_vector_alone.map(|(at, score)| (at, by_vector(Some(score))));
    let mut best: FxHashMap<u32, (u32, f64)> = FxHashMap::default();
    for ((article, passage), value) in by_word.chain(by_vector_alone) {
        let value = value + if *passage == 0 { OPENING } else { 0.0 };
        let known = best.entry(*article).or_insert((0, OPENING));
        if value > known.1 || (value == known.1 && *passage < known.0) {
            *known = (*passage, value);
        }
    }
    best
}
