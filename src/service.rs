//! The service trait that HTTP and MCP call, so that both are tested against an in-memory fake.

use std::{net::IpAddr, sync::Arc};

use chrono::NaiveDate;
use tracing::Span;

use crate::{
    audit::Audit,
    index::Catalog,
    insights::Insights,
    keys::Grant,
    live::CallRegistry,
    search::{
        browse,
        error::SearchError,
        status::Readiness,
        types::{Audience, IndexInfo, SearchRequest, SearchResponse},
    },
};

/// The one core behind every face. Functions marked *blocking* are called off the async threads; all others are cheap.
pub trait Service: Send + Sync + 'static {
    /// Answers a question. Blocking.
    ///
    /// # Errors
    /// `SearchError`; bounds were checked before.
    fn search(
        &self,
        request: SearchRequest,
        audience: &Audience,
    ) -> Result<SearchResponse, SearchError>;

    /// The articles of the visible generation. An answer holds one catalog from its beginning to its end.
    fn catalog(&self) -> Arc<Catalog>;

    /// Whether the articles found at the start are searchable.
    fn is_ready(&self) -> bool;

    /// How the service is; counts every passage.
    fn readiness(&self) -> Readiness;

    /// The same of what exists for an audience: any other number tells of hidden articles too. Blocking.
    fn readiness_for(&self, audience: &Audience) -> Readiness {
        let all = self.readiness();
        if *audience == Audience::Unrestricted {
            return all;
        }
        let catalog = self.catalog();
        let visible = || browse::visible(&catalog, audience, self.today());
        Readiness {
            articles: visible().count(),
            passages: visible().map(|article| article.passages.len()).sum(),
            pending_embeddings: None,
            progress: None,
            ..all
        }
    }

    /// How fresh an answer from a catalog is, and what is degraded.
    fn freshness(&self, catalog: &Catalog) -> (IndexInfo, Vec<String>);

    /// The calls. Its functions are blocking.
    fn registry(&self) -> &CallRegistry;

    /// Today in the configured time zone.
    fn today(&self) -> NaiveDate;

    /// The record of what happened, where one is kept. Its reports are blocking.
    fn insights(&self) -> Option<&Insights> {
        None
    }

    /// The log of who was shown what, where one is kept.
    fn audit(&self) -> Option<&Audit> {
        None
    }
}

/// Who sends a request: what the HTTP face leaves with one that another face answers.
#[derive(Debug, Clone)]
pub struct Sender {
    /// What they may do and see.
    pub grant: Arc<Grant>,
    /// Where they are, as far as the network knows.
    pub client: Option<IpAddr>,
    /// Scheme and host under which they reach the page, without a slash at the end; empty where nobody knows.
    pub base: String,
    /// What the request is in a trace.
    pub span: Span,
}
