//! A low-priority thread that does background work every second and ends with its owner.

use std::{
    thread::{self, JoinHandle},
    time::Duration,
};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError, bounded};

use crate::{panics::caught, priority::give_way};

/// Pause between two runs: within the two seconds that a report may lag.
const REST: Duration = Duration::from_secs(1);

/// The thread; it ends when this value is dropped.
pub(super) struct Background {
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Tells the work when to stop.
pub(super) struct Ended(Receiver<()>);

impl Ended {
    /// Whether to stop; checked from time to time during long work.
    pub(super) fn is_now(&self) -> bool {
        !matches!(self.0.try_recv(), Err(TryRecvError::Empty))
    }
}

impl Background {
    /// Runs the work now, and after every pause.
    pub(super) fn start(name: &str, mut work: impl FnMut(&Ended) + Send + 'static) -> Self {
        let (end, ended) = bounded(0);
        let ended = Ended(ended);
        let thread = thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                give_way();
                loop {
                    if let Err(panic) = caught(|| work(&ended)) {
                        tracing::error!(
                            panic,
                            "work in the background is begun again; please report it"
                        );
                    }
                    if !matches!(ended.0.recv_timeout(REST), Err(RecvTimeoutError::Timeout)) {
                        return;
                    }
                }
            })
            .inspect_err(
                |error| tracing::warn!(%error, name, "no thread for work in the background"),
            )
            .ok();
        Self {
            end: Some(end),
            thread,
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
