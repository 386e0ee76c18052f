//! Times in a histogram of high dynamic range.

#![allow(dead_code, reason = "each bench takes what it needs")]

use std::time::Duration;

use hdrhistogram::Histogram;

/// Longest time that is told apart, in microseconds: ten minutes.
const LONGEST_US: u64 = 600_000_000;

/// Times in microseconds.
#[derive(Clone)]
pub struct Times(Histogram<u64>);

impl Default for Times {
    fn default() -> Self {
        Self(Histogram::new_with_bounds(1, LONGEST_US, 3).unwrap())
    }
}

impl Times {
    pub fn add(&mut self, time: Duration) {
        self.0
            .saturating_record(u64::try_from(time.as_micros()).unwrap_or(u64::MAX).max(1));
    }

    pub fn count(&self) -> u64 {
        self.0.len()
    }

    pub fn mean_ms(&self) -> f64 {
        self.0.mean() / 1e3
    }

    /// Milliseconds that this part of the times is not above.
    pub fn ms(&self, quantile: f64) -> f64 {
        self.0.value_at_quantile(quantile) as f64 / 1e3
    }
}
