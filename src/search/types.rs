//! Requests and responses of search: the types of the API, the same for HTTP and MCP.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use crate::{article::Audience, index::IndexInfo};

/// A question.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchRequest {
    /// Plain language, 1–2,000 characters.
    #[schema(min_length = 1, max_length = 2_000)]
    pub query: String,
    /// Articles to return, 1–100.
    #[serde(default = "default_limit")]
    #[schema(minimum = 1, maximum = 100, default = 10)]
    pub limit: usize,
    /// Articles to pass over.
    #[serde(default)]
    #[schema(maximum = 1_000_000, default = 0)]
    pub offset: usize,
    /// Which branches answer.
    #[serde(default, deserialize_with = "crate::json::word")]
    #[schema(default = "hybrid")]
    pub mode: Mode,
    /// Whether to tell how each hit was scored.
    #[serde(default)]
    #[schema(default = false)]
    pub explain: bool,
    /// The query is still being typed: answered, never recorded.
    #[serde(default)]
    #[schema(default = false)]
    pub typing: bool,
    /// What the articles must be.
    #[serde(default, deserialize_with = "crate::json::object")]
    pub filter: Filter,
    /// Language to put first; shows one hit per group of translations.
    #[serde(default)]
    pub prefer_lang: Option<String>,
    /// The customer's account: articles whose `when` does not hold for it are left out.
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

/// Which branches answer.
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

/// What the articles must be; an empty list asks for nothing, several values mean any of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Filter {
    /// Language tags, by prefix.
    #[schema(max_items = 100)]
    pub lang: Vec<String>,
    /// Topics.
    #[schema(max_items = 100)]
    pub tags: Vec<String>,
    /// Products.
    #[schema(max_items = 100)]
    pub products: Vec<String>,
    /// Article ids.
    #[schema(max_items = 10_000)]
    pub article_ids: Vec<String>,
}

/// How much a hit can be trusted.
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

/// What came back.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SearchResponse {
    /// Names this answer in feedback.
    pub query_id: String,
    /// The question as asked.
    pub query: String,
    /// Milliseconds spent.
    pub took_ms: f64,
    /// Branches that answered.
    pub mode: Mode,
    /// How fresh it is.
    pub index: IndexInfo,
    /// What is not as it should be; empty when all is well.
    pub degraded: Vec<String>,
    /// Articles that match, over all pages: by words alone those that have some of them, by meaning all that the filter and the
    /// audience admit, since each is near to some degree.
    pub total: usize,
    /// The sentence that answers, or null when nothing is good enough to say.
    #[schema(required = true)]
    pub answer: Option<Answer>,
    /// One per article, best first.
    pub hits: Vec<Hit>,
}

/// The words that answer.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Answer {
    /// Verbatim from the article.
    pub text: String,
    /// Its article.
    pub article_id: String,
    /// Its section.
    pub anchor: String,
    /// First and last line in the file.
    pub lines: [u32; 2],
    /// Chance that it answers, 0–1.
    pub confidence: f64,
}

/// An article that was found.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Hit {
    /// 1-based place over all pages.
    pub rank: usize,
    /// Article.
    pub article_id: String,
    /// Its title.
    pub title: String,
    /// Its file.
    pub path: String,
    /// First and last line of the best passage.
    pub lines: [u32; 2],
    /// The best passage among its article's: several may stand on one line.
    #[serde(skip)]
    pub passage: usize,
    /// Section of the best passage.
    pub anchor: String,
    /// Where the page shows it.
    pub url: String,
    /// Its language.
    pub lang: String,
    /// Heading path of the best passage, the title first.
    pub heading: Vec<String>,
    /// Plain text around what matched.
    pub snippet: String,
    /// Matched words in the snippet: Unicode scalar values, end exclusive.
    pub highlights: Vec<[usize; 2]>,
    /// What hits are ordered by, 0–1; comparable within one answer only.
    pub score: f64,
    /// Chance that it answers, 0–1.
    pub confidence: f64,
    /// The same in three steps.
    pub level: Level,
    /// Where the article is in its life.
    pub status: crate::article::Status,
    /// Day of the last review.
    pub reviewed: Option<chrono::NaiveDate>,
    /// Whether a review is due.
    pub review_overdue: bool,
    /// Last commit that touched the file, or the content's hash.
    pub revision: String,
    /// How it was scored, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explain: Option<Explain>,
}

/// How a hit was scored.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct Explain {
    /// Place and raw score among the words' results.
    pub keyword: Option<Branch>,
    /// Place and raw score among the vectors' results.
    pub vector: Option<Branch>,
    /// Words of the query that the passage has.
    pub matched: Vec<String>,
    /// What moved the hit, by name.
    pub boosts: Vec<Boost>,
    /// Inputs of the confidence, by name.
    pub features: BTreeMap<String, f64>,
}

/// Place and raw score in one branch.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Branch {
    /// 1-based.
    pub rank: usize,
    /// BM25, or cosine to the question less 0.12 × that to questions as such.
    pub score: f64,
}

/// Something that moved a hit.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Boost {
    /// `review_overdue` (lowered), `feedback` (what was done with earlier answers), `title` (all that is asked for), `other_script` (the best in a script
    /// other than the question's get a place near the top), `reranker` (what the cross-encoder says).
    pub name: String,
    /// By how much, added to the score.
    pub by: f64,
}
