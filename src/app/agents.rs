//! The running service as the tool face knows it: the same functions as over HTTP.

use std::sync::Arc;

use chrono::NaiveDate;

use super::App;
use crate::{
    http,
    index::Catalog,
    live::Desk,
    mcp::{Gap, Service},
    search::{
        error::SearchError,
        status::Readiness,
        types::{Audience, IndexInfo, SearchRequest, SearchResponse},
    },
};

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

    /// Nothing keeps gaps yet. The text stays out of the log: it may be a customer's.
    fn report_gap(&self, gap: &Gap) -> bool {
        let (chars, commented) = (gap.query.chars().count(), gap.comment.is_some());
        tracing::info!(by = gap.by, chars, commented, "a gap was reported");
        false
    }
}
