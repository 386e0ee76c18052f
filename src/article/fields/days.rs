//! Dates and durations in the front matter.

use chrono::NaiveDate;

use super::super::{
    Article,
    front_matter::{Entry, Node, Value},
    values::{DAY, day, seconds},
};
use super::{Fields, is_any_twice};

/// What becomes of a value that cannot be read.
const NOT_GIVEN: &str = "the key counts as not given";
const HIDDEN: &str = "the article is taken as a draft";

/// Keys of `effective`.
const BOUNDS: &[&str] = &["from", "until"];

/// Whether days are given on which an article is in force, and not all of them can be read, or not what they are:
/// nobody knows then when it was to be hidden.
pub(super) fn are_lost(effective: &Node) -> bool {
    let Value::Map(days) = &effective.value else {
        return !effective.is_empty();
    };
    let is_read = |bound: &Entry| {
        let date = bound.node.text().and_then(|text| day(&text));
        BOUNDS.contains(&&*bound.key) && date.is_some()
    };
    let mut given = days.iter().filter(|bound| !bound.node.is_empty());
    given.any(|bound| !is_read(bound)) || is_any_twice(days, BOUNDS)
}

impl Fields<'_, '_> {
    /// The day of a review.
    pub(super) fn reviewed(&mut self, entry: &Entry) -> Option<NaiveDate> {
        self.date(entry, NOT_GIVEN)
    }

    fn date(&mut self, entry: &Entry, otherwise: &str) -> Option<NaiveDate> {
        if entry.node.value == Value::Null {
            return None;
        }
        let text = entry.node.text().unwrap_or_default();
        let date = day(&text);
        if date.is_none() {
            self.findings.error(
                entry.place,
                "invalid-date",
                format!("`{}` is no day; {otherwise}", entry.key),
                "write year-month-day, such as 2026-05-01",
            );
        }
        date
    }

    pub(super) fn days(&mut self, entry: &Entry) -> Option<u32> {
        let seconds = self.duration(entry, DAY, "90d or 12w")?;
        if seconds < DAY {
            self.no_duration(entry, "90d or 12w");
        }
        u32::try_from(seconds / DAY).ok().filter(|days| *days > 0)
    }

    /// Seconds of a duration such as `90d`; a bare number counts in units of `unit` seconds.
    pub(in super::super) fn duration(
        &mut self,
        entry: &Entry,
        unit: u64,
        example: &str,
    ) -> Option<u64> {
        if entry.node.value == Value::Null {
            return None;
        }
        let seconds = entry.node.text().and_then(|text| seconds(&text, unit));
        if seconds.is_none() {
            self.no_duration(entry, example);
        }
        seconds
    }

    fn no_duration(&mut self, entry: &Entry, example: &str) {
        self.findings.error(
            entry.place,
            "invalid-duration",
            format!("`{}` is no duration that fits here; {NOT_GIVEN}", entry.key),
            format!("write {example}"),
        );
    }

    pub(super) fn effective(&mut self, entry: &Entry, article: &mut Article) {
        let otherwise = if are_lost(&entry.node) {
            HIDDEN
        } else {
            NOT_GIVEN
        };
        let Value::Map(days) = &entry.node.value else {
            if entry.node.value != Value::Null {
                self.findings.error(
                    entry.place,
                    "invalid-value",
                    format!("`effective` must be a pair of days; {otherwise}"),
                    "write {from: 2026-01-01, until: 2026-12-31}; either may be left out",
                );
            }
            return;
        };
        let hidden = match otherwise {
            HIDDEN => format!("; {HIDDEN}"),
            _ => String::new(),
        };
        for day in self.firsts(days, BOUNDS) {
            match day.key.as_str() {
                "from" => article.effective.from = self.date(day, otherwise),
                "until" => article.effective.until = self.date(day, otherwise),
                _ => self.unknown(day, BOUNDS, &hidden),
            }
        }
        if let (Some(from), Some(until)) = (article.effective.from, article.effective.until)
            && from > until
        {
            let message =
                format!("the article is never in force: it begins on {from} and ends on {until}");
            self.findings.warning(
                entry.place,
                "effective-order",
                message,
                "swap the days, or leave one out",
            );
        }
    }
}
