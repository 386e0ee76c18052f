//! Queries over several segments, some of whose articles were deleted.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::{
    article::parse,
    index::{
        keyword::{KeywordIndex, schema},
        unit::{Indexed, Unit},
    },
    text::words,
};

/// Articles by their texts, each group of them in a segment of its own.
struct Content {
    index: KeywordIndex,
    articles: Vec<Arc<Indexed>>,
}

impl Content {
    fn of(segments: &[&[&str]]) -> Self {
        let mut content = Self {
            index: KeywordIndex::in_memory().unwrap(),
            articles: Vec::new(),
        };
        for texts in segments {
            let batch: Vec<(Arc<Indexed>, Vec<Unit>)> =
                texts.iter().map(|text| content.entry(text)).collect();
            content.index.add(&batch).unwrap();
            content.index.commit().unwrap();
        }
        content
    }

    fn entry(&mut self, text: &str) -> (Arc<Indexed>, Vec<Unit>) {
        let path = format!("{}.md", self.articles.len());
        let article = parse(&path, text.as_bytes()).article.unwrap();
        let entry = Arc::new(Indexed::new(Arc::new(article), String::new(), "none"));
        self.articles.push(Arc::clone(&entry));
        (Arc::clone(&entry), entry.units.clone())
    }

    /// Without some of the articles.
    fn without(&self, gone: &[usize]) -> KeywordView {
        let units = gone.iter().flat_map(|at| &self.articles[*at].units);
        let keys: Vec<u64> = units.map(|unit| unit.key).collect();
        self.index.remove(&keys).unwrap();
        self.index.commit().unwrap();
        self.view()
    }

    fn view(&self) -> KeywordView {
        self.index.view().unwrap()
    }
}

#[test]
fn how_frequent_a_term_is_does_not_depend_on_segments() {
    let texts = ["# A\n\nRooter", "# B\n\nRouter", "# C\n\nRouter"];
    for content in [
        Content::of(&[&texts]),
        Content::of(&[&texts[..1], &texts[1..2], &texts[2..]]),
        Content::of(&[&texts[1..2], &texts[..1], &texts[2..]]),
    ] {
        let view = content.view();
        let frequencies = ["router", "rooter", "modem"].map(|term| view.frequency(term));
        assert_eq!(frequencies, [2, 1, 0]);
    }
}

#[test]
fn words_of_articles_that_are_gone_are_not_known() {
    let content = Content::of(&[&["# A\n\nRooter", "# B\n\nRooter", "# C\n\nRouter"]]);
    assert_eq!(content.view().doc_freq("rooter"), 2);
    let view = content.without(&[0, 1]);
    assert_eq!(view.doc_freq("rooter"), 0);
    assert_eq!(view.frequency("rooter"), 0);
}

#[test]
fn idf_counts_the_documents_that_bm25_counts() {
    let content = Content::of(&[&["# A\n\nRouter", "# B\n\nRouter", "# C\n\nRouter"]]);
    let before = content.view().idf("router");
    assert_eq!(content.without(&[0, 1]).idf("router"), before);
}

#[test]
fn a_filter_of_many_values_finds_what_one_of_few_does() {
    let texts = [
        "---\ntags: [one]\n---\n# A\n\nRouter",
        "---\ntags: [two]\n---\n# B\n\nRouter",
        "---\ntags: [three]\n---\n# C\n\nRouter",
    ];
    let view = Content::of(&[&texts[..2], &texts[2..]]).view();
    let terms = [WeightedTerm {
        term: "router".to_owned(),
        weight: 1.0,
        others: Vec::new(),
    }];
    let found = |tags: &[&str], others: usize| {
        let tags = tags.iter().map(|tag| (*tag).to_owned());
        let others = (0..others).map(|at| format!("other-{at}"));
        let narrow = EngineFilter {
            tags: Some(tags.chain(others).collect()),
            ..EngineFilter::default()
        };
        view.find(&terms, &narrow, 10, |_| 0)
            .unwrap()
            .articles
            .len()
    };
    for others in [0, 1, 20] {
        assert_eq!(found(&[], others), 0);
        assert_eq!(found(&["two"], others), 1);
        assert_eq!(found(&["one", "three"], others), 2);
    }
}

proptest! {
    #[test]
    fn words_of_a_title_stand_in_the_whole_text(title in "\\PC{1,24}", body in "\\PC{0,24}") {
        let mut article = parse("a.md", b"# A\n\nB").article.unwrap();
        article.title = title.clone();
        article.passages[0].text = body;
        let whole = words(&schema::whole(&article));
        for word in words(&title) {
            prop_assert!(whole.iter().any(|other| other.term == word.term), "{word:?}");
        }
    }
}
