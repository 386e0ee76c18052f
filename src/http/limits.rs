//! Rate and concurrency limits per identity, so that a client with too many requests slows down only itself.
//!
//! An identity is a key, a user of the identity provider, or, without either, an address. Owns counting and refusing;
//! leaves a key's own rate to `keys`.

use std::{
    collections::HashMap,
    net::IpAddr,
    num::NonZeroU32,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{StatusCode, request::Parts},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use metrics::counter;
use serde::Deserialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{
    identity::Identity, peer::Client, problem::Problem, serve::ConnectionPlace, state::AppState,
};
use crate::keys::Rate;

/// How long an identity that asks nothing and follows nothing is remembered: any rate has recovered by then.
const REMEMBERED: Duration = Duration::from_secs(3_600);

/// Identities that are told apart; beyond it newcomers share one.
const MAX_IDENTITIES: usize = 100_000;

/// An office on one key, typing; a single client in a loop is held at 500 a second.
const DEFAULT_RATE: Rate = Rate {
    count: NonZeroU32::MIN.saturating_add(29_999),
    span: Duration::from_secs(60),
};

/// Seconds after which a request that met a full share is worth repeating.
const RETRY_SECS: u64 = 1;

/// What anybody may ask, as the operator sets it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Requests of an identity over time; a key's own rate beats it.
    pub rate: Rate,
    /// Requests of an identity that may be unanswered at once.
    pub concurrent: usize,
    /// Streams (SSE and WebSockets) of an identity at once.
    pub streams: usize,
    /// Whether these three hold on loopback without keys too.
    pub local: bool,
    /// Connections at once, of everybody; more wait until one ends.
    pub connections: usize,
    /// Seconds that a request's head may take to arrive, a connection may be idle, and an answer may go unread.
    pub header_secs: u64,
    /// Seconds that a request may take from its head to the beginning of its answer.
    pub request_secs: u64,
}

impl Limits {
    /// The first setting that is out of range, and what it must be.
    #[must_use]
    pub fn flaw(&self) -> Option<(&'static str, String)> {
        let at_least_one = [
            ("limits.concurrent", self.concurrent),
            ("limits.streams", self.streams),
            ("limits.connections", self.connections),
            ("limits.header_secs", self.header_secs as usize),
            ("limits.request_secs", self.request_secs as usize),
        ];
        let none = at_least_one.iter().find(|(_, value)| *value == 0);
        none.map(|(key, _)| (*key, "must be 1 or more".to_owned()))
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            rate: DEFAULT_RATE,
            concurrent: 256,
            streams: 5_000,
            local: false,
            connections: 10_000,
            header_secs: 30,
            request_secs: 30,
        }
    }
}

/// Who is counted as one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Counted {
    /// Whoever has that name.
    Named(String),
    /// Somebody unknown at that address.
    At(IpAddr),
    /// All others.
    Others,
}

impl Counted {
    fn of(identity: &Identity, client: Client) -> Self {
        match (identity.known(), client.subscriber()) {
            (Some(who), _) => Self::Named(who.grant().name.clone()),
            (None, Some(address)) => Self::At(address),
            (None, None) => Self::Others,
        }
    }
}

/// What one identity has of the server.
struct Share {
    rate: Rate,
    /// When all that was asked so far would have been asked at the rate's own pace.
    paid_at: Mutex<Instant>,
    requests: Arc<Semaphore>,
    streams: Arc<Semaphore>,
}

impl Share {
    fn new(rate: Rate, limits: &Limits) -> Self {
        Self {
            rate,
            paid_at: Mutex::new(Instant::now()),
            requests: Arc::new(Semaphore::new(
                limits.concurrent.min(Semaphore::MAX_PERMITS),
            )),
            streams: Arc::new(Semaphore::new(limits.streams.min(Semaphore::MAX_PERMITS))),
        }
    }

    fn paid_at(&self) -> MutexGuard<'_, Instant> {
        self.paid_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for one request, until the answer begins.
    fn take(&self) -> Result<OwnedSemaphorePermit, Problem> {
        let mut paid_at = self.paid_at();
        let paid = pay(*paid_at, self.rate, Instant::now());
        if let Ok(later) = paid {
            *paid_at = later;
        }
        drop(paid_at);
        if let Err(wait) = paid {
            let detail = format!(
                "more than {} requests; slow down, or ask the operator for a higher rate",
                self.rate
            );
            return Err(refused("rate_limited", detail, wait.as_secs() + 1));
        }
        Arc::clone(&self.requests).try_acquire_owned().map_err(|_| {
            let detail = "too many of your requests are unanswered; wait for some of them";
            refused("too_many_at_once", detail.to_owned(), RETRY_SECS)
        })
    }
}

/// The generic cell rate algorithm: each request costs its part of the span, and a whole span may be owed at once. When all
/// is paid then, or how long to wait.
fn pay(paid_at: Instant, rate: Rate, now: Instant) -> Result<Instant, Duration> {
    let later = paid_at.max(now) + rate.span / rate.count.get();
    let wait = later.saturating_duration_since(now + rate.span);
    if wait.is_zero() { Ok(later) } else { Err(wait) }
}

fn refused(code: &'static str, detail: String, retry_secs: u64) -> Problem {
    counter!("cuecard_http_limited_total", "reason" => code).increment(1);
    Problem::new(StatusCode::TOO_MANY_REQUESTS, code, detail).retry_after(retry_secs)
}

