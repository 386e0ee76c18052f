//! `/v1/insights/…`: what callers ask, what is missing, what helps, as JSON, CSV, Parquet or Markdown.
//!
//! Owns periods and formats. Leaves every number to `insights`; the caller's audience restricts articles here too.

mod gaps;

pub(super) use gaps::{draft, gaps, report};
// The macro of the routes looks for these beside the handlers.
pub(super) use gaps::{__path_draft, __path_gaps, __path_report};

use axum::{
    body::Body,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use chrono::Utc;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    content::conflicts,
    health::Settled,
    identity::Principal,
    params::{NoParams, Params, Segments},
    pool::Turns,
    problem::Problem,
    reply::Json,
    state::AppState,
};
use crate::{
    article,
    insights::{
        self, ArticlesReport, Asker, DemandReport, Insights, InsightsError, Nearest, Period,
        SummaryReport,
        table::{self, NotWritten, Table},
    },
    live::MAX_ID_CHARS,
    search::{
        browse::speaks,
        types::{Audience, SearchRequest},
    },
};

/// Days of a report that names no beginning.
const DEFAULT_DAYS: i64 = 28;

/// Days of a digest that names no beginning.
const DIGEST_DAYS: i64 = 7;

/// Gaps in a digest.
const DIGEST_GAPS: usize = 8;

/// Media type of Apache Parquet.
const PARQUET: &str = "application/vnd.apache.parquet";

/// How a report is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Format {
    #[default]
    Json,
    Csv,
    Parquet,
}

/// What every report is asked for with.
struct ReportParams {
    period: Period,
    format: Format,
}

impl ReportParams {
    /// Reads `since`, `until` and `format`; the caller reads its own parameters first.
    fn read(face: &AppState, params: Params, with_format: bool) -> Result<Self, Problem> {
        Self::of_days(face, params, with_format, DEFAULT_DAYS)
    }

    /// The same with another number of days where no beginning is named.
    fn of_days(
        face: &AppState,
        mut params: Params,
        with_format: bool,
        days: i64,
    ) -> Result<Self, Problem> {
        let (since, until) = (params.text("since"), params.text("until"));
        let format = if with_format {
            params.choice("format", "json, csv, parquet")
        } else {
            Format::Json
        };
        let zone = record(face)?.settings().time_zone;
        let period = Period::read(since.as_deref(), until.as_deref(), Utc::now(), zone, days);
        let period = match period {
            Ok(period) => Some(period),
            Err(flaws) => {
                for flaw in flaws {
                    params.flaw(flaw.pointer.trim_start_matches('/'), flaw.detail);
                }
                None
            }
        };
        params.finish()?;
        // A period that could not be read was refused with the rest.
        let period = period.ok_or_else(|| Problem::flaw("/since", "is not a time"))?;
        Ok(Self { period, format })
    }

    fn write<T: Serialize>(&self, report: &T, table: fn(&T) -> Table) -> Result<Response, Problem> {
        Ok(match self.format {
            Format::Json => Json::of(report)?.into_response(),
            Format::Csv => file(
                "text/csv; charset=utf-8; header=present",
                table(report).csv(),
            ),
            Format::Parquet => file(PARQUET, table(report).parquet()?),
        })
    }
}

/// The record.
///
/// # Errors
/// 404 where the operator switched it off.
fn record(face: &AppState) -> Result<&Insights, Problem> {
    face.service().insights().ok_or_else(|| {
        Problem::not_found(
            "nothing is recorded on this server: see `insights.record` in its configuration",
        )
    })
}

impl From<InsightsError> for Problem {
    fn from(error: InsightsError) -> Self {
        tracing::error!(%error, "insights could not be read or written");
        Self::insights_unavailable(match &error {
            InsightsError::Busy => "insights are busy writing; ask again in a moment",
            InsightsError::File(_) => {
                "insights cannot be read or written now; the server's log says why"
            }
        })
    }
}

impl From<NotWritten> for Problem {
    fn from(error: NotWritten) -> Self {
        tracing::error!(%error, "could not write a report as Parquet");
        Self::unwritten()
    }
}

fn file(kind: &'static str, body: impl Into<Body>) -> Response {
    (
        [(header::CONTENT_TYPE, HeaderValue::from_static(kind))],
        body.into(),
    )
        .into_response()
}

