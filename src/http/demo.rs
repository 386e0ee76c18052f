//! `/v1/demo/calls`: recorded calls that the page can replay.

use std::{
    fs::File,
    io::{BufRead as _, BufReader, Read as _},
    path::Path,
};

use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{
    identity::Principal, params::NoParams, problem::Problem, reply::Json, state::AppState,
};

/// The file of the content folder that holds them, a call a line.
const FILE: &str = "_calls.jsonl";

/// Bytes of it that are read.
const MAX_FILE: u64 = 4 << 20;

/// Calls to replay.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DemoCalls {
    /// In file order.
    calls: Vec<DemoCall>,
}

/// A call to replay. The expected cards in the file are omitted, since they would reveal articles.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct DemoCall {
    /// Id in the file.
    id: String,
    /// Title of the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    /// BCP 47 language tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lang: Option<String>,
    /// Account data of the customer, free-form JSON.
    #[serde(default)]
    #[schema(value_type = Object)]
    account: Map<String, Value>,
    /// Conversation turns, in order.
    turns: Vec<DemoTurn>,
}

/// A conversation turn.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct DemoTurn {
    /// `customer`, `agent` or `system`.
    #[serde(alias = "role")]
    speaker: String,
    /// The text spoken.
    text: String,
}

/// List demo calls
///
/// Read from `_calls.jsonl` in the content folder; invalid lines are skipped.
#[utoipa::path(
    get, path = "/v1/demo/calls", tag = "calls", operation_id = "demo_calls",
    responses((status = 200, description = "Calls to replay", body = DemoCalls)),
)]
pub(super) async fn calls(
    State(face): State<AppState>,
    who: Principal,
    _: NoParams,
) -> Result<Json, Problem> {
    let core = face.clone();
    let answer = face.pool(&who).run(move || {
        let calls = read(&core.settings().content);
        Json::of(&DemoCalls { calls })
    });
    answer.await?
}

fn read(content: &Path) -> Vec<DemoCall> {
    let Ok(file) = File::open(content.join(FILE)) else {
        return Vec::new();
    };
    let lines = BufReader::new(file.take(MAX_FILE)).lines();
    lines
        .map_while(Result::ok)
        .filter_map(|line| serde_json::from_str(&line).ok())
        .collect()
}
