//! Whole files: what is refused, what is parsed, and that no text is lost.

use proptest::prelude::*;

use super::super::{Passage, Severity, Status};
use super::*;

fn read(file: &str) -> Article {
    parse("en/a.md", file.as_bytes()).article.expect(file)
}

/// Findings as `rule line:column`, all errors, and no article.
fn refused(bytes: &[u8], expected: &str) {
    let parsed = parse("a.md", bytes);
    assert!(parsed.article.is_none());
    let found: Vec<String> = parsed
        .diagnostics
        .iter()
        .map(|d| format!("{} {}:{}", d.rule, d.line, d.column))
        .collect();
    assert_eq!(found, [expected]);
    assert!(
        parsed
            .diagnostics
            .iter()
            .all(|d| d.severity == Severity::Error && !d.help.is_empty())
    );
}

#[test]
fn front_matter_that_begins_otherwise_is_no_text() {
    refused(
        b"----\ntitle: A\nstatus: draft\n----\nText.\n",
        "front-matter 1:1",
    );
    refused(
        b"\n+++\nstatus = \"draft\"\n+++\nText.\n",
        "front-matter 2:1",
    );
    refused(b"\n---\nstatus: draft\n\nText.\n", "front-matter 2:1");
    refused(b"\n---\nstatus: {\n---\nText.\n", "front-matter 3:9");
    let article = read("<!-- checked -->\n\n---\nstatus: draft\n---\n# A\n\nText.\n");
    assert_eq!(
        (article.status, article.passages[0].lines),
        (Status::Draft, [8, 8])
    );
}

#[test]
fn long_titles_and_headings_are_cut_and_told() {
    let long = "x".repeat(1_000);
    let file = format!("---\ntitle: {long}\n---\n# y{long}\n\nText.\n\n## Short\n\nMore.\n");
    let parsed = parse("a.md", file.as_bytes());
    let article = parsed.article.expect("an article");
    assert_eq!(article.title.len(), MAX_HEADING);
    assert!(
        article
            .sections
            .iter()
            .flat_map(|section| &section.heading)
            .all(|text| text.len() <= MAX_HEADING)
    );
    let told: Vec<u32> = parsed
        .diagnostics
        .iter()
        .filter(|found| found.rule == "long-heading")
        .map(|found| found.line)
        .collect();
    assert_eq!(told, [2, 4]);
}

#[test]
fn headings_beyond_measure_are_text_and_told() {
    let file = "## a\n".repeat(MAX_SECTIONS) + "## One more\n## And another\n";
    let parsed = parse("a.md", file.as_bytes());
    let article = parsed.article.expect("an article");
    assert_eq!(article.sections.len(), MAX_SECTIONS);
    assert!(
        article
            .passages
            .iter()
            .any(|passage| passage.text.contains("One more"))
    );
    let told: Vec<_> = parsed
        .diagnostics
        .iter()
        .map(|found| (found.rule.as_str(), found.line as usize))
        .collect();
    assert_eq!(told, [("many-sections", MAX_SECTIONS + 1)]);
}

#[test]
fn long_table_headers_are_not_repeated_in_every_row() {
    let long = "x".repeat(10_000);
    for head in [
        format!("| {long} | Fee |"),
        "| Name of it ".repeat(60) + "|",
    ] {
        let cells = head.matches('|').count() - 1;
        let rows = format!("|{}\n", " a |".repeat(cells)).repeat(300);
        let file = format!("Text.\n\n{head}\n|{}\n{rows}", "-|".repeat(cells));
        let parsed = parse("a.md", file.as_bytes());
        let article = parsed.article.expect("an article");
        let letters: usize = article.passages.iter().map(|one| one.text.len()).sum();
        assert!(letters < 2 * file.len() + 300 * 100, "{letters}");
        let told: Vec<_> = parsed
            .diagnostics
            .iter()
            .map(|one| (&*one.rule, one.line))
            .collect();
        assert_eq!(told, [("long-table-header", 3)]);
    }
    let alone = read(&format!("| {long} |\n|---|\n"));
    let letters: usize = alone.passages.iter().map(|one| one.text.len()).sum();
    assert_eq!(letters, long.len());
}

#[test]
fn a_byte_order_mark_belongs_to_the_file_and_not_to_the_text() {
    for file in ["\u{feff}# A\n", "# A\n"] {
        let article = read(file);
        assert_eq!((article.source.as_str(), &*article.file()), ("# A\n", file));
    }
}

