//! How long a question takes, on 10,000 articles with 50,000 passages.
//!
//! Vectors are seeded, not embedded (see `corpus`); `embedded` alone uses the real model, in every form of its weights
//! that is there.

#![allow(clippy::unwrap_used, unreachable_pub, missing_docs)] // a bench may fail loudly, and exports nothing

mod corpus;

use std::{
    hint::black_box,
    sync::{Arc, OnceLock},
    time::Duration,
};

use chrono::NaiveDate;
use criterion::{Criterion, criterion_group, criterion_main};
use cuecard::{
    article,
    config::{Config, Model, Overrides},
    index::{
        Writer,
        embed::{
            Embedder, OnnxEmbedder, Text,
            cache::{self, EmbeddingCache},
            repack::Weights,
        },
        unit::Indexed,
    },
    search::{
        Core,
        types::{Audience, IndexInfo, Mode, SearchRequest},
    },
};

const ARTICLES: usize = 10_000;
const QUESTIONS: usize = 200;

struct Built {
    core: Core,
    today: NaiveDate,
    // The engines' files live as long as the process.
    _data: tempfile::TempDir,
    _writer: std::sync::Mutex<Writer>,
}

/// The index, built once: about a minute.
fn built() -> &'static Built {
    static BUILT: OnceLock<Built> = OnceLock::new();
    BUILT.get_or_init(|| {
        let data = tempfile::tempdir().unwrap();
        let entries = entries();
        fill_cache(data.path(), &entries);
        let mut writer =
            Writer::open(data.path(), Some(Arc::new(corpus::SeededEmbedder)), None).unwrap();
        let info = IndexInfo {
            revision: "bench".to_owned(),
            generation: 1,
            pending: 0,
            updated_at: String::new(),
        };
        writer.publish(entries, info).unwrap();
        while writer.embed_step().unwrap() {}
        let core = Core::new(Arc::clone(writer.index()));
        let catalog = &core.index().generation().catalog;
        eprintln!(
            "{} articles, {} passages, {} vectors",
            catalog.articles.len(),
            catalog.passage_count(),
            catalog.unit_count()
        );
        let today = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
        Built {
            core,
            today,
            _data: data,
            _writer: std::sync::Mutex::new(writer),
        }
    })
}

fn entries() -> Vec<Arc<Indexed>> {
    let parsed = corpus::documents(1, ARTICLES).into_iter().map(|document| {
        let article = article::parse(&document.path, document.markdown.as_bytes())
            .article
            .expect("the corpus is well formed");
        Arc::new(Indexed::new(
            Arc::new(article),
            "bench".to_owned(),
            corpus::SeededEmbedder.id(),
        ))
    });
    parsed.collect()
}

/// Gives every unit its vector at once: the store is then optimised once, not after every 4,096.
fn fill_cache(data: &std::path::Path, entries: &[Arc<Indexed>]) {
    let cache = EmbeddingCache::open(data).unwrap();
    for batch in entries.chunks(1_000) {
        let texts: Vec<_> = batch
            .iter()
            .flat_map(|entry| {
                entry
                    .units
                    .iter()
                    .map(|unit| entry.embedded_text(unit.kind))
            })
            .collect();
        let vectors = corpus::SeededEmbedder.texts(&texts).unwrap();
        cache
            .put(
                texts
                    .iter()
                    .map(|text| cache::key(corpus::SeededEmbedder.id(), text))
                    .zip(&vectors),
            )
            .unwrap();
    }
}

/// One question after the other, each a search of its own; vectors of questions are in the cache after the first round.
fn search(c: &mut Criterion) {
    let mut group = c.benchmark_group("search 50k passages");
    for (name, mode) in [
        ("keyword only", Mode::Keyword),
        ("vector, query cached", Mode::Vector),
        ("hybrid, query cached", Mode::Hybrid),
    ] {
        group.bench_function(name, |bench| {
            let Built { core, today, .. } = built();
            let questions = corpus::questions(2, QUESTIONS);
            let ask = |text: &String| {
                core.search(
                    &SearchRequest {
                        mode,
                        anew: true,
                        ..SearchRequest::new(text)
                    },
                    &Audience::Unrestricted,
                    *today,
                )
                .unwrap()
            };
            assert!(
                questions
                    .iter()
                    .all(|question| !ask(question).hits.is_empty()),
                "a question of the corpus found nothing"
            );
            let mut next = questions.iter().cycle();
            bench.iter(|| black_box(ask(next.next().expect("a cycle has no end"))));
        });
    }
    group.finish();
}

/// A question and a batch of passages, with every form of the model that is here.
fn embedding(c: &mut Criterion) {
    let passages: Vec<Text> = corpus::documents(4, 16)
        .into_iter()
        .map(|document| Text::Passage(document.markdown.chars().take(800).collect()))
        .collect();
    for (name, _) in Weights::ALL {
        let overrides = Overrides {
            model: Some(name.to_owned()),
            onnxruntime: std::env::var_os("CUECARD_ONNXRUNTIME").map(Into::into),
            ..Overrides::default()
        };
        let config = Config::read(None, &overrides).unwrap();
        let Model::Local(options) = &config.model else {
            return;
        };
        let model = match OnnxEmbedder::open(options) {
            Ok(model) => model,
            Err(error) => {
                eprintln!("{name} is passed over: {error}");
                continue;
            }
        };
        let questions = corpus::questions(3, QUESTIONS);
        let mut next = questions.iter().cycle();
        c.bench_function(&format!("question embedded, {name}"), |bench| {
            bench.iter(|| black_box(model.query(next.next().unwrap()).unwrap()))
        });
        c.bench_function(&format!("16 passages embedded, {name}"), |bench| {
            bench.iter(|| black_box(model.texts(&passages).unwrap()))
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(3));
    targets = search, embedding
}
criterion_main!(benches);
