//! `search` and `fetch`, in the format that OpenAI's connectors and deep research expect.

use serde_json::{Map, Value, json};

use super::{
    MAX_ID_CHARS, Tool, ToolContext,
    article::{ID, MAX_LINE_CHARS, lines, wanted, with_text},
    gives,
    names::named,
    search::QUERY,
    takes,
};
use crate::{
    article,
    keys::Scope,
    mcp::{
        args::Args,
        budget::{self, TOKENS, cost, room},
        output::{leave_out, put_cautions, standing},
        refusal::Refusal,
    },
    search::{error::MAX_QUERY_CHARS, types::SearchRequest},
};

/// Results: they are only names.
const LIMIT: usize = 10;

pub(super) const SEARCH: Tool = Tool {
    name: "search",
    description: "Find articles; read them with fetch.",
    scope: Some(Scope::Search),
    reads_only: true,
    input: || takes(json!({"query": {"type": "string"}}), &["query"]),
    output: || {
        gives(
            json!({
                "results": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {
                            "id": {"type": "string"},
                            "title": {"type": "string"},
                            "url": {"type": "string"},
                            "cautions": {"type": "array", "items": {"type": "string"}}
                        },
                        "required": ["id", "title", "url"]
                    }
                }
            }),
            &["results"],
        )
    },
    run: search,
};

pub(super) const FETCH: Tool = Tool {
    name: "fetch",
    description: "Read an article that search found.",
    scope: Some(Scope::Search),
    reads_only: true,
    // Those who ask for nothing but the id expect all of it.
    input: || {
        takes(
            json!({
                "id": {"type": "string"},
                "lines": {"type": "array", "items": {"type": "integer"}},
                "from_char": {"type": "integer"},
                "max_tokens": budget::schema_from(*TOKENS.end())
            }),
            &["id"],
        )
    },
    output: || {
        gives(
            json!({
                "id": {"type": "string"},
                "title": {"type": "string"},
                "text": {"type": "string", "description": "quoted from the article"},
                "url": {"type": "string"},
                "metadata": {"type": "object"}
            }),
            &["id", "title", "text", "url", "metadata"],
        )
    },
    run: fetch,
};

fn search(ask: &ToolContext<'_>, mut args: Args) -> Result<Value, Refusal> {
    let request = SearchRequest {
        limit: LIMIT,
        ..SearchRequest::new(args.needed(QUERY, MAX_QUERY_CHARS))
    };
    let max_tokens = args.max_tokens();
    args.finish()?;
    let response = ask.service.search(request, ask.audience())?;
    let fields = json!({"results": [], "index": response.index, "degraded": response.degraded});
    let mut left = room(max_tokens).saturating_sub(cost(&fields));
    let Value::Object(mut fields) = fields else {
        return Err(Refusal::internal());
    };
    let mut results = Vec::new();
    for hit in &response.hits {
        let url = format!("{}{}", ask.base, hit.url);
        let mut result = Map::new();
        for (name, value) in [
            ("id", &hit.article_id),
            ("title", &hit.title),
            ("url", &url),
        ] {
            result.insert(name.to_owned(), Value::from(value.as_str()));
        }
        put_cautions(&mut result, &[&hit.title]);
        let result = Value::Object(result);
        let price = cost(&result) + 1;
        if price > left {
            break;
        }
        left -= price;
        results.push(result);
    }
    fields.insert("results".to_owned(), Value::from(results));
    Ok(Value::Object(fields))
}

fn fetch(ask: &ToolContext<'_>, mut args: Args) -> Result<Value, Refusal> {
    // The id is the first name here, and the article's the second.
    let id = args.needed(&["id", ID[0], ID[2]], MAX_ID_CHARS);
    let asked = lines(&mut args);
    let from_char = args.whole(&["from_char", "next_char"], 0..=MAX_LINE_CHARS, 0);
    let max_tokens = args.max_tokens_or(*TOKENS.end());
    args.finish()?;
    ask.settled()?;
    let catalog = ask.catalog();
    let (article, anchor) =
        named(&catalog, &id, ask.audience()).ok_or_else(|| Refusal::unknown_article(&id))?;
    let wanted = wanted(article, anchor.as_deref(), asked)?;
    let revision = catalog.revision_of(article);
    let (first, last) = (wanted[0], wanted[1]);
    // What stands around the text, to know the room that is left for it.
    let mut frame = json!({
        "id": article.id,
        "title": article.title,
        "text": "",
        "url": format!("{}{}", ask.base, article::url(&article.id, "")),
        "metadata": {
            "path": article.path,
            "lines": [first, last],
            "revision": revision,
            "lang": article.lang,
            "truncated": true,
            "next_lines": [first, last],
            "next_char": last,
        },
    });
    if let Some(metadata) = frame["metadata"].as_object_mut() {
        metadata.extend(standing(article, ask.service.today()));
    }
    let Value::Object(frame) = frame else {
        return Err(Refusal::internal());
    };
    let mut fields = ask.fresh(&catalog, frame);
    let left = room(max_tokens).saturating_sub(cost(&Value::Object(fields.clone())));
    let mut inner = Map::new();
    inner.insert("revision".to_owned(), Value::from(revision));
    // The revision is counted once around the text and once within.
    let twice = cost(&json!({"revision": revision}));
    let mut text = with_text(
        ask.quoter,
        article,
        inner,
        (wanted, from_char),
        left + twice,
    )?;
    if let Some(markdown) = text.shift_remove("markdown") {
        fields.insert("text".to_owned(), markdown);
    }
    if let Some(Value::Object(metadata)) = fields.get_mut("metadata") {
        leave_out(metadata, &["next_lines", "next_char"]);
        metadata.extend(text);
    }
    Ok(Value::Object(fields))
}
