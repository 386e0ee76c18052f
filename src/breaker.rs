//! A circuit breaker: after repeated failures a service is left alone for a while, then tried once. Time is an argument.

use std::time::{Duration, Instant};

/// Whether something may be asked.
#[derive(Debug)]
pub struct Breaker {
    /// Failures in a row that open it.
    limit: u32,
    /// How long it stays open.
    pause: Duration,
    failures: u32,
    /// Until when nobody asks.
    closed_off: Option<Instant>,
}

impl Breaker {
    /// One that lets everybody through.
    #[must_use]
    pub fn new(limit: u32, pause: Duration) -> Self {
        Self {
            limit,
            pause,
            failures: 0,
            closed_off: None,
        }
    }

    /// Whether to ask now. After a pause the first who comes tries it out; others wait for how that ends.
    pub fn lets_through(&mut self, now: Instant) -> bool {
        match self.closed_off {
            Some(until) if now < until => false,
            Some(_) => {
                self.closed_off = Some(now + self.pause);
                true
            }
            None => true,
        }
    }

    /// It answered.
    pub fn answered(&mut self) {
        self.failures = 0;
        self.closed_off = None;
    }

    /// It failed.
    pub fn failed(&mut self, now: Instant) {
        self.failures = self.failures.saturating_add(1);
        if self.failures >= self.limit {
            self.closed_off = Some(now + self.pause);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_after_failures_in_a_row_and_tries_once_after_a_pause() {
        let start = Instant::now();
        let at = |secs| start + Duration::from_secs(secs);
        let mut breaker = Breaker::new(2, Duration::from_secs(10));
        breaker.failed(at(0));
        breaker.answered();
        breaker.failed(at(1));
        assert!(breaker.lets_through(at(1)), "failures were not in a row");
        breaker.failed(at(2));
        assert!(!breaker.lets_through(at(11)));
        assert!(breaker.lets_through(at(12)), "the pause is over");
        assert!(!breaker.lets_through(at(13)), "one tries it out");
        breaker.failed(at(13));
        assert!(!breaker.lets_through(at(22)));
        assert!(breaker.lets_through(at(23)));
        breaker.answered();
        assert!(breaker.lets_through(at(23)) && breaker.lets_through(at(23)));
    }
}
