//! Findings from comparing texts.

use super::{super::parse, *};

const TODAY: NaiveDate = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();

fn articles(files: &[(&str, &str)]) -> Vec<Arc<Article>> {
    let read = |(path, text): &(&str, &str)| parse(path, text.as_bytes()).article.map(Arc::new);
    files.iter().filter_map(read).collect()
}

/// Findings as `path:line:column rule`.
fn check(files: &[(&str, &str)], expected: &[&str]) -> Vec<Diagnostic> {
    let found = Comparison::default().findings(&articles(files), TODAY, None);
    let told: Vec<String> = found
        .iter()
        .map(|d| format!("{}:{}:{} {}", d.path, d.line, d.column, d.rule))
        .collect();
    assert_eq!(told, expected, "{found:?}");
    found
}

#[test]
fn the_same_statement_with_another_number_is_a_conflict() {
    let found = check(
        &[
            ("a.md", "# Leaving\n\nThe early termination fee is €300.\n"),
            (
                "b.md",
                "# Fees\n\nHello.\n\nThe early termination fee is 250 euros.\n",
            ),
            ("c.md", "# Other\n\nThe early termination fee is €300.00.\n"),
        ],
        &[
            "a.md:3:30 conflict",
            "b.md:5:30 conflict",
            "b.md:5:30 conflict",
            "c.md:3:30 conflict",
        ],
    );
    assert!(
        found[0]
            .message
            .contains("here it is €300, in b.md:5 it is 250 euros"),
        "{found:?}"
    );
    check(
        &[
            ("a.md", "退款会在14天内退回原支付账户。\n"),
            ("b.md", "退款会在三十天内退回原支付账户。\n"),
        ],
        &["a.md:1:5 conflict", "b.md:1:5 conflict"],
    );
}

#[test]
fn the_same_amount_is_none_however_it_is_written() {
    check(
        &[
            (
                "a.md",
                "A refund reaches the bank account within 14 days.\n",
            ),
            (
                "b.md",
                "A refund reaches the bank account within two weeks.\n",
            ),
        ],
        &[],
    );
}

#[test]
fn one_of_several_amounts_is_enough() {
    let said = |a: &str, b: &str, expected: &[&str]| {
        check(&[("a.md", a), ("b.md", b)], expected);
    };
    said(
        "The line costs 20 euros a month and 30 euros once.\n",
        "The line costs 25 euros a month and 30 euros once.\n",
        &["a.md:1:16 conflict", "b.md:1:16 conflict"],
    );
    said(
        "The shop in the station is open from 8:00 to 18:00.\n",
        "The shop in the station is open from 8:00 to 20:00.\n",
        &["a.md:1:46 conflict", "b.md:1:46 conflict"],
    );
    said(
        "The line costs 20 euros a month and 30 euros once.\n",
        "The line costs 30 euros once and 20 euros a month.\n",
        &[],
    );
    // Steps of a scale.
    said(
        "Orders from 10 to 20 euros are sent by letter.\n",
        "Orders from 20 to 50 euros are sent by letter.\n",
        &[],
    );
}

#[test]
fn what_is_out_of_force_is_in_nobodys_way() {
    let text = "A customer who moves house keeps the contract and the plan, and pays 40 euros. The new line is switched on at the new address on the day of the move.";
    let file = |days: &str| format!("---\neffective: {{{days}}}\n---\n{text}\n");
    let (past, last, next) = (
        file("until: 2026-11-21").replace("40", "30"),
        file("until: 2026-12-31"),
        file("from: 2027-01-01"),
    );
    check(&[("a.md", &past), ("b.md", &last), ("c.md", &next)], &[]);
    let told = ["b.md:4:1 near-duplicate"];
    check(&[("a.md", &last), ("b.md", &last)], &told);
}

#[test]
fn a_text_in_another_script_or_region_repeats_nothing() {
    let text = "A customer who moves house keeps the contract and the plan. The new line is switched on at the new address on the day of the move.";
    let file =
        |id: &str, lang: &str, of: &str| format!("---\nid: {id}\nlang: {lang}\n{of}---\n{text}\n");
    let original = file("a", "en-US", "");
    let translation = file("b", "en-GB", "translation_of: a\n");
    check(&[("a.md", &original), ("b.md", &translation)], &[]);
    for other in [
        file("b", "en-GB", ""),
        file("b", "en-US", "translation_of: a\n"),
    ] {
        let line = other.lines().count();
        let told = format!("b.md:{line}:1 near-duplicate");
        check(&[("a.md", &original), ("b.md", &other)], &[&told]);
    }
}

#[test]
fn other_things_may_cost_something_else() {
    check(
        &[
            ("a.md", "The monthly fee for Fiber 250 is €34.90.\n"),
            ("b.md", "The monthly fee for Fiber 500 is €42.90.\n"),
        ],
        &[],
    );
    check(
        &[
            ("a.md", "The technician visit for fiber lines costs €49.\n"),
            ("b.md", "The technician visit for television costs €29.\n"),
        ],
        &[],
    );
    let table = |rows: &str| format!("| Debt | 3 months | 6 months |\n|---|---|---|\n{rows}\n");
    check(
        &[
            (
                "a.md",
                &table("| €60 | €20.00 | €10.00 |\n| €240 | €80.00 | €40.00 |"),
            ),
            ("b.md", &table("| €600 | €200.00 | €100.00 |")),
        ],
        &[],
    );
    let offer = |days: &str, text: &str| format!("---\neffective: {{{days}}}\n---\n{text}\n");
    check(
        &[
            (
                "a.md",
                &offer("until: 2026-09-30", "The setup fee for a new line is €40."),
            ),
            (
                "b.md",
                &offer("from: 2026-10-01", "The setup fee for a new line is €50."),
            ),
        ],
        &[],
    );
}

