//! Measures every performance aim over HTTP on 10,000 articles with 50,000 passages, and prints a page of Markdown.
//!
//! Articles and their vectors come from a seed (see `corpus`): embedding them would take the model half an hour, and no
//! figure depends on it. Questions, and articles saved during the run, are embedded by the real model. Where a figure
//! depends on the model's speed, the two are measured in alternation, since machines are noisy.
//!
//! `cargo bench --bench figures [-- --articles 10000 | --growth 1000,10000,100000,1000000]`

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    unreachable_pub,
    missing_docs
)] // a bench may fail loudly, and exports nothing

#[path = "../load/client.rs"]
mod client;
#[path = "../corpus/mod.rs"]
mod corpus;
mod growth;
mod page;
mod saves;
#[path = "../load/server.rs"]
mod server;
#[path = "../load/times.rs"]
mod times;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use clap::Parser;
use cuecard::{
    app,
    article::parse,
    config::{Config, Overrides},
    index::{
        embed::{
            Embedder,
            cache::{self, EmbeddingCache},
        },
        unit::Indexed,
    },
};
use serde_json::json;

use client::{ANEW, Client};
use page::Page;
use server::Server;
use times::Times;

/// Questions of one round, and rounds.
const TURN: usize = 50;
const TURNS: usize = 8;

/// Clients that keep both cores busy.
const CLIENTS: usize = 4;

/// Figures over HTTP.
#[derive(Debug, Parser)]
struct Options {
    /// Binary to start
    #[arg(long, default_value = env!("CARGO_BIN_EXE_cuecard"))]
    binary: PathBuf,
    /// Articles, with five passages each
    #[arg(long, default_value_t = 10_000)]
    articles: usize,
    /// Files saved one after another during searches; 0 skips this
    #[arg(long, default_value_t = 200)]
    saves: usize,
    /// Files changed at once, 10 or more; 0 skips this
    #[arg(long, default_value_t = 1_000)]
    commit: usize,
    /// Measure latency, memory and disk at these numbers of passages instead, as 1000,10000,100000
    #[arg(long, value_delimiter = ',')]
    growth: Vec<usize>,
    /// Passed by cargo bench
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let options = Options::parse();
    let config = Config::read(None, &Overrides::default()).unwrap();
    let model = app::embedder(&config.model).expect("the model is there: run `make model`");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    if !options.growth.is_empty() {
        let page = runtime.block_on(growth::page(&options.growth, &options.binary, &*model));
        println!("{page}");
        return;
    }
    println!("{}", runtime.block_on(run(&options, model)).text());
}

