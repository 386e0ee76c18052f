//! How long a text takes to become searchable.
//!
//! Without a model: what is measured is Cuecard's own share. Embedding comes on top, at the model's speed.

#![allow(clippy::unwrap_used, unreachable_pub, missing_docs)] // a bench may fail loudly, and exports nothing

mod corpus;

use std::{
    hint::black_box,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use cuecard::{
    article,
    index::{Index, Manifest, Writer},
    source::{Settings, follow, load_once},
    text::words,
};

const ARTICLES: usize = 1_000;

fn reading(c: &mut Criterion) {
    let documents = corpus::documents(1, 2);
    let mut group = c.benchmark_group("read");
    for (document, lang) in documents.iter().zip(["English", "Chinese"]) {
        group.throughput(Throughput::Bytes(document.markdown.len() as u64));
        group.bench_function(format!("parse, {lang}"), |bench| {
            bench.iter(|| black_box(article::parse(&document.path, document.markdown.as_bytes())));
        });
        group.bench_function(format!("words, {lang}"), |bench| {
            bench.iter(|| black_box(words(&document.markdown)))
        });
    }
    group.finish();
}

fn write(folder: &Path) {
    for document in corpus::documents(1, ARTICLES) {
        let file = folder.join(&document.path);
        std::fs::create_dir_all(file.parent().expect("articles lie in folders")).unwrap();
        std::fs::write(file, document.markdown).unwrap();
    }
}

fn ingest(c: &mut Criterion) {
    let content = tempfile::tempdir().unwrap();
    write(content.path());
    let mut group = c.benchmark_group("ingest");
    group.throughput(Throughput::Elements(ARTICLES as u64));
    group.bench_function("1,000 articles, keyword only", |bench| {
        bench.iter_batched(
            || tempfile::tempdir().unwrap(),
            |data| {
                let mut writer = Writer::open(data.path(), None, None).unwrap();
                load_once(content.path(), &mut writer, &Manifest::in_memory().unwrap()).unwrap();
                assert_eq!(writer.index().generation().catalog.articles.len(), ARTICLES);
                data
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

/// From the file's write to the generation that has it, with 1,000 articles beside it: the watcher's debounce, the
/// scan, parsing and the commit.
fn save(c: &mut Criterion) {
    let (content, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(content.path());
    let writer = Writer::open(data.path(), None, None).unwrap();
    let index = Arc::clone(writer.index());
    let manifest = Manifest::open(data.path()).unwrap();
    let follower = follow(
        Settings {
            commits: None,
            content: content.path().to_owned(),
            lays_out: true,
            today: Box::new(|| chrono::Utc::now().date_naive()),
        },
        writer,
        manifest,
    )
    .unwrap();
    while !follower.followed().ready() {
        std::thread::sleep(Duration::from_millis(10));
    }
    let mut round = 0;
    c.bench_function("save one article to searchable", |bench| {
        bench.iter_custom(|times| {
            (0..times)
                .map(|_| {
                    round += 1;
                    save_once(content.path(), &index, round)
                })
                .sum()
        });
    });
}

fn save_once(content: &Path, index: &Index, round: u64) -> Duration {
    let mark = format!("saved-{round}");
    let started = Instant::now();
    std::fs::write(
        content.join("saved.md"),
        format!("---\nid: saved\ntitle: {mark}\n---\nThe travel pass costs {round} euros.\n"),
    )
    .unwrap();
    let visible = || {
        index
            .generation()
            .catalog
            .get("saved")
            .is_some_and(|article| article.title == mark)
    };
    while !visible() {
        assert!(
            started.elapsed() < Duration::from_secs(30),
            "the saved article did not become visible"
        );
        std::thread::sleep(Duration::from_millis(1));
    }
    started.elapsed()
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(5));
    targets = reading, ingest, save
}
criterion_main!(benches);
