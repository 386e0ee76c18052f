//! Vectors of new gap questions, made in the background as they are recorded.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use chrono::{TimeDelta, Utc};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::{meaning::Meaning, read::Reader};

/// How often new questions are looked for.
const LOOK: Duration = Duration::from_secs(1);

/// Days looked back at a start: the default report and the period before it.
const DAYS: i64 = 56;

/// The thread; it ends when this is dropped.
pub(super) struct Warmer {
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Warmer {
    pub(super) fn start(file: PathBuf, meaning: Arc<Meaning>) -> Self {
        let (end, ended) = bounded(0);
        let thread = thread::Builder::new()
            .name("insights-warm".to_owned())
            .spawn(move || run(&file, &meaning, &ended))
            .inspect_err(|error| tracing::warn!(%error, "the first list of gaps will take longer"))
            .ok();
        Self {
            end: Some(end),
            thread,
        }
    }
}

impl Drop for Warmer {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(file: &Path, meaning: &Meaning, ended: &Receiver<()>) {
    let mut seen = None;
    meaning.common();
    while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(LOOK) {
        let texts = Reader::open(file).and_then(|reader| {
            let since = (Utc::now() - TimeDelta::days(DAYS)).timestamp_millis();
            reader.map_or(Ok(Vec::new()), |reader| reader.gap_texts(&mut seen, since))
        });
        // What cannot be read now is read when a report is asked for.
        for text in texts.unwrap_or_default() {
            if !matches!(
                ended.try_recv(),
                Err(crossbeam_channel::TryRecvError::Empty)
            ) {
                return;
            }
            meaning.vector(&text);
        }
    }
}
