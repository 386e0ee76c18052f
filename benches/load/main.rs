//! How long from an utterance to its card on the event stream, with many calls open: an open-loop load generator.
//!
//! Every call has its own reader of server-sent events. Utterances leave when they are due, whether earlier ones were
//! answered or not, and times count from when they were due: a server that falls behind cannot hide it. Texts come from
//! recorded calls, each with a number of its own, so that nothing is embedded already.
//!
//! `cargo bench --bench load -- --calls 2000 --rate 100 --seconds 60 [--searches 20] [--saves 1] [--turns 40] [--url http://…] [--report FILE]`

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    unreachable_pub,
    missing_docs
)] // a bench may fail loudly, and exports nothing

mod client;
mod report;
mod saves;
mod script;
mod server;
mod times;

use std::{
    collections::HashMap,
    io,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use clap::Parser;
use serde_json::{Value, json};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, sleep_until},
};

use client::{Client, Clients, follow};
use report::Report;
use script::Script;
use server::Server;
use times::Times;

/// Streams opened at once: agents do not all start in the same instant.
const OPENING: usize = 50;

/// How long cards are awaited after the last utterance.
const AFTERMATH: Duration = Duration::from_secs(3);

/// Parts of the run; the server's memory is recorded after each.
const PARTS: u32 = 10;

/// Utterance to card, under load.
#[derive(Debug, Parser)]
struct Options {
    /// URL of a running server; by default one is started on --content
    #[arg(long)]
    url: Option<String>,
    /// Binary to start
    #[arg(long, default_value = env!("CARGO_BIN_EXE_cuecard"))]
    binary: PathBuf,
    /// Articles of the started server
    #[arg(long, default_value = "content")]
    content: PathBuf,
    /// Recorded calls
    #[arg(long, default_value = "content/_calls.jsonl")]
    recorded: PathBuf,
    /// Open calls
    #[arg(long, default_value_t = 2_000)]
    calls: usize,
    /// Utterances a second, over all calls
    #[arg(long, default_value_t = 100.0)]
    rate: f64,
    /// Measured seconds
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Seconds of warm-up, not measured
    #[arg(long, default_value_t = 5)]
    warm_up: u64,
    /// Searches a second meanwhile
    #[arg(long, default_value_t = 0.0)]
    searches: f64,
    /// Times a second that an article is saved, in a copy of --content
    #[arg(long, default_value_t = 0.0, conflicts_with = "url")]
    saves: f64,
    /// Utterances after which a call ends and a new one replaces it; 0: calls never end
    #[arg(long, default_value_t = 0)]
    turns: usize,
    /// Use the texts as recorded, so that they are embedded only once
    #[arg(long)]
    repeat: bool,
    /// File for the report, which is printed too
    #[arg(long)]
    report: Option<PathBuf>,
    /// Passed by cargo bench
    #[arg(long, hide = true)]
    bench: bool,
}

/// What all tasks share.
struct Load {
    clients: Clients,
    script: Script,
    /// Where readers of streams tell of cards.
    tell: mpsc::UnboundedSender<(String, Instant)>,
    /// Utterance → when it was due.
    due: Mutex<HashMap<String, Instant>>,
    answers: Mutex<Times>,
    cards: Mutex<Times>,
    searches: Mutex<Times>,
    saves: Mutex<Times>,
    failures: AtomicUsize,
    /// Cards told in answers, of utterances that count.
    pushed: AtomicUsize,
    /// Calls that ended, others having begun in their place.
    ended: AtomicUsize,
    /// What is due earlier counts nothing.
    counts_from: Instant,
}

fn main() {
    let options = Options::parse();
    let embedding = report::embedding_ms(&options.recorded);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let report = runtime.block_on(run(&options, embedding));
    let page = report.markdown();
    println!("{page}");
    if let Some(file) = &options.report {
        std::fs::write(file, page).unwrap();
    }
}

