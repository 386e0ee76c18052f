//! MaxScore compared with a tantivy search that scores every document.

use proptest::prelude::*;
use tantivy::{
    Index, TantivyDocument,
    collector::TopDocs,
    query::{BooleanQuery, BoostQuery, DisjunctionMaxQuery, Occur, TermQuery},
    schema::{Field, IndexRecordOption, STRING, Schema, TextFieldIndexing, TextOptions},
    tokenizer::WhitespaceTokenizer,
};

use super::*;

/// Two fields of words and one to filter by, in three segments, with every seventh document deleted.
fn searcher() -> (Searcher, [Field; 2], Field) {
    let mut schema = Schema::builder();
    let indexing = TextFieldIndexing::default()
        .set_tokenizer("terms")
        .set_index_option(IndexRecordOption::WithFreqs);
    let words = TextOptions::default().set_indexing_options(indexing);
    let fields = ["body", "heading"].map(|name| schema.add_text_field(name, words.clone()));
    let side = schema.add_text_field("side", STRING);
    let index = Index::create_in_ram(schema.build());
    let tokenizer = WhitespaceTokenizer::default();
    index.tokenizers().register("terms", tokenizer);
    let mut writer = index.writer_with_num_threads(1, 15 << 20).unwrap();
    writer.set_merge_policy(Box::new(tantivy::merge_policy::NoMergePolicy));
    let mut state = 7_u64;
    let mut below = |end: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) % end
    };
    for at in 0..6_000 {
        let mut document = TantivyDocument::new();
        for (field, most) in fields.iter().zip([40, 4]) {
            // Word w has a chance of about 1/w.
            let count = 1 + below(most);
            let said: Vec<String> = (0..count)
                .map(|_| format!("w{}", 200 / (1 + below(200))))
                .collect();
            document.add_text(*field, said.join(" "));
        }
        document.add_text(side, if at % 3 == 0 { "left" } else { "right" });
        document.add_text(side, if at % 7 == 0 { "gone" } else { "here" });
        writer.add_document(document).unwrap();
        if at % 2_000 == 1_999 {
            writer.commit().unwrap();
        }
    }
    writer.delete_term(Term::from_field_text(side, "gone"));
    writer.commit().unwrap();
    (index.reader().unwrap().searcher(), fields, side)
}

/// What tantivy finds without leaving anything out.
fn by_tantivy(
    searcher: &Searcher,
    words: &[TermVariants],
    filter: Option<Term>,
    limit: usize,
) -> Vec<(Score, DocAddress)> {
    let one = |(name, factor): &(Term, f32)| -> Box<dyn Query> {
        let query = TermQuery::new(name.clone(), IndexRecordOption::WithFreqs);
        Box::new(BoostQuery::new(Box::new(query), *factor))
    };
    let word = |names: &TermVariants| -> (Occur, Box<dyn Query>) {
        let names = names.iter().map(one).collect();
        (Occur::Should, Box::new(DisjunctionMaxQuery::new(names)))
    };
    let mut query: Box<dyn Query> = Box::new(BooleanQuery::new(words.iter().map(word).collect()));
    if let Some(filter) = filter {
        let filter = TermQuery::new(filter, IndexRecordOption::Basic);
        let filter = tantivy::query::ConstScoreQuery::new(Box::new(filter), 0.0);
        query = Box::new(BooleanQuery::new(vec![
            (Occur::Must, query),
            (Occur::Must, Box::new(filter)),
        ]));
    }
    let top = TopDocs::with_limit(limit).order_by_score();
    searcher.search(&query, &top).unwrap()
}

fn by_index(at: DocAddress) -> u32 {
    at.segment_ord * 2_000 + at.doc_id
}

/// A search for some words: with their names and factors, how many results, whether only one side counts.
type Case = (Vec<Vec<(u64, f32)>>, usize, bool);

fn cases() -> impl Strategy<Value = Case> {
    let name = (1_u64..=220, 0.1_f32..2.0);
    (
        prop::collection::vec(prop::collection::vec(name, 1..4), 1..9),
        prop::sample::select(vec![1_usize, 10, 300, 9_000]),
        prop::bool::ANY,
    )
}

