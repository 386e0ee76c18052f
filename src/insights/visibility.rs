//! The articles that the reader of a report may see; others are not counted. Pure.

use std::{collections::HashMap, sync::Arc};

use super::rows::SearchRow;
use crate::{
    article::Article,
    index::Catalog,
    search::{browse, types::Audience},
};

/// The recorded articles as a reader sees them.
pub(super) struct VisibleArticles<'a> {
    names: HashMap<i64, String>,
    catalog: &'a Catalog,
    audience: &'a Audience,
}

impl<'a> VisibleArticles<'a> {
    pub(super) fn new(
        names: HashMap<i64, String>,
        catalog: &'a Catalog,
        audience: &'a Audience,
    ) -> Self {
        Self {
            names,
            catalog,
            audience,
        }
    }

    /// The article of that number, if the reader may see it.
    pub(super) fn article(&self, n: i64) -> Option<&'a Arc<Article>> {
        browse::find(self.catalog, self.names.get(&n)?, self.audience)
    }

    /// Whether events of the article count for the reader. Removed articles count only for those
    /// who may see everything.
    pub(super) fn counts(&self, n: i64) -> bool {
        *self.audience == Audience::Unrestricted || self.article(n).is_some()
    }

    /// Whether the reader's audiences include these; None stands for everything.
    pub(super) fn covers(&self, audiences: Option<&[String]>) -> bool {
        match (self.audience, audiences) {
            (Audience::Unrestricted, _) => true,
            (Audience::Only(own), Some(theirs)) => theirs.iter().all(|one| own.contains(one)),
            (Audience::Only(_), None) => false,
        }
    }

    /// Whether a search had an answer that the reader may see.
    pub(super) fn is_answered(&self, row: &SearchRow) -> bool {
        row.answer.is_some_and(|n| self.counts(n))
    }

    /// Id of an article that counts.
    pub(super) fn id(&self, n: i64) -> Option<&str> {
        self.counts(n)
            .then(|| self.names.get(&n).map(String::as_str))
            .flatten()
    }

    /// Every article that exists for the reader.
    pub(super) fn articles(&self) -> impl Iterator<Item = &'a Arc<Article>> {
        let audience = self.audience;
        let articles = self.catalog.articles.iter();
        articles.filter(move |article| {
            article.status != crate::article::Status::Draft && audience.sees(&article.audience)
        })
    }
}
