//! The bounded worker pool for work that computes or blocks, off the async threads, shared by HTTP and MCP.
//!
//! A few jobs run at once, a limited number per caller waits, and the rest is refused: a server that is late for
//! everybody helps nobody. Callers take turns (`fair`). A job whose caller has gone before it starts is dropped.

use std::sync::Arc;

use crate::{
    cores::{self, Busy},
    fair::{Line, Slot, Slots},
    panics::caught,
};

/// Concurrent jobs per core: one computes while another waits for memory or a lock.
const SLOTS_PER_CORE: usize = 2;

/// Queued jobs per caller; at 2 ms each, the last of them waits about a quarter of a second on 2 cores.
const DEFAULT_QUEUE: usize = 512;

/// Why a job has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Undone {
    /// It was not started: this caller's queue is full, or the process is ending.
    #[error("too much waits already")]
    Refused,
    /// It panicked, with this message.
    #[error("the work failed by a panic: {0}")]
    Panicked(String),
}

/// Slots for jobs, and the queues for them.
#[derive(Debug)]
pub struct Pool {
    slots: Slots,
    computes: bool,
}

impl Pool {
    /// The pool for requests, sized by the number of cores.
    #[must_use]
    pub fn answers() -> Self {
        let slots = cores::count() * SLOTS_PER_CORE;
        Self::new(slots, DEFAULT_QUEUE)
    }

    /// A pool for that many concurrent jobs, and that many queued jobs per caller. A single caller may use all of it.
    #[must_use]
    pub fn new(slots: usize, queue: usize) -> Self {
        Self {
            slots: Slots::new(slots, slots, queue),
            computes: true,
        }
    }

    /// The same for jobs that only wait for other services: they take no core.
    #[must_use]
    pub fn idle(slots: usize, queue: usize) -> Self {
        Self {
            computes: false,
            ..Self::new(slots, queue)
        }
    }

    /// The same slots with separate queues of any length: one caller gets half of the slots at most.
    #[must_use]
    pub fn halved(&self) -> Self {
        let half = (self.slots.count() / 2).max(1);
        Self {
            slots: self.slots.beside(half, usize::MAX),
            computes: self.computes,
        }
    }

    /// The queue of a caller, by name.
    #[must_use]
    pub fn of(&self, name: &str) -> Turns {
        Turns {
            line: self.slots.line(name),
            computes: self.computes,
        }
    }

    /// Jobs that wait for a slot.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.slots.waiting()
    }
}

/// The queue of one caller at a pool.
#[derive(Debug)]
pub struct Turns {
    line: Line,
    computes: bool,
}

/// A slot that the caller has obtained.
#[derive(Debug)]
pub struct Turn {
    slot: Slot,
    computes: bool,
}

impl Turns {
    /// Waits for the next slot.
    ///
    /// # Errors
    /// `Refused` if this caller's queue is full.
    pub async fn next(self) -> Result<Turn, Undone> {
        let slot = self.line.slot().await.ok_or(Undone::Refused)?;
        Ok(Turn {
            slot,
            computes: self.computes,
        })
    }

    /// Runs the job when its turn has come.
    ///
    /// # Errors
    /// `Undone`.
    pub async fn run<T, F>(self, work: F) -> Result<T, Undone>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        self.next().await?.run(work).await
    }
}

impl Turn {
    /// Runs the job, in the caller's span.
    ///
    /// # Errors
    /// `Panicked`; `Refused` if the process is ending.
    pub async fn run<T, F>(self, work: F) -> Result<T, Undone>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let caller = Arc::new(());
        let still_there = Arc::downgrade(&caller);
        let span = tracing::Span::current();
        let done = tokio::task::spawn_blocking(move || {
            let _slot = self.slot;
            let _busy = self.computes.then(Busy::here);
            let is_awaited = still_there.strong_count() > 0;
            is_awaited.then(|| caught(|| span.in_scope(work)))
        });
        let done = done.await.ok().flatten().ok_or(Undone::Refused)?;
        done.map_err(Undone::Panicked)
    }
}

#[cfg(test)]
mod tests;
