//! Two branches → one order. Pure.
//!
//! Each branch is brought to 0–1 by what it could have scored, not by what it happened to score, so that a branch
//! that has nothing to say counts for nothing: words by the score a perfect passage would have, vectors by their
//! distance from the query's own background.

use std::collections::HashMap;

use super::types::Mode;
use crate::index::{Catalog, Place, unit::UnitKind};

/// Share of the vectors in the sum of both branches.
const VECTOR_SHARE: f64 = 0.6;

/// Share of the words when the query's best passage matches all of its weight.
const KEYWORD_SHARE: f64 = 1.0 - VECTOR_SHARE;

/// Place in the vectors' order whose cosine is the query's background.
const BACKGROUND_RANK: usize = 50;

/// How much the second-best passage of an article adds to its best.
const SECOND_PASSAGE: f64 = 0.05;

/// Place and raw score of an article in one branch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standing {
    /// 1-based.
    pub rank: usize,
    /// BM25 or cosine of its best unit.
    pub score: f64,
}

/// What speaks for an article.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// Index into the catalog's articles.
    pub article: u32,
    /// Index of its best passage.
    pub passage: u32,
    /// Among the words' results.
    pub keyword: Option<Standing>,
    /// Among the vectors' results.
    pub vector: Option<Standing>,
    /// 0–1.
    pub score: f64,
}

/// Results of one branch by article: best score, and scores by passage.
#[derive(Debug, Default)]
struct ByArticle {
    order: Vec<u32>,
    best: HashMap<u32, (f64, f64)>,
    passages: HashMap<(u32, u32), f64>,
}

impl ByArticle {
    /// Results come best first.
    fn of(results: impl Iterator<Item = (Place, f32)>) -> Self {
        let mut by = Self::default();
        for (place, score) in results {
            let score = f64::from(score);
            match by.best.get_mut(&place.article) {
                None => {
                    by.order.push(place.article);
                    by.best.insert(place.article, (score, 0.0));
                }
                Some((_, second)) => *second = second.max(score),
            }
            if let UnitKind::Passage(passage) = place.kind {
                by.passages.entry((place.article, passage)).or_insert(score);
            }
        }
        by
    }

    fn standing(&self) -> HashMap<u32, Standing> {
        (1..).zip(&self.order).map(|(rank, article)| (*article, Standing { rank, score: self.best[article].0 })).collect()
    }
}

/// Raw results of both branches, best first, units of this generation only.
#[derive(Debug, Default)]
pub struct Branches {
    /// BM25.
    pub keyword: Vec<(Place, f32)>,
    /// Cosine.
    pub vector: Vec<(Place, f32)>,
    /// BM25 that a passage with every word of the query would have.
    pub keyword_ideal: f64,
}

/// The query's own scale in each branch.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Scale {
    /// Best BM25.
    pub keyword_best: f64,
    /// Share of the ideal that the best passage reaches, 0–1.
    pub keyword_reach: f64,
    /// Best cosine.
    pub vector_best: f64,
    /// Cosine of what merely happens to be near.
    pub vector_background: f64,
}

/// Orders articles by both branches; ties by path.
#[must_use]
pub fn fuse(catalog: &Catalog, branches: &Branches, mode: Mode) -> (Vec<Evidence>, Scale) {
    let words = ByArticle::of(branches.keyword.iter().copied());
    let vectors = ByArticle::of(branches.vector.iter().copied());
    let scale = scale(&words, &vectors, branches.keyword_ideal);
    let (by_word, by_vector) = (words.standing(), vectors.standing());
    let mut found: Vec<Evidence> = words
        .order
        .iter()
        .chain(vectors.order.iter().filter(|article| !by_word.contains_key(article)))
        .map(|article| {
            let (keyword, vector) = (by_word.get(article).copied(), by_vector.get(article).copied());
            let k = keyword_score(words.best.get(article), &scale);
            let v = vector_score(vectors.best.get(article), &scale);
            let score = match mode {
                Mode::Keyword => k,
                Mode::Vector => v,
                Mode::Hybrid => {
                    let share = KEYWORD_SHARE * scale.keyword_reach.sqrt();
                    (share * k + VECTOR_SHARE * v) / (share + VECTOR_SHARE)
                }
            };
            Evidence { article: *article, passage: best_passage(catalog, *article, &words, &vectors, &scale), keyword, vector, score }
        })
        .collect();
    sort(&mut found);
    (found, scale)
}

/// Best first; equal scores by path, which is the catalog's order.
pub fn sort(found: &mut [Evidence]) {
    found.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.article.cmp(&b.article)));
}

fn scale(words: &ByArticle, vectors: &ByArticle, ideal: f64) -> Scale {
    let best = |by: &ByArticle| by.order.first().map_or(0.0, |article| by.best[article].0);
    let background = vectors.order.get(BACKGROUND_RANK.min(vectors.order.len().saturating_sub(1))).map_or(0.0, |article| vectors.best[article].0);
    let keyword_best = best(words);
    let keyword_reach = if ideal > 0.0 { (keyword_best / ideal).clamp(0.0, 1.0) } else { 0.0 };
    Scale { keyword_best, keyword_reach, vector_best: best(vectors), vector_background: background }
}

fn keyword_score(best: Option<&(f64, f64)>, scale: &Scale) -> f64 {
    let Some((best, second)) = best else { return 0.0 };
    if scale.keyword_best <= 0.0 {
        return 0.0;
    }
    ((best + SECOND_PASSAGE * second) / (scale.keyword_best * (1.0 + SECOND_PASSAGE))).min(1.0)
}

fn vector_score(best: Option<&(f64, f64)>, scale: &Scale) -> f64 {
    let span = scale.vector_best - scale.vector_background;
    match best {
        Some((best, _)) if span > 0.0 => ((best - scale.vector_background) / span).clamp(0.0, 1.0),
        // A single article is its own background.
        Some(_) => 1.0,
        None => 0.0,
    }
}

/// The passage of an article that both branches together like best.
fn best_passage(catalog: &Catalog, article: u32, words: &ByArticle, vectors: &ByArticle, scale: &Scale) -> u32 {
    let count = catalog.articles[article as usize].passages.len() as u32;
    let span = (scale.vector_best - scale.vector_background).max(f64::EPSILON);
    let value = |passage: u32| {
        let k = words.passages.get(&(article, passage)).map_or(0.0, |score| score / scale.keyword_best.max(f64::EPSILON));
        let v = vectors.passages.get(&(article, passage)).map_or(0.0, |score| ((score - scale.vector_background) / span).max(0.0));
        k * scale.keyword_reach.sqrt() + v
    };
    (0..count).map(|passage| (passage, value(passage))).fold((0, -1.0), |best, one| if one.1 > best.1 { one } else { best }).0
}
