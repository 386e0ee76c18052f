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

/// The one core behind HTTP and MCP. Functions marked *blocking* are called off the async threads; all others are cheap.
pub trait Service: Send + Sync + 'static {
    /// Answers a question. Blocking.
    ///
    /// # Errors
    /// `SearchError`; limits were checked before.
    fn search(
        &self,
        request: SearchRequest,
        audience: &Audience,
    ) -> Result<SearchResponse, SearchError>;

    /// The articles of the visible generation. A request uses one catalog from start to end.
    fn catalog(&self) -> Arc<Catalog>;

    /// Whether the articles found at start are searchable.
    fn is_ready(&self) -> bool;

    /// The readiness of the service; counts every passage.
    fn readiness(&self) -> Readiness;

    /// The same for what an audience may see: any other number would reveal hidden articles. Blocking.
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
            pending_embeddings: all.pending_embeddings.filter(|pending| *pending == 0),
            progress: None,
            ..all
        }
    }

    /// The index state of an answer from a catalog, and what is degraded.
    fn freshness(&self, catalog: &Catalog) -> (IndexInfo, Vec<String>);

    /// The call registry. Its functions are blocking.
    fn registry(&self) -> &CallRegistry;

    /// Today in the configured time zone.
    fn today(&self) -> NaiveDate;

    /// The insights record, if one is kept. Its reports are blocking.
    fn insights(&self) -> Option<&Insights> {
        None
    }

    /// The audit log, if one is kept.
    fn audit(&self) -> Option<&Audit> {
        None
    }
}

/// The sender of a request: `http` attaches it to requests that `mcp` handles.
#[derive(Debug, Clone)]
pub struct Sender {
    /// Their rights.
    pub grant: Arc<Grant>,
    /// Their network address, if known.
    pub client: Option<IpAddr>,
    /// Scheme and host under which they reach the page, without a trailing slash; empty if unknown.
    pub base: String,
    /// The request's span in a trace.
    pub span: Span,
}
