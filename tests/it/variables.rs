//! Every flag has an environment variable, whose value is parsed as people set it.

use std::process::{Command, Output};

fn search(variables: &[(&str, &str)]) -> Output {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join("content")).unwrap();
    let article = "# Refund\n\nMoney goes back within five days.\n";
    std::fs::write(home.path().join("content/refund.md"), article).unwrap();
    Command::new(env!("CARGO_BIN_EXE_cuecard"))
        .args(["search", "refund", "--model", "none", "--content"])
        .arg(home.path().join("content"))
        .arg("--data")
        .arg(home.path().join("data"))
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

fn is_json(output: &Output) -> bool {
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice::<serde_json::Value>(&output.stdout).is_ok()
}

#[test]
fn switches_take_one_and_zero() {
    for (value, expected) in [("1", true), ("true", true), ("0", false), ("off", false)] {
        let output = search(&[("CUECARD_JSON", value)]);
        assert_eq!(is_json(&output), expected, "{value}");
    }
}

#[test]
fn a_variable_that_is_set_to_nothing_is_not_set() {
    let names = [
        "CUECARD_JSON",
        "CUECARD_TODAY",
        "CUECARD_CONFIG",
        "CUECARD_LIMIT",
    ];
    let output = search(&names.map(|name| (name, "")));
    assert!(!is_json(&output));
}