async fn run(options: &Options, embedding: Option<f64>) -> Report {
    let copy = (options.saves > 0.0).then(|| saves::copied(&options.content));
    let content = copy
        .as_ref()
        .map_or(options.content.as_path(), |copy| copy.path());
    let server = Server::start(options.url.as_deref(), &options.binary, content).await;
    let server = Arc::new(server);
    let script = Script::read(&options.recorded, options.repeat);
    let load_before = report::load_average();
    let (tell, told) = mpsc::unbounded_channel();
    open_all(options.calls, &server.address, &script, &tell).await;
    let begun = Instant::now() + Duration::from_millis(200);
    let counts_from = begun + Duration::from_secs(options.warm_up);
    let load = Arc::new(Load {
        clients: Clients::new(&server.address),
        script,
        tell,
        due: Mutex::default(),
        answers: Mutex::default(),
        cards: Mutex::default(),
        searches: Mutex::default(),
        saves: Mutex::default(),
        failures: AtomicUsize::new(0),
        pushed: AtomicUsize::new(0),
        ended: AtomicUsize::new(0),
        counts_from,
    });
    let collector = tokio::spawn(collect(Arc::clone(&load), told));
    let ends = counts_from + Duration::from_secs(options.seconds);
    let searching = tokio::spawn(search(Arc::clone(&load), options.searches, begun, ends));
    let saving = copy.as_ref().map(|copy| {
        let every = Duration::from_secs_f64(1.0 / options.saves);
        tokio::spawn(saves::save(
            Arc::clone(&load),
            copy.path().to_owned(),
            every,
            begun,
            ends,
        ))
    });
    let remembering = tokio::spawn(memory(Arc::clone(&server), begun, ends));
    let sent = speak(&load, options, begun, ends).await;
    searching.await.unwrap();
    if let Some(saving) = saving {
        saving.await.unwrap();
    }
    sleep(AFTERMATH).await;
    collector.abort();
    let memory = remembering.await.unwrap();
    Report {
        calls: options.calls,
        rate: options.rate,
        seconds: options.seconds,
        searches_a_second: options.searches,
        saves_a_second: options.saves,
        turns: options.turns,
        is_repeated: options.repeat,
        sent,
        failures: load.failures.load(Ordering::Relaxed),
        pushed: load.pushed.load(Ordering::Relaxed),
        ended: load.ended.load(Ordering::Relaxed),
        cards: load.cards.lock().unwrap().clone(),
        answers: load.answers.lock().unwrap().clone(),
        searches: load.searches.lock().unwrap().clone(),
        saves: load.saves.lock().unwrap().clone(),
        memory,
        embedding_ms: embedding,
        load_before,
        load_after: report::load_average(),
        server: server.usage(),
    }
}

/// Megabytes that the server holds, now and after each part of the time; none where it was not started here.
async fn memory(server: Arc<Server>, begun: Instant, ends: Instant) -> Vec<u64> {
    let mut megabytes = Vec::new();
    for part in 0..=PARTS {
        sleep_until(begun + (ends - begun) * part / PARTS).await;
        megabytes.extend(server.usage().map(|(megabytes, _)| megabytes));
    }
    megabytes
}

/// Name of a call; each of them is followed by others.
fn name(call: usize, life: usize) -> String {
    format!("load-{}-{call}-{life}", std::process::id())
}

/// Opens a call, with a reader of its stream.
async fn open(
    address: &str,
    script: &Script,
    (call, life): (usize, usize),
    tell: mpsc::UnboundedSender<(String, Instant)>,
) -> io::Result<()> {
    let name = name(call, life);
    let agent = format!("agent-{}", call % OPENING);
    let body =
        json!({"call_id": name, "agent_id": agent, "account": script.account(call)}).to_string();
    let mut client = Client::connect(address).await?;
    let (status, text) = client.post("/v1/calls", &body).await?;
    if status != 201 {
        return Err(io::Error::other(format!("{status}: {text}")));
    }
    let stream = follow(address, &format!("/v1/calls/{name}/events")).await?;
    tokio::spawn(stream.tell(tell));
    Ok(())
}

async fn open_all(
    calls: usize,
    address: &str,
    script: &Script,
    tell: &mpsc::UnboundedSender<(String, Instant)>,
) {
    for some in (0..calls).collect::<Vec<_>>().chunks(OPENING) {
        let opening = some
            .iter()
            .map(|call| open(address, script, (*call, 0), tell.clone()));
        for opened in futures::future::join_all(opening).await {
            opened.unwrap();
        }
    }
}

