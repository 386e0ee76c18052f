//! The bounded pool: work that computes or blocks, off the async threads.
//!
//! A few pieces of work run at once, some of each caller wait, the rest is refused with 503: a server that is late for
//! everybody helps nobody. Callers take turns (`fair`). Work whose caller has gone before it starts is dropped.

use std::sync::Arc;

use super::problem::Problem;
use crate::{
    cores::Busy,
    fair::{Line, Slots},
};

/// Pieces of work at once, for each core: one computes while another waits for memory or a lock.
const SLOTS_PER_CORE: usize = 2;

/// Pieces of work of one caller that may wait; at 2 ms each, the last of them waits about a quarter of a second on 2 cores.
const DEFAULT_QUEUE: usize = 512;

/// The pool.
#[derive(Debug)]
pub(super) struct Pool(Slots);

impl Default for Pool {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self::new(cores * SLOTS_PER_CORE, DEFAULT_QUEUE)
    }
}

impl Pool {
    /// A pool for that many pieces of work at once, and that many of each caller waiting. Who is alone has all of it.
    pub(super) fn new(slots: usize, queue: usize) -> Self {
        Self(Slots::new(slots, slots, queue))
    }

    /// The turns of a caller, by their name.
    pub(super) fn of(&self, name: &str) -> Turns {
        Turns(self.0.line(name))
    }

    /// Pieces of work that wait for a slot.
    pub(super) fn waiting(&self) -> usize {
        self.0.waiting()
    }
}

/// The turns of one caller at a pool.
pub(super) struct Turns(Line);

impl Turns {
    /// Runs the work when there is a slot. A panic in it goes on in the caller.
    ///
    /// # Errors
    /// `overloaded` when too much of this caller's waits already.
    pub(super) async fn run<T, F>(self, work: F) -> Result<T, Problem>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let slot = self.0.slot().await.ok_or_else(Problem::overloaded)?;
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

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            atomic::{AtomicBool, Ordering},
            mpsc,
        },
        time::Duration,
    };

    use axum::response::IntoResponse as _;
    use tokio::task::JoinHandle;

    use super::*;

    /// Work of that caller which is under way until the gate is opened.
    async fn begun(pool: &Pool, name: &str) -> (mpsc::Sender<()>, JoinHandle<bool>) {
        let (open, gate) = mpsc::channel::<()>();
        let (tell, told) = tokio::sync::oneshot::channel();
        let work = pool.of(name).run(move || {
            let _ = tell.send(());
            gate.recv().is_ok()
        });
        let task = tokio::spawn(async { work.await.unwrap() });
        told.await.unwrap();
        (open, task)
    }

    /// Work of that caller which waits for a slot.
    async fn waiting(
        pool: &Pool,
        name: &str,
        work: impl FnOnce() + Send + 'static,
    ) -> JoinHandle<()> {
        let before = pool.waiting();
        let work = pool.of(name).run(work);
        let task = tokio::spawn(async { work.await.unwrap() });
        while pool.waiting() == before {
            tokio::task::yield_now().await;
        }
        task
    }

    #[tokio::test]
    async fn what_does_not_fit_is_refused_and_what_fits_runs() {
        let pool = Pool::new(1, 1);
        let (open, first) = begun(&pool, "one").await;
        let second = waiting(&pool, "one", || ()).await;
        let refused = pool.of("one").run(|| ()).await.unwrap_err().into_response();
        assert_eq!(refused.status(), 503);
        assert_eq!(refused.headers()["retry-after"], "1");
        let of_another = waiting(&pool, "two", || ()).await;
        open.send(()).unwrap();
        assert!(first.await.unwrap());
        second.await.unwrap();
        of_another.await.unwrap();
        assert_eq!(pool.waiting(), 0);
    }

    #[tokio::test]
    async fn callers_take_turns() {
        let pool = Pool::new(1, 100);
        let (open, _first) = begun(&pool, "wild").await;
        let (tell, told) = mpsc::channel();
        let mut tasks = Vec::new();
        for name in ["wild", "wild", "wild", "two", "three"] {
            let tell = tell.clone();
            let work = move || tell.send(name).unwrap();
            tasks.push(waiting(&pool, name, work).await);
        }
        open.send(()).unwrap();
        for task in tasks {
            task.await.unwrap();
        }
        let order: Vec<_> = told.try_iter().collect();
        assert_eq!(order, ["two", "three", "wild", "wild", "wild"]);
    }

    #[tokio::test]
    async fn work_of_a_caller_who_left_is_dropped() {
        let pool = Pool::new(1, 8);
        let (open, first) = begun(&pool, "one").await;
        let ran = Arc::new(AtomicBool::new(false));
        let mark = Arc::clone(&ran);
        let left = tokio::time::timeout(
            Duration::from_millis(20),
            pool.of("one")
                .run(move || mark.store(true, Ordering::SeqCst)),
        )
        .await;
        assert!(left.is_err());
        open.send(()).unwrap();
        assert!(first.await.unwrap());
        assert!(pool.of("one").run(|| ()).await.is_ok());
        assert!(!ran.load(Ordering::SeqCst));
    }
}
