//! Planted secrets: an article for other audiences appears in no tool, count, list, resource, prompt or error.

use cuecard::keys::Scope;
use serde_json::{Value, json};

use super::world::{SECRET, World, ids};

/// Everything that somebody can ask, with the secret's own name wherever a name goes.
fn questions() -> Vec<(&'static str, Value)> {
    let turns = json!([
        {"role": "customer", "text": "I want a refund in zan zi bar"},
        {"role": "customer", "text": "I want to cancel my contract"},
    ]);
    vec![
        (
            "search_knowledge",
            json!({"query": "refund paid at once", "limit": 100, "max_tokens": 50_000}),
        ),
        (
            "search_knowledge",
            json!({"query": "leaving a contract is free", "limit": 100}),
        ),
        (
            "search_knowledge",
            json!({"query": "refund", "tags": ["billing"]}),
        ),
        ("list_topics", json!({})),
        ("status", json!({})),
        (
            "suggest_for_call",
            json!({"turns": turns, "account": {}, "limit": 20}),
        ),
        ("search", json!({"query": "the refund is paid at once"})),
        ("get_article", json!({"article_id": "refund"})),
        ("fetch", json!({"id": "refund"})),
        ("report_gap", json!({"query": "refund"})),
    ]
}

#[test]
fn nothing_of_other_audiences_leaks() {
    let world = World::new();
    let scopes = [Scope::Search, Scope::Calls, Scope::Insights];
    for audience in ["customer", "agent", "nobody"] {
        let key = world.key(audience, &scopes, &[audience]);
        let client = world.client(Some(&key));
        for (tool, arguments) in questions() {
            let (said, refused) = client.call(tool, arguments.clone());
            let told = said.to_string().to_lowercase();
            assert!(
                !told.contains(SECRET) && !told.contains("\"sw\""),
                "{audience}, {tool} {arguments}: {told}"
            );
            assert!(!refused || audience == "nobody", "{tool}: {said}");
        }
        let counts = client.give("status", json!({}));
        let expected = match audience {
            "customer" => 2,
            "agent" => 3,
            _ => 0,
        };
        assert_eq!(counts["articles"], expected, "{audience}");
        for (method, params) in [
            ("resources/list", json!({})),
            ("resources/templates/list", json!({})),
            ("prompts/list", json!({})),
            ("tools/list", json!({})),
            (
                "prompts/get",
                json!({"name": "answer_with_citations", "arguments": {"question": "refund paid at once"}}),
            ),
        ] {
            let told = client.rpc(method, params).to_string().to_lowercase();
            assert!(!told.contains(SECRET), "{audience}, {method}: {told}");
        }
    }
}

#[test]
fn what_is_for_others_looks_like_what_does_not_exist() {
    let world = World::new();
    let key = world.key("customer", &[Scope::Search, Scope::Calls], &["customer"]);
    let client = world.client(Some(&key));
    let unlike = |said: Value, id: &str| said.to_string().replace(id, "ID");
    for (tool, name) in [("get_article", "article_id"), ("fetch", "id")] {
        let nothing = client.refuse(tool, json!({name: "no-such-thing"}));
        for hidden in ["zanzibar-plan", "zanzibar-draft", "cancel-fee"] {
            let said = client.refuse(tool, json!({name: hidden}));
            assert_eq!(
                unlike(said, hidden),
                unlike(nothing.clone(), "no-such-thing"),
                "{tool} {hidden}"
            );
        }
        let said = client.refuse(tool, json!({name: "zanzibar-plan#zanzibar-heading"}));
        assert_eq!(said["code"], "unknown_article");
    }
    for field in ["tags", "products", "lang"] {
        let refuse = |value: &str| {
            let asked = json!({"query": "refund", field: value});
            unlike(client.refuse("search_knowledge", asked), value)
        };
        let hidden = if field == "lang" { "sw" } else { SECRET };
        assert_eq!(refuse(hidden), refuse("nothing"), "{field}");
    }
    let read = |id: &str| {
        let said = client.rpc(
            "resources/read",
            json!({"uri": format!("cuecard://articles/{id}")}),
        );
        unlike(said, id)
    };
    assert_eq!(read("zanzibar-plan"), read("no-such-thing"));
    let found = client.give(
        "search_knowledge",
        json!({"query": "zanzibar", "limit": 100}),
    );
    let nothing = client.give(
        "search_knowledge",
        json!({"query": "xylophone", "limit": 100}),
    );
    assert_eq!(
        found["total"], nothing["total"],
        "a secret word may not count for more than any other"
    );
    let resources = client.rpc("resources/list", json!({}));
    assert_eq!(
        ids(&resources["result"]["resources"], "name"),
        ["refund", "tuikuan"]
    );
}
