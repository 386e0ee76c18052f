//! The comparison of texts, on a thread of its own: it may take seconds, and nothing waits for it.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use chrono::NaiveDate;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

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

/// What is compared next: the newest that was given.
#[derive(Clone, Default)]
struct Slot(Arc<Mutex<Option<Given>>>);

impl Slot {
    fn lock(&self) -> MutexGuard<'_, Option<Given>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Compares the newest articles that it was given; ends when it is dropped.
pub(super) struct Inspector {
    slot: Slot,
    wake: Option<Sender<()>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Inspector {
    /// Starts the thread; what it finds goes to `followed`.
    pub(super) fn start(followed: Arc<Followed>, index: Arc<Index>) -> std::io::Result<Self> {
        let (wake, woken) = bounded(1);
        let slot = Slot::default();
        let stop = Arc::new(AtomicBool::new(false));
        let thread = {
            let (slot, stop) = (slot.clone(), Arc::clone(&stop));
            std::thread::Builder::new()
                .name("inspector".to_owned())
                .spawn(move || run(&slot, &woken, &followed, &index, &stop))?
        };
        Ok(Self {
            slot,
            wake: Some(wake),
            stop,
            thread: Some(thread),
        })
    }

    /// Has these articles compared as of that day, soon.
    pub(super) fn give(&self, articles: Vec<Arc<Article>>, today: NaiveDate) {
        *self.slot.lock() = Some((articles, today));
        if let Some(wake) = &self.wake {
            // A full channel means that it is awake already.
            let _ = wake.try_send(());
        }
    }
}

impl Drop for Inspector {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        self.wake = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the comparison of articles had ended by a panic");
        }
    }
}

fn run(
    slot: &Slot,
    woken: &Receiver<()>,
    followed: &Followed,
    index: &Index,
    stop: &Arc<AtomicBool>,
) {
    give_way();
    let begin = || Comparison::until(Arc::clone(stop));
    let mut comparison = begin();
    let judge = index.embedder.clone().map(judge);
    let is_embedding = || index.pending_embeddings() > 0;
    let alike = |a: &str, b: &str| judge.as_ref().and_then(|judge| judge(a, b));
    while woken.recv().is_ok() && rested(woken, is_embedding) {
        let given = slot.lock().take();
        if let Some((articles, today)) = given {
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

/// Waits for the end of a burst, and until the machine has time; false when the end was asked for.
fn rested(woken: &Receiver<()>, is_busy: impl Fn() -> bool) -> bool {
    let begun = Instant::now();
    loop {
        match woken.recv_timeout(REST) {
            Ok(()) => {}
            Err(RecvTimeoutError::Timeout) if is_busy() && begun.elapsed() < LONG_REST => {}
            Err(RecvTimeoutError::Timeout) => return true,
            Err(RecvTimeoutError::Disconnected) => return false,
        }
    }
}
