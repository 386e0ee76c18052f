//! What the tool face asks of the rest, as a trait.

use std::sync::Arc;

use chrono::NaiveDate;

use crate::{
    audit::Audit,
    index::Catalog,
    live::Desk,
    search::{
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

    /// The articles of the visible generation.
    fn catalog(&self) -> Arc<Catalog>;

    /// Whether the articles found at the start are searchable.
    fn is_ready(&self) -> bool;

    /// How the service is; counts every passage.
    fn readiness(&self) -> Readiness;

    /// How fresh an answer is, and what is degraded.
    fn freshness(&self) -> (IndexInfo, Vec<String>);

    /// The calls. Its functions are blocking.
    fn desk(&self) -> &Desk;

    /// Today in the configured time zone.
    fn today(&self) -> NaiveDate;

    /// The log of who was shown what, where one is kept.
    fn audit(&self) -> Option<&Audit> {
        None
    }

    /// Keeps a gap for the editors; whether it was kept. Blocking.
    fn report_gap(&self, gap: &Gap) -> bool;
}

/// A question that no article answers, as somebody reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The question.
    pub query: String,
    /// What was missing, in their words.
    pub comment: Option<String>,
    /// Name of the key that says so.
    pub by: String,
    /// What they may see.
    pub audience: Audience,
}
