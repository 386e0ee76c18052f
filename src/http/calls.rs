//! `/v1/calls`: what a desktop reports about a call, and the cards that it gets back.
//!
//! Translates requests to functions of the call registry, and the results back. Leaves every rule of a call to `live`,
//! streams to `streams`.

use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use chrono::Utc;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    accounts,
    body::{JsonBody, OptionalBody},
    health::Settled,
    identity::Principal,
    params::{NoParams, Segments},
    problem::Problem,
    reply::{Fresh, Json},
    state::AppState,
};
use crate::{
    article,
    audit::{Shown, What},
    live::{
        AccountChanged, CallRegistry, CallView, Caller, Card, Engagement, LiveError, OpenCall,
        Opened, Summary, Utterance, UtteranceResponse,
    },
    percent,
};

/// The cards of a call.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Cards {
    /// Newest first.
    cards: Vec<Card>,
}

/// The result of ending a call.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EndCallResponse {
    /// The call summary.
    summary: Summary,
}

/// Ends a call; no fields are required.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EndCall {}

/// Open a call
///
/// Account triggers fire immediately. If account sources are configured and a `customer_id` is given, their data is merged
/// into the account; parts that could not be fetched are listed in `account_gaps`. If the call already exists, returns 200
/// with its cards and fills in fields that were not yet known; the account of a different customer is not adopted. A
/// different `agent_id` hands the call over: that agent's stream then carries the call's events from the beginning.
#[utoipa::path(
    post, path = "/v1/calls", tag = "calls", operation_id = "open_call", request_body = OpenCall,
    responses(
        (status = 201, description = "The call was opened", body = Fresh<Opened>),
        (status = 200, description = "The call already existed", body = Fresh<Opened>),
    ),
)]
pub(super) async fn open(
    State(face): State<AppState>,
    who: Principal,
    _: Settled,
    _: NoParams,
    OptionalBody(request): OptionalBody<OpenCall>,
) -> Result<Response, Problem> {
    let request = accounts::complete(&face, &who, request).await?;
    let core = face.clone();
    let answer = face.pool(&who).run(move || {
        let opened = core
            .service()
            .registry()
            .open(&who.caller(), request, Utc::now())?;
        if opened.existed {
            note(&core, &who, &opened.call_id, &opened.cards);
        }
        let (existed, place) = (
            opened.existed,
            article::under_base(&format!("/v1/calls/{}", percent::segment(&opened.call_id))),
        );
        let mut fresh = Fresh::of(&core, &core.service().catalog(), opened);
        if !fresh.body.account_gaps.is_empty() {
            fresh.degraded.push(accounts::INCOMPLETE.to_owned());
        }
        let json = Json::of(&fresh)?;
        if existed {
            return Ok(json.into_response());
        }
        let mut response = json.with_status(StatusCode::CREATED).into_response();
        if let Ok(place) = HeaderValue::from_str(&place) {
            response.headers_mut().insert(header::LOCATION, place);
        }
        Ok(response)
    });
    answer.await?
}

/// Update the account
///
/// A JSON merge patch (RFC 7396): null removes a field. Account triggers fire when their condition becomes true.
#[utoipa::path(
    patch, path = "/v1/calls/{id}/account", tag = "calls", operation_id = "patch_account",
    params(("id" = String, Path, description = "Call id")),
    request_body(content = serde_json::Map<String, serde_json::Value>, description = "The fields to update"),
    responses(
        (status = 200, description = "The cards pushed, and the candidates suppressed", body = Fresh<AccountChanged>),
        (status = 409, description = "The call has ended"),
    ),
)]
pub(super) async fn patch_account(
    State(face): State<AppState>,
    who: Principal,
    _: NoParams,
    Segments(id): Segments<String>,
    JsonBody(patch): JsonBody<Value>,
) -> Result<Json, Problem> {
    with_desk(face, who, move |registry, caller| {
        registry.patch_account(caller, &id, patch, Utc::now())
    })
    .await
}

/// Add an utterance
///
/// Partial transcripts with the same `utterance_id` replace each other. The first final one is definitive; repeats return its
/// response.
#[utoipa::path(
    post, path = "/v1/calls/{id}/utterances", tag = "calls", operation_id = "hear",
    params(("id" = String, Path, description = "Call id")), request_body = Utterance,
    responses(
        (status = 200, description = "The cards pushed, and the candidates suppressed", body = Fresh<UtteranceResponse>),
        (status = 409, description = "The call has ended"),
    ),
)]
pub(super) async fn hear(
    State(face): State<AppState>,
    who: Principal,
    _: NoParams,
    Segments(id): Segments<String>,
    JsonBody(utterance): JsonBody<Utterance>,
) -> Result<Json, Problem> {
    with_desk(face, who, move |registry, caller| {
        registry.hear(caller, &id, utterance, Utc::now())
    })
    .await
}

