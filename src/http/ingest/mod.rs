//! `/v1/ingest/{vendor}`: transcripts in the vendors' formats, handled as if the desktop had sent them.
//!
//! Owns reading the body in the encodings that vendors use. Leaves the formats to `ingest`, and applying the events to
//! `taking`.

mod taking;

use std::collections::HashMap;

use axum::{
    body::{Body, Bytes},
    extract::{Form, FromRequest, Request, State},
    http::{HeaderMap, Method, header},
};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Map, Value};

use super::{
    accounts, body,
    health::Settled,
    identity::Principal,
    params::{Params, Segments},
    problem::Problem,
    reply::{Fresh, Json},
    state::AppState,
};
use crate::{
    article::Role,
    ingest::{self, Event, Hints, Reading, Vendor, What},
    live::{OpenCall, is_id},
    search::error::FieldError,
};
use taking::{Ingested, Taking};

pub(super) use taking::Ledger;

const FORM: &str = "application/x-www-form-urlencoded";

/// Fields of a form; vendors send some thirty.
const MAX_FIELDS: usize = 1_000;

/// Accounts of one request that are fetched at once: a quarter of all fetches.
const ACCOUNTS_AT_ONCE: usize = 16;

/// A vendor's body: JSON of any kind that is not read yet, or form fields as an object of texts.
pub(super) enum Hook {
    Json(Bytes),
    Fields(Map<String, Value>),
}

impl Hook {
    /// The body as JSON, which can take much memory: on the pool, where there are few at once.
    fn value(self) -> Result<Value, Vec<FieldError>> {
        match self {
            Self::Fields(fields) => Ok(Value::Object(fields)),
            Self::Json(bytes) => ingest::parse(&bytes)
                .map_err(|error| vec![FieldError::new("", format!("the body {error}"))]),
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for Hook {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (head, bytes) = body::read(request).await?;
        if bytes.is_empty() {
            return Err(Problem::flaw(
                "",
                "the body is empty; send the vendor's event",
            ));
        }
        if !is_form(&head.headers) {
            return Ok(Self::Json(bytes));
        }
        if bytes.iter().filter(|byte| **byte == b'&').count() >= MAX_FIELDS {
            let detail = format!("the form has more than {MAX_FIELDS} fields");
            return Err(Problem::flaw("", detail));
        }
        let request = Request::builder()
            .method(Method::POST)
            .header(header::CONTENT_TYPE, FORM)
            .body(Body::from(bytes))
            .map_err(|error| Problem::flaw("", error.to_string()))?;
        let fields = Form::<Vec<(String, String)>>::from_request(request, state).await;
        let Form(fields) = fields.map_err(|error| Problem::flaw("", error.body_text()))?;
        let fields = fields.into_iter();
        let fields = fields.map(|(name, value)| (name, Value::String(value)));
        Ok(Self::Fields(fields.collect()))
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let given = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    given.is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with(FORM))
}

/// Ingest vendor events
///
/// Accepts events in the vendor's own format, JSON or form fields, also wrapped by EventBridge, Kinesis, SNS, SQS or Pub/Sub.
/// A call is opened when first seen and ended when the vendor reports its end. Duplicate events are ignored, as are unknown
/// fields. Values missing from the events can be given in the URL: `call_id`, `agent_id`, `customer_id`, `lang`, and `roles`,
/// the speaker of channel, track or speaker 0, 1, … (default `customer,agent`). Webhooks that cannot send a bearer token can
/// send the key as the HTTP Basic password.
#[utoipa::path(
    post, path = "/v1/ingest/{vendor}", tag = "calls", operation_id = "ingest",
    params(
        ("vendor" = String, Path, description = "amazon-connect, genesys, google, twilio or deepgram"),
        ("call_id" = Option<String>, Query, description = "Call id; takes precedence over the one in the events"),
        ("agent_id" = Option<String>, Query, description = "Agent id"),
        ("customer_id" = Option<String>, Query, description = "Customer id"),
        ("lang" = Option<String>, Query, description = "BCP 47 language tag of the call"),
        ("roles" = Option<String>, Query, description = "Speakers of channels 0, 1, …, comma-separated: customer, agent, system"),
    ),
    request_body(
        content((serde_json::Value = "application/json"), (HashMap<String, String> = "application/x-www-form-urlencoded")),
        description = "The vendor's event",
    ),
    responses((status = 200, description = "The events processed, and those skipped", body = Fresh<Ingested>)),
)]
pub(super) async fn post(
    State(face): State<AppState>,
    who: Principal,
    _: Settled,
    Segments(vendor): Segments<String>,
    params: Params,
    body: Hook,
) -> Result<Json, Problem> {
    let Some(vendor) = Vendor::named(&vendor) else {
        let known: Vec<&str> = Vendor::ALL.iter().map(|vendor| vendor.name()).collect();
        let detail = format!(
            "there is no vendor {vendor:?}; there are {}",
            known.join(", ")
        );
        return Err(Problem::not_found(detail));
    };
    let hints = hints(params)?;
    let read = move || ingest::read(vendor, &body.value()?, &hints);
    let reading = face.pool(&who).run(read).await?.map_err(Problem::flawed)?;
    for url in &reading.to_confirm {
        tracing::warn!(url, "a subscription of SNS waits: open its address once");
    }
    let openings = openings(&face, &who, &reading).await?;
    let core = face.clone();
    let answer = face.pool(&who).run(move || {
        let caller = who.caller();
        let (taken, is_incomplete) = Taking::new(&core, &caller, openings).all(reading)?;
        let mut fresh = Fresh::of(&core, &core.service().catalog(), taken);
        if is_incomplete {
            fresh.degraded.push(accounts::INCOMPLETE.to_owned());
        }
        Json::of(&fresh)
    });
    answer.await?
}

