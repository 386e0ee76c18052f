//! Ranking for one query: keyword and vector retrieval run in parallel, and their results are fused.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use super::{Core, find::tell};
use crate::{
    index::{Generation, embed::Vector, keyword, vector::Nearest},
    search::{
        admission::{Admission, prefer_quoted},
        contrast::{self, Direction, measured},
        cross_script, engines,
        error::SearchError,
        fuse::{self, Branches},
        narrow::ResolvedFilter,
        parts::{best_first, parts},
        query::Query,
        ranking::Ranking,
        terms::worth,
        types::Mode,
        visible_terms::VisibleTerms,
    },
};

/// Units that the vectors are asked for at least: what merely happens to be near tells their scale.
const NEIGHBOURS: usize = 300;

impl Core {
    /// Ranks articles for a query, within the bounds of whom the words are known to.
    ///
    /// # Errors
    /// When the model fails in a search by vectors alone; a hybrid search goes on by words.
    pub(super) fn rank(
        &self,
        known: &VisibleTerms<'_>,
        query: &Query,
        mode: Mode,
        depth: usize,
        degraded: &mut Vec<String>,
    ) -> Result<Ranking, SearchError> {
        let (generation, bounds) = (known.generation, known.bounds);
        let worth = worth(known, &query.terms);
        let mut branches = Branches {
            // An article need have the words of one part.
            keyword_ideal: worth.iter().sum::<f64>() / parts(&query.text).len() as f64,
            heard: cross_script::heard(&query.terms, &worth),
            ..Branches::default()
        };
        let mut is_cut = false;
        if !bounds.is_empty() {
            // What must have a phrase has its words, and is found by them.
            let near = match mode {
                Mode::Hybrid if query.has_constraints() => 0,
                _ => depth,
            };
            let words = || engines::by_words(generation, bounds, &query.terms, depth);
            let meaning = || self.by_meaning(generation, query, bounds, near, mode);
            let (words, meaning) = match mode {
                Mode::Keyword => (words(), Ok(Some(Vec::new()))),
                Mode::Vector => (Some(keyword::Found::default()), meaning()),
                Mode::Hybrid => {
                    let (meaning, words) = engines::both(&generation.catalog, meaning, words);
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
        let catalog = &generation.catalog;
        let (mut found, scale) = fuse::fuse(catalog, &branches, mode, query.wide);
        prefer_quoted(catalog, query, &mut found);
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
        bounds: &ResolvedFilter,
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
                let vectors: Vec<&[f32]> = questions.iter().map(|one| &*one.unit).collect();
                let found = engines::nearest(&**store, &vectors, &sides)?;
                Some(best_first(measured(found, &questions)))
            });
        match nearest {
            None if mode == Mode::Vector => Err(SearchError::VectorsUnavailable),
            nearest => Ok(nearest),
        }
    }
}
