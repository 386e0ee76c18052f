//! Settings of the insights record.

use chrono::FixedOffset;
use serde::Deserialize;

/// Settings of the record.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Whether anything is recorded.
    pub record: bool,
    /// Days after which events are deleted.
    pub keep_days: u32,
    /// Account fields by which demand is reported, as dotted paths; no other field of an account is stored.
    pub attributes: Vec<String>,
    /// Whether engagement adjusts the ranking.
    pub feedback: bool,
    /// Events that may wait to be written; more are dropped, and counted.
    pub queue: usize,
    /// The editors' time zone, in which days begin.
    #[serde(skip, default = "utc")]
    pub time_zone: FixedOffset,
}

/// UTC as an offset.
fn utc() -> FixedOffset {
    chrono::Offset::fix(&chrono::Utc)
}

impl Default for Settings {
    fn default() -> Self {
        let names = ["plan", "segment", "region"];
        Self {
            record: true,
            keep_days: 400,
            attributes: names.map(str::to_owned).to_vec(),
            feedback: true,
            queue: 20_000,
            time_zone: utc(),
        }
    }
}

impl Settings {
    /// The first setting out of range, as (key, problem).
    #[must_use]
    pub fn flaw(&self) -> Option<(&'static str, String)> {
        if !(1..=3_650).contains(&self.keep_days) {
            return Some((
                "insights.keep_days",
                format!("must be 1 to 3650, not {}", self.keep_days),
            ));
        }
        if !(100..=1_000_000).contains(&self.queue) {
            return Some((
                "insights.queue",
                format!("must be 100 to 1000000, not {}", self.queue),
            ));
        }
        None
    }
}
