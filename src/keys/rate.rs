//! Rates: a number of requests per period.

use std::{fmt, num::NonZeroU32, str::FromStr, time::Duration};

use serde::{Deserialize, Deserializer};

use super::KeysError;

/// Spans that a rate may be for, in seconds, with their letters.
const SPANS: [(u64, &str); 3] = [(1, "s"), (60, "m"), (3_600, "h")];

/// So many requests within a span of time, all of them at once if need be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Requests.
    pub count: NonZeroU32,
    /// For so long.
    pub span: Duration,
}

impl Rate {
    /// What `--rate` and `limits.rate` mean: `10/s`, `600/m` or `5000/h`; a bare number is for a minute.
    ///
    /// # Errors
    /// `BadRate` for anything else, and for none at all: whoever may not ask needs no key.
    pub fn parse(text: &str) -> Result<Self, KeysError> {
        let (count, unit) = text.trim().split_once('/').unwrap_or((text.trim(), "m"));
        let span = SPANS.iter().find(|(_, letter)| *letter == unit.trim());
        match (count.trim().parse(), span) {
            (Ok(count), Some((secs, _))) => Ok(Self {
                count,
                span: Duration::from_secs(*secs),
            }),
            _ => Err(KeysError::BadRate(text.to_owned())),
        }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = SPANS.iter().find(|(secs, _)| *secs == self.span.as_secs());
        write!(f, "{}/{}", self.count, known.map_or("?", |(_, unit)| unit))
    }
}

impl FromStr for Rate {
    type Err = KeysError;

    fn from_str(text: &str) -> Result<Self, KeysError> {
        Self::parse(text)
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_count_for_a_span() {
        let check = |text: &str, expected: Option<&str>| {
            let rate = Rate::parse(text).ok().map(|rate| rate.to_string());
            assert_eq!(rate.as_deref(), expected, "{text:?}");
        };
        check("10/s", Some("10/s"));
        check("600/m", Some("600/m"));
        check(" 5000 / h ", Some("5000/h"));
        check("60", Some("60/m"));
        for text in [
            "",
            "0",
            "0/s",
            "-1/s",
            "1.5/s",
            "10/d",
            "10/",
            "/s",
            "fast",
            "99999999999/s",
        ] {
            check(text, None);
        }
    }
}
