//! Snippets of articles for given questions.

use super::*;
use crate::article::parse;

fn answer_of(markdown: &str, asked: &str) -> (String, [u32; 2]) {
    let article = parse("a.md", markdown.as_bytes());
    let article = article.article.unwrap();
    let query = super::super::query::Query::parse(asked, &Default::default());
    let terms = wanted_terms(&query.terms);
    let best = |at: &usize| {
        let text = crate::text::words(&article.passages[*at].text);
        text.iter()
            .filter(|word| terms.contains(&term_hash(&word.term)))
            .count()
    };
    let passage = (0..article.passages.len()).max_by_key(best).unwrap();
    let words = crate::text::words(&article.passages[passage].text);
    let words = Vocabulary::of(&words, []);
    answer(&article, passage, &words, &terms)
}

#[test]
fn a_procedure_is_told_with_what_stands_within_its_steps() {
    let markdown = "# Reset\n\nIntroduction.\n\n1. Open the app\n   - iOS: Settings\n   - Android: Menu\n2. Tap reset\n\n   Wait a minute.\n3. Confirm\n\nAfterwards.\n";
    let whole = "Open the app\niOS: Settings\nAndroid: Menu\nTap reset\nWait a minute.\nConfirm";
    for asked in [
        "how do I open the app",
        "tap reset",
        "android menu",
        "wait a minute",
    ] {
        assert_eq!(
            answer_of(markdown, asked),
            (whole.to_owned(), [5, 11]),
            "{asked}"
        );
    }
}

#[test]
fn a_procedure_that_fills_two_passages_is_told_from_its_first_step() {
    let steps: String = (1..=12)
        .map(|at| {
            format!(
                "{at}. Press the button number {at} of the {}\n",
                "long ".repeat(12)
            )
        })
        .collect();
    let (text, lines) = answer_of(&format!("# Panel\n\n{steps}"), "button number 11");
    assert!(text.starts_with("Press the button number 1 "), "{text}");
    assert!(text.contains("number 12 "));
    assert_eq!(lines, [3, 14]);
}

#[test]
fn an_item_and_a_row_are_told_from_their_beginning() {
    let row = "# Errors\n\n| Error | Meaning |\n|---|---|\n| E204 | No signal. Restart the box |\n| E300 | Too hot |\n";
    assert_eq!(
        answer_of(row, "restart").0,
        "Error: E204; Meaning: No signal. Restart the box"
    );
    let item = "# Fees\n\n- Moving is free. Only the technician costs 49 euros.\n- Other\n";
    assert_eq!(
        answer_of(item, "technician").0,
        "Moving is free. Only the technician costs 49 euros."
    );
}

#[test]
fn of_sentences_with_the_same_words_the_shorter_one_answers() {
    let long = "The refund of what was paid comes with the bill of the month after the next.";
    let check = |markdown: &str, expected: &str| {
        let (text, _) = answer_of(markdown, "refund");
        assert_eq!(text, expected, "{markdown}");
    };
    let short = "Ask for a refund here.";
    check(&format!("# Money\n\n{long} {short}\n"), short);
    check(&format!("# Money\n\n{long}\n\nMore.\n\n{short}\n"), short);
    check(
        &format!("# Money\n\n{short} {long}\n"),
        &format!("{short} {long}"),
    );
}

#[test]
fn of_a_long_sentence_the_part_is_shown_that_answers() {
    let before =
        "goods that travel by land or by sea to a house of the customer are kept safe, ".repeat(6);
    let sentence = format!("{before}and the deductible for zeppelin damage rises to 900 euros.");
    let markdown = format!("# Transport\n\nOnce {sentence}\n");
    let (text, lines) = answer_of(&markdown, "zeppelin damage deductible");
    assert!(
        text.ends_with("zeppelin damage rises to 900 euros."),
        "{text}"
    );
    assert!(text.starts_with('…') && width(&text.chars().collect::<Vec<_>>()) <= ANSWER_WIDTH);
    assert_eq!(lines, [3, 3]);
    let (text, _) = answer_of(&markdown, "goods by sea");
    assert!(
        text.starts_with("Once goods") && text.ends_with('…'),
        "{text}"
    );
}

#[test]
fn a_long_text_without_spaces_is_shown_where_it_answers() {
    let before = "บริการครอบคลุมทุกพื้นที่และช่างของเราจะติดต่อกลับ".repeat(12);
    let markdown = format!("# บริการ\n\n{before}ค่าปรับยกเลิกคือห้าร้อยบาท\n");
    let (text, _) = answer_of(&markdown, "ค่าปรับยกเลิก");
    assert!(
        text.starts_with('…') && text.ends_with("ค่าปรับยกเลิกคือห้าร้อยบาท"),
        "{text}"
    );
}

#[test]
fn highlights_are_counted_in_what_is_shown() {
    let before = "nothing to see in here, ".repeat(20);
    let text = format!("# A\n\n{before}but a zeppelin flies\n");
    let article = parse("a.md", text.as_bytes());
    let passage = article.article.unwrap().passages.remove(0);
    let words = Vocabulary::of(&crate::text::words(&passage.text), []);
    let shown = snippet(&passage, &words, &[term_hash("zeppelin")]);
    let [[start, end]] = shown.highlights[..] else {
        panic!("{shown:?}");
    };
    let marked: String = shown.text.chars().skip(start).take(end - start).collect();
    assert_eq!(marked, "zeppelin");
}

#[test]
fn highlights_begin_and_end_at_words() {
    let check = |text: &str, asked: &str, expected: &[&str]| {
        let article = parse("a.md", format!("# A\n\n{text}\n").as_bytes());
        let passage = article.article.unwrap().passages.remove(0);
        let words = Vocabulary::of(&crate::text::words(&passage.text), []);
        let query = super::super::query::Query::parse(asked, &Default::default());
        let shown = snippet(&passage, &words, &wanted_terms(&query.terms));
        let chars: Vec<char> = shown.text.chars().collect();
        let marked: Vec<String> = shown
            .highlights
            .iter()
            .map(|[start, end]| chars[*start..*end].iter().collect())
            .collect();
        assert_eq!(marked, expected, "{asked} in {text}");
    };
    check("怎么退订套餐。", "怎么退订套餐", &["退订套餐"]);
    check("我的套餐多少钱。", "我的套餐多少钱", &["套餐", "钱"]);
}
