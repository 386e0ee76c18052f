//! The token cost of the list of tools, and of each result.

use serde_json::{Value, json};

use super::world::World;

/// Tokens by the contract's rule of thumb.
fn tokens(text: &str) -> f64 {
    let (ascii, other): (Vec<char>, Vec<char>) = text.chars().partition(char::is_ascii);
    ascii.len() as f64 / 4.0 + other.len() as f64 / 1.5
}

#[test]
fn definitions_are_few_tokens() {
    let world = World::new();
    let mut tools = world.client(None).rpc("tools/list", json!({}))["result"]["tools"].take();
    for tool in tools.as_array_mut().unwrap() {
        assert_eq!(
            tool["annotations"]["readOnlyHint"],
            tool["name"] != "report_gap"
        );
        assert!(
            tool.as_object_mut()
                .unwrap()
                .remove("outputSchema")
                .is_some()
        );
    }
    let cost = tokens(&tools.to_string());
    assert!(cost <= 1_200.0, "{cost} tokens: {tools:#}");
}

#[test]
fn no_result_is_above_its_budget() {
    let long: String = (1..200)
        .map(|n| {
            format!("## Part {n}\n\nThe refund of part {n} takes {n} days. 退款需要{n}天。\n\n")
        })
        .collect();
    let topics: Vec<String> = (1..300).map(|n| format!("topic-{n}/inner-{n}")).collect();
    let many: Vec<(String, String)> = (0..30)
        .map(|n| {
            let text = format!(
                "---\ntitle: Refund number {n}\ntags: {topics:?}\n---\n\n{long}",
                topics = &topics[n * 9..n * 9 + 9]
            );
            (format!("many/refund-{n}.md"), text)
        })
        .collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(path, text)| (&**path, &**text)).collect();
    let world = World::with(&many);
    let client = world.client(None);
    let turns = json!([
        {"role": "customer", "text": "I want to cancel my contract, is there a fee?"},
        {"role": "agent", "text": "One moment."},
        {"role": "customer", "text": "And how do I get my money back for a late order? 退款要多久？"},
    ]);
    for max_tokens in [200, 250, 400, 500, 1_000, 2_000, 8_000] {
        for (tool, mut arguments) in [
            ("search_knowledge", json!({"query": "refund", "limit": 40})),
            ("search_knowledge", json!({"query": "退款要多久"})),
            ("get_article", json!({"article_id": "many/refund-1"})),
            (
                "get_article",
                json!({"article_id": "many/refund-1", "lines": [40, 500]}),
            ),
            (
                "get_article",
                json!({"article_id": "refund", "section": "late-orders"}),
            ),
            ("suggest_for_call", json!({"turns": turns})),
            ("list_topics", json!({})),
            ("status", json!({})),
            ("report_gap", json!({"query": "zzz"})),
            ("search", json!({"query": "refund"})),
            ("fetch", json!({"id": "many/refund-1"})),
        ] {
            arguments["max_tokens"] = max_tokens.into();
            let said = client.give(tool, arguments.clone());
            let cost = tokens(&said.to_string());
            assert!(
                cost <= f64::from(max_tokens),
                "{tool} {arguments}: {cost} tokens: {said}"
            );
        }
    }
    let said = client.give("search_knowledge", json!({"query": "refund", "limit": 40}));
    assert!(tokens(&said.to_string()) <= 2_000.0);
    assert_eq!(said["truncated"], true);
    for (max_tokens, most) in [(1, 200.0), (1_000_000, 50_000.0)] {
        let ask = json!({"query": "refund", "max_tokens": max_tokens});
        let said = client.give("search_knowledge", ask);
        assert!(tokens(&said.to_string()) <= most, "{said}");
    }
}

#[test]
fn a_long_article_can_be_read_to_its_end_in_pieces() {
    let long: String = (1..120)
        .map(|n| format!("Line {n} of the long text, with words enough to cost tokens.\n"))
        .collect();
    let world = World::with(&[("long.md", &format!("---\ntitle: Long\n---\n\n{long}"))]);
    let client = world.client(None);
    let mut ask = json!({"article_id": "long", "max_tokens": 400});
    let (mut pieces, mut next) = (0, 5);
    loop {
        let said = client.give("get_article", ask.clone());
        assert_eq!(said["lines"][0], next);
        pieces += 1;
        let Value::Array(lines) = &said["next_lines"] else {
            assert_eq!(said["truncated"], false);
            assert_eq!(said["lines"][1], 123);
            break;
        };
        assert_eq!(said["truncated"], true);
        next = lines[0].as_u64().unwrap();
        assert_eq!(said["lines"][1], next - 1);
        ask["lines"] = said["next_lines"].clone();
    }
    assert!(pieces > 3, "{pieces}");
}

#[test]
fn a_paragraph_on_one_line_is_read_to_its_end_in_pieces() {
    let long: String = (1..=60)
        .map(|n| format!("Sentence {n} of the rule，第{n}条规定。 "))
        .collect();
    let long = long.trim();
    let text = format!("---\ntitle: Rules\n---\n\nBefore it.\n{long}\nBehind it.\n");
    let world = World::with(&[("rules.md", &text)]);
    let client = world.client(None);
    let mut ask = json!({"article_id": "rules", "max_tokens": 400});
    let (mut read, mut pieces) = (String::new(), 0);
    loop {
        let said = client.give("get_article", ask.clone());
        let quoted = said["markdown"].as_str().unwrap();
        let (_, inner) = quoted.split_once('\n').unwrap();
        let (inner, _) = inner.rsplit_once('\n').unwrap();
        read.push_str(inner.trim_end_matches('…'));
        pieces += 1;
        if said["truncated"] == false {
            assert!(said["next_lines"].is_null() && said["next_char"].is_null());
            break;
        }
        ask["lines"] = said["next_lines"].clone();
        ask["from_char"] = said["next_char"].clone();
    }
    let unspaced = |text: &str| text.split_whitespace().collect::<String>();
    assert_eq!(
        unspaced(&read),
        unspaced(&format!("Before it.{long}Behind it."))
    );
    assert!(pieces > 3, "{pieces}");
    let far = json!({"article_id": "rules", "lines": [7, 7], "from_char": 99});
    let refused = client.refuse("get_article", far);
    assert_eq!(refused["errors"][0]["pointer"], "/from_char");
    let fetched = client.give("fetch", json!({"id": "rules", "max_tokens": 400}));
    assert_eq!(fetched["metadata"]["next_lines"], json!([6, 7]));
}
