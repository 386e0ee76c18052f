//! Each tool as specified in the contract, with valid and with invalid arguments.

use serde_json::{Value, json};

use super::world::{World, ids};

#[test]
fn search_gives_the_section_cited_and_dated() {
    let world = World::new();
    let said = world.client(None).give(
        "search_knowledge",
        json!({"query": "late order refunded in full"}),
    );
    let hit = &said["hits"][0];
    assert_eq!(hit["article_id"], "refund");
    assert_eq!(hit["path"], "en/refund.md");
    assert_eq!(hit["anchor"], "late-orders");
    assert_eq!(
        (&hit["reviewed"], &hit["review_overdue"]),
        (&json!("2026-01-01"), &json!(true))
    );
    assert!(hit["revision"].as_str().unwrap().len() >= 40);
    assert!(hit["lines"][0].as_u64().unwrap() > 12);
    let snippet = hit["snippet"].as_str().unwrap();
    assert!(
        snippet.starts_with("<quote-") && snippet.contains("more than five days"),
        "{snippet}"
    );
    assert!(
        !snippet.contains("Press refund"),
        "the section, not the page: {snippet}"
    );
    for field in ["index", "degraded", "total", "answer", "query_id", "mode"] {
        assert!(said.get(field).is_some(), "{field}: {said}");
    }
}

#[test]
fn filters_and_other_names_are_taken() {
    let world = World::new();
    let client = world.client(None);
    let found = |arguments: Value| {
        ids(
            &client.give("search_knowledge", arguments)["hits"],
            "article_id",
        )
    };
    assert_eq!(found(json!({"query": "退款", "lang": ["zh"]})), ["tuikuan"]);
    for arguments in [
        json!({"q": "refund", "language": "en", "top_k": 1}),
        json!({"question": "refund", "filter": {"lang": ["en"]}, "k": "1"}),
        json!({"query": "refund", "tag": "billing", "lang": "en", "limit": 1.0}),
    ] {
        assert_eq!(found(arguments.clone()), ["refund"], "{arguments}");
    }
    let said = client.give("get_article", json!({"id": "refund"}));
    assert_eq!(said["article_id"], "refund");
    let said = client.give("fetch", json!({"article_id": "refund"}));
    assert_eq!(said["id"], "refund");
}

#[test]
fn an_article_is_read_whole_by_section_and_by_lines() {
    let world = World::new();
    let client = world.client(None);
    let read = |arguments: Value| {
        let said = client.give("get_article", arguments);
        let text = said["markdown"].as_str().unwrap();
        let inner: Vec<&str> = text.lines().collect();
        (inner[1..inner.len() - 1].join("\n"), said)
    };
    let (whole, said) = read(json!({"article_id": "refund"}));
    assert!(whole.starts_with("The money goes back") && whole.ends_with("2. Press refund."));
    assert_eq!(ids(&said["sections"], "anchor"), ["late-orders", "steps"]);
    assert_eq!(said["translations"][0]["article_id"], "tuikuan");
    assert_eq!(said["truncated"], false);
    let steps = "## Steps\n\n1. Open the order.\n2. Press refund.";
    for section in ["steps", "Steps", "## Steps", "#steps"] {
        assert_eq!(
            read(json!({"article_id": "refund", "section": section})).0,
            steps
        );
    }
    let first = said["sections"][1]["lines"][0].as_u64().unwrap();
    for lines in [
        json!([first, first + 3]),
        json!(format!("{first}-{}", first + 3)),
        json!([first, 999]),
    ] {
        assert_eq!(
            read(json!({"article_id": "refund", "lines": lines})).0,
            steps
        );
    }
}

#[test]
fn a_conversation_brings_up_what_a_live_call_would() {
    let world = World::new();
    let client = world.client(None);
    let said = client.give(
        "suggest_for_call",
        json!({"turns": [
            {"role": "agent", "text": "How can I help?"},
            {"role": "customer", "text": "I want to cancel my contract"},
        ]}),
    );
    let card = said["cards"]
        .as_array()
        .unwrap()
        .iter()
        .find(|card| card["article_id"] == "cancel-fee")
        .unwrap();
    assert_eq!(card["trigger"]["matched"], "cancel my contract");
    assert!(
        card["next_questions"]
            .as_array()
            .unwrap()
            .contains(&json!("When did your contract start?"))
    );
    assert!(card["snippet"].as_str().unwrap().starts_with("<quote-"));
    assert_eq!(
        cuecard::service::Service::registry(&*world.app).open_calls(),
        0
    );
    let hello = client.give(
        "suggest_for_call",
        json!({"turns": [{"role": "user", "content": "hello"}]}),
    );
    assert_eq!(hello["cards"], json!([]));
}

