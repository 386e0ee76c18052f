//! Gaps: the list, a draft of the missing article, and reporting one.

use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use chrono::Utc;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    super::{
        body::JsonBody,
        health::Settled,
        identity::Principal,
        params::{NoParams, Params, Segments},
        problem::Problem,
        state::AppState,
    },
    ReportParams, asking, file, nearest, record, reported, table,
};
use crate::{
    insights::{GapsReport, MissingArticle, draft as drafted},
    live::{MAX_COMMENT_CHARS, MAX_ID_CHARS},
    search::error::{FieldError, MAX_QUERY_CHARS},
};

/// Gaps when the caller names no limit.
const DEFAULT_GAPS: usize = 100;

/// Gaps in one answer: each of them is looked up once for its nearest article.
const MAX_GAPS: usize = 500;

/// List content gaps
///
/// Unsatisfied questions, clustered by meaning, most frequent first: no answer and no hit opened, rated not helpful, all
/// their cards dismissed, or reported. With `format=csv` or `format=parquet`, one row per question.
#[utoipa::path(
    get, path = "/v1/insights/gaps", tag = "insights", operation_id = "insights_gaps",
    params(
        ("since" = Option<String>, Query, description = "Start day or RFC 3339 time; default 28 days ago"),
        ("until" = Option<String>, Query, description = "End day (inclusive) or RFC 3339 time (exclusive); default now"),
        ("limit" = Option<usize>, Query, description = "1–500; default 100", minimum = 1, maximum = 500),
        ("format" = Option<String>, Query, description = "json (default), csv or parquet"),
    ),
    responses((status = 200, description = "The gaps", content(
        (GapsReport = "application/json"),
        (String = "text/csv"),
        ("application/vnd.apache.parquet"),
    ))),
)]
pub(in super::super) async fn gaps(
    State(face): State<AppState>,
    who: Principal,
    _: Settled,
    mut params: Params,
) -> Result<Response, Problem> {
    let limit = params.whole("limit", 1..=MAX_GAPS, DEFAULT_GAPS);
    let asked = ReportParams::read(&face, params, true)?;
    reported(face.reports(&who), face, move |face, record| {
        let audience = &who.grant().audience;
        let near = |question: &str| nearest(face, audience, question);
        let report = asking(face, audience, |asker| {
            record.gaps(&asked.period, asker, limit, &near)
        })?;
        asked.write(&report, table::gaps)
    })
    .await
}

/// Draft an article for a gap
///
/// A Markdown file with front matter and the gap's questions, to be completed and committed. Its status is `draft`.
#[utoipa::path(
    get, path = "/v1/insights/gaps/{gap_id}/draft", tag = "insights", operation_id = "draft_gap",
    params(
        ("gap_id" = String, Path, description = "Gap id from the list"),
        ("since" = Option<String>, Query, description = "As for the list"),
        ("until" = Option<String>, Query, description = "As for the list"),
    ),
    responses((status = 200, description = "The Markdown file", body = String, content_type = "text/markdown")),
)]
pub(in super::super) async fn draft(
    State(face): State<AppState>,
    who: Principal,
    _: Settled,
    Segments(gap_id): Segments<String>,
    params: Params,
) -> Result<Response, Problem> {
    let asked = ReportParams::read(&face, params, false)?;
    reported(face.reports(&who), face, move |face, record| {
        let audience = &who.grant().audience;
        let near = |question: &str| nearest(face, audience, question);
        let gap = asking(face, audience, |asker| {
            record.gap(&asked.period, asker, &gap_id, &near)
        })?;
        let Some(gap) = gap else {
            return Err(Problem::not_found(
                "there is no such gap in this period; GET /v1/insights/gaps lists them",
            ));
        };
        let (name, page) = drafted(&gap);
        let mut response = file("text/markdown; charset=utf-8", page);
        // The name is of Latin letters, digits and hyphens.
        if let Ok(value) = HeaderValue::from_str(&format!("inline; filename=\"{name}\"")) {
            response
                .headers_mut()
                .insert(header::CONTENT_DISPOSITION, value);
        }
        Ok(response)
    })
    .await
}

/// Report of a missing article.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct GapRequest {
    /// The question, 1–2,000 characters.
    #[schema(min_length = 1, max_length = 2_000)]
    query: String,
    /// What the article should contain; at most 4,000 characters.
    #[serde(default)]
    comment: Option<String>,
    /// Id of the search that did not help, if any; prevents counting the question twice.
    #[serde(default)]
    query_id: Option<String>,
}

impl GapRequest {
    fn flaws(&self) -> Vec<FieldError> {
        let mut flaws = Vec::new();
        let mut bounded = |pointer: &str, text: &str, limit: usize, is_needed: bool| {
            let too_long = text.chars().count() > limit;
            if too_long || (is_needed && text.trim().is_empty()) {
                let least = if is_needed { "1" } else { "0" };
                flaws.push(FieldError::new(
                    pointer,
                    format!("must have {least} to {limit} characters"),
                ));
            }
        };
        bounded("/query", &self.query, MAX_QUERY_CHARS, true);
        bounded(
            "/comment",
            self.comment.as_deref().unwrap_or_default(),
            MAX_COMMENT_CHARS,
            false,
        );
        bounded(
            "/query_id",
            self.query_id.as_deref().unwrap_or("-"),
            MAX_ID_CHARS,
            true,
        );
        flaws
    }
}

/// Report a missing article
///
/// The question appears among the gaps within two seconds.
#[utoipa::path(
    post, path = "/v1/gaps", tag = "search", operation_id = "report_gap", request_body = GapRequest,
    responses((status = 204, description = "Recorded"), (status = 404, description = "Recording is disabled")),
)]
pub(in super::super) async fn report(
    State(face): State<AppState>,
    who: Principal,
    _: NoParams,
    JsonBody(request): JsonBody<GapRequest>,
) -> Result<StatusCode, Problem> {
    let flaws = request.flaws();
    if !flaws.is_empty() {
        return Err(Problem::flawed(flaws));
    }
    let missing = MissingArticle {
        query: request.query,
        comment: request.comment,
        query_id: request.query_id,
        by: who.grant().name.clone(),
        audience: who.grant().audience.clone(),
    };
    record(&face)?.report_gap(missing, Utc::now());
    Ok(StatusCode::NO_CONTENT)
}
