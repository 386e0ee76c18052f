//! What editors write in the front matter, and which diagnostics they get.

use chrono::NaiveDate;

use super::super::{Diagnostic, Effective, Role, Severity, Trigger, parse, values::day};
use super::*;

mod hiding;
mod triggers;

fn read(front_matter: &str) -> (Article, Vec<Diagnostic>) {
    let file = format!("---\n{front_matter}\n---\nText.\n");
    let parsed = parse("en/billing/fee.md", file.as_bytes());
    (parsed.article.expect(front_matter), parsed.diagnostics)
}

/// Findings as `rule line:column`.
fn check(front_matter: &str, expected: &[&str]) -> Article {
    let (article, diagnostics) = read(front_matter);
    let found: Vec<String> = diagnostics
        .iter()
        .map(|d| format!("{} {}:{}", d.rule, d.line, d.column))
        .collect();
    assert_eq!(found, expected, "{front_matter}: {diagnostics:?}");
    article
}

#[test]
fn every_key_of_the_contract_is_read() {
    let article = check(
        r#"id: cancel-fee
title: Early termination fee
lang: en
translation_of: cancel-fee-zh
summary: one line
tags: [billing, contract]
products: [fiber, dsl]
audience: [agent, customer]
owner: billing-team
status: archived
reviewed: 2026-05-01
review_every: 90d
effective: {from: 2026-01-01, until: 2026-12-31}
questions: ["Do I have to pay if I leave early?"]
ask: ["When did your contract start?"]
when: account.region == "EU"
triggers:
  - any: ["cancel my contract", "termination fee", "解约"]
    not: ["cancel my appointment"]
    role: agent
    when: account.plan in ["fiber", "dsl"]
    priority: 50
    cooldown: 120s
    once: true
  - when: account.invoice.overdue_days > 30"#,
        &[],
    );
    let day = NaiveDate::from_ymd_opt;
    assert_eq!(
        (
            article.id.as_str(),
            article.title.as_str(),
            article.lang.as_str()
        ),
        ("cancel-fee", "Early termination fee", "en")
    );
    assert_eq!(
        (
            article.tags.len(),
            article.products.len(),
            article.audience.len()
        ),
        (2, 2, 2)
    );
    assert_eq!(
        (article.status, article.reviewed, article.review_every),
        (Status::Archived, day(2026, 5, 1), Some(90))
    );
    assert_eq!(
        article.effective,
        Effective {
            from: day(2026, 1, 1),
            until: day(2026, 12, 31)
        }
    );
    assert_eq!(article.when.as_deref(), Some("account.region == \"EU\""));
    assert_eq!(article.triggers.len(), 2);
    let texts = |list: &[&str]| list.iter().map(|&t| t.to_owned()).collect::<Vec<_>>();
    let first = Trigger {
        any: texts(&["cancel my contract", "termination fee", "解约"]),
        not: texts(&["cancel my appointment"]),
        role: Role::Agent,
        when: Some("account.plan in [\"fiber\", \"dsl\"]".to_owned()),
        priority: 50,
        cooldown_secs: Some(120),
        once: Some(true),
    };
    assert_eq!(article.triggers[0], first);
    assert!(article.meta.is_empty());
}

#[test]
fn one_value_is_a_list_of_one_and_scalars_are_text() {
    let article = check(
        "id: 42\ntitle: 2026\ntag: 5g\nproduct: fiber\naudience: customer\nquestions: 1.10\ntriggers: 解约",
        &[],
    );
    assert_eq!(
        (
            article.id.as_str(),
            article.title.as_str(),
            article.tags,
            article.products
        ),
        ("42", "2026", vec!["5g".into()], vec!["fiber".into()])
    );
    assert_eq!(
        (
            article.audience,
            article.questions,
            article.triggers[0].any.clone()
        ),
        (
            vec!["customer".into()],
            vec!["1.10".into()],
            vec!["解约".into()]
        )
    );
    assert_eq!(check("id: hotel:8", &[]).id, "hotel:8");
    assert_eq!(
        check("tags: [no, 1, true, ~, no]", &[]).tags,
        ["no", "1", "true"]
    );
}

#[test]
fn defaults_come_from_the_path() {
    let article = check("tags:", &[]);
    assert_eq!(
        (article.id.as_str(), article.audience, article.status),
        ("en/billing/fee", vec!["agent".into()], Status::Published)
    );
    assert_eq!(
        parse("a b/My Fee.MD", b"x")
            .article
            .map(|a| (a.id, a.title)),
        Some(("a-b/My-Fee".into(), "My Fee".into()))
    );
}

#[test]
fn unknown_keys_are_kept_and_named() {
    let (article, found) = read("titel: X\nsla: {hours: 4}\ntriggers:\n- any: x\n  prio: 3");
    assert_eq!(article.meta.keys().collect::<Vec<_>>(), ["sla", "titel"]);
    assert_eq!(article.meta["sla"], serde_json::json!({"hours": 4}));
    let told: Vec<_> = found
        .iter()
        .map(|d| (d.rule.as_str(), d.line, d.column, d.severity))
        .collect();
    let unknown = |line, column| ("unknown-key", line, column, Severity::Warning);
    assert_eq!(told, [unknown(2, 1), unknown(3, 1), unknown(6, 3)]);
    assert_eq!(found[0].help, "did you mean `title`?");
}

