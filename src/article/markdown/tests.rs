//! What counts as text, and its position.

use super::*;

/// One line for each block: section, kind, lines, text.
fn check(markdown: &str, expected: &[&str]) {
    let lines = Lines::of(markdown);
    let outline = read(markdown, 0, &lines);
    let found: Vec<String> = outline
        .drafts
        .iter()
        .map(|draft| {
            let [first, last] = draft.lines(&lines);
            format!(
                "{} {:?} {first}-{last} {}",
                draft.section, draft.kind, draft.text
            )
        })
        .collect();
    assert_eq!(found, expected, "blocks of {markdown:?}");
}

fn sections(markdown: &str) -> Vec<String> {
    let outline = read(markdown, 0, &Lines::of(markdown));
    let line = |s: &Section| {
        format!(
            "{} {} #{} {}-{}",
            s.level,
            s.heading.join(" > "),
            s.anchor,
            s.lines[0],
            s.lines[1]
        )
    };
    outline.sections.iter().map(line).collect()
}

#[test]
fn headings_make_sections() {
    let markdown = "Before.\n\n# Fees\n\nA\n\n## Late *orders* {#late}\nB\n\n\n### 违约金\n## Fees\nSetext\n---\nC";
    assert_eq!(
        sections(markdown),
        [
            "0  # 1-1",
            "1 Fees #fees 3-5",
            "2 Fees > Late orders #late 7-8",
            "3 Fees > Late orders > 违约金 #违约金 11-11",
            "2 Fees > Fees #fees-1 12-12",
            "2 Fees > Setext #setext 13-15",
        ]
    );
    check(
        markdown,
        &[
            "0 Paragraph 1-1 Before.",
            "1 Paragraph 5-5 A",
            "2 Paragraph 8-8 B",
            "5 Paragraph 15-15 C",
        ],
    );
}

#[test]
fn paragraphs_lose_their_markup() {
    check(
        "One **two**\n`three` [four](x.md) ![five](p.png) <https://six.com>\n",
        &["0 Paragraph 1-2 One two three four five https://six.com"],
    );
    check(
        "第一行\n第二行\nand 三\n",
        &["0 Paragraph 1-3 第一行第二行 and 三"],
    );
    check(
        "A\\\nB &amp; \\*C\\* ~~D~~[^1]\n\n[^1]: Note.\n",
        &["0 Paragraph 1-2 A\nB & *C* D", "0 Paragraph 4-4 Note."],
    );
    check(
        "> quoted\n> on\n\n> [!NOTE]\n> Care.\n",
        &["0 Paragraph 1-2 quoted on", "0 Paragraph 5-5 Care."],
    );
}

#[test]
fn items_and_steps_are_blocks() {
    check(
        "1. One\n2. Two\n   - inner\n     more\n\n   Also two\n- [x] done\n* 解约\n",
        &[
            "0 Step 1-1 One",
            "0 Step 2-2 Two",
            "0 Item 3-4 inner more",
            "0 Paragraph 6-6 Also two",
            "0 Item 7-7 done",
            "0 Item 8-8 解约",
        ],
    );
}

#[test]
fn rows_can_be_read_alone() {
    check(
        "| Plan | Fee |\n|---|---|\n| Fiber | 30 € |\n| *DSL* | |\n",
        &["0 Row 3-3 Plan: Fiber; Fee: 30 €", "0 Row 4-4 Plan: DSL"],
    );
    check(
        "| Plan | Fee |\n|---|---|\n\nNext",
        &["0 Row 1-1 Plan; Fee", "0 Paragraph 4-4 Next"],
    );
}

#[test]
fn code_keeps_its_lines() {
    check(
        "```sh\n\n  ping 1.1.1.1\n\nreboot\n```\n\n    indented\n",
        &["0 Code 3-5   ping 1.1.1.1\n\nreboot", "0 Code 8-8 indented"],
    );
    check(
        "a\r\n\r\n```\r\nx\r\ny\r\n```\r\nb\r\n",
        &["0 Paragraph 1-1 a", "0 Code 4-5 x\ny", "0 Paragraph 7-7 b"],
    );
}

#[test]
fn html_gives_its_text() {
    check(
        "<div>\n<p>One</p>\n<p>Two &lt; three</p>\n</div>\n\nFour<br>five <b>six</b>\n",
        &[
            "0 Paragraph 2-2 One",
            "0 Paragraph 3-3 Two < three",
            "0 Paragraph 6-6 Four\nfive six",
        ],
    );
    check(
        "<script>\nalert(1)\n</script>\n\n<!-- a\n\nb -->\n\nText <style>x{}</style>stays <script>never\n\nclosed\n",
        &["0 Paragraph 9-9 Text stays", "0 Paragraph 11-11 closed"],
    );
}

#[test]
fn what_stands_in_a_template_says_nothing() {
    check(
        "Before.\n\n<template>\n\nHidden.\n\n- and this\n\n</template>\n\nAfter.\n",
        &["0 Paragraph 1-1 Before.", "0 Paragraph 11-11 After."],
    );
}

#[test]
fn a_comment_that_outlives_its_html_says_nothing_until_html_ends_it() {
    let outdated = "<details>\n<!-- outdated:\n\nThe fee is 30 EUR.\n\n-->\n</details>\n\n";
    check(
        &format!("Before.\n\n{outdated}## Hidden too\n\n- and this\n"),
        &["0 Paragraph 1-1 Before."],
    );
    check(
        &format!("Before.\n\n{outdated}Hidden.\n\n<!-- x -->\n\nAfter.\n"),
        &["0 Paragraph 1-1 Before.", "0 Paragraph 15-15 After."],
    );
    check(
        "a <!--> b\n\nc <!-- never closed\n\nd\n",
        &[
            "0 Paragraph 1-1 a  b",
            "0 Paragraph 3-3 c <!-- never closed",
            "0 Paragraph 5-5 d",
        ],
    );
}

#[test]
fn links_are_kept_with_their_places() {
    let markdown =
        "# T [x](a.md)\n\n解 [y](../b.md#c) ![z](p.png)\n[w][ref]\n\n[ref]: https://e.com\n";
    let links: Vec<_> = read(markdown, 0, &Lines::of(markdown))
        .links
        .into_iter()
        .map(|l| (l.target, l.image, l.line, l.column))
        .collect();
    let expected = [
        ("a.md", false, 1, 5),
        ("../b.md#c", false, 3, 3),
        ("p.png", true, 3, 18),
        ("https://e.com", false, 4, 1),
    ];
    assert_eq!(
        links,
        expected.map(|(target, image, line, column)| (target.to_owned(), image, line, column))
    );
}