#[test]
fn connectors_find_the_shape_they_expect() {
    let world = World::new();
    let client = world.client(None);
    let said = client.give("search", json!({"query": "refund"}));
    let first = &said["results"][0];
    assert_eq!(first["id"], "refund");
    let url = first["url"].as_str().unwrap();
    assert!(
        url.starts_with(&format!("{}/articles/refund", world.url())),
        "{url}"
    );
    let said = client.give("fetch", json!({"id": first["id"]}));
    for field in ["id", "title", "text", "url"] {
        assert!(said[field].is_string(), "{field}: {said}");
    }
    assert!(said["text"].as_str().unwrap().contains("Press refund."));
    assert_eq!(said["metadata"]["path"], "en/refund.md");
    let part = client.give("fetch", json!({"id": "refund#late-orders"}));
    assert!(!part["text"].as_str().unwrap().contains("Press refund."));
}

#[test]
fn topics_status_and_gaps_are_told() {
    let world = World::new();
    let client = world.client(None);
    let topics = client.give("list_topics", json!({}));
    assert_eq!(
        ids(&topics["topics"], "tag"),
        ["billing", "contract", "zanzibar"]
    );
    let status = client.give("status", json!({}));
    assert_eq!(
        (&status["ready"], &status["articles"]),
        (&json!(true), &json!(5))
    );
    let gap = client.give(
        "report_gap",
        json!({"query": "pets on board", "comment": "asked twice"}),
    );
    assert!(gap["recorded"].is_boolean());
}

#[test]
fn what_is_wrong_is_named_and_breaks_nothing() {
    let world = World::new();
    let client = world.client(None);
    let check = |tool: &str, arguments: Value, pointer: &str, said: &str| {
        let refusal = client.refuse(tool, arguments.clone());
        assert_eq!(refusal["code"], "bad_request", "{refusal}");
        let errors = refusal["errors"].as_array().unwrap();
        let error = errors.iter().find(|error| error["pointer"] == pointer);
        let detail =
            error.unwrap_or_else(|| panic!("{tool} {arguments}: {refusal}"))["detail"].as_str();
        assert!(detail.unwrap().contains(said), "{refusal}");
    };
    check("search_knowledge", json!({}), "/query", "needed");
    check("search_knowledge", json!({"query": ""}), "/query", "needed");
    check(
        "search_knowledge",
        json!({"query": "x".repeat(2_001)}),
        "/query",
        "2000",
    );
    check(
        "search_knowledge",
        json!({"query": "a", "limit": 0}),
        "/limit",
        "1 to 100",
    );
    check(
        "search_knowledge",
        json!({"query": "a", "limit": 1e99}),
        "/limit",
        "1 to 100",
    );
    check(
        "search_knowledge",
        json!({"query": "a", "colour": 1}),
        "/colour",
        "unknown argument `colour`",
    );
    check(
        "search_knowledge",
        json!({"query": "a", "account": []}),
        "/account",
        "object",
    );
    check(
        "search_knowledge",
        json!({"query": "a", "lang": {"x": 1}}),
        "/lang",
        "list of texts",
    );
    check(
        "search_knowledge",
        json!({"query": "a", "q": "b"}),
        "/q",
        "means the same",
    );
    check(
        "get_article",
        json!({"article_id": "refund", "lines": [9, 2]}),
        "/lines",
        "such as",
    );
    check(
        "get_article",
        json!({"article_id": "refund", "lines": [900, 901]}),
        "/lines",
        "ends at line",
    );
    check(
        "get_article",
        json!({"article_id": "refund", "lines": [1, 2], "section": "steps"}),
        "/lines",
        "not both",
    );
    check(
        "get_article",
        json!({"article_id": "refund", "revision": "x"}),
        "/revision",
        "unknown argument",
    );
    check("suggest_for_call", json!({"turns": []}), "/turns", "needed");
    check(
        "suggest_for_call",
        json!({"turns": [{"role": "x", "text": "a"}]}),
        "/turns/0",
        "customer, agent or system",
    );
    check(
        "suggest_for_call",
        json!({"turns": [{"role": "agent", "text": "a", "b": 1}]}),
        "/turns/0",
        "`b`",
    );
    check(
        "list_topics",
        json!({"depth": 1}),
        "/depth",
        "unknown argument `depth`",
    );
    check(
        "status",
        json!({"verbose": true}),
        "/verbose",
        "unknown argument",
    );
    check("report_gap", json!({"comment": "a"}), "/query", "needed");
    check(
        "search",
        json!({"query": "a", "limit": 3}),
        "/limit",
        "unknown argument",
    );
    check("fetch", json!({}), "/id", "needed");
    assert_eq!(
        client.refuse("get_article", json!({"article_id": "nope"}))["code"],
        "unknown_article"
    );
    let refusal = client.refuse(
        "get_article",
        json!({"article_id": "refund", "section": "nope"}),
    );
    assert!(
        refusal["detail"]
            .as_str()
            .unwrap()
            .contains("late-orders, steps"),
        "{refusal}"
    );
    let reply = client.rpc("tools/call", json!({"name": "nope", "arguments": {}}));
    assert_eq!(reply["error"]["code"], -32602);
}

