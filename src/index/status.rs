//! The status of the index in numbers: the types of the API, the same for HTTP and MCP.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How fresh an answer is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IndexInfo {
    /// Commit, or hash of the content outside git.
    pub revision: String,
    /// Counts the visible states of the index since it was made.
    pub generation: u64,
    /// Changed files that were seen but are not yet searchable.
    pub pending: usize,
    /// RFC 3339, UTC.
    pub updated_at: String,
}

/// Whether questions can be asked, and over what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Readiness {
    /// The content found at start is searchable by keyword.
    pub ready: bool,
    /// Articles in the catalog.
    pub articles: usize,
    /// Their passages.
    pub passages: usize,
    /// Passages whose vectors are still being made; for callers who may see every article.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending_embeddings: Option<usize>,
    /// How fresh the index is.
    pub index: IndexInfo,
    /// What is not as it should be; empty when all is well.
    pub degraded: Vec<String>,
    /// What is being done before it is ready; for callers who may see every article.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
}

/// How far a step has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Progress {
    /// Name of the step.
    pub stage: String,
    /// Files or passages done.
    pub done: usize,
    /// Of how many.
    pub total: usize,
}