/// Works a report out, off the async threads and beside the pool of questions.
async fn reported(
    turns: Turns,
    face: AppState,
    work: impl FnOnce(&AppState, &Insights) -> Result<Response, Problem> + Send + 'static,
) -> Result<Response, Problem> {
    turns.run(move || work(&face, record(&face)?)).await?
}

/// Runs something that needs the catalog and who asks.
fn asking<T>(
    face: &AppState,
    audience: &Audience,
    run: impl FnOnce(&Asker) -> Result<T, InsightsError>,
) -> Result<T, Problem> {
    let catalog = face.service().catalog();
    let asker = Asker {
        catalog: &catalog,
        audience,
        today: face.service().today(),
    };
    Ok(run(&asker)?)
}

/// The article that comes closest to a question, of those that exist for the caller.
fn nearest(face: &AppState, audience: &Audience, question: &str) -> Option<Nearest> {
    let request = SearchRequest {
        limit: 1,
        // Not a question of anybody's: it is not recorded.
        typing: true,
        ..SearchRequest::new(question)
    };
    let found = face.service().search(request, audience).ok()?;
    let hit = found.hits.into_iter().next()?;
    let catalog = face.service().catalog();
    let article = catalog.get(&hit.article_id)?;
    Some(Nearest {
        url: article::url(&hit.article_id, ""),
        article_id: hit.article_id,
        title: hit.title,
        path: hit.path,
        tags: article.tags.clone(),
        owner: article.owner.clone(),
        confidence: hit.confidence,
    })
}

/// Summary report
///
/// Searches, answers, calls and cards of a period and of the preceding period of the same length. With `format=csv` or
/// `format=parquet`, one row per day.
#[utoipa::path(
    get, path = "/v1/insights/summary", tag = "insights", operation_id = "insights_summary",
    params(
        ("since" = Option<String>, Query, description = "Start day or RFC 3339 time; default 28 days ago"),
        ("until" = Option<String>, Query, description = "End day (inclusive) or RFC 3339 time (exclusive); default now"),
        ("format" = Option<String>, Query, description = "json (default), csv or parquet"),
    ),
    responses((status = 200, description = "The summary report", content(
        (SummaryReport = "application/json"),
        (String = "text/csv"),
        ("application/vnd.apache.parquet"),
    ))),
)]
pub(super) async fn summary(
    State(face): State<AppState>,
    who: Principal,
    _: Settled,
    params: Params,
) -> Result<Response, Problem> {
    let asked = ReportParams::read(&face, params, true)?;
    reported(face.reports(&who), face, move |face, record| {
        let report = asking(face, &who.grant().audience, |asker| {
            record.summary(&asked.period, asker)
        })?;
        asked.write(&report, table::summary)
    })
    .await
}

/// Article report
///
/// All articles visible to the caller; stale articles still in use come first. With `format=csv` or `format=parquet`, one row
/// per article.
#[utoipa::path(
    get, path = "/v1/insights/articles", tag = "insights", operation_id = "insights_articles",
    params(
        ("since" = Option<String>, Query, description = "Start day or RFC 3339 time; default 28 days ago"),
        ("until" = Option<String>, Query, description = "End day (inclusive) or RFC 3339 time (exclusive); default now"),
        ("format" = Option<String>, Query, description = "json (default), csv or parquet"),
    ),
    responses((status = 200, description = "The article report", content(
        (ArticlesReport = "application/json"),
        (String = "text/csv"),
        ("application/vnd.apache.parquet"),
    ))),
)]
pub(super) async fn articles(
    State(face): State<AppState>,
    who: Principal,
    _: Settled,
    params: Params,
) -> Result<Response, Problem> {
    let asked = ReportParams::read(&face, params, true)?;
    reported(face.reports(&who), face, move |face, record| {
        let conflicts = conflicts(face, &who.grant().audience);
        let report = asking(face, &who.grant().audience, |asker| {
            record.articles(&asked.period, asker, conflicts)
        })?;
        asked.write(&report, table::articles)
    })
    .await
}

