//! The Grafana dashboard asks for numbers that there are.

use std::collections::BTreeSet;

use crate::source::{root, sources};

#[test]
fn every_number_of_the_dashboard_is_on_the_metrics_page() {
    let text = std::fs::read_to_string(root().join("deploy/grafana.json")).unwrap();
    let board: serde_json::Value = serde_json::from_str(&text).unwrap();
    let panels = board["panels"].as_array().unwrap();
    assert!(panels.len() > 10);
    let mut asked = BTreeSet::new();
    for target in panels
        .iter()
        .flat_map(|panel| panel["targets"].as_array().unwrap())
    {
        let query = target["expr"].as_str().unwrap();
        let words = query.split(|c: char| c != '_' && !c.is_ascii_lowercase());
        let named: Vec<&str> = words.filter(|word| word.starts_with("cuecard_")).collect();
        assert!(!named.is_empty(), "{query}");
        asked.extend(
            named
                .into_iter()
                .map(|name| name.trim_end_matches("_bucket").to_owned()),
        );
    }
    let code: String = sources()
        .iter()
        .map(|source| source.text.as_str())
        .collect();
    for name in asked {
        assert!(
            code.contains(&format!("\"{name}\"")),
            "nothing counts {name}"
        );
    }
}
