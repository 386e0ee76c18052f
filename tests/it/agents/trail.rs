//! The audit log: however something is shown, there is a line for it, with nothing of what was asked or said.

use std::io::{BufRead as _, BufReader};

use cuecard::{keys::Scope, service::Service as _};
use serde_json::{Value, json};

use super::world::World;

/// The log of today, in which nothing is of what was said.
fn lines(world: &World) -> Vec<Value> {
    world.app.audit().unwrap().flush();
    let day = chrono::Utc::now().format("%F");
    let text = std::fs::read_to_string(world.data.join(format!("audit/{day}.jsonl"))).unwrap();
    assert!(
        !text.contains("Unmistakable") && !text.contains("cancel my"),
        "{text}"
    );
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn every_way_leaves_its_line() {
    let world = World::new();
    let key = world.key("desk", &[Scope::Search, Scope::Calls], &["agent"]);
    let client = world.client(Some(&key));
    let said = "cancel my contract, I am Mrs. Unmistakable";
    let typed = json!({"query": said, "typing": true});
    client.post("/v1/search", &typed, &[]);
    let asked = client.post("/v1/search", &json!({"query": said}), &[]).2;
    client.give("search_knowledge", json!({"query": said}));
    client.give("get_article", json!({"article_id": "cancel-fee"}));
    client.give("search", json!({"query": said}));
    client.give("fetch", json!({"id": "cancel-fee"}));
    client.give(
        "suggest_for_call",
        json!({"turns": [{"role": "customer", "text": said}]}),
    );
    client.rpc(
        "resources/read",
        json!({"uri": "cuecard://articles/cancel-fee"}),
    );
    client.rpc(
        "prompts/get",
        json!({"name": "answer_with_citations", "arguments": {"question": "Unmistakable: what does leaving a fiber contract early cost?"}}),
    );
    client.post(
        "/v1/calls",
        &json!({"call_id": "c1", "agent_id": "ann"}),
        &[],
    );
    let heard = client
        .post(
            "/v1/calls/c1/utterances",
            &json!({"role": "customer", "text": said}),
            &[],
        )
        .2;
    let article = ureq::get(format!("{}/v1/articles/cancel-fee", world.url()))
        .header("authorization", format!("Bearer {key}"))
        .call()
        .unwrap();
    assert_eq!(article.status(), 200);

    let lines = lines(&world);
    let events: Vec<&str> = lines
        .iter()
        .map(|line| line["tool"].as_str().or(line["event"].as_str()).unwrap())
        .collect();
    assert_eq!(
        events,
        [
            "answer",
            "search_knowledge",
            "get_article",
            "search",
            "fetch",
            "suggest_for_call",
            "resource",
            "prompt",
            "card",
            "read"
        ]
    );
    for line in &lines {
        assert_eq!(line["who"], "desk", "{line}");
        let shown = line["articles"].as_array().unwrap();
        let found = shown.iter().find(|one| one["article_id"] == "cancel-fee");
        let revision = found.unwrap_or_else(|| panic!("{line}"))["revision"]
            .as_str()
            .unwrap();
        assert_eq!(revision, asked["hits"][0]["revision"], "{line}");
        // A card comes with somebody's words, and goes to whoever follows.
        if line["event"] != "card" {
            assert_eq!(line["client"], "127.0.0.1", "{line}");
        }
    }
    assert_eq!(lines[0]["query_id"], asked["query_id"]);
    assert_eq!(lines[8]["card_id"], heard["cards"][0]["card_id"]);
    assert_eq!(
        (&lines[8]["call_id"], &lines[8]["agent_id"]),
        (&json!("c1"), &json!("ann"))
    );
}

#[test]
fn who_reads_the_cards_of_anothers_call_leaves_lines() {
    let world = World::new();
    let registry = world.key("desk", &[Scope::Calls], &["agent"]);
    let root = world.key("root", &[Scope::Admin], &[]);
    let client = world.client(Some(&registry));
    client.post("/v1/calls", &json!({"call_id": "c1"}), &[]);
    let said = json!({"role": "customer", "text": "cancel my contract"});
    client.post("/v1/calls/c1/utterances", &said, &[]);
    let get = |path: &str| {
        let request = ureq::get(format!("{}{path}", world.url()));
        let request = request.header("authorization", format!("Bearer {root}"));
        request.call().unwrap().into_body()
    };
    for path in ["/v1/calls/c1", "/v1/calls/c1/cards", "/v1/calls/c1"] {
        get(path);
    }
    let stream = BufReader::new(get("/v1/calls/c1/events").into_reader());
    let mut told = stream.lines().map(Result::unwrap);
    assert!(told.any(|line| line.starts_with("event: card")));
    let lines = lines(&world);
    let of_root = lines.iter().filter(|line| line["who"] == "root");
    let told = of_root.map(|line| {
        let shown = &line["articles"][0]["article_id"];
        json!([line["event"], line["call_id"], shown])
    });
    let expected = ["call", "card"].map(|event| json!([event, "c1", "cancel-fee"]));
    assert_eq!(told.collect::<Vec<_>>(), expected);
}
