//! Ranking for one query: words and vectors are asked side by side, and what both say is fused.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use super::{Core, find::tell};
use crate::{
    cores,
    index::{
        Generation,
        embed::Vector,
        keyword,
        vector::{Nearest, Question},
    },
    search::{
        across,
        admission::Admission,
        contrast::{self, Direction, measured},
        error::SearchError,
        fuse::{self, Branches},
        known::Known,
        narrow::Bounds,
        parts::{best_first, parts},
        query::Query,
        ranking::Ranking,
        stages::timed,
        terms::{weighted, worth},
        types::Mode,
    },
};

/// Units that the vectors are asked for at least: what merely happens to be near tells their scale.
const NEIGHBOURS: usize = 300;

/// Units of an index in which words are found in less time than a thread takes to start.
const SMALL: usize = 4_096;

impl Core {
    /// Ranks articles for a query within bounds.
    ///
    /// # Errors
    /// When the model fails in a search by vectors alone; a hybrid search goes on by words.
    pub fn rank(
        &self,
        generation: &Arc<Generation>,
        query: &Query,
        mode: Mode,
        bounds: &Bounds,
        depth: usize,
        degraded: &mut Vec<String>,
    ) -> Result<Ranking, SearchError> {
        let worth = worth(Known { generation, bounds }, &query.terms);
        let mut branches = Branches {
            // An article need have the words of one part.
            keyword_ideal: worth.iter().sum::<f64>() / parts(&query.text).len() as f64,
            heard: across::heard(&query.terms, &worth),
            ..Branches::default()
        };
        let mut is_cut = false;
        if !bounds.is_empty() {
            // What must have a phrase has its words, and is found by them.
            let near = match mode {
                Mode::Hybrid if query.is_strict() => 0,
                _ => depth,
            };
            // Words are looked for beside the model and the vectors, where that pays a thread.
            let words = || by_words(generation, query, bounds, depth);
            let meaning = || self.by_meaning(generation, query, bounds, near, mode);
            let (words, meaning) = match mode {
                Mode::Keyword => (words(), Ok(Some(Vec::new()))),
                Mode::Vector => (Some(keyword::Found::default()), meaning()),
                Mode::Hybrid if generation.catalog.unit_count() < SMALL => (words(), meaning()),
                Mode::Hybrid => {
                    let span = tracing::Span::current();
                    let (meaning, words) = cores::both(meaning, move || span.in_scope(words));
                    (words, meaning)
                }
            };
            let words = words.unwrap_or_else(|| {
                tell(degraded, "keyword_unavailable");
                keyword::Found::default()
            });
            let meaning = meaning?.unwrap_or_else(|| {
                tell(degraded, "vectors_unavailable");
                Vec::new()
            });
            is_cut = words.passages.len().max(words.articles.len()) >= depth
                || (near > 0 && meaning.len() >= near);
            let mut admission = Admission::new(&generation.catalog, query, bounds);
            branches.keyword = admission.admitted(words.passages);
            branches.articles = admission.admitted(words.articles);
            branches.vector = admission.admitted(meaning);
        }
        let (found, scale) = fuse::fuse(&generation.catalog, &branches, mode, query.wide);
        Ok(Ranking {
            generation: Arc::clone(generation),
            found,
            scale,
            terms: query.terms.clone(),
            said: query.said,
            second_share: 0.0,
            boosts: HashMap::new(),
            worth,
            is_cut,
        })
    }

    /// Where the answers to a question's parts lie; None where the model fails.
    fn questions(&self, query: &Query) -> Option<Vec<Direction>> {
        let common = self.common()?;
        let parts = parts(&query.text).into_iter();
        parts
            .map(|part| Some(Direction::of(&self.vector(part)?, common)))
            .collect()
    }

    /// What all questions share; None where the model fails, which may work the next time.
    pub(super) fn common(&self) -> Option<&Vector> {
        if let Some(known) = self.common.get() {
            return Some(known);
        }
        let found = contrast::common(|text| self.vector(text))?;
        Some(self.common.get_or_init(|| found))
    }

    /// None where the model failed or the store does, and words may still tell.
    fn by_meaning(
        &self,
        generation: &Generation,
        query: &Query,
        bounds: &Bounds,
        depth: usize,
        mode: Mode,
    ) -> Result<Option<Nearest>, SearchError> {
        let store = self.index.vectors.as_ref();
        let depth = depth.max(NEIGHBOURS);
        let nearest = store
            .zip(self.questions(query))
            .and_then(|(store, questions)| {
                let sides = match mode {
                    Mode::Hybrid => bounds.scripts(&generation.catalog, query.wide, depth),
                    _ => vec![(Cow::Borrowed(&bounds.narrow), depth)],
                };
                let asked: Vec<_> = questions
                    .iter()
                    .flat_map(|direction| {
                        sides.iter().map(|(narrow, limit)| Question {
                            vector: &direction.unit,
                            narrow,
                            limit: *limit,
                        })
                    })
                    .collect();
                timed("vector", || store.nearest(&asked))
                    .map(|found| best_first(measured(found, &questions)))
                    .inspect_err(|error| error.tell("search continues without vector results"))
                    .ok()
            });
        match nearest {
            None if mode == Mode::Vector => Err(SearchError::VectorsUnavailable),
            nearest => Ok(nearest),
        }
    }
}

/// None where the index cannot be read.
fn by_words(
    generation: &Generation,
    query: &Query,
    bounds: &Bounds,
    depth: usize,
) -> Option<keyword::Found> {
    let catalog = &generation.catalog;
    let find = || {
        let terms = weighted(&query.terms);
        generation
            .words
            .find(&terms, &bounds.narrow, depth, |key| catalog.order(key))
    };
    timed("keyword", find)
        .inspect_err(|error| tracing::error!(%error, "search continues without keyword results"))
        .ok()
}
