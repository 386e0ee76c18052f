//! The number of matching articles: that at the end of the last page, whichever page is requested.

use std::sync::Arc;

use fixedbitset::FixedBitSet;

use super::{Core, find::PreparedSearch};
use crate::search::{query::Query, ranking::Ranking, terms::weighted, types::Mode};

impl Core {
    /// Articles that match; groups of translations where one of each is shown.
    pub(super) fn total(
        &self,
        asked: &PreparedSearch<'_>,
        query: &Query,
        ranking: &Ranking,
    ) -> usize {
        if !ranking.is_cut {
            return ranking.found.len();
        }
        let catalog = &asked.ground.generation.catalog;
        let within = self.within(asked);
        let is_by_words = match asked.mode {
            Mode::Keyword => true,
            Mode::Hybrid => query.has_constraints(),
            // By its vector each article is near to some degree.
            Mode::Vector => false,
        };
        let having = is_by_words.then(|| having(asked, query));
        let is_grouped = asked.request.prefer_lang.is_some();
        if !query.has_constraints() && !is_grouped {
            return match having {
                Some(having) => having.intersection_count(&within),
                None => within.count_ones(..),
            };
        }
        let mut matching = within.as_ref().clone();
        if let Some(having) = having {
            matching.intersect_with(&having);
        }
        if query.has_constraints() {
            let admitted = matching.ones().filter(|at| asked.admits(query, *at as u32));
            matching = admitted.collect();
        }
        if is_grouped {
            let groups = matching.ones().map(|at| catalog.group(at as u32) as usize);
            matching = groups.collect();
        }
        matching.count_ones(..)
    }

    /// The articles within the bounds.
    fn within(&self, asked: &PreparedSearch<'_>) -> Arc<FixedBitSet> {
        let narrow = serde_json::to_vec(&asked.bounds.narrow).unwrap_or_default();
        let hash = *blake3::hash(&narrow).as_bytes();
        let catalog = &asked.ground.generation.catalog;
        let key = (catalog.info.generation, asked.ground.today, hash);
        let find = || Arc::new(asked.bounds.articles(catalog));
        self.within.get_with(key, find)
    }
}

/// The articles that have some of the words.
fn having(asked: &PreparedSearch<'_>, query: &Query) -> FixedBitSet {
    let having = asked.ground.generation.having(&weighted(&query.terms));
    having
        .inspect_err(|error| tracing::error!(%error, "matching articles not counted"))
        .unwrap_or_default()
}
