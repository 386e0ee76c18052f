//! `list_topics`: the values that searches can be filtered by.

use serde_json::{Value, json};

use super::{Tool, ToolContext, gives, takes};
use crate::{
    keys::Scope,
    mcp::{
        args::Args,
        budget::{cost, room},
        refusal::Refusal,
    },
    search::browse::{self, Topic, Topics},
};

pub(super) const TOPICS: Tool = Tool {
    name: "list_topics",
    description: "List the tags, products and languages to filter by, with counts.",
    scope: Some(Scope::Search),
    reads_only: true,
    input: || takes(json!({}), &[]),
    output: || {
        let counted = |name: &str| {
            json!({
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {name: {"type": "string"}, "count": {"type": "integer"}},
                    "required": [name, "count"]
                }
            })
        };
        gives(
            json!({
                "topics": counted("tag"),
                "products": counted("product"),
                "languages": counted("lang"),
                "truncated": {"type": "boolean"}
            }),
            &["topics", "products", "languages"],
        )
    },
    run,
};

fn run(ask: &ToolContext<'_>, mut args: Args) -> Result<Value, Refusal> {
    let max_tokens = args.max_tokens();
    args.finish()?;
    ask.settled()?;
    let catalog = ask.catalog();
    let topics = browse::topics(&catalog, ask.audience(), ask.service.today());
    let write = |topics: &Topics, truncated: bool| {
        let mut fields = serde_json::Map::new();
        fields.insert(
            "topics".to_owned(),
            topics.topics.iter().map(tree).collect(),
        );
        fields.insert("products".to_owned(), json!(topics.products));
        fields.insert("languages".to_owned(), json!(topics.languages));
        if truncated {
            fields.insert("truncated".to_owned(), Value::from(true));
        }
        Value::Object(ask.fresh(&catalog, fields))
    };
    let room = room(max_tokens);
    let whole = write(&topics, false);
    if cost(&whole) <= room {
        return Ok(whole);
    }
    Ok(shrink(topics, |topics| {
        let fewer = write(topics, true);
        (cost(&fewer) <= room).then_some(fewer)
    }))
}

/// A topic without the list of its children where there are none.
fn tree(topic: &Topic) -> Value {
    let mut value = json!({"tag": topic.tag, "count": topic.count});
    if !topic.children.is_empty() {
        value["children"] = topic.children.iter().map(tree).collect();
    }
    value
}

/// Leaves out inner topics, then the rarest of everything, until it fits.
fn shrink(mut topics: Topics, fits: impl Fn(&Topics) -> Option<Value>) -> Value {
    topics
        .topics
        .iter_mut()
        .for_each(|topic| topic.children.clear());
    topics
        .topics
        .sort_by_key(|topic| std::cmp::Reverse(topic.count));
    topics
        .products
        .sort_by_key(|product| std::cmp::Reverse(product.count));
    topics
        .languages
        .sort_by_key(|language| std::cmp::Reverse(language.count));
    loop {
        if let Some(value) = fits(&topics) {
            return value;
        }
        let longest = topics
            .topics
            .len()
            .max(topics.products.len())
            .max(topics.languages.len());
        if longest == 0 {
            return fits(&Topics::default()).unwrap_or_default();
        }
        let keep = longest * 3 / 4;
        topics.topics.truncate(keep);
        topics.products.truncate(keep);
        topics.languages.truncate(keep);
    }
}
