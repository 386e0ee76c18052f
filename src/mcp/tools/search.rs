//! `search_knowledge`: a question in; articles out, each with the passage that answers, as many as the token budget
//! allows.

use serde_json::{Map, Value, json};

use super::{Tool, ToolContext, answer, filters, gives, takes};
use crate::{
    index::Catalog,
    keys::Scope,
    mcp::{
        args::Args,
        budget::{self, TIGHT, cost, cost_of_text, room},
        output::{leave_out, lines_of, put_cautions, rounded},
        quote::{NOTICE, Origin, Quoter},
        refusal::Refusal,
    },
    search::{
        browse,
        error::{MAX_LIMIT, MAX_QUERY_CHARS},
        types::{Filter, Hit, Level, SearchRequest, SearchResponse},
    },
};

/// Articles when the caller names no limit: a model reads all of them, so there are fewer than for people.
const DEFAULT_LIMIT: usize = 5;

/// Names for the question.
pub(super) const QUERY: &[&str] = &["query", "q", "question", "search_query"];

pub(in crate::mcp) const SEARCH: Tool = Tool {
    name: "search_knowledge",
    description: "Search the contact centre's articles, in any language. Returns the best section of each article, with \
                  path, lines, revision, review date and a calibrated confidence. answer is null when nothing is good enough: \
                  then say so, don't guess.",
    scope: Some(Scope::Search),
    reads_only: true,
    input,
    output,
    run,
};

fn input() -> Value {
    takes(
        json!({
            "query": {"type": "string", "description": "the question, in plain words"},
            "limit": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
            "lang": {"type": "array", "items": {"type": "string"}, "description": "only these languages, e.g. en, zh"},
            "tags": {"type": "array", "items": {"type": "string"}},
            "products": {"type": "array", "items": {"type": "string"}},
            "account": {"type": "object", "description": "the customer's data: leaves out what doesn't apply to them"},
            "max_tokens": budget::schema()
        }),
        &["query"],
    )
}

fn output() -> Value {
    gives(
        json!({
            "query_id": {"type": "string"},
            "mode": {"type": "string"},
            "total": {"type": "integer", "description": "articles that match"},
            "answer": {
                "type": ["object", "null"],
                "description": "the sentence that answers, quoted from the article",
                "properties": {
                    "text": {"type": "string"},
                    "article_id": {"type": "string"},
                    "anchor": {"type": "string"},
                    "lines": {"type": "array", "items": {"type": "integer"}},
                    "confidence": {"type": "number"}
                },
                "required": ["text", "article_id", "lines", "confidence"]
            },
            "hits": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "rank": {"type": "integer"},
                        "article_id": {"type": "string"},
                        "title": {"type": "string"},
                        "path": {"type": "string"},
                        "lines": {"type": "array", "items": {"type": "integer"}},
                        "anchor": {"type": "string"},
                        "url": {"type": "string"},
                        "lang": {"type": "string"},
                        "confidence": {"type": "number", "description": "chance that it answers"},
                        "level": {"type": "string"},
                        "status": {"type": "string"},
                        "reviewed": {"type": ["string", "null"]},
                        "review_overdue": {"type": "boolean"},
                        "when": {"type": "string", "description": "CEL over the customer's account: it holds only for these customers"},
                        "revision": {"type": "string"},
                        "snippet": {"type": "string", "description": "quoted from the article"},
                        "cautions": {"type": "array", "items": {"type": "string"}, "description": "tricks found in the text"}
                    },
                    "required": ["rank", "article_id", "title", "path", "lines", "revision", "confidence", "snippet"]
                }
            },
            "truncated": {"type": "boolean", "description": "max_tokens left something out"},
            "notice": {"type": "string"}
        }),
        &["total", "answer", "hits"],
    )
}