#[test]
fn files_made_to_be_slow_are_read() {
    // Each would take minutes if a run were read again from each of its characters.
    for body in [
        ".".repeat(400_000) + "a",
        "ignore all previous instructions\n".repeat(40_000),
        "<!--\n".repeat(200_000),
        "<a\n".repeat(200_000),
    ] {
        assert_eq!(read(&body).file(), body);
    }
}

#[test]
fn files_that_cannot_be_read_are_refused_with_a_place() {
    refused(&vec![b'a'; MAX_FILE_BYTES + 1], "too-large 1:1");
    refused(b"ab\n\xff\xfe", "not-text 2:1");
    refused("解\0".as_bytes(), "not-text 1:2");
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n";
    refused(pointer.as_bytes(), "not-text 1:1");
    refused(b"---\ntitle: [a\n---\n", "front-matter 2:8");
    refused(b"---\ntitle: A\n\nText", "front-matter 1:1");
    refused(b"---\n- a\n---\n", "front-matter 2:1");
    refused(b"---\rstatus: draft\r---\rText", "front-matter 1:1");
}

#[test]
fn titles_come_from_the_front_matter_the_heading_or_the_name() {
    assert_eq!(read("---\ntitle: Given\n---\n# Own\n").title, "Given");
    assert_eq!(read("Text\n\n## *Own*\n").title, "Own");
    assert_eq!(read("Text").title, "a");
}

#[test]
fn the_own_title_is_not_repeated_in_paths() {
    let paths = |file: &str| {
        read(file)
            .sections
            .into_iter()
            .map(|s| (s.heading, s.anchor))
            .collect::<Vec<_>>()
    };
    let texts = |list: &[&str]| list.iter().map(|&t| t.to_owned()).collect::<Vec<_>>();
    assert_eq!(
        paths("# Fee\n\nA\n\n## Late\n"),
        [
            (vec![], "fee".to_owned()),
            (texts(&["Late"]), "late".to_owned())
        ]
    );
    assert_eq!(
        paths("---\ntitle: Fees\n---\n# Fee\n## Late\n# Other\n"),
        [
            (texts(&["Fee"]), "fee".to_owned()),
            (texts(&["Fee", "Late"]), "late".to_owned()),
            (texts(&["Other"]), "other".to_owned())
        ]
    );
}

#[test]
fn empty_bodies_are_found_by_their_title_and_questions() {
    let article = read("---\ntitle: Fee\nquestions: [How much?, 多少钱]\n---\n");
    assert_eq!(article.passages.len(), 1);
    assert_eq!(article.passages[0].text, "Fee\nHow much?\n多少钱");
    assert_eq!(
        (article.passages[0].lines, article.sections.len()),
        ([1, 4], 1)
    );
    assert_eq!(read("").passages[0].text, "a");
    assert_eq!(read("# One\n## Two\n").passages[0].text, "One\nTwo");
}

#[test]
fn languages_are_detected_where_not_given() {
    assert_eq!(read("How do I cancel my contract?").lang, "en");
    assert_eq!(
        read("# 提前解约\n\n您的合约在到期前解除，需要支付违约金。").lang,
        "zh-Hans"
    );
    assert_eq!(
        read("# 提前解約\n\n您的合約在到期前解除，需要支付違約金。").lang,
        "zh-Hant"
    );
    assert_eq!(read("---\nlang: de\n---\nHow do I cancel?").lang, "de");
}

#[test]
fn lines_count_the_whole_file_whatever_its_line_ends() {
    let file = "---\ntitle: Fee\n---\n\n# Fee\n\nOne\ntwo\n\n## Late\n\n- three\n- four\n";
    for file in [
        file.to_owned(),
        file.replace('\n', "\r\n"),
        format!("\u{feff}{file}"),
    ] {
        let article = read(&file);
        assert_eq!(
            article.passages.iter().map(|p| p.lines).collect::<Vec<_>>(),
            [[7, 8], [12, 13]]
        );
        assert_eq!(
            article.sections.iter().map(|s| s.lines).collect::<Vec<_>>(),
            [[5, 8], [10, 13]]
        );
        assert_eq!(article.passages[0].text, "One two");
        assert_eq!(
            article.passages[1]
                .blocks
                .iter()
                .map(|b| b.lines)
                .collect::<Vec<_>>(),
            [[12, 12], [13, 13]]
        );
        assert!(
            !article.source.starts_with('\u{feff}')
                && article.source[article.body_at..]
                    .trim_start()
                    .starts_with("# Fee")
        );
    }
}

