//! Settings from flags and environment variables.

use std::path::PathBuf;

use chrono::NaiveDate;
use serde::Serialize;

/// What was typed as a flag or set in the environment; it beats the file.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Overrides {
    /// Content folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<PathBuf>,
    /// Data folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<PathBuf>,
    /// Address to listen on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<String>,
    /// Model folder, or `hub`, or `none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Of the cross-encoder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reranker: Option<RerankerOverrides>,
    /// ONNX Runtime's shared library.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub onnxruntime: Option<PathBuf>,
    /// Day to take for today.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub today: Option<NaiveDate>,
    /// Offset of the editors' time zone from UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// `folder` or `git`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Repository whose commits are served.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub git_url: Option<String>,
    /// Branch of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub git_branch: Option<String>,
    /// Articles' folder within it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub git_folder: Option<String>,
    /// Seconds between two questions to a remote.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub git_poll_secs: Option<u64>,
    /// Secret that the git host shares.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub git_hook_secret: Option<String>,
    /// Whether open article pages reload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preview: Option<bool>,
    /// What every path begins with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_path: Option<String>,
    /// Scheme and host under which people reach the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
    /// Proxies whose forwarding headers are believed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trusted_proxies: Option<Vec<String>>,
    /// Of the identity provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oidc: Option<OidcOverrides>,
    /// Where vectors are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vectors: Option<String>,
    /// Of the Qdrant server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qdrant: Option<QdrantOverrides>,
}

/// What of the cross-encoder is tried by a flag.
#[derive(Debug, Clone, Serialize)]
pub struct RerankerOverrides {
    /// Its folder, or `hub`.
    pub model: String,
}

/// What of the identity provider is no matter for a file.
#[derive(Debug, Clone, Serialize)]
pub struct OidcOverrides {
    /// Our secret there.
    pub client_secret: Secret,
}

/// What of the Qdrant server is no matter for a file.
#[derive(Debug, Clone, Serialize)]
pub struct QdrantOverrides {
    /// Our key there.
    pub api_key: Secret,
}

/// A secret on its way into the configuration.
#[derive(Clone, Serialize)]
#[serde(transparent)]
pub struct Secret(pub String);

/// It is not shown.
impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}