fn hints(mut params: Params) -> Result<Hints, Problem> {
    let mut hints = Hints {
        call_id: params.text("call_id"),
        agent_id: params.text("agent_id"),
        customer_id: params.text("customer_id"),
        lang: params.text("lang"),
        roles: Vec::new(),
    };
    for (name, id) in [
        ("call_id", &hints.call_id),
        ("agent_id", &hints.agent_id),
        ("customer_id", &hints.customer_id),
    ] {
        if id.as_ref().is_some_and(|id| !is_id(id)) {
            let detail = "must have 1 to 200 characters and no control characters";
            params.flaw(name, detail.to_owned());
        }
    }
    for name in params.list("roles") {
        match name.as_str() {
            "customer" => hints.roles.push(Role::Customer),
            "agent" => hints.roles.push(Role::Agent),
            "system" => hints.roles.push(Role::System),
            other => params.flaw(
                "roles",
                format!("must name customer, agent or system, not {other:?}"),
            ),
        }
    }
    params.finish()?;
    Ok(hints)
}

/// How each call of a request would be opened, with what the sources know of who calls. An end opens nothing.
async fn openings(
    face: &AppState,
    who: &Principal,
    reading: &Reading,
) -> Result<HashMap<String, OpenCall>, Problem> {
    let mut openings: HashMap<String, OpenCall> = HashMap::new();
    for event in &reading.events {
        if matches!(event.what, What::Ended | What::Paused(_)) {
            continue;
        }
        let Event {
            call_id,
            agent_id,
            customer_id,
            lang,
            ..
        } = event.clone();
        let opening = openings.entry(call_id.clone()).or_insert_with(|| OpenCall {
            call_id: Some(call_id),
            is_overheard: true,
            ..OpenCall::default()
        });
        opening.agent_id = opening.agent_id.take().or(agent_id);
        opening.customer_id = opening.customer_id.take().or(customer_id);
        opening.lang = opening.lang.take().or(lang);
    }
    let completed = stream::iter(openings).map(async |(call_id, opening)| {
        let opening = accounts::complete(face, who, opening).await?;
        Ok((call_id, opening))
    });
    completed
        .buffer_unordered(ACCOUNTS_AT_ONCE)
        .try_collect()
        .await
}
