//! What both engines answered to a conversation, put together by article. Pure.
//!
//! Owns which unit speaks for its article and which passage is shown. Leaves asking the engines to `listen`, and
//! what counts how much to `posterior`.

use rustc_hash::FxHashMap;

use super::{
    listen::Candidate,
    narrow::Bounds,
    posterior::Traits,
    query::QueryTerm,
    snippet::{content_terms, snippet},
};
use crate::index::{Generation, Place, unit::UnitKind};

/// Cosines of one question to the vectors, by what they belong to.
#[derive(Debug, Default)]
pub(super) struct Near {
    bodies: FxHashMap<u32, f64>,
    passages: FxHashMap<(u32, u32), f64>,
    titles: FxHashMap<u32, f64>,
    /// What was not found is as far as the farthest found.
    farthest: f64,
}

impl Near {
    /// The best unit of an article speaks for it.
    pub(super) fn of(mut results: Vec<(Place, f64)>) -> Self {
        results.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let mut near = Self::default();
        for (place, score) in results {
            near.farthest = score;
            match place.kind {
                UnitKind::Title => {
                    near.titles.entry(place.article).or_insert(score);
                }
                kind => {
                    near.bodies.entry(place.article).or_insert(score);
                    if let UnitKind::Passage(passage) = kind {
                        near.passages
                            .entry((place.article, passage))
                            .or_insert(score);
                    }
                }
            }
        }
        near
    }

    /// Whether nothing was found.
    pub(super) fn is_empty(&self) -> bool {
        self.bodies.is_empty()
    }

    fn or_farthest(&self, found: Option<&f64>) -> f64 {
        found.copied().unwrap_or(self.farthest)
    }
}

/// What both engines answered.
pub(super) struct Hearing<'a> {
    /// What was asked.
    pub(super) generation: &'a Generation,
    /// What may be shown.
    pub(super) bounds: &'a Bounds,
    /// BM25 of the view's words as a share of the ideal.
    pub(super) words: Vec<(Place, f64)>,
    /// What is near the newest turn.
    pub(super) turn: Near,
    /// What is near the whole view.
    pub(super) view: Near,
}

impl Hearing<'_> {
    /// Traits of all articles that an engine brought up.
    pub(super) fn traits(&self) -> FxHashMap<u32, Traits> {
        let mut passages: FxHashMap<u32, f64> = FxHashMap::default();
        let mut wholes: FxHashMap<u32, f64> = FxHashMap::default();
        for (place, share) in &self.words {
            match place.kind {
                UnitKind::Article => *wholes.entry(place.article).or_default() += share,
                _ => {
                    let best = passages.entry(place.article).or_default();
                    *best = best.max(*share);
                }
            }
        }
        let articles = [&self.turn.bodies, &self.view.bodies, &passages, &wholes];
        let mut found: FxHashMap<u32, Traits> = FxHashMap::default();
        for article in articles.into_iter().flat_map(FxHashMap::keys) {
            found.entry(*article).or_insert_with(|| {
                let of = |scores: &FxHashMap<u32, f64>| scores.get(article).copied().unwrap_or(0.0);
                Traits {
                    words: of(&passages) + of(&wholes),
                    ..self.far(*article)
                }
            });
        }
        found
    }

    /// What the vectors alone say of an article.
    fn far(&self, article: u32) -> Traits {
        Traits {
            turn: self.turn.or_farthest(self.turn.bodies.get(&article)),
            view: self.view.or_farthest(self.view.bodies.get(&article)),
            title: self.view.or_farthest(self.view.titles.get(&article)),
            ..Traits::default()
        }
    }

    /// The traits of an article that was named, if it may be shown.
    pub(super) fn admitted<'t>(
        &self,
        found: &'t mut FxHashMap<u32, Traits>,
        article: u32,
    ) -> Option<&'t mut Traits> {
        let is_found = found.contains_key(&article);
        if !is_found
            && !self
                .bounds
                .admits(&self.generation.catalog.articles[article as usize])
        {
            return None;
        }
        Some(found.entry(article).or_insert_with(|| self.far(article)))
    }

    /// An article as it is told.
    pub(super) fn candidate(
        &self,
        article: u32,
        confidence: f64,
        terms: &[QueryTerm],
    ) -> Candidate {
        let catalog = &self.generation.catalog;
        let passage = self.best_passage(article);
        let words = catalog.indexed(article).vocabulary(passage);
        let matched = terms
            .iter()
            .filter(|term| term.content && words.has(&term.term))
            .map(|term| term.term.clone());
        Candidate {
            article,
            passage,
            confidence,
            excerpt: snippet(
                &catalog.articles[article as usize].passages[passage as usize],
                words,
                &content_terms(terms),
            ),
            matched: matched.collect(),
            is_entry: false,
            is_looked_up: false,
        }
    }

    /// The passage that fits best by the same weights; the first where nothing tells.
    fn best_passage(&self, article: u32) -> u32 {
        let words: FxHashMap<u32, f64> = self
            .words
            .iter()
            .filter_map(|(place, share)| match place.kind {
                UnitKind::Passage(passage) if place.article == article => Some((passage, *share)),
                _ => None,
            })
            .collect();
        let value = |passage: u32| {
            let at = &(article, passage);
            let traits = Traits {
                turn: self.turn.or_farthest(self.turn.passages.get(at)),
                view: self.view.or_farthest(self.view.passages.get(at)),
                words: words.get(&passage).copied().unwrap_or(0.0),
                ..Traits::default()
            };
            traits.sum(!self.turn.is_empty())
        };
        let count = self.generation.catalog.articles[article as usize]
            .passages
            .len() as u32;
        (0..count)
            .map(|passage| (passage, value(passage)))
            .reduce(|best, one| if one.1 > best.1 { one } else { best })
            .map_or(0, |(passage, _)| passage)
    }
}

/// Results of this generation that may be shown.
pub(super) fn placed(
    generation: &Generation,
    bounds: &Bounds,
    results: Vec<(u64, f32)>,
) -> Vec<(Place, f64)> {
    let catalog = &generation.catalog;
    results
        .into_iter()
        .filter_map(|(key, score)| Some((catalog.place(key)?, f64::from(score))))
        .filter(|(place, _)| bounds.admits(&catalog.articles[place.article as usize]))
        .collect()
}
