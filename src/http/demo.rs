//! `/v1/demo/calls`: the calls that the page can replay.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{face::Face, identity::Who, params::NoParams, problem::Problem, reply::Json};

/// Calls to replay.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DemoCalls {
    /// In the order of the file.
    calls: Vec<DemoCall>,
}

/// A call to replay. What the file says about the right cards is left out: it would name articles.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct DemoCall {
    /// Name of it in the file.
    id: String,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    /// BCP 47 tag of its language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lang: Option<String>,
    /// What is known of the customer, free JSON.
    #[serde(default)]
    #[schema(value_type = Object)]
    account: Map<String, Value>,
    /// What is said, in order.
    turns: Vec<DemoTurn>,
}

/// One turn of it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct DemoTurn {
    /// `customer`, `agent` or `system`.
    #[serde(alias = "role")]
    speaker: String,
    /// What is said.
    text: String,
}

/// List demo calls
///
/// The content folder's `_calls.jsonl`; lines that are no calls are left out.
#[utoipa::path(
    get, path = "/v1/demo/calls", tag = "calls", operation_id = "demo_calls",
    responses((status = 200, description = "Calls to replay", body = DemoCalls)),
)]
pub(super) async fn calls(
    State(face): State<Face>,
    who: Who,
    _: NoParams,
) -> Result<Json, Problem> {
    let core = face.clone();
    let answer = face.pool(&who).run(move || {
        let calls = core.service().demo_calls();
        let calls = calls
            .into_iter()
            .filter_map(|call| serde_json::from_value(call).ok())
            .collect();
        Json::of(&DemoCalls { calls })
    });
    answer.await?
}
