//! What editors wait for: a file that is saved, and a commit that touches many.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use cuecard::index::embed::{Embedder, Text};
use serde_json::{Value, json};

use super::{
    client::Client,
    corpus::{self, Random},
    server::Server,
    times::Times,
};

/// Searches a second beside the saves.
const SEARCHES: u64 = 20;

/// How often it is looked whether a text is there.
const LOOK: Duration = Duration::from_millis(5);

/// Longest wait.
const PATIENCE: Duration = Duration::from_secs(60);

/// Texts that the model takes at once, as when it indexes.
const BATCH: usize = 16;

/// Saved → findable, and the searches beside.
pub struct Saves {
    pub words: Times,
    pub meaning: Times,
    pub searches: usize,
    pub failed: usize,
}

/// What somebody does somewhere: no two of 200 mean the same.
const WHO: [&str; 10] = [
    "lighthouse keeper",
    "violin maker",
    "tax inspector",
    "beekeeper",
    "astronaut",
    "dentist",
    "tram driver",
    "chess master",
    "florist",
    "glacier guide",
];
const DOES: [&str; 10] = [
    "paints a boat",
    "buys a ticket to the opera",
    "repairs a microscope",
    "bakes rye bread",
    "loses an umbrella",
    "counts migrating cranes",
    "learns Portuguese",
    "sells antique clocks",
    "plants apple trees",
    "writes a letter of complaint",
];

/// The ids of the first ten hits; None when the search failed.
async fn hits(client: &mut Client, query: &str, mode: &str) -> Option<Vec<String>> {
    let body = json!({"query": query, "mode": mode, "limit": 10}).to_string();
    let (status, text) = client.post("/v1/search", &body).await.ok()?;
    let answer: Value = serde_json::from_str(&text).ok().filter(|_| status == 200)?;
    let ids = answer["hits"].as_array()?.iter();
    ids.map(|hit| hit["article_id"].as_str().map(str::to_owned))
        .collect()
}

/// Waits until a search finds an article among the first ten.
async fn until_found(
    client: &mut Client,
    query: &str,
    mode: &str,
    id: &str,
    begun: Instant,
) -> Duration {
    while !hits(client, query, mode)
        .await
        .unwrap_or_default()
        .iter()
        .any(|hit| hit == id)
    {
        assert!(begun.elapsed() < PATIENCE, "{id} is not found by `{query}`");
        tokio::time::sleep(LOOK).await;
    }
    begun.elapsed()
}

/// Saves files one after another, each with a word of its own and a meaning of its own.
pub async fn one_by_one(address: &str, content: &Path, count: usize) -> Saves {
    let (searches, failed) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let is_over = Arc::new(AtomicBool::new(false));
    let beside = {
        let (searches, failed, is_over) = (
            Arc::clone(&searches),
            Arc::clone(&failed),
            Arc::clone(&is_over),
        );
        let address = address.to_owned();
        tokio::spawn(async move {
            let mut client = Client::connect(&address).await.unwrap();
            let mut due = tokio::time::interval(Duration::from_millis(1_000 / SEARCHES));
            for at in 0.. {
                due.tick().await;
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                let question = corpus::question(&mut Random::new(at), at % 2 == 1);
                searches.fetch_add(1, Ordering::Relaxed);
                if hits(&mut client, &question, "hybrid").await.is_none() {
                    failed.fetch_add(1, Ordering::Relaxed);
                }
            }
        })
    };
    let mut client = Client::connect(address).await.unwrap();
    let (mut words, mut meaning) = (Times::default(), Times::default());
    for at in 0..count {
        // Letters alone: a number would be split off.
        let word: String = format!("quill{at:04}")
            .chars()
            .map(|c| {
                c.to_digit(10)
                    .map_or(c, |digit| char::from(b'a' + digit as u8))
            })
            .collect();
        let when = if at < 100 {
            "before breakfast"
        } else {
            "at the airport"
        };
        let said = format!("A {} {} {when}.", WHO[at % 10], DOES[at / 10 % 10]);
        let text = format!("---\nid: {word}\n---\n# Notes of {word}\n\n{said}\n");
        let begun = Instant::now();
        std::fs::write(content.join(format!("{word}.md")), text).unwrap();
        words.add(until_found(&mut client, &word, "keyword", &word, begun).await);
        meaning.add(until_found(&mut client, &said, "vector", &word, begun).await);
    }
    is_over.store(true, Ordering::Relaxed);
    beside.await.unwrap();
    Saves {
        words,
        meaning,
        searches: searches.load(Ordering::Relaxed),
        failed: failed.load(Ordering::Relaxed),
    }
}

/// Many files at once: texts a second until all have vectors, and of the model alone.
pub struct Commit {
    pub files: usize,
    pub texts: usize,
    pub words: Duration,
    pub vectors: Duration,
    pub alone: Duration,
}

/// Writes files all at once. The model alone embeds one half of their texts before, and the other half after.
pub async fn at_once(
    server: &Server,
    content: &Path,
    count: usize,
    model: &dyn Embedder,
) -> Commit {
    let paragraph = |random: &mut Random| {
        let sentences: Vec<_> = (0..6).map(|_| corpus::sentence(random, false)).collect();
        sentences.join(" ")
    };
    let mut random = Random::new(99);
    let bodies: Vec<String> = (0..count).map(|_| paragraph(&mut random)).collect();
    let title = |at: usize| format!("Bulletin {at} of the harbour office");
    let texts = |range: std::ops::Range<usize>| -> Vec<Text> {
        range
            .flat_map(|at| {
                let passage = format!("{}\n{}", title(at), bodies[at]);
                [Text::Passage(passage), Text::Question(title(at))]
            })
            .collect()
    };
    let alone = |range| {
        let mut texts = texts(range);
        texts.sort_by_key(|text| text.as_str().len());
        let begun = Instant::now();
        for batch in texts.chunks(BATCH) {
            model.texts(batch).unwrap();
        }
        begun.elapsed()
    };
    // The session for texts is opened by the first ones.
    model.texts(&texts(0..1)).unwrap();
    let half = count / 2;
    server.wait_until_idle().await;
    let before = alone(0..half);
    let begun = Instant::now();
    for (at, body) in bodies.iter().enumerate() {
        let text = format!("---\nid: bulletin-{at}\n---\n# {}\n\n{body}\n", title(at));
        std::fs::write(content.join(format!("bulletin-{at}.md")), text).unwrap();
    }
    let mut client = Client::connect(&server.address).await.unwrap();
    let last = format!("bulletin {} harbour office", count - 1);
    let id = format!("bulletin-{}", count - 1);
    let words = until_found(&mut client, &last, "keyword", &id, begun).await;
    server.wait_for_vectors().await;
    let vectors = begun.elapsed();
    // What is compared only now would take the cores from the model alone.
    server.wait_until_idle().await;
    let after = alone(half..count);
    Commit {
        files: count,
        texts: 2 * count,
        words,
        vectors,
        alone: before + after,
    }
}
