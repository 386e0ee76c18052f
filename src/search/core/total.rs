//! How many articles match: those that the last page ends with, whichever page is asked for.

use std::{
    collections::HashSet,
    hash::{Hash, Hasher},
};

use rustc_hash::FxHasher;

use super::{Core, find::Asked};
use crate::search::{
    query::Query,
    ranking::{Ranking, group},
    terms::weighted,
    types::Mode,
};

impl Core {
    /// Articles that match; groups of translations where one of each is shown.
    pub(super) fn total(&self, asked: &Asked<'_>, query: &Query, ranking: &Ranking) -> usize {
        if !ranking.is_cut {
            return ranking.found.len();
        }
        let is_by_words = match asked.mode {
            Mode::Keyword => true,
            Mode::Hybrid => query.is_strict(),
            Mode::Vector => false,
        };
        let is_known = !is_by_words && !query.is_strict();
        if !is_known {
            return self.count(asked, query, is_by_words);
        }
        let mut hasher = FxHasher::default();
        asked.bounds.narrow.hash(&mut hasher);
        asked.request.prefer_lang.is_some().hash(&mut hasher);
        let generation = asked.ground.generation.catalog.info.generation;
        let key = (generation, asked.ground.today, hasher.finish());
        self.totals
            .get_with(key, || self.count(asked, query, is_by_words))
    }

    /// Counts those that have some of the words, or, since by its vector each article is near to some degree, all.
    fn count(&self, asked: &Asked<'_>, query: &Query, is_by_words: bool) -> usize {
        let generation = &asked.ground.generation;
        let catalog = &generation.catalog;
        let articles = match is_by_words {
            true => {
                let terms = weighted(&query.terms);
                let keys = generation.words.matching(&terms);
                let keys = keys
                    .inspect_err(|error| tracing::error!(%error, "matching articles not counted"));
                let places = keys.unwrap_or_default().into_iter();
                let places = places.filter_map(|key| catalog.place(key));
                places.map(|place| place.article).collect()
            }
            false => (0..catalog.articles.len() as u32).collect::<Vec<_>>(),
        };
        let admitted = articles.into_iter().filter(|at| asked.admits(query, *at));
        match asked.request.prefer_lang {
            None => admitted.count(),
            Some(_) => admitted
                .map(|at| group(&catalog.articles[at as usize]))
                .collect::<HashSet<_>>()
                .len(),
        }
    }
}
