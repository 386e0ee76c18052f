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

/// Pieces of work at once, for each core: one computes while another waits for memory or a lock.
const SLOTS_PER_CORE: usize = 2;

/// Pieces of work of one caller that may wait; at 2 ms each, the last of them waits about a quarter of a second on 2 cores.
const DEFAULT_QUEUE: usize = 512;

/// Why some work has no outcome.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Undone {
    /// It was not begun: too much of this caller's waits, or the process ends.
    #[error("too much waits already")]
    Refused,
    /// It ended by a panic, with these words.
    #[error("the work failed by a panic: {0}")]
    Panicked(String),
}

/// Slots for work, and lines before them.
#[derive(Debug)]
pub struct Pool {
    slots: Slots,
    computes: bool,
}

impl Pool {
    /// What answers are found on: so much at once as the cores can do.
    #[must_use]
    pub fn answers() -> Self {
        let slots = cores::count() * SLOTS_PER_CORE;
        Self::new(slots, DEFAULT_QUEUE)
    }

    /// A pool for that many pieces of work at once, and that many of each caller waiting. Who is alone has all of it.
    #[must_use]
    pub fn new(slots: usize, queue: usize) -> Self {
        Self {
            slots: Slots::new(slots, slots, queue),
            computes: true,
        }
    }

    /// The same for work that only waits for others: it takes no core.
    #[must_use]
    pub fn idle(slots: usize, queue: usize) -> Self {
        Self {
            computes: false,
            ..Self::new(slots, queue)
        }
    }

    /// The same slots with lines of their own before them, however long: half of the slots for one caller at most.
    #[must_use]
    pub fn halved(&self) -> Self {
        let half = (self.slots.count() / 2).max(1);
        Self {
            slots: self.slots.beside(half, usize::MAX),
            computes: self.computes,
        }
    }

    /// The turns of a caller, by their name.
    #[must_use]
    pub fn of(&self, name: &str) -> Turns {
        Turns {
            line: self.slots.line(name),
            computes: self.computes,
        }
    }

    /// Pieces of work that wait for a slot.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.slots.waiting()
    }
}

/// The turns of one caller at a pool.
#[derive(Debug)]
pub struct Turns {
    line: Line,
    computes: bool,
}

/// A turn that has come.
#[derive(Debug)]
pub struct Turn {
    slot: Slot,
    computes: bool,
}

impl Turns {
    /// The next turn.
    ///
    /// # Errors
    /// `Refused` when too much of this caller's waits already.
    pub async fn next(self) -> Result<Turn, Undone> {
        let slot = self.line.slot().await.ok_or(Undone::Refused)?;
        Ok(Turn {
            slot,
            computes: self.computes,
        })
    }

    /// Does the work when its turn has come.
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
    /// Does the work, in the caller's span.
    ///
    /// # Errors
    /// `Panicked`; `Refused` where the process ends.
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
