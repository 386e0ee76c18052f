//! Findings across several articles.

use super::super::parse;
use super::*;

/// Findings as `path:line:column rule`.
fn check(files: &[(&str, &str)], expected: &[&str]) -> Vec<Diagnostic> {
    let read = |(path, text): &(&str, &str)| parse(path, text.as_bytes()).article.map(Arc::new);
    let articles: Vec<Arc<Article>> = files.iter().filter_map(read).collect();
    let today = NaiveDate::from_ymd_opt(2026, 11, 22).expect("a day");
    let around = CheckContext {
        today,
        exists: &|path| ["img/box.png", "form.pdf", "broken.md"].contains(&path),
        changed: &|_| None,
        account: None,
    };
    let found = check_corpus(&articles, &around);
    let told: Vec<String> = found
        .iter()
        .map(|d| format!("{}:{}:{} {}", d.path, d.line, d.column, d.rule))
        .collect();
    assert_eq!(told, expected, "{found:?}");
    found
}

#[test]
fn the_first_path_keeps_the_id() {
    let found = check(
        &[
            ("b.md", "---\nlang: en\nid: x\n---\n"),
            ("a.md", "---\nid: x\n---\n"),
            ("c.md", "---\nid: x\n---\n"),
        ],
        &["b.md:3:1 duplicate-id", "c.md:2:1 duplicate-id"],
    );
    assert!(
        found
            .iter()
            .all(|d| d.severity == Severity::Error && d.message.contains("a.md"))
    );
}

#[test]
fn links_must_lead_somewhere() {
    let text = "# A\n[self](#a) [b](sub/b.md#late) ![](img/box.png) [id](/articles/sub%2Fb)\n\nSee [no](#no), [gone](../gone.md)\nand [c](c.md) [b](sub/b.md#early) ![](img/no.png) [x](/articles/x)\n";
    let found = check(
        &[
            ("a.md", text),
            ("sub/b.md", "## Late\n\n[up](../a.md) [c](c.md)\n"),
            ("other/c.md", "x"),
        ],
        &[
            "a.md:4:5 broken-link",
            "a.md:4:16 broken-link",
            "a.md:5:5 broken-link",
            "a.md:5:15 broken-link",
            "a.md:5:35 broken-link",
            "a.md:5:51 broken-link",
            "sub/b.md:3:15 broken-link",
        ],
    );
    assert_eq!(found[0].help, "its headings are #a");
    assert_eq!(found[6].help, "there is other/c.md");
}

#[test]
fn links_to_files_that_are_not_served_are_noted() {
    let found = check(
        &[("a.md", "# A\n\n[box](img/box.png) [form](form.pdf)\n")],
        &["a.md:3:20 broken-link"],
    );
    assert_eq!(found[0].severity, Severity::Info);
}

#[test]
fn only_headings_are_led_to() {
    check(
        &[
            (
                "a.md",
                "<a id=\"two\"></a>[x](#two) [y](b.md#old) [z](b.md#own)\n",
            ),
            (
                "b.md",
                "<div id=\"old\"></div>\n\n<h2 class=x id=\"own\">Own</h2>\n",
            ),
        ],
        &["a.md:1:17 broken-link", "a.md:1:27 broken-link"],
    );
}

#[test]
fn links_lead_to_what_is_shown() {
    let file = |id: &str, status: &str| format!("---\nid: {id}\nstatus: {status}\n---\nx\n");
    let text = "[d](d.md) [o](o.md) [t](t.md) <a href=\"gone.md\">g</a>\n\n<p>\n<img src='no.png'>\n</p>\n\n[b](broken.md)\n";
    let found = check(
        &[
            ("a.md", text),
            ("d.md", &file("d", "draft")),
            ("e.md", &(file("e", "draft") + "[d](d.md)\n")),
            ("o.md", &file("o", "archived")),
            ("s.md", &file("same", "published")),
            ("t.md", &file("same", "published")),
        ],
        &[
            "a.md:1:1 broken-link",
            "a.md:1:11 broken-link",
            "a.md:1:21 broken-link",
            "a.md:1:31 broken-link",
            "a.md:4:1 broken-link",
            "a.md:7:1 broken-link",
            "t.md:2:1 duplicate-id",
        ],
    );
    for (at, words) in [
        (0, "a draft"),
        (1, "archived"),
        (2, "s.md"),
        (5, "cannot be used"),
    ] {
        assert!(found[at].message.contains(words), "{:?}", found[at]);
    }
}