fn in_both(fields: [Field; 2], words: &[Vec<(u64, f32)>]) -> Vec<TermVariants> {
    let of = |field: Field| {
        words.iter().map(move |names| -> TermVariants {
            let names = names.iter();
            names
                .map(|(word, factor)| (Term::from_field_text(field, &format!("w{word}")), *factor))
                .collect()
        })
    };
    fields.into_iter().flat_map(of).collect()
}

#[test]
fn the_best_are_those_of_a_search_that_leaves_nothing_out() {
    let (searcher, fields, side) = searcher();
    assert_eq!(searcher.segment_readers().len(), 3);
    proptest!(ProptestConfig::with_cases(128), |((words, limit, is_narrow) in cases())| {
        let words = in_both(fields, &words);
        let filter = is_narrow.then(|| Term::from_field_text(side, "left"));
        let narrow = filter.clone().map(|term| TermQuery::new(term, IndexRecordOption::Basic));
        let narrow = narrow.as_ref().map(|query| query as &dyn Query);
        let found = best(&searcher, &words, narrow, limit, usize::MAX, by_index).unwrap();
        let expected = by_tantivy(&searcher, &words, filter, limit);
        prop_assert_eq!(found.len(), expected.len());
        for ((score, at), (wanted, _)) in found.iter().zip(&expected) {
            prop_assert!((score - wanted).abs() < 1e-4 * (1.0 + wanted), "{:?}: {} for {}", at, score, wanted);
        }
        // Sums of another order may swap what is equal.
        let clear = expected.iter().filter(|(score, _)| expected.last().is_none_or(|last| *score > last.0 + 1e-3));
        for (_, at) in clear {
            prop_assert!(found.iter().any(|(_, known)| known == at), "{:?} is missing", at);
        }
    });
}

#[test]
fn a_budget_leaves_out_documents_but_changes_no_score_and_not_how_many_are_found() {
    let (searcher, fields, side) = searcher();
    proptest!(ProptestConfig::with_cases(128), |((words, limit, is_narrow) in cases(), budget in 0_usize..4_000)| {
        let words = in_both(fields, &words);
        let filter = is_narrow.then(|| Term::from_field_text(side, "left"));
        let narrow = filter.clone().map(|term| TermQuery::new(term, IndexRecordOption::Basic));
        let narrow = narrow.as_ref().map(|query| query as &dyn Query);
        let found = best(&searcher, &words, narrow, limit, budget, by_index).unwrap();
        let all = by_tantivy(&searcher, &words, filter, 9_000);
        prop_assert_eq!(found.len(), all.len().min(limit));
        for (score, at) in &found {
            let (wanted, _) = all.iter().find(|(_, known)| known == at).unwrap();
            prop_assert!((score - wanted).abs() < 1e-4 * (1.0 + wanted), "{:?}: {} for {}", at, score, wanted);
        }
    });
}

#[test]
fn words_that_nobody_has_find_nothing() {
    let (searcher, fields, _) = searcher();
    let words = [vec![(Term::from_field_text(fields[0], "none"), 1.0)]];
    assert_eq!(
        best(&searcher, &words, None, 10, usize::MAX, by_index).unwrap(),
        []
    );
    assert_eq!(
        best(&searcher, &[], None, 10, usize::MAX, by_index).unwrap(),
        []
    );
}

#[test]
fn of_more_equal_ones_than_asked_for_the_first_by_the_order_are_found() {
    let (searcher, fields, _) = searcher();
    proptest!(ProptestConfig::with_cases(64), |((words, limit, _) in cases(), turn in 0_u32..6_000)| {
        let words = in_both(fields, &words);
        let order = |at: DocAddress| (by_index(at) + turn) % 6_000;
        let sorted = |mut found: Vec<(Score, DocAddress)>| {
            found.sort_by(|a, b| b.0.total_cmp(&a.0).then(order(a.1).cmp(&order(b.1))));
            found
        };
        let all = sorted(best(&searcher, &words, None, 9_000, usize::MAX, order).unwrap());
        let found = sorted(best(&searcher, &words, None, limit, usize::MAX, order).unwrap());
        prop_assert_eq!(&found[..], &all[..found.len()]);
    });
}
