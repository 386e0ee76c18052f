//! The one thread that writes lines to the file of the day and deletes files past their retention.
//!
//! Owns the bounded queue and what happens when it, or the disk, is full: lines are dropped and counted.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    thread::{self, JoinHandle},
    time::Duration,
};

use chrono::{Days, NaiveDate};
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use metrics::counter;

use super::{Line, Settings};
use crate::panics::caught;

/// Ending of a day's file; its name is the day.
const ENDING: &str = ".jsonl";

/// How long somebody who waits for everything to be written waits at most.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the thread is told.
enum Order {
    Note(Box<Line>),
    Flush(Sender<()>),
    End,
}

/// The way in. It ends the thread when it is dropped, after what waits was written.
pub(super) struct Writer {
    orders: Sender<Order>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(folder: PathBuf, settings: &Settings) -> Self {
        let (orders, taken) = bounded(settings.queue);
        let mut pen = Pen {
            folder,
            keep: settings.keep(),
            day: None,
        };
        let thread = thread::Builder::new()
            .name("audit".to_owned())
            .spawn(move || pen.run(&taken))
            .inspect_err(|error| tracing::error!(%error, "no audit log is kept: no thread for it"))
            .ok();
        Self { orders, thread }
    }

    /// Hands over a line, or drops and counts it. Never waits.
    pub(super) fn note(&self, line: Line) {
        match self.orders.try_send(Order::Note(Box::new(line))) {
            Ok(()) => {}
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => dropped("queue"),
        }
    }

    pub(super) fn flush(&self) {
        let (done, is_done) = bounded(1);
        if self
            .orders
            .send_timeout(Order::Flush(done), PATIENCE)
            .is_ok()
        {
            let _ = is_done.recv_timeout(PATIENCE);
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let asked = self.orders.send_timeout(Order::End, PATIENCE);
        if let Some(thread) = self.thread.take().filter(|_| asked.is_ok()) {
            let _ = thread.join();
        }
    }
}

fn dropped(why: &'static str) {
    counter!("cuecard_audit_dropped_total", "reason" => why).increment(1);
}

/// The thread's side.
struct Pen {
    folder: PathBuf,
    keep: Days,
    day: Option<(NaiveDate, File)>,
}

impl Pen {
    fn run(&mut self, orders: &Receiver<Order>) {
        for order in orders {
            match order {
                Order::Note(line) => {
                    if let Err(panic) = caught(|| self.write(*line)) {
                        tracing::error!(panic, "a line of the audit log is lost; please report it");
                        dropped("panic");
                    }
                }
                Order::Flush(done) => drop(done.send(())),
                Order::End => return,
            }
        }
    }

    /// A line is written whole or not at all, as far as the system goes: one call, in append mode.
    fn write(&mut self, line: Line) {
        let day = line.at.date_naive();
        let text = line.written() + "\n";
        let written = self
            .file(day)
            .and_then(|file| file.write_all(text.as_bytes()));
        if let Err(error) = written {
            // Opened anew with the next line: the disk may have room then.
            self.day = None;
            tracing::warn!(%error, "a line of the audit log is lost; check free space and permissions of the data folder");
            dropped("disk");
        }
    }

    /// The day's file; a new day is the time to delete old ones.
    fn file(&mut self, day: NaiveDate) -> io::Result<&mut File> {
        let is_open = self.day.as_ref().is_some_and(|(open, _)| *open == day);
        if !is_open {
            let file = open(&self.folder, day)?;
            tidy(&self.folder, self.keep, believed(&self.folder, day));
            self.day = Some((day, file));
        }
        match &mut self.day {
            Some((_, file)) => Ok(file),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

/// Deletes the files of days that are longer ago than they are kept.
pub(super) fn tidy(folder: &Path, keep: Days, today: NaiveDate) {
    let Some(oldest) = today.checked_sub_days(keep) else {
        return;
    };
    for (_, file) in days(folder).filter(|(day, _)| *day < oldest) {
        if let Err(error) = fs::remove_file(&file) {
            tracing::warn!(%error, file = %file.display(), "an old file of the audit log could not be deleted");
        }
    }
}

/// The day to count from: no later than the one after the last day before it that has a file, because the clock may have
/// been set ahead.
fn believed(folder: &Path, today: NaiveDate) -> NaiveDate {
    let earlier = days(folder).map(|(day, _)| day).filter(|day| *day < today);
    let next = earlier.max().and_then(|last| last.succ_opt());
    next.unwrap_or(today)
}

/// The days that have a file, and the files.
fn days(folder: &Path) -> impl Iterator<Item = (NaiveDate, PathBuf)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| {
        let name = entry.file_name();
        let day = name.to_str()?.strip_suffix(ENDING)?.parse().ok()?;
        Some((day, entry.path()))
    })
}

/// Only its owner may read the file.
fn open(folder: &Path, day: NaiveDate) -> io::Result<File> {
    fs::create_dir_all(folder)?;
    let mut options = OpenOptions::new();
    options.create(true).append(true).read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(folder.join(format!("{day}{ENDING}")))?;
    end_line(&mut file)?;
    Ok(file)
}

/// Ends a line that a full disk or a loss of power cut off, so that the next one stands alone.
fn end_line(file: &mut File) -> io::Result<()> {
    if file.metadata()?.len() == 0 {
        return Ok(());
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    if last != *b"\n" {
        file.write_all(b"\n")?;
    }
    Ok(())
}
