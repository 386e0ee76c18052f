//! The table of all endpoints, with the required scopes; generated from the routes, so it is always correct.

use std::{collections::BTreeMap, fmt::Write as _};

use serde_json::Value;

use super::openapi::openapi;

/// What is no part of the contract, and needs no key unless it says so.
const BESIDE: [(&str, &str, &str, &str); 5] = [
    (
        "GET",
        "`/`, `/articles/…`, `/calls`, `/content`, `/insights`, `/assets/…`",
        "",
        "none: an empty page",
    ),
    ("GET", "`/openapi.json`, `/docs`, `/llms.txt`", "", "none"),
    (
        "GET",
        "`/content/…` (images)",
        "search",
        "the caller's: images of articles outside it do not exist",
    ),
    ("POST", "`/mcp`", "of each tool", "the caller's"),
    ("GET", "`/.well-known/oauth-protected-resource`", "", "none"),
];

/// What exists for whom, by the scope that opens an endpoint.
fn audience(scope: &str, path: &str) -> &'static str {
    match scope {
        "calls" => "the caller's; a call is its opener's, and an admin's",
        "search" | "insights" => "the caller's",
        "metrics" => "none: numbers only",
        _ if path == "/readyz" => "the caller's; numbers only for callers who are known",
        _ => "none",
    }
}

/// The table as Markdown: a row for each operation, by path.
#[must_use]
pub fn endpoints() -> String {
    let api: Value = serde_json::from_str(&openapi()).unwrap_or_default();
    let mut rows = BTreeMap::new();
    for (path, item) in api["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            // `routes` has written the scope there that it holds the route to.
            let scope = operation["security"][0]["key"][0]
                .as_str()
                .unwrap_or_default();
            let row = (
                method.to_uppercase(),
                scope.to_owned(),
                audience(scope, path),
            );
            rows.insert((path.clone(), method.clone()), row);
        }
    }
    let mut table = String::from(HEAD);
    let mut row = |method: &str, path: &str, scope: &str, audience: &str| {
        let scope = if scope.is_empty() { "none" } else { scope };
        let _ = writeln!(table, "| {method} | {path} | {scope} | {audience} |");
    };
    for ((path, _), (method, scope, audience)) in &rows {
        row(method, &format!("`{path}`"), scope, audience);
    }
    for (method, path, scope, audience) in BESIDE {
        row(method, path, scope, audience);
    }
    table
}

const HEAD: &str = "# Endpoints, scopes and audiences

Written by `cuecard schemas`; do not edit. A key, a token or a session has scopes, and audiences: an article outside them does not
exist for it, in no answer, count, suggestion, stream or error (404, not 403). `admin` opens every scope, and every call.
Where keys are in use, whatever has a scope answers 401 without one. `POST /v1/hooks/git` takes an admin's key or the git host's
signature.

| method | path | scope | articles |
|---|---|---|---|
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_its_row() {
        let table = endpoints();
        for row in [
            "| POST | `/v1/search` | search | the caller's |",
            "| GET | `/v1/calls/{id}/events` | calls | the caller's; a call is its opener's, and an admin's |",
            "| GET | `/v1/calls/{id}/ws` | calls | the caller's; a call is its opener's, and an admin's |",
            "| GET | `/v1/insights/gaps` | insights | the caller's |",
            "| GET | `/metrics` | metrics | none: numbers only |",
            "| GET | `/healthz` | none | none |",
            "| GET | `/v1/session/login` | none | none |",
        ] {
            assert!(
                table.lines().any(|line| line == row),
                "{row} is not in\n{table}"
            );
        }
        let api: Value = serde_json::from_str(&openapi()).unwrap();
        let operations = api["paths"].as_object().unwrap().values();
        let count: usize = operations.map(|item| item.as_object().unwrap().len()).sum();
        assert_eq!(
            table.lines().filter(|line| line.starts_with("| ")).count(),
            1 + count + BESIDE.len()
        );
    }

    #[test]
    fn the_written_table_is_up_to_date() {
        assert_eq!(
            include_str!("../../schemas/endpoints.md"),
            endpoints(),
            "run `cuecard schemas schemas`"
        );
    }
}
