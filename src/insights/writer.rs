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

/// How long an event waits for others to be written with it: well within the two seconds of the contract.
const GATHER: Duration = Duration::from_millis(250);

/// Events in one transaction.
const BATCH: usize = 2_000;

/// How long the disk is left alone after it refused.
const RETRY: Duration = Duration::from_secs(1);

/// How often old events are deleted.
const TIDY: Duration = Duration::from_secs(3_600);

/// How long somebody who waits for an erasure or a flush waits at most.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the thread is told.
enum Command {
    Record(Event),
    Erase(String, Sender<Result<usize, InsightsError>>),
    Flush(Sender<Result<(), InsightsError>>),
}

/// The way in. It ends the thread when it is dropped, after what waits was written.
pub(super) struct Writer {
    commands: Sender<Command>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// What both sides count.
#[derive(Default)]
pub(super) struct Shared {
    dropped: AtomicU64,
    changes: AtomicU64,
}

impl Shared {
    /// Counts the batches written: what was worked out for an older number is out of date.
    pub(super) fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    fn dropped(&self, events: usize, why: &'static str) {
        self.dropped.fetch_add(events as u64, Ordering::Relaxed);
        counter!("cuecard_insights_dropped_total", "reason" => why).increment(events as u64);
    }
}

impl Writer {
    /// Starts the thread; a file that cannot be opened is tried again and again.
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
                // What it was about to write is lost, and no more.
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

    /// Hands over an event, or drops and counts it. Never waits.
    pub(super) fn record(&self, event: Event) {
        match self.commands.try_send(Command::Record(event)) {
            Ok(()) => {}
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                self.shared.dropped(1, "queue");
            }
        }
    }

    /// Erases a customer's calls, those that wait to be written too.
    pub(super) fn erase(&self, customer_id: &str) -> Result<usize, InsightsError> {
        self.ask(|answer| Command::Erase(customer_id.to_owned(), answer))
    }

    /// Returns when everything recorded before is written.
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

    /// What the thread counts.
    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // The thread writes what waits, and ends where nobody can tell it more.
        drop(std::mem::replace(&mut self.commands, bounded(0).0));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The thread's own side.
struct WriterThread {
    file: PathBuf,
    store: Option<Store>,
    /// Taken, and not yet on the disk.
    waiting: Vec<Event>,
    limit: usize,
    keep: TimeDelta,
    /// When old events were deleted last, and what the clock said then.
    tidied: Option<(Instant, DateTime<Utc>)>,
    /// When the disk last refused.
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

    /// Keeps an event until it is written; the oldest go when there are too many.
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
                // A file that was moved away or damaged is opened anew.
                self.store = None;
                self.waiting = events;
            }
        }
        written
    }

    /// Where nothing was ever recorded, nothing is to be erased, and no file is made.
    fn erase(&mut self, customer_id: &str) -> Result<usize, InsightsError> {
        if self.file.exists() {
            self.store()?.erase(customer_id)
        } else {
            Ok(0)
        }
    }

    /// Deletes what is too old: of earlier runs too, whether or not anything is recorded now. A clock that was set ahead
    /// is not believed before the next look: it went on more than the time since the last look or, at start, would make
    /// everything too old.
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
