//! `tests/check`: articles that are wrong on purpose, and every finding about them, with its place.

use std::{fs, path::Path, process::Command};

use cuecard::{
    article::{Comparison, Severity},
    index::Manifest,
    source::{Beside, ContentState},
};

use crate::{changes::Folder, source::root};

/// Findings as `path:line:column severity rule`, ordered by path and place.
fn check(folder: &Path) -> Vec<String> {
    let mut known = ContentState::default();
    known
        .reconcile(folder, &Manifest::in_memory().unwrap(), None, |_, _| {})
        .unwrap();
    let beside = Beside::read(folder);
    let today = "2026-11-22".parse().unwrap();
    let mut findings = known.findings(&|path| folder.join(path).is_file(), today, None, &beside);
    findings.extend(Comparison::default().findings(&known.articles(), today, None));
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

#[test]
fn what_a_branch_breaks_around_its_articles_is_new_and_the_rest_is_not() {
    let folder = Folder::new();
    let write = |name: &str, text: &str| fs::write(folder.root().join(name), text).unwrap();
    let commit = || {
        folder.git(&["add", "--all"]);
        folder.git(&["commit", "--quiet", "--message=a change"]);
    };
    let article = "---\nid: a\nrom: 4b\ntriggers:\n  - when: account.plan == \"x\"\n---\n# A\n\n![x](x.png)\n";
    write("a.md", article);
    write("x.png", "image");
    let silence =
        "silence:\n  - rule: unknown-key\n    path: a.md\n    reason: kept for the desk\n";
    write("_check.yaml", silence);
    let schema = |field: &str| {
        format!(
            "{{\"properties\": {{\"{field}\": {{\"type\": \"string\"}}}}, \"additionalProperties\": false}}"
        )
    };
    write("_account.schema.json", &schema("plan"));
    write("_synonyms.yaml", "groups: [");
    commit();
    folder.git(&["checkout", "--quiet", "-b", "branch"]);
    write("_check.yaml", "silence: [");
    write("_account.schema.json", &schema("tariff"));
    fs::remove_file(folder.root().join("x.png")).unwrap();
    commit();
    let checked = Command::new(env!("CARGO_BIN_EXE_cuecard"))
        .args(["check", ".", "--since", "main", "--format", "json"])
        .current_dir(folder.root())
        .output()
        .unwrap();
    let told: serde_json::Value = serde_json::from_slice(&checked.stdout).unwrap();
    let mut rules: Vec<&str> = told["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["rule"].as_str().unwrap())
        .collect();
    rules.sort_unstable();
    assert_eq!(
        rules,
        [
            "broken-link",
            "check-config",
            "unknown-field",
            "unknown-key"
        ]
    );
    assert_eq!(checked.status.code(), Some(1));
}