#[test]
fn a_judge_of_meaning_adds_statements_in_other_words() {
    let files = articles(&[
        (
            "a.md",
            "A refund is paid to the bank account within 14 days.\n",
        ),
        (
            "b.md",
            "We pay refunds into your bank account within 30 days of the request.\n",
        ),
    ]);
    assert_eq!(Comparison::default().findings(&files, TODAY, None), []);
    let same = |_: &str, _: &str| Some(0.97);
    assert_eq!(
        Comparison::default()
            .findings(&files, TODAY, Some(&same))
            .len(),
        2
    );
    let both = articles(&[
        (
            "a.md",
            "Switch the fiber box off for 30 seconds, switch it on and wait three minutes.\n",
        ),
        (
            "b.md",
            "Switch the fiber box and the router off for 30 seconds, and wait patiently for one minute.\n",
        ),
    ]);
    assert_eq!(
        Comparison::default().findings(&both, TODAY, Some(&same)),
        []
    );
    let lines = articles(&[
        (
            "a.md",
            "The installation of a fiber line takes three weeks.\n",
        ),
        ("b.md", "The installation of a DSL line takes ten days.\n"),
    ]);
    assert_eq!(
        Comparison::default().findings(&lines, TODAY, Some(&same)),
        []
    );
    let other = |_: &str, _: &str| Some(0.8);
    assert_eq!(
        Comparison::default().findings(&files, TODAY, Some(&other)),
        []
    );
}

#[test]
fn a_translation_says_the_same_amounts() {
    let zh = |text: &str| format!("---\nlang: zh\ntranslation_of: a\n---\n# 解约\n\n{text}\n");
    let en = "---\nid: a\n---\n# Leaving\n\nThe fee is never more than €300, and a notice takes one month.\n";
    check(
        &[
            ("a.md", en),
            ("b.md", &zh("违约金最多300欧元，通知期一个月。")),
        ],
        &[],
    );
    check(
        &[
            ("a.md", en),
            ("b.md", &zh("违约金最多250欧元，通知期一个月。")),
        ],
        &["a.md:6:28 conflict", "b.md:7:6 conflict"],
    );
}

#[test]
fn thousands_are_the_same_however_a_translation_parts_them() {
    let en = "---\nid: a\n---\n# Deposit\n\nThe deposit for the tablet is 1,500 euros.\n";
    let de = |amount: &str| {
        format!(
            "---\nlang: de\ntranslation_of: a\n---\n# Kaution\n\nDie Kaution für das Tablet beträgt {amount} Euro.\n"
        )
    };
    for amount in ["1.500", "1 500"] {
        check(&[("a.md", en), ("b.md", &de(amount))], &[]);
    }
    let found = [("a.md", en), ("b.md", &*de("1.600"))];
    check(&found, &["a.md:6:31 conflict", "b.md:7:36 conflict"]);
}

#[test]
fn copies_are_told_however_many_there_are() {
    let text = "A customer who moves house keeps the contract and the plan. The new line is switched on at the new address on the day of the move.";
    let paths: Vec<String> = (10..40).map(|n| format!("{n}.md")).collect();
    let files: Vec<(&str, &str)> = paths.iter().map(|path| (&**path, text)).collect();
    let expected: Vec<String> = paths[1..]
        .iter()
        .map(|path| format!("{path}:1:1 near-duplicate"))
        .collect();
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    check(&files, &expected);
}

#[test]
fn an_article_that_repeats_another_is_told_once() {
    let text = "A customer who moves house keeps the contract and the plan. The new line is switched on at the new address on the day of the move, and the old line is switched off on the evening of the same day.";
    let found = check(
        &[
            ("a.md", text),
            ("b.md", &format!("{text} Bring the router along.")),
            (
                "c.md",
                "A customer who moves abroad may end the contract with one month's notice, with proof of the new address.",
            ),
        ],
        &["b.md:1:1 near-duplicate"],
    );
    assert!(found[0].message.contains("a.md"));
    check(
        &[
            ("a.md", text),
            ("b.md", &format!("---\nstatus: draft\n---\n{text}")),
        ],
        &[],
    );
}

#[test]
fn a_second_comparison_finds_the_same() {
    let files = articles(&[
        ("a.md", "The early termination fee is €300.\n"),
        ("b.md", "The early termination fee is €250.\n"),
    ]);
    let mut comparison = Comparison::default();
    let first = comparison.findings(&files, TODAY, None);
    assert_eq!(first.len(), 2);
    assert_eq!(comparison.findings(&files, TODAY, None), first);
    assert_eq!(comparison.findings(&files[..1], TODAY, None), []);
}

#[test]
fn a_comparison_that_is_stopped_ends_without_comparing() {
    let text = "Who leaves early pays 49 euros for each month that is left of the contract, within two weeks of the end. ";
    let files = articles(&[
        ("a.md", &format!("# A\n\n{}", text.repeat(3))),
        ("b.md", &format!("# B\n\n{}", text.repeat(3))),
    ]);
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let mut comparison = Comparison::until(Arc::clone(&stop));
    assert!(!comparison.findings(&files, TODAY, None).is_empty());
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(comparison.findings(&files, TODAY, None), []);
}
