//! The period of a report, its days, and the previous period that it is compared with. Pure.

use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike as _, Days, FixedOffset, NaiveDate, NaiveTime, TimeDelta, Utc};

use crate::search::error::FieldError;

/// Days of the longest report: every day is a data point.
const MAX_DAYS: i64 = 3_660;

/// Accepted years: dates far beyond them cause overflow.
const YEARS: RangeInclusive<i32> = 1..=9_999;

/// A period: start inclusive, end exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Period {
    /// First moment.
    pub since: DateTime<Utc>,
    /// The moment after the last.
    pub until: DateTime<Utc>,
    zone: FixedOffset,
}

impl Period {
    /// Parses `since` and `until`: RFC 3339 times, or dates in that time zone (`until` includes its whole day).
    /// Without `since` the period has so many `days`, including the last.
    ///
    /// # Errors
    /// An invalid value, or an end before the start.
    pub fn read(
        since: Option<&str>,
        until: Option<&str>,
        now: DateTime<Utc>,
        zone: FixedOffset,
        days: i64,
    ) -> Result<Self, Vec<FieldError>> {
        let mut flaws = Vec::new();
        let mut time = |name: &str, text: Option<&str>, extra: u64| {
            let time = moment(text?, zone, extra);
            if time.is_none() {
                flaws.push(FieldError::new(
                    format!("/{name}"),
                    "must be a day (2026-11-25) or a time (2026-11-25T08:00:00Z)",
                ));
            }
            time
        };
        let until = time("until", until, 1)
            // Events have millisecond resolution: those of the current millisecond count.
            .unwrap_or(now + TimeDelta::milliseconds(1));
        let since = time("since", since, 0).unwrap_or_else(|| {
            // Whole days, so that the first day of a report does not change while it is being read.
            let last = until - TimeDelta::milliseconds(1);
            let first = (last - TimeDelta::days(days - 1)).with_timezone(&zone);
            start(first.date_naive(), zone).unwrap_or(until - TimeDelta::days(days))
        });
        if flaws.is_empty() && since >= until {
            flaws.push(FieldError::new("/since", "must be before `until`"));
        }
        if flaws.is_empty() && until - since > TimeDelta::days(MAX_DAYS) {
            flaws.push(FieldError::new(
                "/since",
                format!("must be at most {MAX_DAYS} days before `until`"),
            ));
        }
        if flaws.is_empty() {
            Ok(Self { since, until, zone })
        } else {
            Err(flaws)
        }
    }

    /// A period between two moments.
    #[must_use]
    pub fn new(since: DateTime<Utc>, until: DateTime<Utc>, zone: FixedOffset) -> Self {
        Self { since, until, zone }
    }

    /// The period of the same length that ends where this one begins.
    #[must_use]
    pub fn before(&self) -> Self {
        Self {
            since: self.since - (self.until - self.since),
            until: self.since,
            zone: self.zone,
        }
    }

    /// Whether another period is the same to the minute: "until now" moves between two requests.
    pub(super) fn is_about(&self, other: &Self) -> bool {
        let minutes = |period: &Self| {
            [period.since, period.until].map(|time| time.timestamp().div_euclid(60))
        };
        minutes(self) == minutes(other) && self.zone == other.zone
    }

    /// Whether it contains a time in milliseconds since 1970.
    pub(super) fn has(&self, at: i64) -> bool {
        (self.since.timestamp_millis()..self.until.timestamp_millis()).contains(&at)
    }

    /// The date of a time.
    pub(super) fn day(&self, at: i64) -> NaiveDate {
        time(at).with_timezone(&self.zone).date_naive()
    }

    /// Every date in it.
    pub(super) fn days(&self) -> Vec<NaiveDate> {
        let first = self.day(self.since.timestamp_millis());
        let last = self.day(self.until.timestamp_millis() - 1);
        first.iter_days().take_while(|day| *day <= last).collect()
    }

    /// Index of the day of a time.
    pub(super) fn place(&self, at: i64) -> Option<usize> {
        let first = self.day(self.since.timestamp_millis());
        self.has(at)
            .then(|| (self.day(at) - first).num_days())
            .and_then(|days| usize::try_from(days).ok())
    }
}

/// A time from milliseconds since 1970.
pub(super) fn time(at: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at).unwrap_or(DateTime::UNIX_EPOCH)
}

fn moment(text: &str, zone: FixedOffset, extra_days: u64) -> Option<DateTime<Utc>> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.to_utc());
    }
    let day: NaiveDate = text.parse().ok()?;
    if !YEARS.contains(&day.year()) {
        return None;
    }
    start(day.checked_add_days(Days::new(extra_days))?, zone)
}

fn start(day: NaiveDate, zone: FixedOffset) -> Option<DateTime<Utc>> {
    day.and_time(NaiveTime::MIN)
        .and_local_timezone(zone)
        .earliest()
        .map(|time| time.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    #[test]
    fn days_and_times_are_read_in_the_editors_zone() {
        let zone = FixedOffset::east_opt(3_600).unwrap();
        let now = at("2026-11-25T10:00:00Z");
        let read = |since, until| {
            Period::read(since, until, now, zone, 28)
                .map(|period| (period.since, period.until))
                .map_err(|flaws| {
                    flaws
                        .into_iter()
                        .map(|flaw| flaw.pointer)
                        .collect::<Vec<_>>()
                })
        };
        let soon = now + TimeDelta::milliseconds(1);
        let day = |text: &str| at(&format!("{text}T23:00:00Z"));
        assert_eq!(
            read(Some("2026-11-20"), Some("2026-11-21")),
            Ok((day("2026-11-19"), day("2026-11-21")))
        );
        assert_eq!(
            read(Some("2026-11-20T08:00:00Z"), None),
            Ok((at("2026-11-20T08:00:00Z"), soon))
        );
        assert_eq!(read(None, None), Ok((day("2026-10-28"), soon)));
        assert_eq!(
            read(None, Some("2026-11-20")),
            Ok((day("2026-10-23"), day("2026-11-20")))
        );
        assert_eq!(
            read(Some("soon"), Some("x")),
            Err(vec!["/until".into(), "/since".into()])
        );
        assert_eq!(read(Some("2026-11-26"), None), Err(vec!["/since".into()]));
        assert_eq!(read(Some("1000-01-01"), None), Err(vec!["/since".into()]));
        for day in ["-262143-01-01", "0000-12-31", "+10000-01-01"] {
            assert_eq!(read(None, Some(day)), Err(vec!["/until".into()]), "{day}");
            assert_eq!(
                read(Some(day), Some(day)),
                Err(vec!["/until".into(), "/since".into()]),
                "{day}"
            );
        }
        assert!(read(None, Some("0001-01-01")).is_ok() && read(None, Some("9999-12-31")).is_ok());
    }

    #[test]
    fn the_period_before_is_as_long_and_every_moment_has_its_day() {
        let zone = FixedOffset::east_opt(0).unwrap();
        let period = Period::new(at("2026-11-20T00:00:00Z"), at("2026-11-22T12:00:00Z"), zone);
        assert_eq!(period.days().len(), 3);
        assert_eq!(period.before().since, at("2026-11-17T12:00:00Z"));
        let place = |text| period.place(at(text).timestamp_millis());
        assert_eq!(place("2026-11-22T11:59:59Z"), Some(2));
        assert_eq!(place("2026-11-22T12:00:00Z"), None);
    }
}
