//! Implements `Retriever` over the retrieval core.

use std::sync::Arc;

use chrono::NaiveDate;

use super::retriever::{Retriever, Scope, View};
use crate::{
    index::Catalog,
    search::{Conversation, ConversationSearch, Found, narrow::ResolvedFilter, types::Filter},
    text::is_cjk,
};

/// Cosine of two texts that surely ask the same, and of two that surely do not: E5's cosines live in this band.
const SAME_QUESTION: (f64, f64) = (0.92, 0.84);

/// The same for two Chinese texts, which lie closer to each other whatever they say (measured on the demo calls' questions).
const SAME_CHINESE_QUESTION: (f64, f64) = (0.946, 0.866);

/// Search as live calls use it.
pub struct CoreRetriever {
    listener: ConversationSearch,
    today: Box<dyn Fn() -> NaiveDate + Send + Sync>,
}

impl CoreRetriever {
    /// Over a conversation search; `today` is the date in the editors' time zone.
    pub fn new(
        listener: ConversationSearch,
        today: impl Fn() -> NaiveDate + Send + Sync + 'static,
    ) -> Self {
        let today = Box::new(today);
        Self { listener, today }
    }
}

impl Retriever for CoreRetriever {
    fn catalog(&self) -> Arc<Catalog> {
        Arc::clone(&self.listener.core().index().generation().catalog)
    }

    fn find(&self, asked: &Catalog, view: &View, scope: &Scope, limit: usize) -> Vec<Found> {
        let core = self.listener.core();
        let generation = core.index().generation();
        let catalog = &generation.catalog;
        let inapplicable = core.inapplicable(catalog, scope.account);
        let bounds = ResolvedFilter::new(
            catalog,
            &Filter::default(),
            scope.audience,
            &inapplicable,
            (self.today)(),
        );
        let conversation = Conversation {
            turns: &view.turns,
            shown: &view.shown,
            is_asking: view.is_asking,
            account: scope.account,
            lang: scope.lang,
        };
        let mut found = self
            .listener
            .find(&generation, &conversation, &bounds, limit);
        // The generation may have changed since the call's decision began.
        found.retain_mut(|found| {
            let known = &catalog.articles[found.article as usize];
            let is_same =
                |at: &u32| asked.articles[*at as usize].content_hash == known.content_hash;
            let now = asked.position(&known.id).filter(is_same);
            found.article = now.unwrap_or(found.article);
            now.is_some()
        });
        found
    }

    fn same_question(&self, a: &str, b: &str) -> Option<f64> {
        let (sure, never) = if a.contains(is_cjk) && b.contains(is_cjk) {
            SAME_CHINESE_QUESTION
        } else {
            SAME_QUESTION
        };
        self.listener
            .similarity(a, b)
            .map(|cosine| ((cosine - never) / (sure - never)).clamp(0.0, 1.0))
    }
}
