//! The comparison of texts, on a thread of its own: it may take seconds, and nobody waits for it.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use chrono::NaiveDate;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};

use super::followed::Followed;
use crate::{
    article::{Article, Comparison},
    index::{
        Index,
        embed::{Embedder, Text, Vector},
    },
    panics::caught,
    priority::give_way,
};

/// Rest before a comparison: a burst of changes is compared once.
const REST: Duration = Duration::from_millis(500);

/// The longest rest while texts wait for their vectors: both would ask the same cores.
const LONG_REST: Duration = Duration::from_secs(600);

/// Vectors of statements that are remembered; beyond that all are forgotten. About 30 MB.
const MAX_VECTORS: usize = 20_000;

/// A judge of meaning: the cosine of two texts under a model, each text embedded once.
pub fn judge(model: Arc<dyn Embedder>) -> impl Fn(&str, &str) -> Option<f64> {
    let known: Mutex<HashMap<String, Vector>> = Mutex::default();
    move |a, b| {
        let vector = |text: &str| {
            let lock = || known.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(vector) = lock().get(text) {
                return Some(vector.clone());
            }
            // Among the texts: a question of somebody who waits must not wait for it.
            let texts = [Text::Question(text.to_owned())];
            let vector = model.texts(&texts).ok()?.pop()?;
            let mut known = lock();
            if known.len() >= MAX_VECTORS {
                known.clear();
            }
            known.insert(text.to_owned(), vector.clone());
            Some(vector)
        };
        let (a, b) = (vector(a)?, vector(b)?);
        Some(
            a.iter()
                .zip(&b)
                .map(|(a, b)| f64::from(*a) * f64::from(*b))
                .sum(),
        )
    }
}

/// Articles to compare, and the day on which.
type Given = (Vec<Arc<Article>>, NaiveDate);

/// Compares the newest articles that it was given; ends when it is dropped.
pub(super) struct Inspector {
    give: Option<Sender<Given>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Inspector {
    /// Starts the thread; what it finds goes to `followed`.
    pub(super) fn start(followed: Arc<Followed>, index: Arc<Index>) -> std::io::Result<Self> {
        let (give, given) = unbounded();
        let stop = Arc::new(AtomicBool::new(false));
        let thread = {
            let stop = Arc::clone(&stop);
            std::thread::Builder::new()
                .name("inspector".to_owned())
                .spawn(move || run(&given, &followed, &index, &stop))?
        };
        Ok(Self {
            give: Some(give),
            stop,
            thread: Some(thread),
        })
    }

    /// Has these articles compared as of that day, soon.
    pub(super) fn give(&self, articles: Vec<Arc<Article>>, today: NaiveDate) {
        if let Some(give) = &self.give {
            // The thread is gone only when it panicked; findings stay as they are then.
            let _ = give.send((articles, today));
        }
    }
}

impl Drop for Inspector {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        self.give = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the comparison of articles had ended by a panic");
        }
    }
}

fn run(given: &Receiver<Given>, followed: &Followed, index: &Index, stop: &Arc<AtomicBool>) {
    give_way();
    let begin = || Comparison::until(Arc::clone(stop));
    let mut comparison = begin();
    let judge = index.embedder.clone().map(judge);
    let is_embedding = || index.pending_embeddings() > 0;
    let alike = |a: &str, b: &str| judge.as_ref().and_then(|judge| judge(a, b));
    while let Ok(first) = given.recv() {
        if let Some((articles, today)) = newest(given, first, is_embedding) {
            match caught(|| comparison.findings(&articles, today, Some(&alike))) {
                Ok(findings) => followed.set_compared(findings),
                Err(panic) => {
                    tracing::error!(panic, "articles are not compared; please report it");
                    comparison = begin();
                }
            }
        }
    }
}

/// The last articles of a burst, when the machine has time; None when the end was asked for.
fn newest(given: &Receiver<Given>, mut last: Given, is_busy: impl Fn() -> bool) -> Option<Given> {
    let begun = Instant::now();
    loop {
        match given.recv_timeout(REST) {
            Ok(newer) => last = newer,
            Err(RecvTimeoutError::Timeout) if is_busy() && begun.elapsed() < LONG_REST => {}
            Err(RecvTimeoutError::Timeout) => return Some(last),
            Err(RecvTimeoutError::Disconnected) => return None,
        }
    }
}