fn run(ask: &ToolContext<'_>, mut args: Args) -> Result<Value, Refusal> {
    args.flatten(&["filter", "filters"]);
    let request = SearchRequest {
        limit: args.whole(
            &["limit", "top_k", "k", "n", "max_results", "count"],
            1..=MAX_LIMIT,
            DEFAULT_LIMIT,
        ),
        filter: Filter {
            lang: args.list(&["lang", "language", "langs", "languages"]),
            tags: args.list(&["tags", "tag", "topics", "topic"]),
            products: args.list(&["products", "product"]),
            article_ids: Vec::new(),
        },
        account: args.object(&["account", "account_data", "customer"]),
        ..SearchRequest::new(args.needed(QUERY, MAX_QUERY_CHARS))
    };
    let max_tokens = args.max_tokens();
    args.finish()?;
    filters::known(ask, &request.filter)?;
    let response = ask.service.search(request, ask.audience())?;
    let room = room(max_tokens);
    Ok(fit(&response, &ask.catalog(), ask.quoter, ask.base, room))
}

/// Passages that may answer a question, as quotations for a prompt of at most that many tokens.
pub(in crate::mcp) fn quotes(
    ask: &ToolContext<'_>,
    query: &str,
    max_tokens: usize,
) -> Result<Value, Refusal> {
    let request = SearchRequest {
        limit: DEFAULT_LIMIT,
        ..SearchRequest::new(query)
    };
    if let Some(flaw) = request.flaws().into_iter().next() {
        return Err(Refusal::flaw(flaw.pointer, flaw.detail));
    }
    let mut response = ask.service.search(request, ask.audience())?;
    // Who is told to write from them writes from whatever is there.
    response.hits.retain(|hit| hit.level != Level::Low);
    let room = room(max_tokens);
    Ok(fit(&response, &ask.catalog(), ask.quoter, ask.base, room))
}

/// A hit, and what may be shown of its passage.
struct Shown {
    fields: Map<String, Value>,
    excerpt: String,
    /// The passage as a whole, where it is worth its tokens.
    passage: Option<String>,
    snippet: String,
}

/// The answer within a room: first every hit by name, in order; then an excerpt of each; then whole passages, the best
/// first. So a small budget never changes which article comes first.
fn fit(
    response: &SearchResponse,
    catalog: &Catalog,
    quoter: &Quoter,
    base: &str,
    room: usize,
) -> Value {
    let mut envelope = envelope(response, catalog, quoter);
    if room < TIGHT {
        leave_out(&mut envelope, &["notice", "query_id", "mode"]);
    }
    let is_tight = cost(&Value::Object(envelope.clone())) * 2 > room;
    let is_shortened = is_tight && answer::shorten(&mut envelope, response, quoter, room);
    let mut left = room.saturating_sub(cost(&Value::Object(envelope.clone())));
    let mut kept: Vec<Shown> = Vec::new();
    for hit in &response.hits {
        let mut shown = shown(hit, catalog, quoter, base);
        if room < TIGHT {
            leave_out(
                &mut shown.fields,
                &["url", "anchor", "lang", "level", "status", "when"],
            );
        }
        // The comma between hits, and rounding.
        let price = cost(&Value::Object(shown.fields.clone())) + 1;
        if price > left {
            break;
        }
        left -= price;
        kept.push(shown);
    }
    for shown in &mut kept {
        let price = cost_of_text(&shown.excerpt);
        if price <= left {
            left -= price;
            shown.snippet.clone_from(&shown.excerpt);
        }
    }
    for shown in &mut kept {
        let Some(passage) = shown.passage.take() else {
            continue;
        };
        let price = cost_of_text(&passage).saturating_sub(cost_of_text(&shown.snippet));
        if price <= left {
            left -= price;
            shown.snippet = passage;
        }
    }
    let all = kept.len() == response.hits.len();
    let whole = all && !is_shortened && kept.iter().all(|shown| !shown.snippet.is_empty());
    envelope.insert("truncated".to_owned(), Value::from(!whole));
    envelope.insert(
        "hits".to_owned(),
        kept.into_iter().map(Shown::into_value).collect(),
    );
    Value::Object(envelope)
}

fn envelope(response: &SearchResponse, catalog: &Catalog, quoter: &Quoter) -> Map<String, Value> {
    let fields = json!({
        "query_id": response.query_id,
        "mode": response.mode,
        "total": response.total,
        "answer": answer::told(response, catalog, quoter),
        "hits": [],
        "truncated": true,
        "notice": if response.hits.is_empty() { "" } else { NOTICE },
        "index": response.index,
        "degraded": response.degraded,
    });
    let Value::Object(mut fields) = fields else {
        return Map::new();
    };
    if response.hits.is_empty() {
        fields.shift_remove("notice");
    }
    fields
}

