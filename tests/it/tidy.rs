//! The house rules, checked on the source text: who may use whom, what pure code may name, how files look.
//!
//! Tests within a file (from `#[cfg(test)]` on) and comments are free in what they name; they are not in how long
//! they are.

use std::{
    fmt::Write,
    path::{Path, PathBuf},
};

/// Modules in reading order: one may use its own row's and those of rows above.
const ROWS: &[&[&str]] = &[
    &["text"],
    &["article"],
    &["index"],
    &["source"],
    &["search"],
    &["live"],
    &[
        "eval",
        "keys",
        "insights",
        "http",
        "mcp",
        "ui",
        "config",
        "telemetry",
        "app",
        "cli",
    ],
];

/// Plain shapes of the contract that may be named from further up.
const SHAPES: &[(&str, &str)] = &[
    ("index", "search::types"),
    ("index", "search::status"),
    ("source", "search::types"),
    ("source", "search::status"),
];

/// Faces that never use each other.
const APART: &[(&str, &str)] = &[("http", "mcp"), ("mcp", "http")];

/// Libraries and the only folder that names each.
const PLACES: &[(&str, &str)] = &[
    ("tantivy", "src/index/keyword"),
    ("qdrant_edge", "src/index/vector"),
    ("qdrant_client", "src/index/vector"),
    ("fastembed", "src/index/embed"),
    ("ort", "src/index/embed"),
    ("axum", "src/http"),
    ("rmcp", "src/mcp"),
];

/// Pure code: values in, values out. Of `live` all but the files that hold streams and locks.
const PURE: &[&str] = &[
    "src/text/",
    "src/article/",
    "src/search/fuse.rs",
    "src/search/query.rs",
    "src/search/confidence.rs",
    "src/search/snippet.rs",
    "src/live/",
];

/// Files of pure folders that hold what is shared between threads.
const SHARED: &[&str] = &["src/live/desk.rs", "src/live/streams.rs"];

/// What pure code never names.
const EFFECTS: &[&str] = &[
    "std::fs",
    "std::net",
    "std::process",
    "tokio",
    "SystemTime::now",
    "Instant::now",
    "Utc::now",
    "Local::now",
];

/// Lines of a file.
const MAX_LINES: usize = 400;

/// A source file.
struct Source {
    /// Relative to the package, with `/` between names.
    path: String,
    text: String,
}

impl Source {
    /// The code without comments, and without the tests at the end.
    fn code(&self) -> String {
        let code = self
            .text
            .split("\n#[cfg(test)]\nmod ")
            .next()
            .unwrap_or_default();
        code.lines()
            .map(without_comment)
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// Names of the modules that lead to the file; none for the roots.
    fn module(&self) -> Vec<&str> {
        let path = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        path.split('/')
            .filter(|name| !matches!(*name, "mod" | "lib" | "main"))
            .collect()
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str, ending: &str) -> Vec<Source> {
    let mut folders = vec![root().join(folder)];
    let mut found: Vec<PathBuf> = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)
            .into_iter()
            .flatten()
            .map(Result::unwrap)
        {
            let path = entry.path();
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|one| one == ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    let relative = |path: &Path| {
        path.strip_prefix(root())
            .unwrap()
            .to_str()
            .unwrap()
            .replace('\\', "/")
    };
    found
        .iter()
        .map(|path| Source {
            path: relative(path),
            text: std::fs::read_to_string(path).unwrap(),
        })
        .collect()
}

fn sources() -> Vec<Source> {
    let found = files("src", "rs");
    assert!(
        found.len() > 20,
        "the source was not found at {}",
        root().display()
    );
    found
}

/// Fails with every finding.
fn none(findings: &[String]) {
    let mut list = String::new();
    for finding in findings {
        let _ = writeln!(list, "  {finding}");
    }
    assert!(findings.is_empty(), "\n{list}");
}

/// A line up to `//`, where that does not stand in a text.
fn without_comment(line: &str) -> &str {
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in line.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            '/' if !quoted && line[at..].starts_with("//") => return &line[..at],
            _ => {}
        }
    }
    line
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Places behind a word that stands for itself.
fn ends_of<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.match_indices(word)
        .map(move |(at, _)| (at, at + word.len()))
        .filter_map(move |(at, end)| {
            let bounded = !code[..at].ends_with(is_name) && !code[end..].starts_with(is_name);
            bounded.then_some(end)
        })
}

/// Every path that a tree of names stands for: `a::{b, c::d}` is `a::b` and `a::c::d`.
fn paths(tree: &str) -> (Vec<String>, &str) {
    let tree = tree.trim_start();
    if let Some(mut rest) = tree.strip_prefix('{') {
        let mut all = Vec::new();
        loop {
            rest = rest.trim_start_matches([',', ' ', '\n']);
            if let Some(rest) = rest.strip_prefix('}') {
                return (all, rest);
            }
            let (some, after) = paths(rest);
            if some.is_empty() {
                return (all, after);
            }
            all.extend(some);
            // A renamed or starred end belongs to no path.
            rest = after.trim_start_matches(|c: char| !matches!(c, ',' | '}'));
        }
    }
    let end = tree.find(|c| !is_name(c)).unwrap_or(tree.len());
    let (name, rest) = tree.split_at(end);
    if name.is_empty() {
        return (
            if tree.starts_with('*') {
                vec!["*".to_owned()]
            } else {
                Vec::new()
            },
            rest,
        );
    }
    let Some(rest) = rest.strip_prefix("::") else {
        return (vec![name.to_owned()], rest);
    };
    let (below, after) = paths(rest);
    if below.is_empty() {
        return (vec![name.to_owned()], rest);
    }
    (
        below
            .into_iter()
            .map(|path| format!("{name}::{path}"))
            .collect(),
        after,
    )
}