#[test]
fn articles_are_resources_and_prompts_bring_their_passages() {
    let world = World::new();
    let client = world.client(None);
    let listed = client.rpc("resources/list", json!({}));
    let uris = ids(&listed["result"]["resources"], "uri");
    assert!(
        uris.contains(&"cuecard://articles/refund".to_owned()),
        "{uris:?}"
    );
    let read = client.rpc(
        "resources/read",
        json!({"uri": "cuecard://articles/refund"}),
    );
    let contents = &read["result"]["contents"][0];
    assert_eq!(contents["mimeType"], "text/markdown");
    assert!(
        contents["text"]
            .as_str()
            .unwrap()
            .contains("2. Press refund.")
    );
    let templates = client.rpc("resources/templates/list", json!({}));
    assert_eq!(
        templates["result"]["resourceTemplates"][0]["uriTemplate"],
        "cuecard://articles/{article_id}"
    );

    let prompts = client.rpc("prompts/list", json!({}));
    assert_eq!(
        ids(&prompts["result"]["prompts"], "name"),
        ["answer_with_citations", "draft_reply"]
    );
    for (name, argument) in [
        ("answer_with_citations", "question"),
        ("draft_reply", "message"),
    ] {
        let params =
            json!({"name": name, "arguments": {argument: "when is a late order refunded?"}});
        let got = client.rpc("prompts/get", params);
        let text = got["result"]["messages"][0]["content"]["text"]
            .as_str()
            .unwrap();
        assert!(
            text.contains("when is a late order refunded?") && text.contains("[refund, "),
            "{text}"
        );
        assert!(text.contains("more than five days"), "{text}");
        let params = json!({"name": name, "arguments": {"colour": "red"}});
        assert_eq!(client.rpc("prompts/get", params)["error"]["code"], -32602);
    }
}

#[test]
fn of_several_passages_on_one_line_the_one_that_was_found_is_shown() {
    let line: String = (1..=40)
        .map(|n| format!("Rule {n} says that doors are kept closed at night. "))
        .collect();
    let text = format!("---\ntitle: House\n---\n\n{line}A lost umbrella is kept for 45 days.\n");
    let world = World::with(&[("house.md", &text)]);
    let asked = json!({"query": "how long is a lost umbrella kept"});
    let said = world.client(None).give("search_knowledge", asked);
    let hit = &said["hits"][0];
    assert_eq!(hit["article_id"], "house");
    let shown = hit["snippet"].as_str().unwrap();
    assert!(
        shown.contains("lost umbrella is kept for 45 days"),
        "{shown}"
    );
    assert!(
        shown.contains("Rule 39") && !shown.contains("Rule 1 "),
        "{shown}"
    );
}
