//! How latency, memory and disk grow with the number of passages.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use cuecard::index::embed::Embedder;

use super::{
    CLIENTS, TURN, TURNS, ask, asking,
    client::{ANEW, Client},
    corpus,
    page::machine,
    server::Server,
    times::Times,
};
use super::{repeated, together, write};

/// How long the largest index may take.
const READY: Duration = Duration::from_secs(3 * 3_600);

/// Passages of an article.
const PASSAGES: usize = 5;

/// Measures one size after another and writes a page with a line for each.
pub async fn page(sizes: &[usize], binary: &Path, model: &dyn Embedder) -> String {
    let mut page = format!(
        "# Growth\n\n{} Articles with five passages each, half of them Chinese, with vectors from a seed. Repeated questions, asked with \
         `cache-control: no-cache`: neither the embedding model's time nor the answer cache counts. The load generator runs on the same machine. \
         [README.md](README.md) discusses these figures.\n\n| passages | index built | start | memory | disk | hybrid, p50 / p95 | keyword, p50 / p95 | {CLIENTS} clients, hybrid / keyword |\n\
         |---|---|---|---|---|---|---|---|\n",
        machine()
    );
    for size in sizes {
        let line = line(*size, binary, model).await;
        eprintln!("{line}");
        page.push_str(&line);
    }
    page
}

async fn line(size: usize, binary: &Path, model: &dyn Embedder) -> String {
    let (content, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    eprintln!("writing {size} passages");
    write(size / PASSAGES, content.path(), data.path(), model);
    let begun = Instant::now();
    let server = Server::start_on(binary, content.path(), data.path()).await;
    server.wait_for_vectors_within(READY).await;
    let built = begun.elapsed().as_secs_f64();
    server.stop().await;
    let begun = Instant::now();
    let server = Server::start_on(binary, content.path(), data.path()).await;
    server.wait_for_vectors_within(READY).await;
    let start = begun.elapsed().as_secs_f64();
    server.wait_until_idle().await;
    let questions = corpus::questions(7, TURN);
    let mut asked = Vec::new();
    for mode in ["hybrid", "keyword"] {
        let mut client = Client::connect(&server.address).await.unwrap();
        client.more = ANEW;
        let mut times = Times::default();
        for round in 0..TURNS {
            for question in &questions {
                let time = ask(&mut client, asking(question, mode)).await;
                if round > 0 {
                    times.add(time);
                }
            }
        }
        asked.push((
            times,
            together(&server.address, ANEW, &repeated(&questions), |one| {
                asking(one, mode)
            })
            .await,
        ));
    }
    let (memory, _) = server.usage().unwrap_or_default();
    server.stop().await;
    let latency =
        |(times, _): &(Times, f64)| format!("{:.1} / {:.1} ms", times.ms(0.5), times.ms(0.95));
    format!(
        "| {size} | {built:.1} s | {start:.1} s | {memory} MB | {} MB | {} | {} | {:.0} / {:.0}/s |\n",
        bytes(data.path()) >> 20,
        latency(&asked[0]),
        latency(&asked[1]),
        asked[0].1,
        asked[1].1,
    )
}

/// Bytes of all files below a folder.
fn bytes(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .map(|entry| match entry.file_type().unwrap().is_dir() {
            true => bytes(&entry.path()),
            false => entry.metadata().unwrap().len(),
        })
        .sum()
}