#[test]
fn links_that_some_readers_cannot_follow_are_noted() {
    let file = |audience: &str, links: &str| format!("---\naudience: {audience}\n---\n{links}\n");
    let found = check(
        &[
            (
                "a.md",
                &file("[agent, customer]", "[b](b.md) [c](c.md) [a](#x)\n\n## X"),
            ),
            ("b.md", &file("[agent]", "[a](a.md) [d](d.md)")),
            ("c.md", &file("[customer, agent, partner]", "x")),
            ("d.md", &file("[customer]\nstatus: draft", "[b](b.md)")),
        ],
        &["a.md:4:1 narrower-link", "b.md:4:11 broken-link"],
    );
    assert_eq!(found[0].severity, Severity::Info);
    assert!(found[0].message.contains("`customer`"), "{:?}", found[0]);
}

#[test]
fn every_broken_link_is_told() {
    let text = "# A\n\n".to_owned() + &"[x](#y)\n".repeat(5_000);
    let expected: Vec<String> = (3..5_003)
        .map(|line| format!("a.md:{line}:1 broken-link"))
        .collect();
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    check(&[("a.md", &text)], &expected);
}

#[test]
fn translations_are_tied() {
    let file =
        |id: &str, lang: &str, of: &str| format!("---\nid: {id}\nlang: {lang}\n{of}---\nx\n");
    let found = check(
        &[
            ("a.md", &file("a", "en", "")),
            ("a.zh.md", &file("a-zh", "zh-Hans", "translation_of: a\n")),
            ("b.md", &file("b", "en", "")),
            ("c.md", &file("c", "zh-Hant", "translation_of: gone\n")),
            ("d.md", &file("d", "en", "status: draft\n")),
            ("e.md", &file("e", "en", "translation_of: e\n")),
        ],
        &[
            "b.md:3:1 missing-translation",
            "c.md:3:1 missing-translation",
            "c.md:4:1 unknown-translation",
            "e.md:3:1 missing-translation",
            "e.md:4:1 unknown-translation",
        ],
    );
    assert_eq!(found[0].message, "there is no translation into zh");
    assert_eq!(found[0].severity, Severity::Info);
    check(
        &[
            ("a.md", &file("a", "en", "")),
            ("b.md", &file("b", "zh", "")),
        ],
        &[],
    );
}

#[test]
fn translations_in_a_circle_or_twice_into_one_language_are_told() {
    let file =
        |id: &str, lang: &str, more: &str| format!("---\nid: {id}\nlang: {lang}\n{more}\n---\nx\n");
    let of = |id: &str| format!("translation_of: {id}");
    check(
        &[
            ("a.md", &file("a", "en", &of("b"))),
            ("b.md", &file("b", "zh", &of("a"))),
        ],
        &[
            "a.md:4:1 circular-translation",
            "b.md:4:1 circular-translation",
        ],
    );
    let found = check(
        &[
            ("a.md", &file("a", "en", "owner: x")),
            ("b.md", &file("b", "en", &of("a"))),
            ("c.md", &file("c", "zh-Hans", &of("a"))),
            ("d.md", &file("d", "zh-Hans", &of("a"))),
            ("e.md", &file("e", "zh-Hant", &of("a"))),
            (
                "f.md",
                &file(
                    "f",
                    "zh-Hans",
                    &(of("a") + "\neffective: {until: 2026-11-21}"),
                ),
            ),
        ],
        &[
            "b.md:4:1 duplicate-translation",
            "d.md:4:1 duplicate-translation",
            "f.md:5:1 expired",
        ],
    );
    assert!(found[0].message.contains("a.md") && found[1].message.contains("c.md"));
    // An original that is not published lacks nothing, least of all its own language.
    check(
        &[
            ("a.md", &file("a", "en", "owner: x")),
            ("b.md", &file("b", "zh", &of("a"))),
            ("c.md", &file("c", "en", "status: draft")),
            ("d.md", &file("d", "zh", &of("c"))),
        ],
        &[],
    );
}

#[test]
fn triggers_of_what_is_out_of_force_collide_with_none() {
    let file = |days: &str| {
        format!("---\neffective: {{{days}}}\ntriggers: [any: [\"cancel my contract\"]]\n---\nx\n")
    };
    check(
        &[
            ("a.md", &file("until: 2026-11-21")),
            ("b.md", &file("until: 2026-12-31")),
            ("c.md", &file("from: 2026-12-01")),
        ],
        &["a.md:2:1 expired", "c.md:3:18 trigger-collision"],
    );
}

#[test]
fn due_reviews_are_told() {
    let file = |reviewed: &str, status: &str| {
        format!("---\nstatus: {status}\nreviewed: {reviewed}\nreview_every: 30d\n---\nx\n")
    };
    let found = check(
        &[
            ("a.md", &file("2026-01-01", "published")),
            ("b.md", &file("2026-11-01", "published")),
            ("c.md", &file("2026-01-01", "draft")),
        ],
        &["a.md:3:1 review-overdue"],
    );
    assert_eq!(found[0].severity, Severity::Info);
}
