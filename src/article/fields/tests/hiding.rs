//! What keeps an article from being shown: status, audience and dates, and what cannot be read of them.

use super::*;

#[test]
fn a_status_nobody_knows_shows_nothing() {
    assert_eq!(check("status: Published", &[]).status, Status::Published);
    assert_eq!(
        check("status: archive", &["invalid-value 2:1"]).status,
        Status::Draft
    );
    assert_eq!(
        check("status: unpublished", &["invalid-value 2:1"]).status,
        Status::Draft
    );
    let (_, found) = read("status: publised");
    assert_eq!(found[0].help, "did you mean `published`?");
    assert_eq!(
        check("status: internal", &["invalid-value 2:1"]).status,
        Status::Draft
    );
}

#[test]
fn drafts_in_other_words_are_drafts() {
    for draft in [
        "Status: draft",
        "draft: true",
        "draft: true\nstatus: published",
        "Draft: true",
        "DRAFT: \"True\"",
        "draft: yes",
        "draft: [true]",
        "published: false",
        "Published: 'no'",
    ] {
        assert_eq!(check(draft, &["unknown-key 2:1"]).status, Status::Draft);
    }
    for draft in ["\u{200b}status: draft", "draf\u{200b}t: true"] {
        let (article, found) = read(draft);
        assert_eq!(article.status, Status::Draft, "{draft}");
        let rules: Vec<&str> = found.iter().map(|one| &*one.rule).collect();
        assert_eq!(rules, ["unknown-key", "invisible-characters"], "{draft}");
    }
    let kept = check("draft: true", &["unknown-key 2:1"]).meta;
    assert_eq!(kept["draft"], serde_json::json!(true));
    for shown in [
        "Status: published",
        "draft: false",
        "Draft: 'no'",
        "draft:",
        "published: true",
        "published: 2026-05-01",
    ] {
        assert_eq!(check(shown, &["unknown-key 2:1"]).status, Status::Published);
    }
    let hidden = check("Audience: [care]", &["unknown-key 2:1"]);
    assert_eq!(
        (hidden.audience, hidden.meta.len()),
        (vec!["care".to_owned()], 0)
    );
    let twice = ["unknown-key 3:1", "duplicate-key 3:1"];
    assert_eq!(check("title: A\nTitle: B", &twice).title, "A");
}

#[test]
fn two_values_of_what_hides_an_article_show_nothing() {
    for (hidden, place) in [
        ("status: published\nstatus: draft", "3:1"),
        ("status: published\nstatus: published", "3:1"),
        ("audience: [agent]\naudience: [supervisor]", "3:1"),
        ("effective:\neffective: {until: 2026-05-01}", "3:1"),
        (
            "effective:\n  until: 2027-05-01\n  until: 2026-05-01",
            "4:3",
        ),
    ] {
        let (article, found) = read(hidden);
        assert_eq!(article.status, Status::Draft, "{hidden}");
        let again = found
            .iter()
            .find(|one| one.rule == "duplicate-key")
            .expect(hidden);
        assert_eq!(
            format!("{}:{}", again.line, again.column),
            place,
            "{hidden}"
        );
        assert!(again.message.contains("draft"), "{}", again.message);
    }
    let twice = ["unknown-key 3:1", "duplicate-key 3:1"];
    let hidden = check("status: published\nStatus: draft", &twice);
    assert_eq!(hidden.status, Status::Draft);
}

#[test]
fn what_was_to_be_hidden_and_cannot_be_read_shows_nothing() {
    for (hidden, place) in [
        ("status: [published]", "invalid-value 2:1"),
        ("status: {draft: }", "invalid-value 2:1"),
        ("effective: 2025-12-31", "invalid-value 2:1"),
        ("effective: [2025-12-31]", "invalid-value 2:1"),
        (
            "effective: {from: 1.1.2027}\nstatus: published",
            "invalid-date 2:13",
        ),
        ("effective: {until: [2025-12-31]}", "invalid-date 2:13"),
        ("effective: {from: 01-01-27}", "invalid-date 2:13"),
        (
            "effective: {from: 2025-01-01, to: 2025-06-30}",
            "unknown-key 2:31",
        ),
    ] {
        assert_eq!(check(hidden, &[place]).status, Status::Draft, "{hidden}");
        let (_, found) = read(hidden);
        assert!(found[0].message.contains("draft"), "{hidden}: {found:?}");
    }
    for shown in [
        "effective:",
        "effective: {}",
        "effective: {until: }",
        "effective: {from: 2025-01-01T08:00:00Z}",
        "status:",
    ] {
        assert_eq!(check(shown, &[]).status, Status::Published, "{shown}");
    }
    let reviewed = check("reviewed: last week", &["invalid-date 2:1"]);
    assert_eq!(reviewed.status, Status::Published);
}

#[test]
fn an_audience_that_nobody_understands_shows_nothing() {
    for garbled in ["audience: {supervisor}", "audience: [{supervisor: }]"] {
        let (article, findings) = read(garbled);
        assert_eq!(article.status, Status::Draft, "{garbled}");
        let is_told = |found: &Diagnostic| found.message.contains("who may see");
        assert!(findings.iter().any(is_told), "{garbled}: {findings:?}");
    }
    for none in ["audience:", "audience: []", "audience: ''"] {
        let article = check(none, &[]);
        assert_eq!(
            (article.status, article.audience),
            (Status::Published, vec!["agent".to_owned()]),
            "{none}"
        );
    }
}
