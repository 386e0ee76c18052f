//! The one writer thread: events in batches, erasures, retention. Recording never waits for it.
//!
//! Owns the bounded queue and what happens when it, or the disk, is full: events are dropped and counted, and writing is
//! retried.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};
use metrics::counter;

use super::{InsightsError, Settings, event::Event, store::Store};
use crate::panics::caught;

/// How long an event waits for others, to be written in one batch: well within the two seconds of the contract.
const GATHER: Duration = Duration::from_millis(250);

/// Maximum events per transaction.
const BATCH: usize = 2_000;

/// Pause after a failed write.
const RETRY: Duration = Duration::from_secs(1);

/// How often old events are deleted.
const TIDY: Duration = Duration::from_secs(3_600);

/// Timeout of an erasure or a flush.
const PATIENCE: Duration = Duration::from_secs(10);

/// A message to the thread.
enum Command {
    Record(Event),
    Erase(String, Sender<Result<usize, InsightsError>>),
    Flush(Sender<Result<(), InsightsError>>),
}

/// Handle of the thread. Dropping it writes what is queued and ends the thread.
pub(super) struct Writer {
    commands: Sender<Command>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// Counters shared by both sides.
#[derive(Default)]
pub(super) struct Shared {
    dropped: AtomicU64,
    changes: AtomicU64,
}

impl Shared {
    /// Number of batches written: results computed for an older number are out of date.
    pub(super) fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    fn dropped(&self, events: usize, why: &'static str) {
        self.dropped.fetch_add(events as u64, Ordering::Relaxed);
        counter!("cuecard_insights_dropped_total", "reason" => why).increment(events as u64);
    }
}

impl Writer {
    /// Starts the thread; opening the file is retried until it succeeds.
    pub(super) fn start(file: PathBuf, settings: &Settings) -> Self {
        let (commands, taken) = bounded(settings.queue);
        let shared = Arc::new(Shared::default());
        let mut worker = WriterThread {
            file,
            store: None,
            waiting: Vec::new(),
            limit: settings.queue,
            keep: TimeDelta::days(i64::from(settings.keep_days)),
            tidied: None,
            refused: None,
            shared: Arc::clone(&shared),
        };
        let thread = thread::Builder::new()
            .name("insights".to_owned())
            .spawn(move || {
                // Only the current batch is lost.
                while let Err(said) = caught(|| worker.run(&taken)) {
                    tracing::error!(said, "a panic in recording; it goes on");
                }
            })
            .inspect_err(|error| tracing::error!(%error, "nothing is recorded: no thread for it"))
            .ok();
        Self {
            commands,
            shared,
            thread,
        }
    }

    /// Queues an event, or drops and counts it. Never waits.
    pub(super) fn record(&self, event: Event) {
        match self.commands.try_send(Command::Record(event)) {
            Ok(()) => {}
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                self.shared.dropped(1, "queue");
            }
        }
    }

    /// Erases a customer's calls, including queued ones.
    pub(super) fn erase(&self, customer_id: &str) -> Result<usize, InsightsError> {
        self.ask(|answer| Command::Erase(customer_id.to_owned(), answer))
    }

    /// Waits until everything recorded before is written.
    pub(super) fn flush(&self) -> Result<(), InsightsError> {
        self.ask(Command::Flush)
    }

    fn ask<T>(
        &self,
        command: impl FnOnce(Sender<Result<T, InsightsError>>) -> Command,
    ) -> Result<T, InsightsError> {
        let (answer, answered) = bounded(1);
        self.commands
            .send_timeout(command(answer), PATIENCE)
            .map_err(|_| InsightsError::Busy)?;
        answered
            .recv_timeout(PATIENCE)
            .map_err(|_| InsightsError::Busy)?
    }

    /// Events that were dropped since the start.
    pub(super) fn dropped(&self) -> u64 {
        self.shared.dropped.load(Ordering::Relaxed)
    }

    /// The shared counters.
    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // The thread writes what is queued, and ends when the channel is closed.
        drop(std::mem::replace(&mut self.commands, bounded(0).0));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// State of the thread.
struct WriterThread {
    file: PathBuf,
    store: Option<Store>,
    /// Received, and not yet on disk.
    waiting: Vec<Event>,
    limit: usize,
    keep: TimeDelta,
    /// When old events were last deleted, and the wall-clock time then.
    tidied: Option<(Instant, DateTime<Utc>)>,
    /// Time of the last failed write.
    refused: Option<Instant>,
    shared: Arc<Shared>,
}

impl WriterThread {
    fn run(&mut self, commands: &Receiver<Command>) {
        let _ = self.tidy();
        loop {
            let since = Instant::now();
            while self.waiting.len() < BATCH || self.is_refused() {
                let command = match commands.recv_timeout(GATHER.saturating_sub(since.elapsed())) {
                    Ok(command) => command,
                    Err(RecvTimeoutError::Timeout) => break,
                    Err(RecvTimeoutError::Disconnected) => return self.finish(),
                };
                match command {
                    Command::Record(event) => self.take(event),
                    Command::Erase(customer_id, answer) => {
                        let erased = self.write().and_then(|()| self.erase(&customer_id));
                        self.shared.changes.fetch_add(1, Ordering::Release);
                        let _ = answer.send(erased);
                    }
                    Command::Flush(answer) => {
                        let _ = answer.send(self.write());
                    }
                }
            }
            if !self.is_refused() {
                let _ = self.write().and_then(|()| self.tidy());
            }
        }
    }

