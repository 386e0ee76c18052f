//! The running service as the tool face knows it: the same functions as over HTTP.

use std::sync::Arc;

use chrono::{NaiveDate, Utc};

use super::App;
use crate::{
    http,
    index::Catalog,
    insights::MissingArticle,
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

    fn report_gap(&self, gap: &Gap) -> bool {
        let Some(insights) = self.insights() else {
            return false;
        };
        let missing = MissingArticle {
            query: gap.query.clone(),
            comment: gap.comment.clone(),
            query_id: None,
            by: gap.by.clone(),
        };
        insights.report_gap(missing, Utc::now());
        true
    }
}
