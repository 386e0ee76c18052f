//! The pages of one search are parts of one order, and report its length.

use std::collections::HashSet;

use chrono::NaiveDate;
use cuecard::search::{
    Core,
    types::{Audience, Mode, SearchRequest, SearchResponse},
};

use crate::questions::over;

/// 400 articles that say the same few words; every third is overdue, and all but the first hundred have a French translation.
fn base() -> Core {
    let article = |at: usize| {
        let reviewed = match at % 3 {
            0 => "reviewed: 2020-01-01\nreview_every: 30d\n",
            _ => "",
        };
        let text = format!("---\nlang: en\n{reviewed}---\n# Note {at}\n\nZebra fee {at}.");
        (format!("a{at:03}"), text)
    };
    let translation = |at: usize| {
        let text = format!(
            "---\nlang: fr\ntranslation_of: a{at:03}\n---\n# Note {at}\n\nZebra, zebra, zebra : frais {at}."
        );
        (format!("f{at:03}"), text)
    };
    let articles: Vec<_> = (0..400)
        .map(article)
        .chain((100..400).map(translation))
        .collect();
    let articles: Vec<(&str, &str)> = articles
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    over(&articles)
}

fn page(core: &Core, request: SearchRequest) -> SearchResponse {
    let today = NaiveDate::from_ymd_opt(2026, 11, 26).unwrap();
    core.search(&request, &Audience::Unrestricted, today)
        .unwrap()
}

/// Every hit of every page, which each say that there are so many.
fn all(core: &Core, request: &SearchRequest, total: usize) -> Vec<String> {
    let mut ids = Vec::new();
    let mut offset = 0;
    loop {
        let answer = page(
            core,
            SearchRequest {
                offset,
                ..request.clone()
            },
        );
        assert_eq!(answer.total, total, "{request:?} from {offset}");
        if answer.hits.is_empty() {
            return ids;
        }
        ids.extend(answer.hits.into_iter().map(|hit| hit.article_id));
        offset += request.limit;
    }
}

#[test]
fn every_match_is_on_one_page_and_counted_once() {
    let core = base();
    for mode in [Mode::Keyword, Mode::Vector, Mode::Hybrid] {
        for limit in [10, 90] {
            let request = SearchRequest {
                mode,
                limit,
                ..SearchRequest::new("zebra fee")
            };
            let ids = all(&core, &request, 700);
            let different: HashSet<&String> = ids.iter().collect();
            assert_eq!((ids.len(), different.len()), (700, 700), "{mode:?} {limit}");
        }
    }
}

#[test]
fn a_filter_and_a_phrase_narrow_what_is_counted() {
    let core = base();
    for mode in [Mode::Keyword, Mode::Vector, Mode::Hybrid] {
        let mut request = SearchRequest {
            mode,
            limit: 100,
            ..SearchRequest::new("zebra")
        };
        request.filter.lang = vec!["fr".to_owned()];
        assert_eq!(all(&core, &request, 300).len(), 300, "{mode:?}");
        let request = SearchRequest {
            query: "\"zebra fee\"".to_owned(),
            filter: Default::default(),
            ..request
        };
        assert_eq!(all(&core, &request, 400).len(), 400, "{mode:?}");
    }
}

#[test]
fn of_translations_the_preferred_one_is_shown_wherever_it_was_found() {
    let core = base();
    for mode in [Mode::Keyword, Mode::Vector, Mode::Hybrid] {
        let request = SearchRequest {
            mode,
            limit: 70,
            prefer_lang: Some("en".to_owned()),
            ..SearchRequest::new("zebra")
        };
        let ids = all(&core, &request, 400);
        let different: HashSet<&String> = ids.iter().collect();
        assert_eq!((ids.len(), different.len()), (400, 400), "{mode:?}");
        assert!(ids.iter().all(|id| id.starts_with('a')), "{mode:?}");
    }
}
