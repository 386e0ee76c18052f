//! The rights of a key, as values: scopes, audiences, expiry.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{KeysError, Rate};
use crate::search::types::Audience;

/// Name of whoever talks to a server that has no keys and listens on loopback only.
pub const LOCAL_NAME: &str = "local";

/// Stands for every audience.
const EVERY_AUDIENCE: &str = "*";

/// Audience of a key that names none, the same as an article's default.
const DEFAULT_AUDIENCE: &str = "agent";

/// A group of endpoints that a key grants.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Search and read articles.
    Search,
    /// Open calls, feed them and follow their streams.
    Calls,
    /// See the content's health and what was asked.
    Insights,
    /// Scrape numbers of the server.
    Metrics,
    /// Everything, and every call.
    Admin,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Search,
        Self::Calls,
        Self::Insights,
        Self::Metrics,
        Self::Admin,
    ];

    /// The word in `--scopes` and in the contract.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Calls => "calls",
            Self::Insights => "insights",
            Self::Metrics => "metrics",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Scope {
    type Err = KeysError;

    fn from_str(text: &str) -> Result<Self, KeysError> {
        Self::ALL
            .into_iter()
            .find(|scope| scope.name() == text)
            .ok_or_else(|| KeysError::UnknownScope(text.to_owned()))
    }
}

/// What somebody may do and see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Name of the key: calls belong to it.
    pub name: String,
    /// Groups of endpoints; `admin` stands for all.
    pub scopes: Vec<Scope>,
    /// Articles that exist for it.
    pub audience: Audience,
    /// How often it may ask, where it has a rate of its own.
    pub rate: Option<Rate>,
}

impl Grant {
    /// Everything: what the only user of a machine has.
    #[must_use]
    pub fn local() -> Self {
        Self {
            name: LOCAL_NAME.to_owned(),
            scopes: vec![Scope::Admin],
            audience: Audience::Unrestricted,
            rate: None,
        }
    }

    /// Whether every endpoint and every call is theirs.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.scopes.contains(&Scope::Admin)
    }

    /// Whether it opens endpoints of that scope.
    #[must_use]
    pub fn has(&self, scope: Scope) -> bool {
        self.is_admin() || self.scopes.contains(&scope)
    }
}

/// What `--audiences` means: `*` is everything; nothing is everything for an admin and `agent` for others.
#[must_use]
pub fn parse_audiences(named: &[String], scopes: &[Scope]) -> Audience {
    let mut named: Vec<String> = named
        .iter()
        .map(|a| a.trim().to_owned())
        .filter(|a| !a.is_empty())
        .collect();
    named.sort();
    named.dedup();
    if named.iter().any(|a| a == EVERY_AUDIENCE)
        || (named.is_empty() && scopes.contains(&Scope::Admin))
    {
        return Audience::Unrestricted;
    }
    if named.is_empty() {
        named.push(DEFAULT_AUDIENCE.to_owned());
    }
    Audience::Only(named)
}

/// The names of an audience as they are kept and shown.
#[must_use]
pub fn audience_names(audience: &Audience) -> Vec<String> {
    match audience {
        Audience::Unrestricted => vec![EVERY_AUDIENCE.to_owned()],
        Audience::Only(names) => names.clone(),
    }
}

/// What `--expires` means: `90d`, `12h`, or the last day on which the key is good (UTC).
///
/// # Errors
/// `PastExpiry` for a day that is over; `BadExpiry` for anything else, and for spans that leave the calendar.
pub fn parse_expiry(text: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, KeysError> {
    let bad = || KeysError::BadExpiry(text.to_owned());
    if let Ok(day) = text.parse::<NaiveDate>() {
        let end = day
            .checked_add_days(Days::new(1))
            .and_then(|next| next.and_hms_opt(0, 0, 0));
        let end = end.ok_or_else(bad)?.and_utc();
        return match end > now {
            true => Ok(end),
            false => Err(KeysError::PastExpiry(text.to_owned())),
        };
    }
    let unit = text.chars().last().ok_or_else(bad)?;
    let count: i64 = text[..text.len() - unit.len_utf8()]
        .parse()
        .map_err(|_| bad())?;
    let span = match unit {
        'd' => TimeDelta::try_days(count),
        'h' => TimeDelta::try_hours(count),
        'm' => TimeDelta::try_minutes(count),
        _ => None,
    };
    let span = span
        .filter(|span| *span > TimeDelta::zero())
        .ok_or_else(bad)?;
    now.checked_add_signed(span).ok_or_else(bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expiry_is_a_span_or_a_last_day() {
        let check = |text: &str, expected: Option<&str>| {
            let now = "2026-05-01T10:00:00Z".parse().unwrap();
            let at = parse_expiry(text, now)
                .ok()
                .map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
            assert_eq!(at.as_deref(), expected, "{text}");
        };
        check("90d", Some("2026-07-30T10:00:00Z"));
        check("12h", Some("2026-05-01T22:00:00Z"));
        check("2026-12-31", Some("2027-01-01T00:00:00Z"));
        check("2026-05-01", Some("2026-05-02T00:00:00Z"));
        check("2026-04-30", None);
        for text in ["", "d", "0d", "-3d", "3 weeks", "99999999999999d", "5é"] {
            check(text, None);
        }
    }

    #[test]
    fn audiences_have_defaults_by_scope() {
        let check = |named: &[&str], scopes: &[Scope], expected: Audience| {
            let named: Vec<String> = named.iter().map(|a| (*a).to_owned()).collect();
            assert_eq!(parse_audiences(&named, scopes), expected);
        };
        check(&[], &[Scope::Search], Audience::Only(vec!["agent".into()]));
        check(&[], &[Scope::Admin], Audience::Unrestricted);
        check(
            &["customer", " customer ", ""],
            &[Scope::Admin],
            Audience::Only(vec!["customer".into()]),
        );
        check(&["*"], &[Scope::Calls], Audience::Unrestricted);
    }

    #[test]
    fn admin_opens_every_scope_and_others_only_theirs() {
        let grant = |scopes: &[Scope]| Grant {
            scopes: scopes.to_vec(),
            ..Grant::local()
        };
        assert!(grant(&[Scope::Admin]).has(Scope::Insights));
        assert!(grant(&[Scope::Search]).has(Scope::Search));
        assert!(!grant(&[Scope::Search]).has(Scope::Calls));
        assert!("root".parse::<Scope>().is_err());
    }
}
