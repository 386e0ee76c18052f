//! Which results of the engines count. Pure.

use rustc_hash::FxHashMap;

use super::{narrow::Bounds, query::Query};
use crate::{
    article::Article,
    index::{Catalog, Place},
    text::fold,
};

/// Those of this generation whose article the bounds and the query's phrases admit.
pub(super) struct Admission<'a> {
    catalog: &'a Catalog,
    query: &'a Query,
    bounds: &'a Bounds,
    /// Articles that were looked at.
    judged: FxHashMap<u32, bool>,
}

impl<'a> Admission<'a> {
    pub(super) fn new(catalog: &'a Catalog, query: &'a Query, bounds: &'a Bounds) -> Self {
        Self {
            catalog,
            query,
            bounds,
            judged: FxHashMap::default(),
        }
    }

    pub(super) fn admitted(&mut self, results: Vec<(u64, f32)>) -> Vec<(Place, f32)> {
        let placed = results
            .into_iter()
            .filter_map(|(key, score)| self.catalog.place(key).map(|place| (place, score)));
        placed
            .filter(|(place, _)| {
                *self.judged.entry(place.article).or_insert_with(|| {
                    let article = &self.catalog.articles[place.article as usize];
                    admits(article, self.query, self.bounds)
                })
            })
            .collect()
    }
}

/// Whether the bounds and the query's phrases admit an article.
pub(super) fn admits(article: &Article, query: &Query, bounds: &Bounds) -> bool {
    bounds.admits(article) && (!query.is_strict() || query.admits(&folded(article)))
}

fn folded(article: &Article) -> String {
    let headings = article.sections.iter();
    let headings = headings.filter_map(|section| section.heading.last());
    let texts = article.passages.iter().map(|passage| &passage.text);
    let all = std::iter::once(&article.title).chain(&article.questions);
    let all: Vec<&str> = all
        .chain(headings)
        .chain(texts)
        .map(String::as_str)
        .collect();
    fold(&all.join("\n")).text
}
