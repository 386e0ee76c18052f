//! `suggest_for_call`: the cards that a conversation would bring up, by the same engine as live calls.

use serde_json::{Map, Value, json};

use super::{Tool, ToolContext, gives, takes};
use crate::{
    article::Role,
    index::Catalog,
    keys::Scope,
    live::{Caller, Card, MAX_UTTERANCE_CHARS, NotShown, OpenCall, Utterance},
    mcp::{
        args::Args,
        budget::{self, TIGHT, cost, cost_of_text, room},
        output::{leave_out, lines_of, put_cautions, rounded},
        quote::{NOTICE, Origin},
        refusal::Refusal,
    },
};

/// Cards when the caller names no limit.
const DEFAULT_LIMIT: usize = 5;

/// Cards at most.
const MAX_LIMIT: usize = 20;

/// Turns of a conversation that are used: the last ones.
const MAX_TURNS: usize = 200;

/// Milliseconds between two turns: a turn of a call takes about that long. Caps on cards count by the minute.
const TURN_MS: u64 = 10_000;

pub(super) const CALL: Tool = Tool {
    name: "suggest_for_call",
    description: "Given a conversation so far, suggest articles and the next question, by the rules live calls use. Few or no \
                  cards means nothing is worth saying.",
    scope: Some(Scope::Calls),
    reads_only: true,
    input,
    output,
    run,
};

fn input() -> Value {
    takes(
        json!({
            "turns": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "role": {"enum": ["customer", "agent", "system"]},
                        "text": {"type": "string"}
                    },
                    "required": ["role", "text"]
                }
            },
            "account": {"type": "object"},
            "limit": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
            "max_tokens": budget::schema()
        }),
        &["turns"],
    )
}

fn output() -> Value {
    gives(
        json!({
            "cards": {
                "type": "array",
                "description": "newest first",
                "items": {
                    "type": "object",
                    "properties": {
                        "article_id": {"type": "string"},
                        "title": {"type": "string"},
                        "path": {"type": "string"},
                        "lines": {"type": "array", "items": {"type": "integer"}},
                        "anchor": {"type": "string"},
                        "url": {"type": "string"},
                        "lang": {"type": "string"},
                        "revision": {"type": "string"},
                        "reviewed": {"type": ["string", "null"]},
                        "review_overdue": {"type": "boolean"},
                        "snippet": {"type": "string", "description": "quoted from the article"},
                        "confidence": {"type": "number"},
                        "level": {"type": "string"},
                        "trigger": {"type": "object"},
                        "why": {"type": "string"},
                        "next_questions": {"type": "array", "items": {"type": "string"}},
                        "cautions": {"type": "array", "items": {"type": "string"}}
                    },
                    "required": ["article_id", "title", "path", "lines", "revision", "snippet", "why"]
                }
            },
            "not_shown": {
                "type": "array",
                "description": "why other candidates of the last turn stayed silent",
                "items": {
                    "type": "object",
                    "properties": {"article_id": {"type": "string"}, "reason": {"type": "string"}}
                }
            },
            "truncated": {"type": "boolean"},
            "notice": {"type": "string"}
        }),
        &["cards", "not_shown"],
    )
}

fn run(ask: &ToolContext<'_>, mut args: Args) -> Result<Value, Refusal> {
    let turns = turns(&mut args);
    let account = args
        .object(&["account", "account_data", "customer"])
        .unwrap_or_default();
    let limit = args.whole(
        &["limit", "top_k", "k", "max_results"],
        1..=MAX_LIMIT,
        DEFAULT_LIMIT,
    );
    let max_tokens = args.max_tokens();
    args.finish()?;
    ask.settled()?;
    let caller = Caller {
        name: ask.grant.name.clone(),
        admin: ask.grant.is_admin(),
        audience: ask.grant.audience.clone(),
    };
    let open = OpenCall {
        account,
        ..OpenCall::default()
    };
    let registry = ask.service.registry();
    let tried = registry.rehearse(&caller, open, turns, ask.now, ask.is_awaited)?;
    let tried = tried.ok_or_else(|| Refusal::too_slow("send fewer or shorter turns"))?;
    let cards = &tried.cards[..limit.min(tried.cards.len())];
    Ok(fit(ask, cards, &tried.not_shown, room(max_tokens)))
}

/// Reads the conversation; a long one counts by its end.
fn turns(args: &mut Args) -> Vec<Utterance> {
    let values = match args.take(&["turns", "messages", "conversation", "transcript"]) {
        Some(Value::Array(values)) if !values.is_empty() => values,
        Some(Value::String(text)) if !text.trim().is_empty() => {
            return vec![Utterance::new(Role::Customer, text)];
        }
        _ => {
            args.flaw(
                "turns",
                "is needed: a list such as [{\"role\": \"customer\", \"text\": \"…\"}]",
            );
            return Vec::new();
        }
    };
    let skipped = values.len().saturating_sub(MAX_TURNS);
    let mut turns = Vec::with_capacity(values.len() - skipped);
    for (at, value) in values.into_iter().enumerate().skip(skipped) {
        match turn(value) {
            Ok(turn) => turns.push(turn),
            Err(problem) => args.flaw(&format!("turns/{at}"), problem),
        }
    }
    for (turn, end_ms) in turns.iter_mut().zip((1..).map(|count| count * TURN_MS)) {
        turn.end_ms = Some(end_ms);
    }
    turns
}