/// Bodies of the shapes that editors write.
fn body() -> impl Strategy<Value = String> {
    let word = "[a-z]{1,9}|[退订套餐违约金宽带费用]{1,6}";
    let line = proptest::collection::vec(word, 1..12).prop_map(|words| words.join(" "));
    let block = prop_oneof![
        line.clone(),
        proptest::collection::vec(line.clone(), 1..40).prop_map(|lines| lines.join(". ")),
        proptest::collection::vec(line.clone(), 1..9).prop_map(|lines| lines.join("\n")),
        line.clone().prop_map(|line| format!("## {line}")),
        proptest::collection::vec(line.clone(), 1..30)
            .prop_map(|items| items.iter().map(|item| format!("- {item}\n")).collect()),
        proptest::collection::vec(line.clone(), 1..9)
            .prop_map(|steps| format!("Do this:\n\n1. {}", steps.join("\n1. "))),
        proptest::collection::vec(line.clone(), 1..60)
            .prop_map(|lines| format!("```\n{}\n```", lines.join("\n"))),
        "[a-z]{900,2500}",
        "[退订套餐违约金宽带费用]{900,2000}",
    ];
    proptest::collection::vec(block, 0..12).prop_map(|blocks| blocks.join("\n\n"))
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

fn letters(passage: &Passage) -> usize {
    passage
        .text
        .chars()
        .map(|c| 1 + usize::from(text::is_cjk(c)))
        .sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let parsed = parse("a.md", &bytes);
        prop_assert!(parsed.article.is_some() || !parsed.diagnostics.is_empty());
    }

    #[test]
    fn any_text_is_read_or_refused(text in "(---\n(\\PC{0,12}: ?\\PC{0,20}\n){0,4}---\n)?([-#>*|`<a-z 解&:\\[\\](){}!~\\\\\n]{0,200}|\\PC{0,99})") {
        let parsed = parse("a.md", text.as_bytes());
        let lines = u32::try_from(text.split('\n').count()).unwrap_or(u32::MAX);
        for passage in parsed.article.iter().flat_map(|article| &article.passages) {
            prop_assert!(passage.lines[0] >= 1 && passage.lines[0] <= passage.lines[1] && passage.lines[1] <= lines);
            prop_assert!(!passage.text.is_empty());
        }
    }

    #[test]
    fn passages_hold_all_text_within_their_size_and_sections(body in body(), front in "(---\ntags: x\n---\n)?") {
        let file = format!("{front}{body}");
        let article = read(&file);
        let written = |line: &str| !line.starts_with("##") && !line.starts_with("```") && line != "---" && line != "tags: x";
        let expected: String = file.lines().filter(|line| written(line)).map(|line| squeezed(line.trim_start_matches("1. "))).collect();
        let found: String = article.passages.iter().map(|passage| squeezed(&passage.text)).collect();
        prop_assume!(!expected.is_empty());
        prop_assert_eq!(found, expected);
        for passage in &article.passages {
            prop_assert!(letters(passage) <= 900, "{} letters", letters(passage));
            let chars: Vec<char> = passage.text.chars().collect();
            let joined: Vec<String> = passage.blocks.iter().map(|b| chars[b.range[0]..b.range[1]].iter().collect()).collect();
            prop_assert_eq!(joined.join("\n"), passage.text.as_str());
            let section = &article.sections[passage.section];
            prop_assert!(section.level == 0 || (section.lines[0] <= passage.lines[0] && passage.lines[1] <= section.lines[1]));
        }
    }

    #[test]
    fn the_first_and_last_word_stand_on_the_lines_named(body in body(), front in "(---\ntags: x\n---\n)?") {
        let file = format!("{front}{body}");
        let lines: Vec<&str> = file.lines().collect();
        let article = read(&file);
        prop_assume!(body.lines().any(|line| !line.trim().is_empty() && !line.starts_with("##")));
        for block in article.passages.iter().flat_map(|passage| passage.blocks.iter().map(move |b| (passage, b))) {
            let (passage, block) = block;
            let text: String = passage.text.chars().skip(block.range[0]).take(block.range[1] - block.range[0]).collect();
            let first = text.split_whitespace().next().unwrap_or_default();
            let last = text.split_whitespace().next_back().unwrap_or_default();
            // Chinese lines are joined without a space: look at the ends only.
            let (head, tail): (String, String) = (first.chars().take(1).collect(), last.chars().rev().take(1).collect());
            prop_assert!(lines[block.lines[0] as usize - 1].contains(&head), "{first} on line {}", block.lines[0]);
            prop_assert!(lines[block.lines[1] as usize - 1].contains(&tail), "{last} on line {}", block.lines[1]);
        }
    }
}
