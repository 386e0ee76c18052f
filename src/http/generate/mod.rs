//! `/v1/answers`, `/v1/replies` and `/v1/calls/{id}/summary`: text generation, if the operator configured an endpoint.
//!
//! Translates requests. Leaves what is written to `generate`, and which passages support it to `draft`.

mod draft;

use axum::{extract::State, response::Response};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use self::draft::{DraftRequest, GeneratedText};
use super::{
    body::{JsonBody, OptionalBody},
    identity::Principal,
    params::{NoParams, Segments},
    problem::Problem,
    reply::Fresh,
    state::AppState,
};
use crate::{
    generate::{Channel, Task, Tone},
    search::types::{Filter, SearchRequest},
};

/// A question to be answered in a few sentences.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AnswerRequest {
    /// Plain language, 1–2,000 characters.
    #[schema(min_length = 1, max_length = 2_000)]
    query: String,
    /// What the articles must be.
    #[serde(default, deserialize_with = "crate::json::object")]
    filter: Filter,
    /// The customer's account, as in a search.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    account: Option<Map<String, Value>>,
    /// Language to write in; default the question's.
    #[serde(default)]
    lang: Option<String>,
    /// Whether sentences come one by one, as server-sent events.
    #[serde(default)]
    #[schema(default = false)]
    stream: bool,
}

/// A customer's message to be replied to.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplyRequest {
    /// What the customer wrote, 1–2,000 characters.
    #[schema(min_length = 1, max_length = 2_000)]
    message: String,
    /// Where the reply goes.
    #[serde(default)]
    #[schema(default = "email")]
    channel: Channel,
    /// How it sounds.
    #[serde(default)]
    #[schema(default = "neutral")]
    tone: Tone,
    /// What the articles must be.
    #[serde(default, deserialize_with = "crate::json::object")]
    filter: Filter,
    /// The customer's account, as in a search.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    account: Option<Map<String, Value>>,
    /// Language to write in; default the message's.
    #[serde(default)]
    lang: Option<String>,
    /// Whether sentences come one by one, as server-sent events.
    #[serde(default)]
    #[schema(default = false)]
    stream: bool,
}

/// How a call is to be summed up.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct SummaryRequest {
    /// Language to write in; default the call's.
    lang: Option<String>,
    /// Whether sentences come one by one, as server-sent events.
    stream: bool,
}

/// Answer in sentences
///
/// Written by the operator's language model from the passages of a search, each sentence with the passages that it rests
/// on; `text` is null where search gives no answer. Without the endpoint in the configuration 404; while it fails, the
/// search's own answer, with `extractive`. With `stream` events `sentence` and, at the end, `done` with the whole, or
/// `error` with a problem; nothing is written from an article that gives orders to machines.
#[utoipa::path(
    post, path = "/v1/answers", tag = "generate", operation_id = "answer", request_body = AnswerRequest,
    responses(
        (status = 200, description = "The answer; streamed: `sentence` with a Sentence, `done` with the whole, `error` with a Problem", content(
            (Fresh<GeneratedText> = "application/json"),
            (String = "text/event-stream"),
        )),
        (status = 404, description = "The configuration names no endpoint"),
    ),
)]
pub(super) async fn answer(
    State(face): State<AppState>,
    who: Principal,
    _: NoParams,
    JsonBody(request): JsonBody<AnswerRequest>,
) -> Result<Response, Problem> {
    let search = SearchRequest {
        filter: request.filter,
        account: request.account,
        ..SearchRequest::new(request.query.clone())
    };
    let task = Task::Answer {
        question: request.query,
    };
    let ask = DraftRequest::of_search(search, task, request.lang, "/query");
    draft::respond(face, who, ask, request.stream).await
}

/// Draft a reply
///
/// The same for a customer's message: an e-mail or a chat message for the agent to check and send.
#[utoipa::path(
    post, path = "/v1/replies", tag = "generate", operation_id = "draft_reply", request_body = ReplyRequest,
    responses(
        (status = 200, description = "The draft; streamed: the same events as of an answer", content(
            (Fresh<GeneratedText> = "application/json"),
            (String = "text/event-stream"),
        )),
        (status = 404, description = "The configuration names no endpoint"),
    ),
)]
pub(super) async fn reply(
    State(face): State<AppState>,
    who: Principal,
    _: NoParams,
    JsonBody(request): JsonBody<ReplyRequest>,
) -> Result<Response, Problem> {
    let search = SearchRequest {
        filter: request.filter,
        account: request.account,
        ..SearchRequest::new(request.message.clone())
    };
    let task = Task::Reply {
        message: request.message,
        channel: request.channel,
        tone: request.tone,
    };
    let ask = DraftRequest::of_search(search, task, request.lang, "/message");
    draft::respond(face, who, ask, request.stream).await
}

/// Sum up a call in sentences
///
/// The same for what was said in a call so far, redacted; each sentence with the turns that it rests on. While the
/// endpoint fails: what the customer wanted and what was promised, in their words.
#[utoipa::path(
    post, path = "/v1/calls/{id}/summary", tag = "generate", operation_id = "sum_up_call",
    params(("id" = String, Path, description = "The call")),
    request_body(content = Option<SummaryRequest>, description = "Nothing needs to be said"),
    responses(
        (status = 200, description = "The summary; streamed: the same events as of an answer", content(
            (Fresh<GeneratedText> = "application/json"),
            (String = "text/event-stream"),
        )),
    ),
)]
pub(super) async fn summary(
    State(face): State<AppState>,
    who: Principal,
    _: NoParams,
    Segments(call_id): Segments<String>,
    OptionalBody(request): OptionalBody<SummaryRequest>,
) -> Result<Response, Problem> {
    let ask = DraftRequest::Call {
        call_id,
        lang: request.lang,
    };
    draft::respond(face, who, ask, request.stream).await
}
