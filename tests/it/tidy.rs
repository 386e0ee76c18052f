//! The project's rules, checked on the source text: module dependencies, what pure code may name, the form of files.
//!
//! Tests within a file (from `#[cfg(test)]` on) and comments may name anything, but their length is limited too.

use std::fmt::Write;

use crate::source::{Source, ends_of, files, paths_of_std, sources, used};

/// Modules in reading order: one may use those before it.
pub(super) const ORDER: &[&str] = &[
    "breaker",
    "cores",
    "fair",
    "json",
    "outbound",
    "panics",
    "percent",
    "priority",
    "trace",
    "telemetry",
    "pool",
    "text",
    "article",
    "index",
    "source",
    "search",
    "live",
    "ingest",
    "accounts",
    "insights",
    "generate",
    "eval",
    "keys",
    "oidc",
    "audit",
    "ui",
    "service",
    "http",
    "mcp",
    "config",
    "app",
    "cli",
];

/// Interfaces that never use each other.
const APART: &[(&str, &str)] = &[("mcp", "http")];

/// Libraries and the only folder that names each.
const PLACES: &[(&str, &str)] = &[
    ("tantivy", "src/index/keyword"),
    ("qdrant_edge", "src/index/vector"),
    ("qdrant_client", "src/index/vector"),
    ("fastembed", "src/index/embed"),
    ("ort", "src/index/embed"),
    ("axum", "src/http"),
    ("rmcp", "src/mcp"),
    ("parquet", "src/insights/table"),
    ("opentelemetry", "src/telemetry"),
    ("opentelemetry_http", "src/telemetry"),
    ("opentelemetry_otlp", "src/telemetry"),
    ("opentelemetry_sdk", "src/telemetry"),
    ("tracing_opentelemetry", "src/telemetry"),
];

/// Folders of pure code: values in, values out. So is every file whose `//!` says `Pure.`
const PURE: &[&str] = &[
    "src/text/",
    "src/breaker.rs",
    "src/json.rs",
    "src/percent.rs",
    "src/article/",
    "src/live/",
    "src/ingest/",
    "src/insights/table/",
];

/// Files of pure folders that hold what is shared between threads.
const SHARED: &[&str] = &["src/live/registry.rs", "src/live/streams.rs"];

/// What pure code never names.
const EFFECTS: &[&str] = &[
    "std::fs",
    "std::net::TcpListener",
    "std::net::TcpStream",
    "std::net::UdpSocket",
    "std::process",
    "tokio",
    "SystemTime::now",
    "Instant::now",
    "Utc::now",
    "Local::now",
];

/// What makes a span.
const SPANS: &[&str] = &[
    "span",
    "error_span",
    "warn_span",
    "info_span",
    "debug_span",
    "trace_span",
];

/// Lines of a file.
const MAX_LINES: usize = 400;

/// Fails with every finding.
pub(super) fn none(findings: &[String]) {
    let mut list = String::new();
    for finding in findings {
        let _ = writeln!(list, "  {finding}");
    }
    assert!(findings.is_empty(), "\n{list}");
}

fn place(module: &str) -> Option<usize> {
    ORDER.iter().position(|one| *one == module)
}

#[test]
fn modules_use_those_before_them_only() {
    let mut findings = Vec::new();
    for source in sources() {
        let module = source.module();
        let Some(own) = module.first() else { continue };
        let Some(own_place) = place(own) else {
            findings.push(format!(
                "{}: say where module `{own}` stands in ORDER",
                source.path
            ));
            continue;
        };
        for path in used(&source) {
            let other = path.split("::").next().unwrap_or_default();
            let apart = APART.contains(&(*own, other));
            if place(other).is_some_and(|place| place > own_place) || apart {
                findings.push(format!("{}: {own} must not use {path}", source.path));
            }
        }
    }
    none(&findings);
}

#[test]
fn each_engine_is_named_in_one_folder() {
    let mut findings = Vec::new();
    for source in sources() {
        let code = source.code();
        for (library, place) in PLACES
            .iter()
            .filter(|(_, place)| !source.path.starts_with(place))
        {
            let named = ends_of(&code, library).any(|end| {
                let before = code[..end - library.len()].trim_end();
                code[end..].starts_with("::") && !before.ends_with("::") || before.ends_with("use")
            });
            if named {
                findings.push(format!("{}: only {place} may name {library}", source.path));
            }
        }
    }
    none(&findings);
}

#[test]
fn spans_are_made_in_one_file() {
    let mut findings = Vec::new();
    for source in sources() {
        let code = source.code();
        let made = SPANS
            .iter()
            .any(|word| ends_of(&code, word).any(|end| code[end..].starts_with('!')));
        if (made || code.contains("instrument]")) && source.path != "src/trace.rs" {
            findings.push(format!(
                "{}: spans are made in src/trace.rs, where one sees what they hold",
                source.path
            ));
        }
    }
    none(&findings);
}

#[test]
fn pure_code_has_no_effects_and_reads_no_clock() {
    let pure = |source: &Source| {
        let mut head = source
            .text
            .lines()
            .take_while(|line| line.starts_with("//!"));
        let is_named = PURE.iter().any(|place| source.path.starts_with(place));
        let says_so = head.any(|line| line.contains("Pure.")) && !source.module().is_empty();
        (is_named || says_so) && !SHARED.contains(&source.path.as_str())
    };
    let mut findings = Vec::new();
    let sources = sources();
    for source in sources.iter().filter(|source| pure(source)) {
        let code = source.code();
        let named = paths_of_std(&code);
        for effect in EFFECTS {
            if ends_of(&code, effect).next().is_some()
                || named.iter().any(|path| path.starts_with(effect))
            {
                findings.push(format!(
                    "{}: pure code names {effect}; take what it gives as an argument",
                    source.path
                ));
            }
        }
    }
    none(&findings);
}

#[test]
fn files_say_what_they_own_and_stay_short() {
    let mut findings = Vec::new();
    for source in sources()
        .iter()
        .chain(&files("tests", "rs"))
        .chain(&files("benches", "rs"))
    {
        if !source.text.starts_with("//! ") {
            findings.push(format!(
                "{}: must open with `//!`: what it owns, what it leaves to others",
                source.path
            ));
        }
        let lines = source.text.lines().count();
        if lines > MAX_LINES {
            findings.push(format!(
                "{}: has {lines} lines, the limit is {MAX_LINES}; what second thing lives there?",
                source.path
            ));
        }
    }
    none(&findings);
}

#[test]
fn nothing_is_left_to_do() {
    let mut findings = Vec::new();
    for source in sources() {
        let code = source.code();
        for word in ["todo", "dbg", "unimplemented"] {
            if ends_of(&code, word).any(|end| code[end..].starts_with('!')) {
                findings.push(format!("{}: {word}! is left", source.path));
            }
        }
    }
    none(&findings);
}