#[test]
fn a_bad_value_costs_its_field_only() {
    assert_eq!(
        check("id: my fee\ntags: [a]", &["invalid-id 2:1"]).id,
        "en/billing/fee"
    );
    check("id: [a]", &["invalid-id 2:1"]);
    check(
        "title: {a: b}\nsummary: [x]",
        &["invalid-value 2:1", "invalid-value 3:1"],
    );
    assert_eq!(
        check("tags: [a, {b: c}, d]", &["invalid-value 2:11"]).tags,
        ["a", "d"]
    );
    assert_eq!(
        check("tags: {a: b}", &["invalid-value 2:1"]).tags,
        Vec::<String>::new()
    );
    assert_eq!(check("lang: english", &["invalid-lang 2:1"]).lang, "en");
    assert_eq!(
        check("reviewed: 2026-13-01", &["invalid-date 2:1"]).reviewed,
        None
    );
    assert_eq!(
        check(
            "effective:\n  until: tomorrow\n  form: 2026-01-01",
            &["invalid-date 3:3", "unknown-key 4:3"]
        )
        .effective,
        Effective::default()
    );
    check(
        "effective: {from: 2026-05-01, until: 2026-01-01}",
        &["effective-order 2:1"],
    );
    check("effective: 2026-05-01", &["invalid-value 2:1"]);
    check("review_every: sometimes", &["invalid-duration 2:1"]);
    check("review_every: 2h", &["invalid-duration 2:1"]);
    check("title: A\ntitle: B", &["duplicate-key 3:1"]);
    assert_eq!(
        check("title: A\ntags: x\ntitle: B", &["duplicate-key 4:1"]).title,
        "A"
    );
}

#[test]
fn commas_of_chinese_texts_part_names() {
    let article = check(
        "tags: [资费，宽带, \"a，b\"]\nproducts: 光纤、电视\naudience: [客服，agent]",
        &[],
    );
    assert_eq!(article.tags, ["资费", "宽带", "a，b"]);
    assert_eq!(article.products, ["光纤", "电视"]);
    assert_eq!(article.audience, ["客服", "agent"]);
}

#[test]
fn tags_beyond_measure_are_passed_over_and_told() {
    let (deep, long) = ("a/".repeat(8) + "b", "x".repeat(201));
    let article = check(&format!("tags: [a/b, {deep}, {long}]"), &["long-tag 2:1"]);
    assert_eq!(article.tags, ["a/b"]);
    let (deep, long) = ("a/".repeat(7) + "b", "x".repeat(200));
    assert_eq!(
        check(&format!("tags: [{deep}, {long}]"), &[]).tags,
        [deep, long]
    );
}

#[test]
fn topics_without_a_name_are_left_out_and_told() {
    for (written, read) in [("/lost", "lost"), ("a//b/", "a/b"), ("a/ /b", "a/b")] {
        let article = check(&format!("tags: [x, {written}]"), &["empty-topic 2:1"]);
        assert_eq!(article.tags, ["x", read], "{written}");
    }
    assert!(check("tags: [/]", &["empty-topic 2:1"]).tags.is_empty());
}

#[test]
fn an_audience_without_brackets_is_a_list() {
    for written in ["agent, customer", "agent，customer", "[agent, customer]"] {
        let article = check(&format!("audience: {written}"), &[]);
        assert_eq!(article.audience, ["agent", "customer"], "{written}");
    }
    let one = check("audience: \"agent, customer\"", &[]);
    assert_eq!(one.audience, ["agent, customer"]);
}

#[test]
fn names_are_one_however_their_accents_are_written() {
    let article = check(
        "id: nfd-bu\u{308}ro\ntags: [büro, bu\u{308}ro]\nproducts: bu\u{308}ro",
        &[],
    );
    assert_eq!(article.id, "nfd-büro");
    assert_eq!(
        (article.tags, article.products),
        (vec!["büro".to_owned()], vec!["büro".to_owned()])
    );
    assert_eq!(default_id("bu\u{308}ro.md"), "büro");
}

#[test]
fn a_review_beyond_the_calendar_is_never_due() {
    let article = check("reviewed: 2026-05-01\nreview_every: 4000000000d", &[]);
    assert_eq!(article.review_every, Some(4_000_000_000));
    assert!(!article.review_overdue(day("2030-01-01").expect("a day")));
}

#[test]
fn broken_rules_never_hold() {
    let article = check("tags: a\nwhen: account.plan ==", &["cel-syntax 3:22"]);
    assert!(!Rule::or_never(&article.when.expect("kept")).holds(&serde_json::Map::new()));
    let article = check(
        "when: [a]\ntriggers:\n- any: x\n  when: plan = 1",
        &["invalid-value 2:1", "cel-syntax 5:14"],
    );
    assert!(!Rule::or_never(&article.when.expect("given")).holds(&serde_json::Map::new()));
    let article = check(
        "when: >\n  account.plan ==\n  'x'\ntriggers:\n- when: true",
        &[],
    );
    assert!(!Rule::or_never(&article.when.expect("given")).holds(&serde_json::Map::new()));
    check("when: |\n  (account", &["cel-syntax 2:1"]);
}
