//! What is published to the engines: the known articles, each with its revision, and the state of the content.

use std::sync::Arc;

use rayon::prelude::*;

use super::{git::Repository, reconcile::ContentState};
use crate::{
    article::{Article, is_article_path},
    index::{Index, IndexInfo, unit::Indexed},
    text::dictionary,
};

fn model(index: &Index) -> String {
    index
        .embedder
        .as_ref()
        .map_or_else(|| "none".to_owned(), |model| model.id().to_owned())
}

/// What the engines know of each article; what is as it was in `before` is taken from there.
pub(super) fn entries(
    known: &ContentState,
    git: Option<&Repository>,
    index: &Index,
) -> Vec<Arc<Indexed>> {
    let (before, model) = (index.generation(), model(index));
    let entry = |article: Arc<Article>| {
        let same = before
            .catalog
            .position(&article.id)
            .map(|at| before.catalog.indexed(at))
            .filter(|same| Arc::ptr_eq(&same.article, &article))
            .filter(|same| same.dictionary == dictionary());
        // The text of a file that is broken now is still the one of an earlier commit.
        let kept = || {
            same.filter(|_| known.is_broken(&article.path))
                .map(|same| same.revision.clone())
        };
        let commit = git.and_then(|git| git.revision(&article)).or_else(kept);
        let revision = commit.unwrap_or_else(|| article.content_hash.clone());
        let same = same.filter(|same| same.revision == revision).cloned();
        (article, revision, same)
    };
    let articles: Vec<_> = known.articles().into_iter().map(entry).collect();
    let indexed = |(article, revision, same): (_, _, Option<_>)| {
        same.unwrap_or_else(|| Arc::new(Indexed::new(article, revision, &model)))
    };
    articles.into_par_iter().map(indexed).collect()
}

/// Where the content stands: a commit where the articles are those of one.
pub(super) fn info(known: &ContentState, git: Option<&Repository>, generation: u64) -> IndexInfo {
    let clean = |git: &Repository| {
        known.good().all(|article| git.revision(article).is_some())
            && git.committed().filter(|path| is_article_path(path)).count() == known.good().count()
    };
    let commit = git.filter(|git| clean(git)).and_then(Repository::head);
    IndexInfo {
        revision: commit.unwrap_or_else(|| known.revision()),
        generation,
        pending: 0,
        updated_at: chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
    }
}
