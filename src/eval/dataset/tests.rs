//! Parsing of data set files, and the errors for invalid ones.

use super::*;

fn set(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("articles")).unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

#[test]
fn a_question_comes_with_its_filter_and_its_right_articles() {
    let folder = set(&[
        ("queries.tsv", "q1\thow much\ten\n\nq2\t多少钱\tzh\n"),
        ("qrels.tsv", "q1\ta\t2\nq1\tb\t0\nq1\tc\t0.5\n"),
        (
            "filters.tsv",
            "q1\tproduct=fiber\nq1\tproduct=dsl\nq2\tlang=zh\n",
        ),
        ("candidates.tsv", "q2\ta\nq2\tb\n"),
    ]);
    let set = Dataset::read(folder.path(), None).unwrap();
    let questions = set.questions.as_ref().unwrap();
    assert_eq!(
        questions[0].grades,
        Grades::from([("a".into(), 2.0), ("c".into(), 0.5)])
    );
    assert_eq!(questions[0].filter.products, ["fiber", "dsl"]);
    assert_eq!(questions[1].text, "多少钱");
    assert_eq!(questions[1].filter.lang, ["zh"]);
    assert_eq!(questions[1].filter.article_ids, ["a", "b"]);
    assert!(questions[1].grades.is_empty());
    assert_eq!(
        set.right_articles().into_iter().collect::<Vec<_>>(),
        ["a", "c"]
    );
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_line() {
    let folder = set(&[
        ("queries.tsv", "\u{FEFF}q1\thow much\ten\n"),
        ("qrels.tsv", "\u{FEFF}q1\ta\t1\nq2\ta\t1\n"),
        (
            "calls.jsonl",
            "\u{FEFF}{\"id\":\"c1\",\"turns\":[{\"role\":\"agent\",\"text\":\"hi\"}]}\n",
        ),
    ]);
    let set = Dataset::read(folder.path(), None).unwrap();
    let first = &set.questions.unwrap()[0];
    assert_eq!(first.id, "q1");
    assert_eq!(first.grades, Grades::from([("a".into(), 1.0)]));
    assert_eq!(set.calls.unwrap()[0].id, "c1");
    assert_eq!(set.unknown_questions, ["q2"]);
}

#[test]
fn parts_may_be_missing_but_not_the_articles() {
    let folder = set(&[]);
    let read = Dataset::read(folder.path(), None).unwrap();
    assert_eq!(
        (read.questions, read.simplified, read.calls),
        (None, None, None)
    );
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(
        Dataset::read(empty.path(), None),
        Err(EvalError::NoArticles(_))
    ));
}

#[test]
fn questions_may_come_from_another_folder() {
    let (articles, asked) = (
        set(&[("queries.tsv", "q1\there\ten")]),
        set(&[("queries.tsv", "q9\tthere\ten")]),
    );
    let read = Dataset::read(articles.path(), Some(asked.path())).unwrap();
    assert_eq!(read.questions.unwrap()[0].id, "q9");
}

#[test]
fn a_call_may_say_speaker_or_role_and_silent_calls_are_passed_over() {
    let folder = set(&[(
        "calls.jsonl",
        concat!(
            r#"{"id":"c1","turns":[{"speaker":"customer","text":"hi"},{"role":"agent","text":"hello"}],"gold":[{"turn":1,"article":"a"}]}"#,
            "\n",
            r#"{"id":"c2","turns":[]}"#
        ),
    )]);
    let calls = Dataset::read(folder.path(), None).unwrap().calls.unwrap();
    assert_eq!(calls.len(), 1);
    assert_eq!(
        calls[0]
            .turns
            .iter()
            .map(|turn| turn.speaker)
            .collect::<Vec<_>>(),
        [Role::Customer, Role::Agent]
    );
}

#[test]
fn a_flaw_names_file_and_line() {
    let check = |file: &str, text: &str, expected: &str| {
        let folder = set(&[(file, text)]);
        let error = Dataset::read(folder.path(), None).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    check(
        "queries.tsv",
        "q1\tfine\ten\nq2 no tab\n",
        "queries.tsv:2: expected question's id and question",
    );
    check(
        "qrels.tsv",
        "\nq1\ta\tgood\n",
        "qrels.tsv:2: grade \"good\" is not a number",
    );
    check(
        "qrels.tsv",
        "q1\ta\n",
        "qrels.tsv:1: expected question, article and grade",
    );
    check(
        "filters.tsv",
        "q1\tcolour=red\n",
        "filters.tsv:1: condition \"colour=red\"",
    );
    check(
        "candidates.tsv",
        "q1\n",
        "candidates.tsv:1: expected question and allowed article",
    );
    check(
        "calls.jsonl",
        "{\"id\":\"c1\"}\n",
        "calls.jsonl:1: missing field `turns`",
    );
    let late = r#"{"id":"c","turns":[{"speaker":"customer","text":"hi"}],"no_push":[1]}"#;
    check(
        "calls.jsonl",
        late,
        "calls.jsonl:1: turn 1 is named, but the call has 1",
    );
}