async fn run(options: &Options, model: Arc<dyn Embedder>) -> Page {
    let (content, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    eprintln!("writing {} articles", options.articles);
    write(options.articles, content.path(), data.path(), &*model);
    let mut page = Page::new(options.articles);

    eprintln!("building the index");
    let begun = Instant::now();
    let server = Server::start_on(&options.binary, content.path(), data.path()).await;
    server.wait_for_vectors().await;
    page.row("index built, vectors known", begun.elapsed(), None);
    server.stop().await;
    let begun = Instant::now();
    let server = Server::start_on(&options.binary, content.path(), data.path()).await;
    server.wait_for_vectors().await;
    page.row("start with a built index", begun.elapsed(), Some(3_000.0));

    server.wait_until_idle().await;
    eprintln!("asking");
    let mut client = Client::connect(&server.address).await.unwrap();
    client.more = ANEW;
    let questions = corpus::questions(7, 2 * TURN * TURNS);
    let (mut fresh, mut alone) = (Times::default(), Times::default());
    for turn in 0..TURNS {
        let some = &questions[turn * TURN..(turn + 1) * TURN];
        // A number of its own: nobody has embedded it before.
        let own = |side: &str, at: usize| format!("{} {side}{turn}{at}", some[at]);
        for at in 0..TURN {
            fresh.add(ask(&mut client, asking(&own("a", at), "hybrid")).await);
        }
        // The server's threads wait for work a little before they sleep.
        tokio::time::sleep(Duration::from_millis(200)).await;
        for at in 0..TURN {
            let begun = Instant::now();
            model.query(&own("b", at)).unwrap();
            alone.add(begun.elapsed());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    page.fresh(&fresh, &alone);
    page.stages(&stages(&server.address));
    let new = unasked(&questions, "c");
    let rate = together(&server.address, ANEW, &new, |new| asking(new, "hybrid")).await;
    page.new_together(rate, embedded(&*model, &unasked(&questions, "d")));
    let known = &questions[..TURN];
    for mode in ["hybrid", "keyword"] {
        let mut times = Times::default();
        for round in 0..TURNS {
            for question in known {
                let time = ask(&mut client, asking(question, mode)).await;
                // The first round embeds.
                if round > 0 {
                    times.add(time);
                }
            }
        }
        let rate = together(&server.address, ANEW, &repeated(known), |known| {
            asking(known, mode)
        })
        .await;
        page.repeated(mode, &times, rate);
    }
    client.more = "";
    let mut times = Times::default();
    for question in known.iter().cycle().take(TURNS * TURN) {
        times.add(ask(&mut client, for_another(question)).await);
    }
    page.remembered(
        &times,
        together(&server.address, "", &repeated(known), for_another).await,
    );
    if let Some((megabytes, _)) = server.usage() {
        page.memory(megabytes);
    }

    if options.saves > 0 {
        eprintln!("saving {} files", options.saves);
        page.saves(&saves::one_by_one(&server.address, content.path(), options.saves).await);
    }
    if options.commit > 0 {
        eprintln!("a commit of {} files", options.commit);
        page.commit(&saves::at_once(&server, content.path(), options.commit, &*model).await);
    }
    page
}

/// Writes the articles, and the vectors of their units as if the model had embedded them before.
fn write(count: usize, content: &Path, data: &Path, model: &dyn Embedder) {
    let cache = EmbeddingCache::open(data).unwrap();
    for batch in corpus::documents(1, count).chunks(1_000) {
        let mut vectors = Vec::new();
        for document in batch {
            let path = content.join(&document.path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, &document.markdown).unwrap();
            let bytes = document.markdown.as_bytes();
            let parsed = parse(&document.path, bytes);
            let entry = Indexed::new(Arc::new(parsed.article.unwrap()), String::new(), model.id());
            for unit in &entry.units {
                let text = entry.embedded_text(unit.kind);
                let vector = corpus::SeededEmbedder::vector(text.as_str());
                vectors.push((cache::key(model.id(), &text), vector));
            }
        }
        let pairs = vectors.iter().map(|(key, vector)| (*key, vector));
        cache.put(pairs).unwrap();
    }
}

/// A request.
fn asking(question: &str, mode: &str) -> String {
    json!({"query": question, "mode": mode}).to_string()
}

/// The same for another account each time.
fn for_another(question: &str) -> String {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    let asked = ASKED.fetch_add(1, Ordering::Relaxed);
    json!({"query": question, "account": {"asked": asked}}).to_string()
}

/// Asks one question; how long the answer took.
async fn ask(client: &mut Client, body: String) -> Duration {
    let begun = Instant::now();
    let (status, text) = client.post("/v1/search", &body).await.unwrap();
    assert_eq!(status, 200, "{text}");
    begun.elapsed()
}

/// Mean milliseconds of the stages of all searches so far, as the server tells them.
fn stages(address: &str) -> Vec<(&'static str, f64)> {
    let told = ureq::get(format!("http://{address}/metrics")).call();
    let told = told.unwrap().body_mut().read_to_string().unwrap();
    let number = |what: &str, stage: &str| -> f64 {
        let name = format!("cuecard_search_stage_duration_seconds_{what}{{stage=\"{stage}\"}} ");
        let line = told.lines().find_map(|line| line.strip_prefix(&name));
        line.map_or(0.0, |number| number.parse().unwrap())
    };
    ["embedding", "keyword", "vector"]
        .map(|stage| {
            (
                stage,
                1e3 * number("sum", stage) / number("count", stage).max(1.0),
            )
        })
        .into()
}

/// Questions a second of a few clients at once, each with its own.
async fn together(
    address: &str,
    more: &'static str,
    asked: &[Vec<String>],
    request: impl Fn(&str) -> String,
) -> f64 {
    let asked: Vec<Vec<String>> = asked
        .iter()
        .map(|questions| questions.iter().map(|one| request(one)).collect())
        .collect();
    let count: usize = asked.iter().map(Vec::len).sum();
    let begun = Instant::now();
    let clients: Vec<_> = asked
        .into_iter()
        .map(|bodies| {
            let address = address.to_owned();
            tokio::spawn(async move {
                let mut client = Client::connect(&address).await.unwrap();
                client.more = more;
                for body in bodies {
                    ask(&mut client, body).await;
                }
            })
        })
        .collect();
    futures::future::join_all(clients).await;
    count as f64 / begun.elapsed().as_secs_f64()
}

/// The same questions for every client, over and over.
fn repeated(questions: &[String]) -> Vec<Vec<String>> {
    let own = questions.iter().cycle().take(TURNS * questions.len());
    vec![own.cloned().collect(); CLIENTS]
}

/// Questions for every client that nobody has asked before.
fn unasked(questions: &[String], side: &str) -> Vec<Vec<String>> {
    let own = |client| {
        let some = questions.iter().take(TURNS * TURN).enumerate();
        some.map(move |(at, question)| format!("{question} {side}{client}{at}"))
    };
    (0..CLIENTS).map(|client| own(client).collect()).collect()
}

/// Questions a second that the model alone embeds for as many callers.
fn embedded(model: &dyn Embedder, asked: &[Vec<String>]) -> f64 {
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for questions in asked {
            scope.spawn(move || {
                for question in questions {
                    model.query(question).unwrap();
                }
            });
        }
    });
    asked.iter().flatten().count() as f64 / begun.elapsed().as_secs_f64()
}
