//! Decides which results of the engines count, and which passage shows a quoted phrase. Pure.

use rustc_hash::FxHashMap;

use super::{fuse::FusedArticle, narrow::ResolvedFilter, query::Query};
use crate::{
    index::{Catalog, UnitRef, unit::Indexed},
    text::compared,
};

/// Those of this generation whose article the bounds and the query's phrases admit.
pub(super) struct Admission<'a> {
    catalog: &'a Catalog,
    query: &'a Query,
    bounds: &'a ResolvedFilter,
    /// Neither bounds nor phrases exclude an article: those that have units are in use.
    admits_all: bool,
    /// Articles that were looked at.
    judged: FxHashMap<u32, bool>,
}

impl<'a> Admission<'a> {
    pub(super) fn new(catalog: &'a Catalog, query: &'a Query, bounds: &'a ResolvedFilter) -> Self {
        Self {
            catalog,
            query,
            bounds,
            admits_all: bounds.narrow.is_empty() && !query.has_constraints(),
            judged: FxHashMap::default(),
        }
    }

    pub(super) fn admitted(&mut self, results: Vec<(u64, f32)>) -> Vec<(UnitRef, f32)> {
        let placed = results
            .into_iter()
            .filter_map(|(key, score)| self.catalog.place(key).map(|place| (place, score)));
        placed
            .filter(|(place, _)| {
                self.admits_all
                    || *self.judged.entry(place.article).or_insert_with(|| {
                        let entry = self.catalog.indexed(place.article);
                        admits(entry, self.query, self.bounds)
                    })
            })
            .collect()
    }
}

/// Whether the bounds and the query's phrases admit an article.
pub(super) fn admits(entry: &Indexed, query: &Query, bounds: &ResolvedFilter) -> bool {
    bounds.admits(&entry.article) && (!query.has_constraints() || query.admits(entry.compared()))
}

/// Of an article whose best passage lacks the query's phrases, the first one that has them in its text takes its place.
pub(super) fn prefer_quoted(catalog: &Catalog, query: &Query, found: &mut [FusedArticle]) {
    if query.phrases.is_empty() {
        return;
    }
    for one in found {
        let passages = &catalog.articles[one.article as usize].passages;
        let has = |at: &u32| query.has_phrases(&compared(&passages[*at as usize].text));
        let others = 0..passages.len() as u32;
        one.passage = [one.passage]
            .into_iter()
            .chain(others)
            .find(has)
            .unwrap_or(one.passage);
    }
}
