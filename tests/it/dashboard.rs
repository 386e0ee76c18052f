//! The Grafana dashboard, the alerts and the table of metrics name only existing metrics.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{
    server::{self, Server, wait},
    source::root,
};

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// Names of numbers in a text.
fn named(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| c != '_' && !c.is_ascii_lowercase());
    let words = words.filter(|word| word.starts_with("cuecard_"));
    words
        .map(|word| word.trim_end_matches("_bucket").to_owned())
        .collect()
}

fn table() -> BTreeSet<String> {
    named(&cuecard::http::metrics_table())
}

#[test]
fn dashboard_and_alerts_ask_for_numbers_of_the_table() {
    let board: Value = serde_json::from_str(&read("deploy/grafana.json")).unwrap();
    let panels = board["panels"].as_array().unwrap();
    assert!(panels.len() > 10);
    let targets = panels
        .iter()
        .flat_map(|panel| panel["targets"].as_array().unwrap());
    let mut queries: Vec<String> = targets
        .map(|target| target["expr"].as_str().unwrap().to_owned())
        .collect();
    let alerts = read("deploy/alerts.yaml");
    let rules = alerts.lines();
    queries.extend(
        rules
            .filter_map(|line| line.trim().strip_prefix("expr: "))
            .map(str::to_owned),
    );
    for query in queries {
        let asked = named(&query);
        assert!(!asked.is_empty(), "{query}");
        let unknown: Vec<_> = asked.difference(&table()).cloned().collect();
        assert!(unknown.is_empty(), "nothing counts {unknown:?}");
    }
}

#[test]
fn a_server_tells_the_numbers_of_the_table_each_with_its_help() {
    let home = tempfile::tempdir().unwrap();
    let mut command = server::command();
    command
        .args(["--model", "hashed", "--content", "content", "--data"])
        .arg(home.path().join("data"));
    let server = Server::start(&mut command, &home.path().join("log")).ready();
    let post = |path: &str, body: Value| {
        ureq::post(format!("{}{path}", server.url))
            .send_json(body)
            .unwrap();
    };
    for (path, body) in [
        (
            "/v1/searches/q1/engagement",
            json!({"article_id": "early-termination-fee", "type": "opened"}),
        ),
        ("/v1/calls", json!({"call_id": "c1"})),
    ] {
        post(path, body);
    }
    let page = || {
        let asked = ureq::get(format!("{}/metrics", server.url)).call();
        asked.unwrap().body_mut().read_to_string().unwrap()
    };
    let told = |page: &str, mark: &str| -> BTreeSet<String> {
        let lines = page.lines().filter_map(|line| line.strip_prefix(mark));
        lines
            .map(|line| line.split(' ').next().unwrap().to_owned())
            .collect()
    };
    // Answers are remembered once all vectors are there.
    wait(|| {
        post("/v1/search", json!({"query": "early termination fee"}));
        let page = page();
        ["search_remembered_total", "insights_events_total"]
            .iter()
            .all(|name| page.contains(name))
    });
    let page = page();
    let (typed, helped) = (told(&page, "# TYPE "), told(&page, "# HELP "));
    assert_eq!(typed, helped);
    assert_eq!(typed.difference(&table()).next(), None, "not in the table");
    // What only failures, limits, sources and a language model count is missing.
    let never: Vec<_> = table().difference(&typed).cloned().collect();
    assert!(
        never.iter().all(|name| {
            [
                "dropped",
                "limited",
                "failures",
                "account_source",
                "generate",
            ]
            .iter()
            .any(|rare| name.contains(rare))
        }),
        "not on the page: {never:?}"
    );
}
