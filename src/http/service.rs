//! What the HTTP face asks of the rest, as a trait, so that handlers are tested against an in-memory twin.

use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    accounts::Accounts,
    article::{Article, Diagnostic},
    audit::Audit,
    generate::Generator,
    index::Catalog,
    insights::Insights,
    live::{Desk, Rating},
    search::{
        browse::Suggestion,
        error::SearchError,
        status::Readiness,
        types::{Audience, IndexInfo, SearchRequest, SearchResponse},
    },
    source::LastCommit,
};

/// The one core behind every face. Functions marked *blocking* are called on the pool; all others must be cheap.
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

    /// Completes what is being typed, best first. Blocking.
    fn suggest(&self, prefix: &str, audience: &Audience, limit: usize) -> Vec<Suggestion>;

    /// The articles of the visible generation.
    fn catalog(&self) -> Arc<Catalog>;

    /// Whether the articles found at the start are searchable.
    fn is_ready(&self) -> bool;

    /// How the service is; counts every passage.
    fn readiness(&self) -> Readiness;

    /// How fresh an answer is, and what is degraded: asked for with every answer.
    fn freshness(&self) -> (IndexInfo, Vec<String>) {
        let now = self.readiness();
        (now.index, now.degraded)
    }

    /// Every finding about the content, ordered by path and line.
    fn diagnostics(&self) -> Vec<Diagnostic>;

    /// Last commit that touched the article's file, or the content's hash.
    fn revision(&self, article: &Article) -> String;

    /// The last commit that touched a file; None outside git.
    fn last_commit(&self, _path: &str) -> Option<LastCommit> {
        None
    }

    /// Asks for a look at the content now; where a remote is followed, for a fetch.
    fn look(&self) {}

    /// An article's text at a commit; None where either is unknown. Blocking.
    fn article_at(&self, article: &Article, revision: &str) -> Option<String>;

    /// The commits that changed a file, the newest first, each with the text it left; empty outside git. Blocking.
    fn changes(&self, _path: &str, _limit: usize) -> Vec<(LastCommit, String)> {
        Vec::new()
    }

    /// The calls. Its functions are blocking.
    fn desk(&self) -> &Desk;

    /// Where accounts come from; None where calls bring all that is known. Its functions are blocking.
    fn accounts(&self) -> Option<Arc<Accounts>> {
        None
    }

    /// Today in the configured time zone.
    fn today(&self) -> NaiveDate;

    /// The content folder's demo calls, as they are written there. Blocking.
    fn demo_calls(&self) -> Vec<serde_json::Value>;

    /// The record of what happened, where one is kept. Its reports are blocking.
    fn insights(&self) -> Option<&Insights> {
        None
    }

    /// What was recorded, to erase from: also where nothing is recorded any more. Erasing is blocking.
    fn recorded(&self) -> Option<&Insights> {
        self.insights()
    }

    /// The log of who was shown what, where one is kept.
    fn audit(&self) -> Option<&Audit> {
        None
    }

    /// Who writes texts; None where the operator names no endpoint.
    fn generator(&self) -> Option<Arc<Generator>> {
        None
    }

    /// Takes note of what somebody did with a hit.
    fn engaged(&self, _engagement: SearchEngagement) {}
}

/// What somebody did with a hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchEngagement {
    /// The answer that it was in.
    pub query_id: String,
    /// Name of the key that says so.
    pub by: String,
    /// Article.
    pub article_id: String,
    /// What.
    pub kind: SearchEngagementKind,
    /// Given with `rated`.
    pub rating: Option<Rating>,
    /// Why, from a list of the desktop's own.
    pub reason: Option<String>,
    /// Why, in their words.
    pub comment: Option<String>,
}

/// What can be done with a hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SearchEngagementKind {
    /// Looked at.
    Opened,
    /// Copied from.
    Copied,
    /// Judged.
    Rated,
}

impl SearchEngagementKind {
    /// The word of the contract.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Copied => "copied",
            Self::Rated => "rated",
        }
    }
}
