//! The source as text: files, the paths of names in them, links of documents.
//!
//! Parses as much of Rust's syntax as the checks in `tidy` need, and no more.

use std::path::{Path, PathBuf};

/// A source file.
pub(super) struct Source {
    /// Relative to the package, with `/` between names.
    pub(super) path: String,
    /// As it stands.
    pub(super) text: String,
}

impl Source {
    /// The code without comments, and without the tests at the end; none of a file of tests.
    pub(super) fn code(&self) -> String {
        if self.path.ends_with("/tests.rs") || self.path.contains("/tests/") {
            return String::new();
        }
        let code = self.text.split("\n#[cfg(test)]\nmod tests {").next();
        let lines = code.unwrap_or_default().lines().map(without_comment);
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Names of the modules that lead to the file; none for the roots.
    pub(super) fn module(&self) -> Vec<&str> {
        let path = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        path.split('/')
            .filter(|name| !matches!(*name, "mod" | "lib" | "main"))
            .collect()
    }
}

pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(super) fn files(folder: &str, ending: &str) -> Vec<Source> {
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

pub(super) fn sources() -> Vec<Source> {
    let found = files("src", "rs");
    assert!(
        found.len() > 20,
        "the source was not found at {}",
        root().display()
    );
    found
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
pub(super) fn ends_of<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
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
pub(super) fn used(source: &Source) -> Vec<String> {
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

/// Paths below `std`, from trees of names too.
pub(super) fn paths_of_std(code: &str) -> Vec<String> {
    let below = ends_of(code, "std")
        .filter_map(|end| Some(paths(code[end..].strip_prefix("::")?).0))
        .flatten();
    below.map(|path| format!("std::{path}")).collect()
}

/// Relative links of a document, without fragments; code blocks and spans are not read.
pub(super) fn links(text: &str) -> Vec<String> {
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
