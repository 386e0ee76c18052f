//! An editor beside the calls: saves an article again and again, and waits until it is found.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::time::{Instant, sleep, sleep_until};

use super::Load;

/// The article that is saved.
const ID: &str = "load-bulletin";

/// How often it is looked whether the text is there.
const LOOK: Duration = Duration::from_millis(20);

/// Longest wait; a text that is not there then is a failure.
const PATIENCE: Duration = Duration::from_secs(10);

/// A copy of a folder, which goes with the value.
pub fn copied(folder: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    let mut folders = vec![(folder.to_owned(), copy.path().to_owned())];
    while let Some((from, to)) = folders.pop() {
        std::fs::create_dir_all(&to).unwrap();
        for entry in std::fs::read_dir(&from).unwrap().map(Result::unwrap) {
            let to = to.join(entry.file_name());
            match entry.file_type().unwrap().is_dir() {
                true => folders.push((entry.path(), to)),
                false => drop(std::fs::copy(entry.path(), to).unwrap()),
            }
        }
    }
    copy
}

/// Saves, each when it is due or as soon as the one before is found; times count from when it was due.
pub async fn save(
    load: Arc<Load>,
    content: PathBuf,
    every: Duration,
    begun: Instant,
    ends: Instant,
) {
    for n in 0_u32.. {
        let due = begun + every * n;
        if due >= ends {
            break;
        }
        sleep_until(due).await;
        let word = format!("bulletin{n}");
        let text = format!("---\nid: {ID}\n---\n# {word}\n\nThe harbour office says {word}.\n");
        std::fs::write(content.join(format!("{ID}.md")), text).unwrap();
        let found = until_found(&load, &word).await;
        if due < load.counts_from {
            continue;
        }
        if found {
            load.saves.lock().unwrap().add(due.elapsed());
        } else {
            load.failures.fetch_add(1, Ordering::Relaxed);
        }
    }
}

async fn until_found(load: &Load, word: &str) -> bool {
    let body = json!({"query": word, "mode": "keyword", "limit": 1}).to_string();
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        let answer = load.clients.post("/v1/search", &body).await;
        let is_there = answer.is_ok_and(|(_, text)| {
            let answer: Value = serde_json::from_str(&text).unwrap_or_default();
            answer["hits"][0]["title"] == word
        });
        if is_there {
            return true;
        }
        sleep(LOOK).await;
    }
    false
}
