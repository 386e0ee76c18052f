//! What recording costs: the caller of a search, and the thread that writes.

#![allow(clippy::unwrap_used, unreachable_pub, missing_docs)] // a bench may fail loudly, and exports nothing

use std::{hint::black_box, time::Instant};

use chrono::Utc;
use criterion::{Criterion, criterion_group, criterion_main};
use cuecard::{
    article::Status,
    insights::{Insights, Settings},
    search::types::{Hit, IndexInfo, Level, Mode, SearchRequest, SearchResponse},
};

/// Searches that are recorded before the writer is waited for: fewer than its queue takes.
const BATCH: u64 = 10_000;

fn response(query: &str) -> SearchResponse {
    let hit = |rank: usize| Hit {
        rank,
        article_id: format!("an-article-of-{rank}"),
        title: "A title".into(),
        path: "en/topic/an-article.md".into(),
        lines: [10, 20],
        anchor: "section".into(),
        url: "/articles/an-article#section".into(),
        lang: "en".into(),
        heading: vec!["A title".into(), "Section".into()],
        snippet: "What is said about it, in a sentence or two.".into(),
        highlights: vec![[5, 9]],
        score: 0.8,
        confidence: 0.7,
        level: Level::Medium,
        status: Status::Published,
        reviewed: None,
        review_overdue: false,
        revision: "0123abcd".into(),
        explain: None,
    };
    SearchResponse {
        query_id: uuid::Uuid::new_v4().to_string(),
        query: query.into(),
        took_ms: 2.0,
        mode: Mode::Hybrid,
        index: IndexInfo {
            revision: "r".into(),
            generation: 1,
            pending: 0,
            updated_at: String::new(),
        },
        degraded: Vec::new(),
        total: 37,
        answer: None,
        hits: (1..=10).map(hit).collect(),
    }
}

fn record(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let insights = Insights::open(folder.path(), Settings::default(), None);
    let request = SearchRequest::new("how do I get my money back for a late order");
    let response = response(&request.query);
    criterion.bench_function("record a search: the caller's time", |bencher| {
        bencher.iter_custom(|times| {
            let mut spent = std::time::Duration::ZERO;
            for batch in 0..times.div_ceil(BATCH) {
                let count = BATCH.min(times - batch * BATCH);
                let began = Instant::now();
                for _ in 0..count {
                    insights.searched(black_box(&request), black_box(&response), Utc::now());
                }
                spent += began.elapsed();
                insights.flush().unwrap();
            }
            spent
        });
    });
    criterion.bench_function("record a search: until it is written", |bencher| {
        bencher.iter_custom(|times| {
            let began = Instant::now();
            for n in 0..times {
                insights.searched(black_box(&request), black_box(&response), Utc::now());
                if n % BATCH == BATCH - 1 {
                    insights.flush().unwrap();
                }
            }
            insights.flush().unwrap();
            began.elapsed()
        });
    });
}

criterion_group!(benches, record);
criterion_main!(benches);
