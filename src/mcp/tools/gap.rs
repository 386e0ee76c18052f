//! `report_gap`: reports a question that no article answers to the editors.

use serde_json::{Map, Value, json};

use super::{Tool, ToolContext, gives, search::QUERY, takes};
use crate::{
    insights::MissingArticle,
    keys::Scope,
    live::MAX_COMMENT_CHARS,
    mcp::{args::Args, refusal::Refusal},
    search::error::MAX_QUERY_CHARS,
};

pub(super) const GAP: Tool = Tool {
    name: "report_gap",
    description: "Tell the editors that a question has no good answer.",
    scope: Some(Scope::Search),
    reads_only: false,
    input: || {
        takes(
            json!({"query": {"type": "string"}, "comment": {"type": "string", "description": "what is missing"}}),
            &["query"],
        )
    },
    output: || {
        gives(
            json!({
                "recorded": {"type": "boolean"},
                "detail": {"type": "string"}
            }),
            &["recorded"],
        )
    },
    run,
};

fn run(ask: &ToolContext<'_>, mut args: Args) -> Result<Value, Refusal> {
    let missing = MissingArticle {
        query: args.needed(QUERY, MAX_QUERY_CHARS),
        comment: args.text(&["comment", "note", "reason", "details"], MAX_COMMENT_CHARS),
        query_id: None,
        by: ask.grant.name.clone(),
        audience: ask.grant.audience.clone(),
    };
    args.max_tokens();
    args.finish()?;
    let record = ask.service.insights();
    let recorded = record.is_some();
    if let Some(record) = record {
        record.report_gap(missing, ask.now);
    }
    let mut fields = Map::new();
    fields.insert("recorded".to_owned(), Value::from(recorded));
    if !recorded {
        fields.insert(
            "detail".to_owned(),
            Value::from(
                "nothing is recorded here; `cuecard mcp --url` reports to a running server",
            ),
        );
    }
    Ok(Value::Object(ask.fresh(&ask.catalog(), fields)))
}
