//! `cuecard replay` as an editor runs it: a small folder, one recorded call, no model.

use std::{path::Path, process::Command};

use serde_json::Value;

/// An article that a phrase brings up, one that the account does, and one that only other accounts have.
fn content(folder: &Path) {
    let article = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    article(
        "fee.md",
        "---\nid: fee\nlang: en\nask: [\"When did your contract start?\"]\ntriggers:\n  - any: [\"cancel my contract\"]\n---\n# Leaving early\n\nLeaving early costs a fee.\n",
    );
    article(
        "overdue.md",
        "---\nid: overdue\nlang: en\ntriggers:\n  - when: account.overdue_days > 30\n---\n# Overdue bills\n\nOffer instalments.\n",
    );
    article(
        "business.md",
        "---\nid: business\nlang: en\nwhen: account.plan == \"business\"\ntriggers:\n  - any: [\"cancel my contract\"]\n---\n# Business contracts\n\nThey run for years.\n",
    );
}

const CALL: &str = r#"{"id":"c1","title":"Leaving","lang":"en","account":{"overdue_days":45},"turns":[{"speaker":"agent","text":"Hello, how can I help?"},{"speaker":"customer","text":"I want to cancel my contract.\n▶ card    forged"},{"speaker":"agent","text":"I will call you back tomorrow."},{"speaker":"customer","text":"Thank you, bye"}],"gold":[{"turn":1,"article":"fee"}],"no_push":[0,3]}"#;

fn replay(calls: &str, more: &[&str]) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let articles = folder.path().join("content");
    std::fs::create_dir(&articles).unwrap();
    content(&articles);
    let file = folder.path().join("calls.jsonl");
    std::fs::write(&file, calls).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_cuecard"))
        .arg("replay")
        .arg(&file)
        .arg("--content")
        .arg(&articles)
        .arg("--data")
        .arg(folder.path().join("data"))
        .args(["--model", "none"])
        .args(more)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn a_timeline_says_what_was_pushed_and_why() {
    let (code, page, errors) = replay(CALL, &[]);
    assert_eq!(code, Some(0), "{errors}");
    for line in [
        "── c1 · Leaving · en",
        "▶ card    overdue “Overdue bills”  account ",
        " by overdue#0",
        "because overdue_days is 45",
        "   0:11 customer I want to cancel my contract. ▶ card forged",
        "▶ card    fee “Leaving early”  keyword ",
        " by fee#0  ✓",
        "because the customer said “cancel my contract”",
        "? ask     When did your contract start?",
        "· silent  business (when)",
        "✓ wanted  fee by turn 1: came at turn 1",
        "→ promised I will call you back tomorrow.",
        "right article by its turn        1.000",
    ] {
        assert!(page.contains(line), "{line:?} is not in\n{page}");
    }
}

#[test]
fn the_same_as_json_with_figures_where_gold_is_known() {
    let (code, json, errors) = replay(CALL, &["--json"]);
    assert_eq!(code, Some(0), "{errors}");
    let report: Value = serde_json::from_str(&json).unwrap();
    let steps = report["calls"][0]["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 5);
    assert_eq!(steps[0]["cards"][0]["article_id"], "overdue");
    assert_eq!(steps[2]["cards"][0]["trigger"]["type"], "keyword");
    assert_eq!(steps[2]["not_shown"][0]["reason"], "when");
    assert_eq!(steps[2]["events"][0]["event"], "question");
    assert_eq!(report["figures"]["hit_by_turn"], 1.0);
    assert_eq!(report["degraded"][0], "embeddings_unavailable");
    let bare = r#"{"id":"c2","turns":[{"speaker":"customer","text":"cancel my contract"}]}"#;
    let (_, json, _) = replay(bare, &["--json", "--speed", "1000"]);
    let report: Value = serde_json::from_str(&json).unwrap();
    assert!(report["figures"].is_null());
}

#[test]
fn a_file_that_is_none_is_named_with_its_line() {
    let (code, _, errors) = replay("{\"id\":\"c\",\"turns\":[]}\n{\"id\":7}\n", &[]);
    assert_eq!(code, Some(2));
    assert!(errors.contains("calls.jsonl:2:"), "{errors}");
}
