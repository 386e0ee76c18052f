//! `tests/check`: articles that are wrong on purpose, and every finding about them, with its place.

use std::path::Path;

use cuecard::{
    article::{Comparison, Severity},
    index::Manifest,
    source::{Beside, Known},
};

use crate::source::root;

/// Findings as `path:line:column severity rule`, ordered by path and place.
fn check(folder: &Path) -> Vec<String> {
    let mut known = Known::default();
    known
        .reconcile(folder, &Manifest::in_memory().unwrap(), None, |_, _| {})
        .unwrap();
    let beside = Beside::read(folder);
    let today = "2026-11-22".parse().unwrap();
    let mut findings = known.findings(folder, today, None, &beside);
    findings.extend(Comparison::default().findings(&known.articles(), None));
    let told = beside.silence(findings).into_iter().map(|one| {
        let severity = match one.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        };
        assert!(!one.message.is_empty() && !one.help.is_empty(), "{one:?}");
        format!(
            "{}:{}:{} {severity} {}",
            one.path, one.line, one.column, one.rule
        )
    });
    told.collect()
}

#[test]
fn wrong_articles_have_exactly_the_expected_findings() {
    let folder = root().join("tests/check");
    let expected = std::fs::read_to_string(folder.join("expected.txt")).unwrap();
    let expected: Vec<&str> = expected.lines().collect();
    let found = check(&folder.join("articles"));
    let missing: Vec<_> = expected
        .iter()
        .filter(|one| !found.iter().any(|found| found == *one))
        .collect();
    let unexpected: Vec<_> = found
        .iter()
        .filter(|one| !expected.contains(&one.as_str()))
        .collect();
    assert!(
        missing.is_empty() && unexpected.is_empty(),
        "missing: {missing:#?}\nunexpected: {unexpected:#?}"
    );
    assert_eq!(found, expected, "order");
}

#[test]
fn the_projects_own_articles_have_no_mistakes() {
    let found = check(&root().join("content"));
    let wrong: Vec<_> = found.iter().filter(|one| !one.contains(" info ")).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
