//! The bounded pool: work that computes or blocks, off the async threads.
//!
//! A few pieces of work run at once, some wait, the rest is refused with 503: a server that is late for
//! everybody helps nobody. Work whose caller has gone before it starts is dropped.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::Semaphore;

use super::problem::Problem;
use crate::cores::Busy;

/// Pieces of work at once, for each core: one computes while another waits for memory or a lock.
const SLOTS_PER_CORE: usize = 2;

/// Pieces of work that may wait; at 2 ms each, the last of them waits about a quarter of a second on 2 cores.
const DEFAULT_QUEUE: usize = 512;

/// The pool.
#[derive(Debug, Clone)]
pub(super) struct Pool {
    slots: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    queue: usize,
}

impl Default for Pool {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self::new(cores * SLOTS_PER_CORE, DEFAULT_QUEUE)
    }
}

impl Pool {
    /// A pool for that many pieces of work at once, and that many waiting.
    pub(super) fn new(slots: usize, queue: usize) -> Self {
        Self {
            slots: Arc::new(Semaphore::new(slots)),
            waiting: Arc::default(),
            queue,
        }
    }

    /// Pieces of work that wait for a slot.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Runs the work when there is a slot. A panic in it goes on in the caller.
    ///
    /// # Errors
    /// `overloaded` when too much waits already.
    pub(super) async fn run<T, F>(&self, work: F) -> Result<T, Problem>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let slot = match Arc::clone(&self.slots).try_acquire_owned() {
            Ok(slot) => slot,
            Err(_) => {
                let _place =
                    Place::take(&self.waiting, self.queue).ok_or_else(Problem::overloaded)?;
                Arc::clone(&self.slots)
                    .acquire_owned()
                    .await
                    .map_err(|_| Problem::overloaded())?
            }
        };
        let caller = Arc::new(());
        let still_there = Arc::downgrade(&caller);
        let span = tracing::Span::current();
        let done = tokio::task::spawn_blocking(move || {
            let (_slot, _busy) = (slot, Busy::here());
            (still_there.strong_count() > 0).then(|| span.in_scope(work))
        });
        match done.await {
            Ok(outcome) => outcome.ok_or_else(Problem::overloaded),
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => Err(Problem::overloaded()),
        }
    }
}

/// A place in the queue, given back when dropped.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicUsize, queue: usize) -> Option<Self> {
        let place = Self(waiting);
        let before = waiting.fetch_add(1, Ordering::Relaxed);
        (before < queue).then_some(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{atomic::AtomicBool, mpsc},
        time::Duration,
    };

    use axum::response::IntoResponse as _;

    use super::*;

    #[tokio::test]
    async fn what_does_not_fit_is_refused_and_what_fits_runs() {
        let pool = Pool::new(1, 1);
        let (open, gate) = mpsc::channel::<()>();
        let first = tokio::spawn({
            let pool = pool.clone();
            async move { pool.run(move || gate.recv().is_ok()).await }
        });
        while pool.slots.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let second = tokio::spawn({
            let pool = pool.clone();
            async move { pool.run(|| 2).await }
        });
        while pool.waiting() == 0 {
            tokio::task::yield_now().await;
        }
        let refused = pool.run(|| 3).await.unwrap_err().into_response();
        assert_eq!(refused.status(), 503);
        assert_eq!(refused.headers()["retry-after"], "1");
        open.send(()).unwrap();
        assert!(first.await.unwrap().unwrap());
        assert_eq!(second.await.unwrap().unwrap(), 2);
        assert_eq!(pool.waiting(), 0);
    }

    #[tokio::test]
    async fn work_of_a_caller_who_left_is_dropped() {
        let pool = Pool::new(1, 8);
        let (open, gate) = mpsc::channel::<()>();
        let first = tokio::spawn({
            let pool = pool.clone();
            async move { pool.run(move || gate.recv().is_ok()).await }
        });
        while pool.slots.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let ran = Arc::new(AtomicBool::new(false));
        let mark = Arc::clone(&ran);
        let left = tokio::time::timeout(
            Duration::from_millis(20),
            pool.run(move || mark.store(true, Ordering::SeqCst)),
        )
        .await;
        assert!(left.is_err());
        open.send(()).unwrap();
        assert!(first.await.unwrap().is_ok());
        assert!(pool.run(|| ()).await.is_ok());
        assert!(!ran.load(Ordering::SeqCst));
    }
}
