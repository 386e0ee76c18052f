//! The running service as the tool face knows it: the same functions as over HTTP, also beside a server.

use std::sync::Arc;

use chrono::{NaiveDate, Utc};

use super::{App, StartError, embedder};
use crate::{
    audit::Audit,
    config::Config,
    http,
    index::{Catalog, Manifest, Writer, embed::cache::EmbeddingCache},
    insights::MissingArticle,
    live::Desk,
    mcp::{Gap, Service},
    search::{
        error::SearchError,
        status::Readiness,
        types::{Audience, IndexInfo, SearchRequest, SearchResponse},
    },
};

impl App {
    /// The service beside a server that has the data folder: the index is in memory, vectors come from the folder's
    /// cache, and nothing is recorded.
    ///
    /// # Errors
    /// When the content cannot be read.
    pub fn beside(config: Config) -> Result<Self, StartError> {
        let embedder = embedder(&config.model);
        let cache = embedder
            .as_ref()
            .and_then(|_| EmbeddingCache::beside(&config.data));
        let writer = Writer::in_memory(embedder, cache)?;
        let manifest = Manifest::beside(&config.data)?;
        Self::on(config, writer, manifest, None)
    }
}

impl Service for App {
    fn search(
        &self,
        request: SearchRequest,
        audience: &Audience,
    ) -> Result<SearchResponse, SearchError> {
        http::Service::search(self, request, audience)
    }

    fn catalog(&self) -> Arc<Catalog> {
        http::Service::catalog(self)
    }

    fn is_ready(&self) -> bool {
        http::Service::is_ready(self)
    }

    fn readiness(&self) -> Readiness {
        http::Service::readiness(self)
    }

    fn freshness(&self) -> (IndexInfo, Vec<String>) {
        http::Service::freshness(self)
    }

    fn desk(&self) -> &Desk {
        http::Service::desk(self)
    }

    fn today(&self) -> NaiveDate {
        http::Service::today(self)
    }

    fn audit(&self) -> Option<&Audit> {
        http::Service::audit(self)
    }

    fn report_gap(&self, gap: &Gap) -> bool {
        let Some(insights) = http::Service::insights(self) else {
            return false;
        };
        let missing = MissingArticle {
            query: gap.query.clone(),
            comment: gap.comment.clone(),
            query_id: None,
            by: gap.by.clone(),
            audience: gap.audience.clone(),
        };
        insights.report_gap(missing, Utc::now());
        true
    }
}
