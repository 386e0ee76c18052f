//! Parsing of triggers, and triggers that never fire.

use super::*;

fn never_fires(trigger: &Trigger) -> bool {
    let account = serde_json::json!({"plan": "fiber"});
    let rule = trigger.rule();
    rule.is_some_and(|rule| {
        account
            .as_object()
            .is_some_and(|account| !rule.holds(account))
    })
}

#[test]
fn a_trigger_whose_phrases_are_lost_never_fires() {
    let when = "when: account.plan == \"fiber\"";
    for (phrases, expected) in [
        (
            "any: [cancel: my contract]",
            &["empty-trigger 3:3", "invalid-value 3:9"][..],
        ),
        ("any: ['？？']", &["empty-trigger 3:3"]),
        (
            "not: [a: b]\n  any: x",
            &["empty-trigger 3:3", "invalid-value 3:9"],
        ),
        ("not: ['？？', y]\n  any: x", &["empty-trigger 3:3"]),
        (
            "not: a\n  not: b\n  any: x",
            &["empty-trigger 3:3", "duplicate-key 4:3"],
        ),
    ] {
        let article = check(&format!("triggers:\n- {phrases}\n  {when}"), expected);
        assert!(never_fires(&article.triggers[0]), "{phrases}");
    }
    for phrases in ["any: []", "any: ", "not: []\n  any: x", "any: x"] {
        let article = check(&format!("triggers:\n- {phrases}\n  {when}"), &[]);
        assert!(!never_fires(&article.triggers[0]), "{phrases}");
    }
}

#[test]
fn a_key_given_twice_in_a_trigger_is_told_and_the_first_one_counts() {
    let article = check("triggers:\n- any: x\n  any: y", &["duplicate-key 4:3"]);
    assert_eq!(article.triggers[0].any, ["x"]);
}

#[test]
fn triggers_that_cannot_fire_are_told() {
    let article = check(
        "triggers:\n- not: [x]\n- any: []\n- any: ['！']\n- [a]",
        &[
            "empty-trigger 3:3",
            "empty-trigger 4:3",
            "empty-trigger 5:3",
            "empty-trigger 6:3",
        ],
    );
    assert_eq!(article.triggers.len(), 4);
    assert!(article.triggers.iter().all(never_fires));
    let article = check(
        "triggers:\n- any: x\n  priority: 5000\n  role: boss\n  cooldown: now\n  once: maybe",
        &[
            "invalid-value 4:3",
            "invalid-value 5:3",
            "invalid-duration 6:3",
            "invalid-value 7:3",
        ],
    );
    assert_eq!(
        article.triggers[0],
        Trigger {
            any: vec!["x".to_owned()],
            priority: 1_000,
            ..Trigger::default()
        }
    );
}
