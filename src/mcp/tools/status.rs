//! `status`: whether the service is ready, how much it has indexed, and how up to date that is.

use serde_json::{Value, json};

use super::{Tool, ToolContext, gives, takes};
use crate::mcp::{args::Args, refusal::Refusal};

pub(super) const STATUS: Tool = Tool {
    name: "status",
    description: "How many articles there are, how fresh the index is, and what is degraded.",
    scope: None,
    reads_only: true,
    input: || takes(json!({}), &[]),
    output: || {
        gives(
            json!({
                "ready": {"type": "boolean"},
                "articles": {"type": "integer"},
                "passages": {"type": "integer"},
                "pending_embeddings": {"type": "integer"}
            }),
            &["ready", "articles", "passages"],
        )
    },
    run,
};

fn run(ask: &ToolContext<'_>, mut args: Args) -> Result<Value, Refusal> {
    // Its result has always the same size, below every budget.
    args.max_tokens();
    args.finish()?;
    Ok(json!(ask.service.readiness_for(ask.audience())))
}
