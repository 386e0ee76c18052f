//! Errors of search requests, and the limits that apply to them over HTTP and MCP alike.

use serde::Serialize;
use utoipa::ToSchema;

use super::types::SearchRequest;

/// Characters in a query: longer texts are documents, not questions.
pub const MAX_QUERY_CHARS: usize = 2_000;

/// Articles in one answer.
pub const MAX_LIMIT: usize = 100;

/// Articles to pass over: nobody pages further, and sums with it must not overflow.
pub const MAX_OFFSET: usize = 1_000_000;

/// Values in one list of a filter: languages, topics, products.
pub const MAX_FILTER_VALUES: usize = 100;

/// Article ids in a filter: what a caller may read may be listed by the caller's own system.
const MAX_FILTER_IDS: usize = 10_000;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SearchError {
    /// The question asked for vectors and there is no model.
    #[error(
        "no embedding model is loaded, so there is no search by meaning; use mode `keyword` or `hybrid`"
    )]
    EmbeddingsUnavailable,
    /// The question asked for vectors and the model or their store fails.
    #[error(
        "search by meaning fails for now; ask again in a moment, or use mode `keyword` or `hybrid`"
    )]
    VectorsUnavailable,
    /// Something in the question is out of its range.
    #[error("{detail}")]
    Invalid {
        /// JSON Pointer to the value.
        pointer: String,
        /// What the value must be.
        detail: String,
    },
    /// The content found at start is not searchable yet.
    #[error("the index is still being built; ask again in a moment")]
    NotReady,
}

impl SearchError {
    /// Stable name for the contract's `code`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::EmbeddingsUnavailable => "embeddings_unavailable",
            Self::VectorsUnavailable => "vectors_unavailable",
            Self::Invalid { .. } => "bad_request",
            Self::NotReady => "not_ready",
        }
    }
}

/// A validation error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// JSON Pointer (RFC 6901) into the body, or `/name` of a parameter.
    pub pointer: String,
    /// What the value must be.
    pub detail: String,
}

impl FieldError {
    /// A flaw at a place.
    #[must_use]
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            detail: detail.into(),
        }
    }
}

impl SearchRequest {
    /// Everything that is out of its range; empty when the question can be asked.
    #[must_use]
    pub fn flaws(&self) -> Vec<FieldError> {
        let mut flaws = Vec::new();
        let chars = self.query.chars().count();
        if self.query.trim().is_empty() {
            flaws.push(FieldError::new(
                "/query",
                "ask something: the query is empty",
            ));
        }
        if chars > MAX_QUERY_CHARS {
            flaws.push(FieldError::new(
                "/query",
                format!(
                    "shorten the query: it has {chars} characters, the limit is {MAX_QUERY_CHARS}"
                ),
            ));
        }
        if !(1..=MAX_LIMIT).contains(&self.limit) {
            flaws.push(FieldError::new(
                "/limit",
                format!("must be 1 to {MAX_LIMIT}, not {}", self.limit),
            ));
        }
        if self.offset > MAX_OFFSET {
            flaws.push(FieldError::new(
                "/offset",
                format!("must be 0 to {MAX_OFFSET}, not {}", self.offset),
            ));
        }
        let filter = &self.filter;
        let lists = [
            ("/filter/lang", &filter.lang, MAX_FILTER_VALUES),
            ("/filter/tags", &filter.tags, MAX_FILTER_VALUES),
            ("/filter/products", &filter.products, MAX_FILTER_VALUES),
            ("/filter/article_ids", &filter.article_ids, MAX_FILTER_IDS),
        ];
        let over = lists.into_iter().filter_map(|(pointer, list, limit)| {
            too_many(list, limit).map(|detail| FieldError::new(pointer, detail))
        });
        flaws.extend(over);
        flaws
    }
}

/// What is wrong with a list of more values than the limit.
#[must_use]
pub fn too_many(list: &[String], limit: usize) -> Option<String> {
    let count = list.len();
    (count > limit).then(|| format!("has {count} values, the limit is {limit}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_has_bounds() {
        let check = |request: SearchRequest, expected: &[&str]| {
            let pointers: Vec<String> = request
                .flaws()
                .into_iter()
                .map(|flaw| flaw.pointer)
                .collect();
            assert_eq!(pointers, expected);
        };
        let fine = SearchRequest::new("怎么退款");
        check(fine.clone(), &[]);
        check(SearchRequest::new(" \n\u{3000}"), &["/query"]);
        check(SearchRequest::new("款".repeat(MAX_QUERY_CHARS)), &[]);
        check(
            SearchRequest::new("款".repeat(MAX_QUERY_CHARS + 1)),
            &["/query"],
        );
        check(
            SearchRequest {
                limit: 0,
                offset: MAX_OFFSET + 1,
                ..fine.clone()
            },
            &["/limit", "/offset"],
        );
        check(
            SearchRequest {
                limit: 101,
                ..fine.clone()
            },
            &["/limit"],
        );
        let mut many = fine;
        let ids = &mut many.filter.article_ids;
        *ids = vec!["a".into(); MAX_FILTER_IDS];
        many.filter.tags = vec!["a".into(); MAX_FILTER_VALUES];
        check(many.clone(), &[]);
        many.filter.tags.push("a".into());
        check(many, &["/filter/tags"]);
    }
}
