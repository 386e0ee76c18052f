//! Settings of the audit log.

use chrono::Days;
use serde::Deserialize;

/// What the operator decides about the log.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Whether it is kept.
    pub record: bool,
    /// Days after which a day's file is deleted.
    pub keep_days: u32,
    /// Lines that may wait to be written; more are dropped, and counted.
    pub queue: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            record: true,
            keep_days: 400,
            queue: 20_000,
        }
    }
}

impl Settings {
    /// How long a day's file is kept.
    pub(super) fn keep(&self) -> Days {
        Days::new(u64::from(self.keep_days))
    }

    /// The key that is out of its range, and what it must be.
    #[must_use]
    pub fn flaw(&self) -> Option<(&'static str, String)> {
        if !(1..=3_650).contains(&self.keep_days) {
            return Some((
                "audit.keep_days",
                format!("must be 1 to 3650, not {}", self.keep_days),
            ));
        }
        if !(100..=1_000_000).contains(&self.queue) {
            return Some((
                "audit.queue",
                format!("must be 100 to 1000000, not {}", self.queue),
            ));
        }
        None
    }
}