/// The shares of everybody who asked lately.
#[derive(Default)]
pub(super) struct Shares(Mutex<HashMap<Counted, Arc<Share>>>);

impl Shares {
    fn of(&self, counted: Counted, rate: Rate, limits: &Limits) -> Arc<Share> {
        let mut shares = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_crowded = shares.len() >= MAX_IDENTITIES && !shares.contains_key(&counted);
        let (counted, rate) = if is_crowded {
            (Counted::Others, limits.rate)
        } else {
            (counted, rate)
        };
        let share = shares
            .entry(counted)
            .or_insert_with(|| Arc::new(Share::new(rate, limits)));
        if share.rate != rate {
            // Another key of the same name; what goes on under the old one goes on.
            *share = Arc::new(Share::new(rate, limits));
        }
        Arc::clone(share)
    }

    /// Forgets who asks nothing and follows nothing.
    pub(super) fn sweep(&self, now: Instant) {
        let mut shares = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_late = |share: &Share| now.saturating_duration_since(*share.paid_at()) > REMEMBERED;
        shares.retain(|_, share| Arc::strong_count(share) > 1 || !is_late(share));
    }
}

/// The layer: counts a request, and refuses it where it is too much.
pub(super) async fn limit(
    State(face): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    let limits = &face.settings().limits;
    // Whoever watches the server asks from one address, and must always get an answer. The page's files are many for
    // each desktop, and desktops share a key.
    let path = request.uri().path();
    let is_free = matches!(path, "/healthz" | "/readyz") || path.starts_with("/assets/");
    if is_free || (face.is_open() && !limits.local) {
        return next.run(request).await;
    }
    let (Some(identity), Some(client)) = (
        request.extensions().get::<Identity>(),
        request.extensions().get::<Client>(),
    ) else {
        return next.run(request).await;
    };
    let own = identity.known().and_then(|who| who.grant().rate);
    let counted = Counted::of(identity, *client);
    let share = face
        .shares()
        .of(counted, own.unwrap_or(limits.rate), limits);
    match share.take() {
        Err(refusal) => refusal.into_response(),
        Ok(_place) => {
            request.extensions_mut().insert(share);
            next.run(request).await
        }
    }
}

/// A stream's place in its reader's share, where that is limited, and its connection's, until it is dropped.
pub(super) struct StreamPlace {
    _held: Option<(OwnedSemaphorePermit, Arc<Share>)>,
    _connection: Option<ConnectionPlace>,
}

impl<S: Send + Sync> FromRequestParts<S> for StreamPlace {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let connection = parts.extensions.get::<ConnectionPlace>().cloned();
        let Some(share) = parts.extensions.get::<Arc<Share>>() else {
            return Ok(Self {
                _held: None,
                _connection: connection,
            });
        };
        let place = Arc::clone(&share.streams).try_acquire_owned();
        let place = place.map_err(|_| {
            let detail = "too many of your streams are open; close some of them";
            refused("too_many_streams", detail.to_owned(), RETRY_SECS)
        })?;
        Ok(Self {
            _held: Some((place, Arc::clone(share))),
            _connection: connection,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_s_requests_may_come_at_once_and_then_at_their_pace() {
        let check = |rate: &str, asked_ms: &[u64], expected: &[Option<u64>]| {
            let (rate, begin) = (rate.parse().unwrap(), Instant::now());
            let mut paid_at = begin;
            let mut waits = Vec::new();
            for ms in asked_ms {
                let paid = pay(paid_at, rate, begin + Duration::from_millis(*ms));
                waits.push(paid.err().map(|wait| wait.as_millis() as u64));
                paid_at = paid.unwrap_or(paid_at);
            }
            assert_eq!(waits, expected, "{rate}");
        };
        check(
            "2/s",
            &[0, 0, 0, 400, 500, 500, 5_000, 5_000, 5_000],
            &[
                None,
                None,
                Some(500),
                Some(100),
                None,
                Some(500),
                None,
                None,
                Some(500),
            ],
        );
        check(
            "1/m",
            &[0, 0, 59_000, 60_000],
            &[None, Some(60_000), Some(1_000), None],
        );
    }

    #[test]
    fn who_asks_nothing_is_forgotten_unless_a_stream_is_open() {
        let shares = Shares::default();
        let limits = Limits::default();
        let of = |name: &str| shares.of(Counted::Named(name.into()), limits.rate, &limits);
        of("gone");
        let _follows = of("follows");
        let later = Instant::now() + 2 * REMEMBERED;
        *of("asks").paid_at() = later;
        shares.sweep(later);
        let mut left: Vec<_> = shares.0.lock().unwrap().keys().cloned().collect();
        left.sort_by_key(|counted| format!("{counted:?}"));
        assert_eq!(
            left,
            [
                Counted::Named("asks".into()),
                Counted::Named("follows".into())
            ]
        );
    }

    #[test]
    fn an_ipv6_subscriber_is_one() {
        let at = |text: &str| {
            let client = Client {
                address: Some(text.parse().unwrap()),
                is_secure: false,
            };
            Counted::of(&super::super::identity::nobody(), client)
        };
        assert_eq!(at("2001:db8:1:2::1"), at("2001:db8:1:2:ffff::9"));
        assert_ne!(at("2001:db8:1:2::1"), at("2001:db8:1:3::1"));
        assert_ne!(at("203.0.113.1"), at("203.0.113.2"));
    }
}