/// Paths from the crate's root that a file names, by `crate::` or by as many `super::` as lead there.
fn used(source: &Source) -> Vec<String> {
    let code = source.code();
    let mut all: Vec<String> = ends_of(&code, "crate")
        .filter_map(|end| Some(paths(code[end..].strip_prefix("::")?).0))
        .flatten()
        .collect();
    let depth = source.module().len();
    for (at, _) in code
        .match_indices("super::")
        .filter(|(at, _)| !code[..*at].ends_with("super::"))
    {
        let rest = code[at..].trim_start_matches("super::");
        let up = (code.len() - at - rest.len()) / "super::".len();
        if up >= depth {
            all.extend(paths(rest).0);
        }
    }
    all
}

fn row(module: &str) -> Option<usize> {
    ROWS.iter().position(|row| row.contains(&module))
}

#[test]
fn modules_use_those_before_them_only() {
    let mut findings = Vec::new();
    for source in sources() {
        let module = source.module();
        let Some(own) = module.first() else { continue };
        let Some(own_row) = row(own) else {
            findings.push(format!(
                "{}: say where module `{own}` stands in ROWS",
                source.path
            ));
            continue;
        };
        for path in used(&source) {
            let other = path.split("::").next().unwrap_or_default();
            let shape = SHAPES
                .iter()
                .any(|(user, shape)| user == own && path.starts_with(shape));
            let apart = APART.contains(&(*own, other));
            if row(other).is_some_and(|row| row > own_row && !shape) || apart {
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
fn pure_code_has_no_effects_and_reads_no_clock() {
    let pure = |source: &Source| {
        PURE.iter().any(|place| source.path.starts_with(place))
            && !SHARED.contains(&source.path.as_str())
    };
    let mut findings = Vec::new();
    for source in sources().iter().filter(|source| pure(source)) {
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

/// Paths below `std`, from trees of names too.
fn paths_of_std(code: &str) -> Vec<String> {
    let below = ends_of(code, "std")
        .filter_map(|end| Some(paths(code[end..].strip_prefix("::")?).0))
        .flatten();
    below.map(|path| format!("std::{path}")).collect()
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

#[test]
fn links_of_the_documents_lead_somewhere() {
    let mut findings = Vec::new();
    for document in [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "content/README.md",
    ] {
        let Ok(text) = std::fs::read_to_string(root().join(document)) else {
            continue;
        };
        let folder = root().join(document);
        for link in links(&text) {
            if !folder.parent().unwrap().join(&link).exists() {
                findings.push(format!("{document}: there is no {link}"));
            }
        }
    }
    none(&findings);
}

/// Relative links of a document, without fragments; code blocks and spans are not read.
fn links(text: &str) -> Vec<String> {
    let mut fenced = false;
    let prose = text.lines().filter(|line| {
        fenced ^= line.trim_start().starts_with("```");
        !fenced
    });
    let mut all = Vec::new();
    for line in prose {
        let line: String = line.split('`').step_by(2).collect::<Vec<_>>().join("code");
        for (at, _) in line.match_indices("](") {
            let link = line[at + 2..].split(')').next().unwrap_or_default();
            let link = link.split('#').next().unwrap_or_default();
            if !link.is_empty() && !link.contains(':') {
                all.push(link.to_owned());
            }
        }
    }
    all
}

#[test]
fn the_checks_see_what_they_look_for() {
    let source = |path: &str, text: &str| Source {
        path: path.to_owned(),
        text: text.to_owned(),
    };
    let check = |path: &str, text: &str, expected: &[&str]| {
        assert_eq!(used(&source(path, text)), expected, "{text}")
    };
    check(
        "src/a/b.rs",
        "use crate::{\n    search::{Core, types::{Hit, Level}},\n    text,\n};",
        &[
            "search::Core",
            "search::types::Hit",
            "search::types::Level",
            "text",
        ],
    );
    check(
        "src/a/b.rs",
        "use crate::live::{self, *};\nlet x: crate::http::Error = 1;",
        &["live::self", "live::*", "http::Error"],
    );
    check(
        "src/a/b.rs",
        "use crate::x::{A as B, c::D};",
        &["x::A", "x::c::D"],
    );
    check(
        "src/a/b.rs",
        "/// [`crate::http`]\nfn f() {} // crate::http\nlet url = \"http://x\"; crate::y::z();",
        &["y::z"],
    );
    check(
        "src/a/b.rs",
        "use super::c;\nuse super::super::http::X;",
        &["http::X"],
    );
    check("src/a/mod.rs", "use super::live::Desk;", &["live::Desk"]);
    check(
        "src/a.rs",
        "fn f() {}\n\n#[cfg(test)]\nmod tests {\n    use crate::http;\n}",
        &[],
    );
    assert_eq!(
        links("[a](x.md#y) [b](https://z) `[c](no.md)`\n```\n[d](no.md)\n```\n[e](#here)"),
        ["x.md"]
    );
    assert_eq!(
        paths_of_std("use std::{fs, io::Read};"),
        ["std::fs", "std::io::Read"]
    );
    assert!(ends_of("support::x", "ort").next().is_none());
}