fn turn(value: Value) -> Result<Utterance, String> {
    let Value::Object(fields) = value else {
        return Err("must be an object with role and text".to_owned());
    };
    let mut args = Args::new(Some(fields));
    let role = args.needed(&["role", "speaker", "from"], 40);
    let text = args.needed(
        &["text", "content", "message", "utterance"],
        MAX_UTTERANCE_CHARS,
    );
    args.take(&["lang", "language"]);
    args.finish()
        .map_err(|refusal| refusal.detail().to_owned())?;
    let role = match role.trim().to_ascii_lowercase().as_str() {
        "customer" | "user" | "caller" | "client" | "human" => Role::Customer,
        "agent" | "assistant" | "ai" | "bot" => Role::Agent,
        "system" | "ivr" => Role::System,
        _ => return Err("role: must be customer, agent or system".to_owned()),
    };
    Ok(Utterance::new(role, text))
}

/// The cards within a room: all of them by name first, then what they say.
fn fit(ask: &ToolContext<'_>, cards: &[Card], not_shown: &[NotShown], room: usize) -> Value {
    let mut envelope = Map::new();
    envelope.insert("cards".to_owned(), json!([]));
    envelope.insert("not_shown".to_owned(), json!([]));
    envelope.insert("truncated".to_owned(), Value::from(false));
    if !cards.is_empty() {
        envelope.insert("notice".to_owned(), Value::from(NOTICE));
    }
    let catalog = ask.catalog();
    let mut envelope = ask.fresh(&catalog, envelope);
    let spent = |envelope: &Map<String, Value>| cost(&Value::Object(envelope.clone()));
    if spent(&envelope) * 2 > room {
        envelope.shift_remove("notice");
    }
    let mut left = room.saturating_sub(spent(&envelope));
    let mut shown: Vec<Map<String, Value>> = Vec::new();
    for card in cards {
        let mut fields = listed(ask, &catalog, card);
        if room < TIGHT {
            let dear = [
                "url",
                "anchor",
                "lang",
                "level",
                "trigger",
                "next_questions",
            ];
            leave_out(&mut fields, &dear);
        }
        let price = cost(&Value::Object(fields.clone())) + 1;
        if price > left {
            break;
        }
        left -= price;
        shown.push(fields);
    }
    for (fields, card) in shown.iter_mut().zip(cards) {
        let quoted = quote(ask, card);
        let price = cost_of_text(&quoted);
        if price <= left {
            left -= price;
            fields.insert("snippet".to_owned(), Value::from(quoted));
        }
    }
    let silent = json!(not_shown);
    let cut = shown.len() < cards.len() || cost(&silent) > left;
    if cost(&silent) <= left {
        envelope.insert("not_shown".to_owned(), silent);
    }
    envelope.insert("truncated".to_owned(), Value::from(cut));
    let shown = shown.into_iter().map(Value::Object).collect();
    envelope.insert("cards".to_owned(), shown);
    Value::Object(envelope)
}

fn quote(ask: &ToolContext<'_>, card: &Card) -> String {
    let origin = Origin {
        path: &card.path,
        lines: card.lines,
        revision: &card.revision,
    };
    ask.quoter.quote(&origin, &card.snippet)
}

fn listed(ask: &ToolContext<'_>, catalog: &Catalog, card: &Card) -> Map<String, Value> {
    let article = catalog.get(&card.article_id);
    let fields = json!({
        "article_id": card.article_id,
        "title": card.title,
        "path": card.path,
        "lines": card.lines,
        "anchor": card.anchor,
        "url": format!("{}{}", ask.base, card.url),
        "lang": card.lang,
        "revision": card.revision,
        "reviewed": article.and_then(|article| article.reviewed),
        "review_overdue": article.is_some_and(|article| article.review_overdue(ask.service.today())),
        "snippet": "",
        "confidence": rounded(card.confidence),
        "level": card.level,
        "trigger": card.trigger,
        "why": card.why,
        "next_questions": card.next_questions,
    });
    let Value::Object(mut fields) = fields else {
        return Map::new();
    };
    let written = article.map_or_else(String::new, |article| {
        lines_of(&article.source, card.lines).join("\n")
    });
    let asked = card.next_questions.join("\n");
    put_cautions(&mut fields, &[&card.title, &card.snippet, &written, &asked]);
    fields
}
