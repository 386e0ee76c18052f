//! `status`: whether questions can be asked, over how much, and how fresh it is.

use serde_json::{Value, json};

use super::{Ask, Tool, gives, takes};
use crate::{
    mcp::{args::Args, refusal::Refusal},
    search::{browse, types::Audience},
};

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

fn run(ask: &Ask<'_>, mut args: Args) -> Result<Value, Refusal> {
    // Its result has always the same size, below every budget.
    args.max_tokens();
    args.finish()?;
    let now = ask.service.readiness();
    let mut value = json!(now);
    // Counts are of what exists for the caller: the others tell how much does not.
    if *ask.audience() != Audience::Everyone {
        let catalog = ask.catalog();
        let (mut articles, mut passages) = (0, 0);
        for article in browse::visible(&catalog, ask.audience(), ask.service.today()) {
            articles += 1;
            passages += article.passages.len();
        }
        value["articles"] = articles.into();
        value["passages"] = passages.into();
        if let Value::Object(fields) = &mut value {
            fields.shift_remove("pending_embeddings");
            fields.shift_remove("progress");
        }
    }
    Ok(value)
}
