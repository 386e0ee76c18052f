//! The time of a call in milliseconds: from the transcriber's timestamps, otherwise from the server's clock.

use chrono::{DateTime, TimeDelta, Utc};

/// Far past any call, and safe to add to.
const FAR_MS: i64 = 1 << 53;

/// The time of a call. Begins at 0 when the call is opened.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    ms: i64,
    at: DateTime<Utc>,
}

impl Clock {
    /// A clock that begins now.
    pub(super) fn new(now: DateTime<Utc>) -> Self {
        Self { ms: 0, at: now }
    }

    /// Sets the clock by an utterance's end, else lets it run on; gives the utterance's time in milliseconds. The other
    /// channel's words may come late: they have their own time, and the clock is never put back by them.
    pub(super) fn tick(&mut self, end_ms: Option<u64>, now: DateTime<Utc>) -> i64 {
        let ms = match end_ms {
            Some(end_ms) => i64::try_from(end_ms).unwrap_or(FAR_MS).min(FAR_MS),
            None => self.read(now),
        };
        if ms >= self.ms {
            (self.ms, self.at) = (ms, now);
        }
        ms
    }

    /// The time now, in milliseconds.
    pub(super) fn read(&self, now: DateTime<Utc>) -> i64 {
        (self.ms + (now - self.at).num_milliseconds().max(0)).min(FAR_MS)
    }
}

/// A span of whole seconds; the longest there is where it does not fit.
pub(super) fn seconds(secs: u64) -> TimeDelta {
    i64::try_from(secs)
        .ok()
        .and_then(TimeDelta::try_seconds)
        .unwrap_or(TimeDelta::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_transcriber_says_goes_before_the_clock_here() {
        let start = DateTime::UNIX_EPOCH;
        let later = |ms| start + TimeDelta::milliseconds(ms);
        let mut clock = Clock::new(start);
        assert_eq!(clock.tick(None, later(1_500)), 1_500);
        assert_eq!(clock.tick(Some(90_000), later(1_600)), 90_000);
        assert_eq!(clock.tick(None, later(2_600)), 91_000);
        assert_eq!(clock.tick(Some(5_000), later(2_700)), 5_000);
        assert_eq!(
            clock.read(later(2_700)),
            91_100,
            "late words put no clock back"
        );
        assert_eq!(clock.tick(Some(u64::MAX), later(2_700)), FAR_MS);
        assert_eq!(clock.read(later(0)), FAR_MS);
    }
}