/// List a call's cards
#[utoipa::path(
    get, path = "/v1/calls/{id}/cards", tag = "calls", operation_id = "list_cards",
    params(("id" = String, Path, description = "Call id")),
    responses((status = 200, description = "The cards, newest first", body = Fresh<Cards>)),
)]
pub(super) async fn cards(
    State(face): State<AppState>,
    who: Principal,
    _: NoParams,
    Segments(id): Segments<String>,
) -> Result<Json, Problem> {
    let (core, reader) = (face.clone(), who.clone());
    with_desk(face, who, move |registry, caller| {
        let cards = registry.cards(caller, &id)?;
        note(&core, &reader, &id, &cards);
        Ok(Cards { cards })
    })
    .await
}

/// Report an engagement with a card
#[utoipa::path(
    post, path = "/v1/calls/{id}/cards/{card_id}/engagement", tag = "calls", operation_id = "engage_card",
    params(("id" = String, Path, description = "Call id"), ("card_id" = String, Path, description = "Card id")),
    request_body = Engagement,
    responses((status = 200, description = "The updated card", body = Fresh<Card>)),
)]
pub(super) async fn engage(
    State(face): State<AppState>,
    who: Principal,
    _: NoParams,
    Segments((id, card_id)): Segments<(String, String)>,
    JsonBody(engagement): JsonBody<Engagement>,
) -> Result<Json, Problem> {
    with_desk(face, who, move |registry, caller| {
        registry.engage(caller, &id, &card_id, engagement, Utc::now())
    })
    .await
}

/// End a call
///
/// Idempotent: ending the call again returns the same summary. Later utterances are rejected with 409.
#[utoipa::path(
    post, path = "/v1/calls/{id}/end", tag = "calls", operation_id = "end_call",
    params(("id" = String, Path, description = "Call id")),
    request_body(content = Option<EndCall>, description = "May be empty"),
    responses((status = 200, description = "The call summary", body = Fresh<EndCallResponse>)),
)]
pub(super) async fn end(
    State(face): State<AppState>,
    who: Principal,
    _: NoParams,
    Segments(id): Segments<String>,
    OptionalBody(EndCall {}): OptionalBody<EndCall>,
) -> Result<Json, Problem> {
    with_desk(face, who, move |registry, caller| {
        Ok(EndCallResponse {
            summary: registry.end(caller, &id, Utc::now())?,
        })
    })
    .await
}

/// Get a call
///
/// Account, turns and cards: everything needed for a hand-over.
#[utoipa::path(
    get, path = "/v1/calls/{id}", tag = "calls", operation_id = "get_call",
    params(("id" = String, Path, description = "Call id")),
    responses((status = 200, description = "The current state of the call", body = Fresh<CallView>)),
)]
pub(super) async fn get(
    State(face): State<AppState>,
    who: Principal,
    _: NoParams,
    Segments(id): Segments<String>,
) -> Result<Json, Problem> {
    let (core, reader) = (face.clone(), who.clone());
    with_desk(face, who, move |registry, caller| {
        let call = registry.get(caller, &id)?;
        note(&core, &reader, &id, &call.cards);
        Ok(call)
    })
    .await
}

/// Keeps in the audit log who read the cards of a call: when they were pushed, only its owner was shown them.
fn note(face: &AppState, who: &Principal, call_id: &str, cards: &[Card]) {
    if !cards.is_empty() {
        let what = What::Call {
            call_id: call_id.to_owned(),
        };
        who.shown(face, what, cards.iter().map(Shown::from));
    }
}

/// Calls the registry and writes its response, off the async threads.
async fn with_desk<T: Serialize>(
    face: AppState,
    who: Principal,
    ask: impl FnOnce(&CallRegistry, &Caller) -> Result<T, LiveError> + Send + 'static,
) -> Result<Json, Problem> {
    let core = face.clone();
    let answer = face.pool(&who).run(move || {
        let said = ask(core.service().registry(), &who.caller())?;
        Json::of(&Fresh::of(&core, &core.service().catalog(), said))
    });
    answer.await?
}
