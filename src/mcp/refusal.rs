//! Errors of tools: the same `code`, `detail` and `errors` as over HTTP.

use serde_json::{Value, json};

use crate::{
    article::without_unseen,
    keys::Scope,
    live::LiveError,
    search::error::{FieldError, SearchError},
};

/// Flaws that are told at once; a caller who makes more reads the first ones first.
const MAX_FLAWS: usize = 8;

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    code: &'static str,
    detail: String,
    errors: Vec<FieldError>,
}

impl Refusal {
    /// A refusal of that kind.
    pub(super) fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            errors: Vec::new(),
        }
    }

    /// For arguments with these flaws; the first speaks for all.
    pub(super) fn flawed(mut errors: Vec<FieldError>) -> Self {
        errors.truncate(MAX_FLAWS);
        let detail = errors
            .first()
            .map_or("the arguments are not valid", |flaw| flaw.detail.as_str())
            .to_owned();
        Self {
            code: "bad_request",
            detail,
            errors,
        }
    }

    /// For one flaw.
    pub(super) fn flaw(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::flawed(vec![FieldError::new(pointer, detail)])
    }

    /// For an article that does not exist for the caller.
    pub(super) fn unknown_article(id: &str) -> Self {
        let detail = format!(
            "there is no article {:?}; search_knowledge finds articles",
            brief(id)
        );
        Self::new("unknown_article", detail)
    }

    /// For a key without the scope.
    pub(super) fn forbidden(scope: Scope) -> Self {
        let detail =
            format!("the key lacks the scope `{scope}`; ask the operator for one that has it");
        Self::new("forbidden", detail)
    }

    /// For a server with too much to do.
    pub(super) fn overloaded() -> Self {
        Self::new(
            "overloaded",
            "too many requests are waiting; ask again in a second",
        )
    }

    /// For work that took too long; what to do about it.
    pub(super) fn too_slow(advice: &str) -> Self {
        Self::new(
            "timeout",
            format!("that took too long and was given up; {advice}"),
        )
    }

    /// For a mistake of ours; the log has the rest.
    pub(super) fn internal() -> Self {
        Self::new("internal", "the server failed; report this")
    }

    /// As the caller reads it.
    pub(super) fn to_json(&self) -> Value {
        let mut value = json!({"code": self.code, "detail": self.detail});
        if !self.errors.is_empty() {
            value["errors"] = json!(self.errors);
        }
        value
    }

    /// Its kind.
    pub(super) fn code(&self) -> &'static str {
        self.code
    }

    /// What is wrong, in a sentence.
    pub(super) fn detail(&self) -> &str {
        &self.detail
    }
}

impl From<SearchError> for Refusal {
    fn from(error: SearchError) -> Self {
        let (code, detail) = (error.code(), error.to_string());
        match error {
            SearchError::Invalid { pointer, detail } => Self::flaw(pointer, detail),
            _ => Self::new(code, detail),
        }
    }
}

impl From<LiveError> for Refusal {
    fn from(error: LiveError) -> Self {
        let (code, detail) = (error.code(), error.to_string());
        match error {
            LiveError::BadInput { pointer, detail } => Self::flaw(pointer, detail),
            _ => Self::new(code, detail),
        }
    }
}

/// Names that there are, as many as a reader takes in: editors' names are as long as they like.
pub(super) fn those<'a>(names: impl Iterator<Item = &'a str>) -> String {
    const NAMES: usize = 20;
    const CHARS: usize = 240;
    match names.take(NAMES).collect::<Vec<_>>().join(", ") {
        names if names.is_empty() => "there are none".to_owned(),
        names => format!("there are {}", without_unseen(&names))
            .chars()
            .take(CHARS)
            .collect(),
    }
}

/// What a caller said, short enough to be said back.
pub(super) fn brief(text: &str) -> String {
    const CHARS: usize = 60;
    let mut said: String = text.chars().take(CHARS).collect();
    if text.chars().nth(CHARS).is_some() {
        said.push('…');
    }
    said
}
