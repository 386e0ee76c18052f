//! A value computed once per generation and shared by all requests.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use arc_swap::ArcSwap;

/// What was made for the newest two generations that somebody asked for: who began on the former ends on it. Numbers of
/// generations only grow.
#[derive(Debug)]
pub struct PerGeneration<T> {
    /// Newest first.
    made: ArcSwap<Vec<(u64, Arc<T>)>>,
    making: Mutex<()>,
}

impl<T> Default for PerGeneration<T> {
    fn default() -> Self {
        Self {
            made: ArcSwap::default(),
            making: Mutex::default(),
        }
    }
}

impl<T> PerGeneration<T> {
    /// Returns the value of a generation. The first who asks makes it, from the one before; others wait meanwhile.
    pub fn of(&self, generation: u64, make: impl FnOnce(Option<&T>) -> T) -> Arc<T> {
        let fits = |made: u64| made == generation;
        self.known(fits).unwrap_or_else(|| {
            let making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
            self.make(making, generation, fits, make)
        })
    }

    /// Returns the value of this or a later generation; while another thread makes it, the previous one; blocks only if there
    /// is none.
    pub fn newest(&self, generation: u64, make: impl FnOnce(Option<&T>) -> T) -> Arc<T> {
        let fits = |made: u64| made >= generation;
        self.known(fits).unwrap_or_else(|| {
            let making = match self.making.try_lock() {
                Ok(making) => making,
                Err(TryLockError::Poisoned(making)) => making.into_inner(),
                Err(TryLockError::WouldBlock) => match self.known(|_| true) {
                    Some(before) => return before,
                    None => self.making.lock().unwrap_or_else(PoisonError::into_inner),
                },
            };
            self.make(making, generation, fits, make)
        })
    }

    fn known(&self, fits: impl Fn(u64) -> bool) -> Option<Arc<T>> {
        let made = self.made.load();
        let (_, known) = made.iter().find(|(made, _)| fits(*made))?;
        Some(Arc::clone(known))
    }

    /// Makes it, unless somebody else did while the lock was waited for. An older one than there is stays the caller's own.
    fn make(
        &self,
        _making: MutexGuard<'_, ()>,
        generation: u64,
        fits: impl Fn(u64) -> bool,
        make: impl FnOnce(Option<&T>) -> T,
    ) -> Arc<T> {
        if let Some(known) = self.known(fits) {
            return known;
        }
        let known = self.made.load_full();
        let before = known.first();
        let made = Arc::new(make(before.map(|(_, made)| &**made)));
        if before.is_none_or(|(made, _)| *made < generation) {
            let newest = (generation, Arc::clone(&made));
            let newest = [newest].into_iter().chain(before.cloned());
            self.made.store(Arc::new(newest.collect()));
        }
        made
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            Barrier,
            atomic::{AtomicUsize, Ordering},
        },
        time::Duration,
    };

    use super::*;

    #[test]
    fn who_asks_first_at_the_same_time_has_it_made_once() {
        let (made, all) = (AtomicUsize::new(0), Barrier::new(4));
        let slowly = |_: Option<&usize>| {
            std::thread::sleep(Duration::from_millis(50));
            made.fetch_add(1, Ordering::SeqCst)
        };
        let (each, newest) = (PerGeneration::default(), PerGeneration::default());
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    all.wait();
                    each.of(1, slowly);
                    newest.newest(1, slowly);
                });
            }
        });
        assert_eq!(made.into_inner(), 2);
    }

    #[test]
    fn while_one_is_made_the_one_before_is_used() {
        let rules = PerGeneration::default();
        rules.newest(1, |_| 1);
        rules.newest(2, |before| {
            assert_eq!(before, Some(&1));
            assert_eq!(*rules.newest(2, |_| unreachable!()), 1);
            2
        });
        assert_eq!(*rules.newest(2, |_| unreachable!()), 2);
    }

    #[test]
    fn that_of_the_generation_before_the_newest_is_still_there() {
        let names = PerGeneration::default();
        for generation in 1..=3 {
            names.of(generation, |_| generation);
        }
        assert_eq!(*names.of(2, |_| unreachable!()), 2);
        assert_eq!(*names.of(3, |_| unreachable!()), 3);
    }

    #[test]
    fn an_older_one_never_takes_the_place_of_a_newer() {
        let (names, rules) = (PerGeneration::default(), PerGeneration::default());
        names.of(2, |_| 2);
        assert_eq!(*names.of(1, |_| 1), 1);
        assert_eq!(*names.of(2, |_| unreachable!()), 2);
        rules.newest(2, |_| 2);
        assert_eq!(*rules.newest(1, |_| unreachable!()), 2);
    }

    #[test]
    fn after_a_panic_it_is_made_all_the_same() {
        let rules = PerGeneration::default();
        rules.newest(1, |_| 1);
        let panics = || rules.newest(2, |_| panic!("no rules"));
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(panics)).is_err());
        assert_eq!(*rules.newest(2, |_| 2), 2);
    }
}
