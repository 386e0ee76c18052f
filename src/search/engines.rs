//! Queries both engines, the same for a question and for a conversation: a failure is logged, and the other engine
//! continues alone.

use std::borrow::Cow;

use super::{narrow::ResolvedFilter, query::QueryTerm, stages::timed, terms::weighted};
use crate::{
    cores,
    index::{
        Catalog, Generation,
        filter::EngineFilter,
        keyword::Found,
        vector::{Nearest, Question, VectorStore},
    },
};

/// Units of an index in which words are found in less time than a thread takes to start.
const SMALL: usize = 4_096;

/// Asks the vectors here and the words beside them, where the index is large enough to pay for a thread.
pub(super) fn both<A, B: Send>(
    catalog: &Catalog,
    by_meaning: impl FnOnce() -> A,
    by_words: impl FnOnce() -> B + Send,
) -> (A, B) {
    if catalog.unit_count() < SMALL {
        return (by_meaning(), by_words());
    }
    let span = tracing::Span::current();
    cores::both(by_meaning, move || span.in_scope(by_words))
}

/// BM25 of what has some of the terms, at most `depth` of each kind; None where the index cannot be read.
pub(super) fn by_words(
    generation: &Generation,
    bounds: &ResolvedFilter,
    terms: &[QueryTerm],
    depth: usize,
) -> Option<Found> {
    let catalog = &generation.catalog;
    let find = || {
        let terms = weighted(terms);
        generation
            .words
            .find(&terms, &bounds.narrow, depth, |key| catalog.order(key))
    };
    timed("keyword", find)
        .inspect_err(|error| tracing::error!(%error, "search continues without keyword results"))
        .ok()
}

/// What is near each vector (of unit length) within each of the sides, in that order: those of the first vector come
/// first. None where the store cannot be read.
pub(super) fn nearest(
    store: &dyn VectorStore,
    vectors: &[&[f32]],
    sides: &[(Cow<'_, EngineFilter>, usize)],
) -> Option<Vec<Nearest>> {
    let within = |vector| {
        sides.iter().map(move |(narrow, limit)| Question {
            vector,
            narrow,
            limit: *limit,
        })
    };
    let asked: Vec<_> = vectors.iter().copied().flat_map(within).collect();
    timed("vector", || store.nearest(&asked))
        .inspect_err(|error| error.tell("search continues without vector results"))
        .ok()
}