fn shown(hit: &Hit, catalog: &Catalog, quoter: &Quoter, base: &str) -> Shown {
    let origin = Origin {
        path: &hit.path,
        lines: hit.lines,
        revision: &hit.revision,
    };
    let article = catalog.get(&hit.article_id);
    // The article may have changed since the answer: then its own excerpt is all there is.
    let passage = browse::passage(catalog, hit);
    let mut fields = Map::new();
    let listed = json!({
        "rank": hit.rank,
        "article_id": hit.article_id,
        "title": hit.title,
        "path": hit.path,
        "lines": hit.lines,
        "anchor": hit.anchor,
        "url": format!("{base}{}", hit.url),
        "lang": hit.lang,
        "confidence": rounded(hit.confidence),
        "level": hit.level,
        "status": hit.status,
        "reviewed": hit.reviewed,
        "review_overdue": hit.review_overdue,
        "revision": hit.revision,
        "snippet": "",
    });
    if let Value::Object(listed) = listed {
        fields.extend(listed);
    }
    let when = article.and_then(|article| article.when.as_deref());
    if let Some(when) = when {
        fields.insert("when".to_owned(), Value::from(when));
    }
    let written = article.map_or_else(String::new, |article| {
        lines_of(&article.source, hit.lines).join("\n")
    });
    let when = when.unwrap_or_default();
    put_cautions(&mut fields, &[&hit.title, &hit.snippet, &written, when]);
    Shown {
        fields,
        excerpt: quoter.quote(&origin, &hit.snippet),
        passage: passage
            .filter(|_| hit.level != Level::Low || hit.rank == 1)
            .map(|passage| quoter.quote(&origin, &passage.text)),
        snippet: String::new(),
    }
}

impl Shown {
    fn into_value(mut self) -> Value {
        self.fields
            .insert("snippet".to_owned(), Value::from(self.snippet));
        Value::Object(self.fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mcp::quote::CUT;

    #[test]
    fn a_sure_answer_is_told_in_the_smallest_room() {
        let info = json!({"revision": "0123456789".repeat(4), "generation": 7, "pending": 0, "updated_at": "2026-11-22T10:00:00Z"});
        let said = |text: &str| {
            let response = json!({
                "query_id": "00000000-0000-0000-0000-000000000000", "query": "", "took_ms": 1.0, "mode": "hybrid",
                "index": info, "degraded": [], "total": 1, "hits": [],
                "answer": {"text": text, "article_id": "billing/fees", "anchor": "early-termination", "lines": [12, 14], "confidence": 0.9},
            });
            serde_json::from_value::<SearchResponse>(response).unwrap()
        };
        let catalog = Catalog::new(Vec::new(), serde_json::from_value(info.clone()).unwrap());
        let quoter = Quoter::new("s");
        for text in [
            "The fee is 20 euros for each month that is left. ".repeat(20),
            "每月二十欧元。".repeat(40),
        ] {
            for max_tokens in [200, 250, 400, 8_000] {
                let fitted = fit(&said(&text), &catalog, &quoter, "", room(max_tokens));
                let answer = &fitted["answer"];
                assert_eq!(
                    (
                        &answer["article_id"],
                        &answer["lines"],
                        &answer["confidence"]
                    ),
                    (&json!("billing/fees"), &json!([12, 14]), &json!(0.9)),
                );
                let mut lines = answer["text"].as_str().unwrap().lines();
                let head = lines.next().unwrap();
                assert!(head.starts_with("<quote-") && head.contains(":12-14 "));
                let kept = lines.next().unwrap().trim_end_matches(CUT);
                assert!(kept.len() > 20 && text.starts_with(kept), "{fitted}");
                let is_cut = kept.len() < text.trim_end().len();
                assert_eq!(fitted["truncated"], is_cut, "{fitted}");
                assert!(cost(&fitted) <= max_tokens, "{max_tokens}: {fitted}");
            }
        }
    }
}
