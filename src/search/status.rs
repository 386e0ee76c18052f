//! How the service is, in numbers: the contract's shape, the same behind every face.

use serde::Serialize;
use utoipa::ToSchema;

use super::types::IndexInfo;

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
