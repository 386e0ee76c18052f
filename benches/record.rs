//! What recording costs: the caller of a search, and the thread that writes; and what heeding the record costs a search.

#![allow(clippy::unwrap_used, unreachable_pub, missing_docs)] // a bench may fail loudly, and exports nothing

use std::{hint::black_box, time::Instant};

use chrono::Utc;
use criterion::{Criterion, criterion_group, criterion_main};
use cuecard::{
    article::Status,
    insights::{Insights, Settings},
    search::{
        feedback::{Feedback, Remembered, Voice},
        types::{Hit, IndexInfo, Level, Mode, SearchRequest, SearchResponse},
    },
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
        passage: 0,
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

/// A vector of unit length, near the others with `spread` small.
fn vector(n: u32, spread: f32) -> Vec<f32> {
    let raw = (0..384_u32).map(|at| 1.0 + spread * ((n * 31 + at * 17) as f32).sin());
    let raw: Vec<f32> = raw.collect();
    let length = raw.iter().map(|x| x * x).sum::<f32>().sqrt();
    raw.into_iter().map(|x| x / length).collect()
}

fn heed(criterion: &mut Criterion) {
    let feedback = |spread: f32| Feedback {
        articles: (0..10).map(|n| n.to_string()).collect(),
        questions: (0..2_000)
            .map(|n| Remembered {
                vector: std::sync::Arc::new(vector(n, spread)),
                is_cjk: false,
                voices: (0..10)
                    .map(|article| Voice {
                        article,
                        by: n % 50,
                        weight: 1.0,
                    })
                    .collect(),
            })
            .collect(),
    };
    let asked = vector(7, 1.0);
    let (apart, alike) = (feedback(1.0), feedback(0.05));
    criterion.bench_function(
        "heed 2,000 remembered questions, hardly one alike",
        |bencher| {
            bencher.iter(|| apart.moves(black_box(&asked), false));
        },
    );
    let asked = vector(7, 0.05);
    criterion.bench_function("heed 2,000 remembered questions, all alike", |bencher| {
        bencher.iter(|| alike.moves(black_box(&asked), false));
    });
}

criterion_group!(benches, record, heed);
criterion_main!(benches);
