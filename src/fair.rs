//! Fair queueing of slots: a caller with a thousand requests waits behind its own, and others do not wait behind it.
//!
//! Each caller has a queue of its own, and only its share of it is at the slots, running or next: a newcomer waits for
//! that much of every other queue, however long it is. Leaves who the callers are, and what is run, to others.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Slots, and the queues for them.
#[derive(Debug)]
pub struct Slots {
    all: Arc<Semaphore>,
    count: usize,
    share: usize,
    queue: usize,
    /// The queues of all callers that wait or run, and of some that did.
    lines: Mutex<HashMap<String, Arc<Queue>>>,
}

/// One queue: the jobs at its head hold a permit of the share.
#[derive(Debug)]
struct Queue {
    share: Arc<Semaphore>,
    waiting: AtomicUsize,
}

/// A caller's queue.
#[derive(Debug)]
pub struct Line {
    all: Arc<Semaphore>,
    own: Arc<Queue>,
    limit: usize,
}

/// A slot, released when dropped.
#[derive(Debug)]
pub struct Slot {
    _slot: OwnedSemaphorePermit,
    _share: OwnedSemaphorePermit,
    /// Keeps the queue while one of its jobs runs.
    _own: Arc<Queue>,
}

impl Slots {
    /// `slots` concurrent jobs, at most `share` of them from one queue; a queue holds at most `queue` waiting jobs.
    #[must_use]
    pub fn new(slots: usize, share: usize, queue: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(slots)),
            count: slots,
            share,
            queue,
            lines: Mutex::default(),
        }
    }

    /// The same slots with separate queues, of another share and length.
    #[must_use]
    pub fn beside(&self, share: usize, queue: usize) -> Self {
        Self {
            all: Arc::clone(&self.all),
            lines: Mutex::default(),
            share,
            queue,
            ..*self
        }
    }

    /// The number of slots.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// The queue of the caller with that name.
    #[must_use]
    pub fn line(&self, name: &str) -> Line {
        let mut lines = self.lines();
        let own = lines.get(name).cloned().unwrap_or_else(|| {
            lines.retain(|_, line| Arc::strong_count(line) > 1);
            let own = Arc::new(Queue {
                share: Arc::new(Semaphore::new(self.share)),
                waiting: AtomicUsize::new(0),
            });
            lines.insert(name.to_owned(), Arc::clone(&own));
            own
        });
        Line {
            all: Arc::clone(&self.all),
            own,
            limit: self.queue,
        }
    }

    /// Waiting jobs, in all queues.
    #[must_use]
    pub fn waiting(&self) -> usize {
        let lines = self.lines();
        let waiting = lines.values().map(|line| &line.waiting);
        waiting.map(|count| count.load(Ordering::Relaxed)).sum()
    }

    fn lines(&self) -> MutexGuard<'_, HashMap<String, Arc<Queue>>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    /// Waits for a slot for this queue; None if the queue is full.
    pub async fn slot(self) -> Option<Slot> {
        let _place = QueueTicket::take(&self.own.waiting, self.limit)?;
        let share = Arc::clone(&self.own.share).acquire_owned().await.ok()?;
        let slot = Arc::clone(&self.all).acquire_owned().await.ok()?;
        Some(Slot {
            _slot: slot,
            _share: share,
            _own: Arc::clone(&self.own),
        })
    }
}

/// A place in a queue, released when dropped.
struct QueueTicket<'a>(&'a AtomicUsize);

impl<'a> QueueTicket<'a> {
    fn take(waiting: &'a AtomicUsize, limit: usize) -> Option<Self> {
        let place = Self(waiting);
        (waiting.fetch_add(1, Ordering::Relaxed) < limit).then_some(place)
    }
}

impl Drop for QueueTicket<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;

    use futures::FutureExt as _;

    use super::*;

    type PendingSlot = Pin<Box<dyn Future<Output = Option<Slot>>>>;

    /// Asks for a slot, and waits for it.
    fn ask(slots: &Slots, name: &str) -> PendingSlot {
        let mut asked: PendingSlot = Box::pin(slots.line(name).slot());
        assert!(asked.as_mut().now_or_never().is_none(), "{name}");
        asked
    }

    /// A slot that is there.
    fn take(slots: &Slots, name: &str) -> Slot {
        slots.line(name).slot().now_or_never().unwrap().unwrap()
    }

    #[test]
    fn a_newcomer_waits_for_what_is_at_work_and_not_for_a_line() {
        let slots = Slots::new(2, 2, 100);
        let mut at_work: Vec<_> = (0..2).map(|_| take(&slots, "wild")).collect();
        let mut line: Vec<_> = (0..100).map(|_| ask(&slots, "wild")).collect();
        let refused = slots.line("wild").slot().now_or_never();
        assert!(refused.unwrap().is_none(), "the line is full");
        let newcomer = ask(&slots, "new");
        assert_eq!(slots.waiting(), 101);
        at_work.pop();
        assert!(line[0].as_mut().now_or_never().is_none());
        let slot = newcomer.now_or_never().unwrap();
        assert!(slot.is_some());
        drop(slot);
        assert!(line[0].as_mut().now_or_never().unwrap().is_some());
        // Who leaves when it is their turn holds nothing back.
        at_work.clear();
        let last = line.pop().unwrap();
        drop(line);
        assert!(last.now_or_never().unwrap().is_some());
        assert_eq!(slots.waiting(), 0);
    }

    #[test]
    fn a_share_leaves_slots_to_others() {
        let slots = Slots::new(2, 1, 9);
        let one = take(&slots, "one");
        let mut next = ask(&slots, "one");
        drop(take(&slots, "two"));
        assert!(next.as_mut().now_or_never().is_none());
        drop(one);
        assert!(next.now_or_never().unwrap().is_some());
    }

    #[test]
    fn who_waits_and_works_no_more_is_forgotten() {
        let slots = Slots::new(2, 1, 9);
        let _works = take(&slots, "works");
        for name in ["one", "two", "three"] {
            take(&slots, name);
        }
        let mut known: Vec<_> = slots.lines().keys().cloned().collect();
        known.sort();
        assert_eq!(known, ["three", "works"]);
    }
}