    fn finish(&mut self) {
        if self.write().is_err() && !self.waiting.is_empty() {
            self.shared.dropped(self.waiting.len(), "disk");
        }
    }

    fn is_refused(&self) -> bool {
        self.refused.is_some_and(|at| at.elapsed() < RETRY)
    }

    /// Keeps an event until it is written; if there are too many, the oldest are dropped.
    fn take(&mut self, event: Event) {
        if self.waiting.len() >= self.limit {
            let gone = self.limit / 10;
            self.waiting.drain(..gone);
            self.shared.dropped(gone, "disk");
        }
        self.waiting.push(event);
    }

    fn store(&mut self) -> Result<&mut Store, InsightsError> {
        match &mut self.store {
            Some(store) => Ok(store),
            none => Ok(none.insert(Store::open(&self.file)?)),
        }
    }

    fn write(&mut self) -> Result<(), InsightsError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let events = std::mem::take(&mut self.waiting);
        let written = self.store().and_then(|store| store.write(&events));
        match &written {
            Ok(()) => {
                if self.refused.take().is_some() {
                    tracing::info!("insights are recorded again");
                }
                counter!("cuecard_insights_events_total").increment(events.len() as u64);
                self.shared.changes.fetch_add(1, Ordering::Release);
            }
            Err(error) => {
                if self.refused.is_none() {
                    tracing::error!(%error, "insights are not recorded for now; search goes on");
                }
                self.refused = Some(Instant::now());
                // A moved or damaged file is opened again.
                self.store = None;
                self.waiting = events;
            }
        }
        written
    }

    /// If nothing was ever recorded, there is nothing to erase, and no file is created.
    fn erase(&mut self, customer_id: &str) -> Result<usize, InsightsError> {
        if self.file.exists() {
            self.store()?.erase(customer_id)
        } else {
            Ok(0)
        }
    }

    /// Deletes expired events, also if recording is now off. A clock that was set ahead is not trusted before the next look: it
    /// advanced by more than the time since the last look or, at start, would expire everything.
    fn tidy(&mut self) -> Result<(), InsightsError> {
        let is_due = self.tidied.is_none_or(|(at, _)| at.elapsed() >= TIDY);
        if is_due && self.file.exists() {
            let (now, keep) = (Utc::now(), self.keep);
            let last = self.tidied.replace((Instant::now(), now));
            let tidy = |store: &mut Store| {
                let known = match last {
                    Some((at, then)) => then + at.elapsed(),
                    None => store
                        .newest()?
                        .filter(|newest| *newest < now - keep)
                        .unwrap_or(now),
                };
                store.forget_before(now.min(known) - keep)
            };
            self.store()
                .and_then(tidy)
                .inspect_err(|error| tracing::error!(%error, "old insights were not deleted"))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    #[test]
    fn a_clock_that_is_set_ahead_deletes_nothing_before_the_second_look() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("insights.sqlite");
        let mut worker = WriterThread {
            file: file.clone(),
            store: None,
            waiting: Vec::new(),
            limit: 10,
            keep: TimeDelta::days(30),
            tidied: None,
            refused: None,
            shared: Arc::default(),
        };
        worker.store().unwrap();
        let (now, file) = (Utc::now(), Connection::open(file).unwrap());
        let days_ago = |days| now - TimeDelta::days(days);
        let add = |key: &str, at: DateTime<Utc>| {
            let row = "INSERT INTO calls (key, at, attributes) VALUES (?1, ?2, '{}')";
            file.execute(row, (key, at.timestamp_millis())).unwrap();
        };
        let left = || -> i64 {
            let all = "SELECT count(*) FROM calls";
            file.query_row(all, [], |row| row.get(0)).unwrap()
        };
        let an_hour_ago = || Instant::now().checked_sub(TIDY).unwrap();
        add("old", days_ago(365));
        worker.tidy().unwrap();
        assert_eq!(left(), 1, "at start everything would go");
        add("new", now);
        worker.tidied = Some((an_hour_ago(), days_ago(364)));
        worker.tidy().unwrap();
        assert_eq!(left(), 2, "more than an hour went by in an hour");
        worker.tidied = Some((an_hour_ago(), now - TIDY));
        worker.tidy().unwrap();
        assert_eq!(left(), 1);
        add("old", days_ago(365));
        worker.tidied = None;
        worker.tidy().unwrap();
        assert_eq!(left(), 1, "at start something stays");
    }
}