/// Demand report
///
/// Topics over time, spikes, languages and account attributes. With `format=csv` or `format=parquet`, one row per topic.
#[utoipa::path(
    get, path = "/v1/insights/demand", tag = "insights", operation_id = "insights_demand",
    params(
        ("since" = Option<String>, Query, description = "Start day or RFC 3339 time; default 28 days ago"),
        ("until" = Option<String>, Query, description = "End day (inclusive) or RFC 3339 time (exclusive); default now"),
        ("format" = Option<String>, Query, description = "json (default), csv or parquet"),
    ),
    responses((status = 200, description = "The demand report", content(
        (DemandReport = "application/json"),
        (String = "text/csv"),
        ("application/vnd.apache.parquet"),
    ))),
)]
pub(super) async fn demand(
    State(face): State<AppState>,
    who: Principal,
    _: Settled,
    params: Params,
) -> Result<Response, Problem> {
    let asked = ReportParams::read(&face, params, true)?;
    reported(face.reports(&who), face, move |face, record| {
        let report = asking(face, &who.grant().audience, |asker| {
            record.demand(&asked.period, asker)
        })?;
        asked.write(&report, table::demand)
    })
    .await
}

/// Digest
///
/// One Markdown page covering the last seven days, or the given period.
#[utoipa::path(
    get, path = "/v1/insights/digest", tag = "insights", operation_id = "insights_digest",
    params(
        ("since" = Option<String>, Query, description = "Start day or RFC 3339 time; default 7 days ago"),
        ("until" = Option<String>, Query, description = "End day (inclusive) or RFC 3339 time (exclusive); default now"),
        ("lang" = Option<String>, Query, description = "en (default) or zh"),
    ),
    responses((status = 200, description = "The digest", body = String, content_type = "text/markdown")),
)]
pub(super) async fn digest(
    State(face): State<AppState>,
    who: Principal,
    _: Settled,
    mut params: Params,
) -> Result<Response, Problem> {
    let lang = params.text("lang").unwrap_or_else(|| "en".to_owned());
    let is_chinese = speaks(&lang, "zh");
    if !is_chinese && !speaks(&lang, "en") {
        params.flaw("lang", format!("must be en or zh, not {lang:?}"));
    }
    let asked = ReportParams::of_days(&face, params, false, DIGEST_DAYS)?;
    reported(face.reports(&who), face, move |face, record| {
        let audience = &who.grant().audience;
        let period = &asked.period;
        let conflicts = conflicts(face, audience);
        let near = |question: &str| nearest(face, audience, question);
        let (summary, gaps, articles, demand) = asking(face, audience, |asker| {
            Ok((
                record.summary(period, asker)?,
                record.gaps(period, asker, DIGEST_GAPS, &near)?,
                record.articles(period, asker, conflicts)?,
                record.demand(period, asker)?,
            ))
        })?;
        let page = insights::digest(&summary, &gaps, &articles, &demand, is_chinese);
        Ok(file("text/markdown; charset=utf-8", page))
    })
    .await
}

/// The result of an erasure.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ErasureResponse {
    /// Number of the customer's calls erased, with everything recorded about them.
    calls: usize,
}

/// Erase a customer's data
///
/// Immediately deletes everything recorded about the customer's calls, along with cached account data and ended calls. An
/// open call continues: nothing more of it is recorded, and it is discarded when it ends. Succeeds for unknown customers.
#[utoipa::path(
    delete, path = "/v1/insights/customers/{customer_id}", tag = "insights", operation_id = "erase_customer",
    params(("customer_id" = String, Path, description = "Customer id, as given in the calls")),
    responses((status = 200, description = "The customer's data is erased, except in open calls", body = ErasureResponse)),
)]
pub(super) async fn erase(
    State(face): State<AppState>,
    who: Principal,
    _: NoParams,
    Segments(customer_id): Segments<String>,
) -> Result<Response, Problem> {
    if customer_id.trim().is_empty() || customer_id.chars().count() > MAX_ID_CHARS {
        return Err(Problem::flaw(
            "/customer_id",
            format!("must have 1 to {MAX_ID_CHARS} characters"),
        ));
    }
    let core = face.clone();
    let erased = move || {
        // What they still know would be recorded again.
        core.service().registry().erase(&customer_id);
        if let Some(accounts) = core.service().accounts() {
            accounts.forget(&customer_id);
        }
        match core.service().recorded() {
            Some(record) => record.erase(&customer_id),
            None => Ok(0),
        }
    };
    let calls = face.reports(&who).run(erased).await??;
    Ok(Json::of(&ErasureResponse { calls })?.into_response())
}
