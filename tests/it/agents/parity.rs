//! One core: the same question by the same identity gives the same articles in the same order over HTTP, MCP and every
//! other interface.

use cuecard::{
    keys::Scope,
    search::types::{Audience, SearchRequest},
    service::Service as _,
};
use serde_json::{Value, json};

use super::world::{Client, World, ids};

const QUESTIONS: &[&str] = &[
    "how do I get my money back",
    "late order",
    "early termination fee fiber",
    "退款多久到账",
    "refund 退款",
    "zanzibar",
    "something that is nowhere",
];

fn over_http(client: &Client, question: &str) -> Value {
    let asked = json!({"query": question, "limit": 10});
    let (status, _, said) = client.post("/v1/search", &asked, &[]);
    assert_eq!(status, 200, "{said}");
    said
}

#[test]
fn every_face_finds_the_same_in_the_same_order() {
    let world = World::with_model();
    let customer = world.key("customer", &[Scope::Search, Scope::Calls], &["customer"]);
    let agent = world.key("agent", &[Scope::Search, Scope::Calls], &["agent"]);
    let admin = world.key("admin", &[Scope::Admin], &[]);
    let mut differing = 0;
    for question in QUESTIONS {
        let mut last = None;
        for (key, audience) in [
            (&customer, Audience::Only(vec!["customer".into()])),
            (&agent, Audience::Only(vec!["agent".into()])),
            (&admin, Audience::Unrestricted),
        ] {
            let client = world.client(Some(key));
            let http = over_http(&client, question);
            let expected = ids(&http["hits"], "article_id");
            let tool = client.give("search_knowledge", json!({"query": question, "limit": 10}));
            assert_eq!(ids(&tool["hits"], "article_id"), expected, "{question}");
            assert_eq!(tool["total"], http["total"], "{question}");
            for (theirs, ours) in tool["hits"]
                .as_array()
                .unwrap()
                .iter()
                .zip(http["hits"].as_array().unwrap())
            {
                for field in [
                    "lines",
                    "path",
                    "revision",
                    "anchor",
                    "reviewed",
                    "review_overdue",
                    "level",
                ] {
                    assert_eq!(theirs[field], ours[field], "{question} {field}");
                }
                let url = format!("{}{}", world.url(), ours["url"].as_str().unwrap());
                assert_eq!(theirs["url"], url);
            }
            let connector = client.give("search", json!({"query": question}));
            assert_eq!(ids(&connector["results"], "id"), expected, "{question}");
            // What `cuecard search` and the live engine stand on.
            let asked = SearchRequest {
                limit: 10,
                ..SearchRequest::new(*question)
            };
            let core = world
                .app
                .core()
                .search(&asked, &audience, world.app.today())
                .unwrap();
            let core: Vec<String> = core.hits.into_iter().map(|hit| hit.article_id).collect();
            assert_eq!(core, expected, "{question}");
            differing += usize::from(last.is_some_and(|last| last != expected));
            last = Some(expected);
        }
    }
    assert!(
        differing > 0,
        "the identities see the same: the test tests nothing"
    );
}

#[test]
fn a_conversation_gives_the_cards_of_a_live_call() {
    let world = World::with_model();
    let account = json!({"plan": "fiber"});
    let conversations = [
        vec![
            ("customer", "hello"),
            ("customer", "I want to cancel my contract"),
        ],
        vec![
            ("customer", "I want my money back, the order is late"),
            ("agent", "Let me see."),
            ("customer", "How do I get my money back?"),
        ],
        vec![("customer", "退款要多久才能到账？")],
    ];
    let customer = world.key("customer", &[Scope::Search, Scope::Calls], &["customer"]);
    let admin = world.key("admin", &[Scope::Admin], &[]);
    for key in [&customer, &admin] {
        let client = world.client(Some(key));
        for turns in &conversations {
            let (_, _, opened) = client.post("/v1/calls", &json!({"account": account}), &[]);
            let call = opened["call_id"].as_str().unwrap();
            let mut pushed = ids(&opened["cards"], "article_id");
            for (role, text) in turns {
                let said = json!({"role": role, "text": text});
                let (status, _, heard) =
                    client.post(&format!("/v1/calls/{call}/utterances"), &said, &[]);
                assert_eq!(status, 200, "{heard}");
                pushed.splice(0..0, ids(&heard["cards"], "article_id").into_iter().rev());
            }
            let turns: Value = turns
                .iter()
                .map(|(role, text)| json!({"role": role, "text": text}))
                .collect();
            let tried = client.give(
                "suggest_for_call",
                json!({"turns": turns, "account": account}),
            );
            assert_eq!(ids(&tried["cards"], "article_id"), pushed, "{turns}");
        }
    }
}
