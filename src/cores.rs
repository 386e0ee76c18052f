//! The CPU cores shared by requests: part of a request runs in parallel if a core is free, and sequentially if all are
//! busy.

use std::sync::{
    LazyLock,
    atomic::{AtomicUsize, Ordering},
};

use rayon::{ThreadPool, ThreadPoolBuilder};

/// Threads that work on requests.
static BUSY: AtomicUsize = AtomicUsize::new(0);

/// The number of cores that this process may use; 2 if unknown.
#[must_use]
pub fn count() -> usize {
    static COUNT: LazyLock<usize> =
        LazyLock::new(|| std::thread::available_parallelism().map_or(2, usize::from));
    *COUNT
}

/// Helper threads that wait for work, since starting a thread takes as long as a short keyword search; None if they cannot
/// be started.
static HELPERS: LazyLock<Option<ThreadPool>> = LazyLock::new(|| {
    ThreadPoolBuilder::new()
        .num_threads(count())
        .thread_name(|at| format!("beside-{at}"))
        .build()
        .inspect_err(|error| tracing::warn!(%error, "every answer is found on one thread"))
        .ok()
});

/// Counts a thread that works on a request, until dropped.
#[derive(Debug)]
pub struct Busy(());

impl Busy {
    /// Counts this thread.
    #[must_use]
    pub fn here() -> Self {
        BUSY.fetch_add(1, Ordering::Relaxed);
        Self(())
    }

    /// Counts another thread, if a core is free.
    fn beside() -> Option<Self> {
        let place = Self::here();
        (BUSY.load(Ordering::Relaxed) <= count()).then_some(place)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        BUSY.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Runs `first` here and `second` on a helper thread if a core is idle, otherwise one after the other; panics propagate.
pub fn both<A, B: Send>(first: impl FnOnce() -> A, second: impl FnOnce() -> B + Send) -> (A, B) {
    let (Some(helpers), Some(place)) = (HELPERS.as_ref(), Busy::beside()) else {
        return (first(), second());
    };
    let mut beside = None;
    let own = helpers.in_place_scope(|scope| {
        let beside = &mut beside;
        scope.spawn(move |_| {
            let _place = place;
            *beside = Some(second());
        });
        first()
    });
    // The scope has ended only once the second was done.
    match beside {
        Some(beside) => (own, beside),
        None => unreachable!("a scope waits for what it spawned"),
    }
}
