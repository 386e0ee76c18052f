//! The status of the index in numbers: the types of the API, the same for HTTP and MCP.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Freshness of the index behind a response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IndexInfo {
    /// Commit id, or content hash outside Git.
    pub revision: String,
    /// Number of visible index states since the index was created.
    pub generation: u64,
    /// Number of changed files detected but not yet searchable.
    pub pending: usize,
    /// When the index was last updated, RFC 3339 in UTC.
    pub updated_at: String,
}

/// Readiness and index size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Readiness {
    /// Whether the content found at startup is searchable by keyword.
    pub ready: bool,
    /// Number of articles in the catalog.
    pub articles: usize,
    /// Number of their passages.
    pub passages: usize,
    /// Number of passages with pending embeddings; while there are any, only for callers that may see all articles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending_embeddings: Option<usize>,
    /// How fresh the index is.
    pub index: IndexInfo,
    /// Reasons for degraded operation; empty if none.
    pub degraded: Vec<String>,
    /// The startup step in progress before it is ready; only for callers that may see all articles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
}

/// Progress of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Progress {
    /// Name of the step.
    pub stage: String,
    /// Number of files or passages done.
    pub done: usize,
    /// Total number of files or passages.
    pub total: usize,
}
