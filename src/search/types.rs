//! Requests and responses of search: the types of the API, the same for HTTP and MCP.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use crate::{article::Audience, index::IndexInfo};

/// A search request.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchRequest {
    /// Query in natural language, 1–2,000 characters.
    #[schema(min_length = 1, max_length = 2_000)]
    pub query: String,
    /// Number of hits to return, 1–100.
    #[serde(default = "default_limit")]
    #[schema(minimum = 1, maximum = 100, default = 10)]
    pub limit: usize,
    /// Number of articles to skip.
    #[serde(default)]
    #[schema(maximum = 1_000_000, default = 0)]
    pub offset: usize,
    /// Search mode.
    #[serde(default, deserialize_with = "crate::json::word")]
    #[schema(default = "hybrid")]
    pub mode: Mode,
    /// Whether to include the scoring details of each hit.
    #[serde(default)]
    #[schema(default = false)]
    pub explain: bool,
    /// The query is still being typed: it is answered but never recorded.
    #[serde(default)]
    #[schema(default = false)]
    pub typing: bool,
    /// Filter on the articles.
    #[serde(default, deserialize_with = "crate::json::object")]
    pub filter: Filter,
    /// Language to rank first; returns one hit per group of translations.
    #[serde(default)]
    pub prefer_lang: Option<String>,
    /// The customer's account; articles whose `when` is not true for it are excluded.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub account: Option<serde_json::Map<String, serde_json::Value>>,
    /// Whether an answer that was given a moment ago will not do.
    #[serde(skip)]
    pub anew: bool,
}

fn default_limit() -> usize {
    10
}

impl SearchRequest {
    /// A question with every default.
    #[must_use]
    pub fn new(query: impl Into<String>) -> Self {
        Self {
            query: query.into(),
            limit: default_limit(),
            offset: 0,
            mode: Mode::default(),
            explain: false,
            typing: false,
            filter: Filter::default(),
            prefer_lang: None,
            account: None,
            anew: false,
        }
    }
}

/// Search mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Words and meaning.
    #[default]
    Hybrid,
    /// Words only.
    Keyword,
    /// Meaning only.
    Vector,
}

impl Mode {
    /// Its name in the contract.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Hybrid => "hybrid",
            Self::Keyword => "keyword",
            Self::Vector => "vector",
        }
    }
}

/// Filter on the articles. An empty list does not restrict; of several values in a list, any may match.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Filter {
    /// Language tags, matched by prefix.
    #[schema(max_items = 100)]
    pub lang: Vec<String>,
    /// Topic tags.
    #[schema(max_items = 100)]
    pub tags: Vec<String>,
    /// Products.
    #[schema(max_items = 100)]
    pub products: Vec<String>,
    /// Article ids.
    #[schema(max_items = 10_000)]
    pub article_ids: Vec<String>,
}

/// Confidence level of a hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Perhaps related.
    Low,
    /// Probably right.
    Medium,
    /// Right, as far as can be told.
    High,
}

impl Level {
    /// The word of the contract.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// Search results.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SearchResponse {
    /// Id of this search, for feedback.
    pub query_id: String,
    /// The query as given.
    pub query: String,
    /// Processing time in milliseconds.
    pub took_ms: f64,
    /// Search mode used.
    pub mode: Mode,
    /// Freshness of the index.
    pub index: IndexInfo,
    /// Reasons for degraded operation; empty if none.
    pub degraded: Vec<String>,
    /// Matching articles over all pages. In keyword mode those containing a query term; in vector and hybrid mode all that
    /// the filter and the audience admit (hybrid with quoted or excluded terms: as in keyword mode).
    pub total: usize,
    /// The quoted answer, or null if no passage is confident enough.
    #[schema(required = true)]
    pub answer: Option<Answer>,
    /// One hit per article, best first.
    pub hits: Vec<Hit>,
}

/// The quoted text that answers.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Answer {
    /// Verbatim text from the article.
    pub text: String,
    /// Id of the article.
    pub article_id: String,
    /// Anchor of its section.
    pub anchor: String,
    /// First and last line in the file.
    pub lines: [u32; 2],
    /// Calibrated probability that it answers the query, 0–1.
    pub confidence: f64,
}

/// A search hit: an article with its best passage.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Hit {
    /// 1-based rank over all pages.
    pub rank: usize,
    /// Article id.
    pub article_id: String,
    /// Title.
    pub title: String,
    /// Path of the file.
    pub path: String,
    /// First and last line of the best passage.
    pub lines: [u32; 2],
    /// The best passage among its article's: several may stand on one line.
    #[serde(skip)]
    pub passage: usize,
    /// Anchor of the best passage's section.
    pub anchor: String,
    /// Link to it on the web page.
    pub url: String,
    /// Language tag.
    pub lang: String,
    /// Heading path of the best passage, starting with the title.
    pub heading: Vec<String>,
    /// Plain-text excerpt around the match.
    pub snippet: String,
    /// Matched words in the snippet, as offsets in Unicode scalar values, end exclusive.
    pub highlights: Vec<[usize; 2]>,
    /// Score that hits are ranked by, 0–1; comparable only within one response.
    pub score: f64,
    /// Calibrated probability that it answers the query, 0–1.
    pub confidence: f64,
    /// The confidence in three levels.
    pub level: Level,
    /// Lifecycle status of the article.
    pub status: crate::article::Status,
    /// Date of the last review.
    pub reviewed: Option<chrono::NaiveDate>,
    /// Whether its review is overdue.
    pub review_overdue: bool,
    /// Last commit that changed the file, or the content hash.
    pub revision: String,
    /// Scoring details, if requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explain: Option<Explain>,
}

/// Scoring details of a hit.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct Explain {
    /// Rank and raw score in the keyword branch.
    pub keyword: Option<Branch>,
    /// Rank and raw score in the vector branch.
    pub vector: Option<Branch>,
    /// Query terms found in the passage.
    pub matched: Vec<String>,
    /// Score adjustments, by name.
    pub boosts: Vec<Boost>,
    /// Input features of the confidence, by name.
    pub features: BTreeMap<String, f64>,
}

/// Rank and raw score in one branch.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Branch {
    /// 1-based rank.
    pub rank: usize,
    /// BM25, or cosine similarity to the query minus 0.12 × that to generic questions.
    pub score: f64,
}

/// A score adjustment of a hit.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Boost {
    /// `review_overdue` (penalty), `feedback` (past engagement), `title` (the query is its title), `other_script` (lifts the
    /// best hits in another script than the query's towards the top), `reranker` (cross-encoder score).
    pub name: String,
    /// Amount added to the score.
    pub by: f64,
}
