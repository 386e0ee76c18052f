//! Nearest neighbours of one question, by article: the best unit of an article stands for it. Pure.

use rustc_hash::FxHashMap;

use crate::index::{UnitRef, unit::UnitKind};

/// Similarities (see `fuse`) to one question or view, by what the vectors belong to.
#[derive(Debug, Default)]
pub(super) struct VectorScores {
    /// Best passage or question of each article.
    pub(super) bodies: FxHashMap<u32, f64>,
    /// Passages, by article.
    pub(super) passages: FxHashMap<(u32, u32), f64>,
    /// Titles.
    pub(super) titles: FxHashMap<u32, f64>,
    /// What was not found is as far as the farthest found.
    farthest: f64,
}

impl VectorScores {
    /// From what was found, best first.
    pub(super) fn of(units: &[(UnitRef, f32)]) -> Self {
        let (bodies, passages) = best_units(units, |kind| kind != UnitKind::Title);
        let (titles, _) = best_units(units, |kind| kind == UnitKind::Title);
        Self {
            bodies,
            passages,
            titles,
            farthest: units.last().map_or(0.0, |(_, score)| f64::from(*score)),
        }
    }

    /// A similarity that was found, or the farthest.
    pub(super) fn or_farthest(&self, found: Option<&f64>) -> f64 {
        found.copied().unwrap_or(self.farthest)
    }

    /// Whether nothing was found.
    pub(super) fn is_empty(&self) -> bool {
        self.bodies.is_empty()
    }
}

/// Best score of each article and of each of its passages among the units that are wanted, which come best first.
pub(super) fn best_units(
    units: &[(UnitRef, f32)],
    wanted: impl Fn(UnitKind) -> bool,
) -> (FxHashMap<u32, f64>, FxHashMap<(u32, u32), f64>) {
    let (mut articles, mut passages) = (FxHashMap::default(), FxHashMap::default());
    for (place, score) in units.iter().filter(|(place, _)| wanted(place.kind)) {
        articles.entry(place.article).or_insert(f64::from(*score));
        if let UnitKind::Passage(passage) = place.kind {
            passages
                .entry((place.article, passage))
                .or_insert(f64::from(*score));
        }
    }
    (articles, passages)
}