/// Utterances, each when it is due; gives how many of them count.
async fn speak(load: &Arc<Load>, options: &Options, begun: Instant, ends: Instant) -> usize {
    let (mut sent, mut counted) = (0_usize, 0);
    let mut under_way = tokio::task::JoinSet::new();
    loop {
        let due = begun + Duration::from_secs_f64(sent as f64 / options.rate);
        if due >= ends {
            break;
        }
        sleep_until(due).await;
        counted += usize::from(due >= load.counts_from);
        let (call, round) = (sent % options.calls, sent / options.calls);
        // Calls do not all end in the same round.
        let age = round + call.checked_rem(options.turns).unwrap_or(0);
        let life = age.checked_div(options.turns).unwrap_or(0);
        let begins = round > 0 && age.checked_rem(options.turns) == Some(0);
        let said = load.script.turn(call, round, sent);
        let load = Arc::clone(load);
        let id = format!("u{sent}");
        load.due.lock().unwrap().insert(id.clone(), due);
        let body = json!({"utterance_id": id, "role": said.0, "text": said.1}).to_string();
        under_way.spawn(async move {
            if begins {
                load.follow_up(call, life).await;
            }
            load.say(&name(call, life), &body, due).await;
        });
        while under_way.try_join_next().is_some() {}
        sent += 1;
    }
    while under_way.join_next().await.is_some() {}
    counted
}

async fn search(load: Arc<Load>, rate: f64, begun: Instant, ends: Instant) {
    if rate <= 0.0 {
        return;
    }
    let mut under_way = tokio::task::JoinSet::new();
    for n in 0_usize.. {
        let due = begun + Duration::from_secs_f64(n as f64 / rate);
        if due >= ends {
            break;
        }
        sleep_until(due).await;
        let body = json!({"query": load.script.question(n), "limit": 5}).to_string();
        let load = Arc::clone(&load);
        under_way.spawn(async move {
            let outcome = load.clients.post("/v1/search", &body).await;
            load.took(&load.searches, due, outcome.map(|(status, _)| status));
        });
    }
    while under_way.join_next().await.is_some() {}
}

/// Cards as they come in on the streams.
async fn collect(load: Arc<Load>, mut told: mpsc::UnboundedReceiver<(String, Instant)>) {
    while let Some((utterance, at)) = told.recv().await {
        let due = load.due.lock().unwrap().get(&utterance).copied();
        if let Some(due) = due.filter(|due| *due >= load.counts_from) {
            load.cards
                .lock()
                .unwrap()
                .add(at.saturating_duration_since(due));
        }
    }
}

impl Load {
    /// Ends a call and begins the next in its place.
    async fn follow_up(&self, call: usize, life: usize) {
        let path = format!("/v1/calls/{}/end", name(call, life - 1));
        let ended = self.clients.post(&path, "{}").await;
        let ended = ended.is_ok_and(|(status, _)| status == 200);
        let address = self.clients.address();
        let begun = open(address, &self.script, (call, life), self.tell.clone()).await;
        let counter = if ended && begun.is_ok() {
            &self.ended
        } else {
            &self.failures
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    async fn say(&self, call: &str, body: &str, due: Instant) {
        let path = format!("/v1/calls/{call}/utterances");
        let outcome = self.clients.post(&path, body).await;
        if let Ok((200, text)) = &outcome
            && due >= self.counts_from
        {
            let answer: Value = serde_json::from_str(text).unwrap_or_default();
            let cards = answer["cards"].as_array().map_or(0, Vec::len);
            self.pushed.fetch_add(cards, Ordering::Relaxed);
        }
        self.took(&self.answers, due, outcome.map(|(status, _)| status));
    }

    fn took(&self, times: &Mutex<Times>, due: Instant, status: io::Result<u16>) {
        if due < self.counts_from {
            return;
        }
        match status {
            Ok(200) => times.lock().unwrap().add(due.elapsed()),
            _ => {
                self.failures.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}
