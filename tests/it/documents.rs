//! The documents agree with the source: links lead somewhere, and module lists are complete and in order.

use std::path::Path;

use super::{
    source::{links, root},
    tidy::{ORDER, none},
};

/// Documents whose links are checked.
const DOCUMENTS: [&str; 10] = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "content/README.md",
    "benches/README.md",
    "docs/agents.md",
    "docs/integrate.md",
    "docs/operate.md",
];

fn read(document: &str) -> String {
    std::fs::read_to_string(root().join(document)).unwrap()
}

#[test]
fn links_lead_somewhere() {
    let mut findings = Vec::new();
    for document in DOCUMENTS {
        let folder = root().join(document);
        for link in links(&read(document)) {
            if !folder.parent().unwrap().join(&link).exists() {
                findings.push(format!("{document}: there is no {link}"));
            }
        }
    }
    none(&findings);
}

/// Names between backticks.
fn names(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

#[test]
fn the_crate_s_documentation_lists_every_module_in_order() {
    let text = read("src/lib.rs");
    let entries = text.lines().filter_map(|line| line.strip_prefix("//! - "));
    let listed: Vec<_> = entries
        .filter_map(|entry| entry.split_once("]: "))
        .flat_map(|(modules, _)| names(modules))
        .collect();
    assert_eq!(listed, ORDER);
}

#[test]
fn the_table_of_modules_is_complete_and_in_order() {
    let text = read("ARCHITECTURE.md");
    let table = text.split("| module |").nth(1).unwrap();
    let rows = table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    let listed: Vec<_> = rows
        .flat_map(|row| names(row.split('|').nth(1).unwrap()))
        .collect();
    assert_eq!(listed, ORDER);
}

#[test]
fn modules_and_files_that_are_named_exist() {
    let mut findings = Vec::new();
    for document in ["ARCHITECTURE.md", "CONTRIBUTING.md"] {
        let text = read(document);
        for name in names(&text) {
            let first = name.split("::").next().unwrap_or_default();
            let is_module = name.contains("::") && ORDER.contains(&first);
            let is_file = ["src/", "tests/", "benches/"]
                .iter()
                .any(|folder| name.starts_with(folder));
            let exists = |path: &Path| path.exists() || path.with_extension("rs").exists();
            let path = root().join(if is_module {
                format!("src/{}", name.replace("::", "/"))
            } else {
                name.to_owned()
            });
            if (is_module || is_file) && !exists(&path) {
                findings.push(format!("{document}: there is no {name}"));
            }
        }
    }
    none(&findings);
}
