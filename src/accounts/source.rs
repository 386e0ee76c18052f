//! One account source: queried by HTTP GET, with a cache, and a circuit breaker for when it keeps
//! failing.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use metrics::{counter, histogram};
use serde_json::Value;
use ureq::{
    Agent, Error,
    http::{HeaderName, HeaderValue},
};

use super::{
    AccountsError, SourceSettings,
    settings::check,
    template::{address, with_secrets},
};
use crate::{
    breaker::Breaker,
    json::values,
    live::{ACCOUNT_VALUES, Account, GapReason},
    outbound,
};

/// Customers cached per source.
const CACHED: u64 = 10_000;

/// Maximum bytes read of an answer; a call keeps less.
const MAX_ANSWER_BYTES: u64 = 256 * 1024;

/// Why a source gave no account.
enum Miss {
    /// The source itself fails.
    Source(GapReason),
    /// It answered, but not with this customer's account.
    Customer(GapReason),
}

/// One source.
pub(super) struct Source {
    name: String,
    url: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    pick: String,
    into: String,
    agent: Agent,
    cache: moka::sync::Cache<String, Arc<Account>>,
    breaker: Mutex<Breaker>,
}

/// Headers contain secrets: they are not shown.
impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Source {
    /// Creates a source as configured.
    pub(super) fn new(
        settings: &SourceSettings,
        hosts: &[String],
        secret: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, AccountsError> {
        check(settings, hosts)?;
        let name = &settings.name;
        let mut headers = Vec::new();
        for (header, template) in &settings.headers {
            let value = with_secrets(name, template, &secret)?;
            let header = HeaderName::try_from(header.as_str()).map_err(|_| {
                AccountsError::invalid(
                    name,
                    format!("has a header {header:?}, which is no name of one"),
                )
            })?;
            let value = HeaderValue::try_from(value).map_err(|_| {
                AccountsError::invalid(
                    name,
                    format!("has a value for {header} that no header can have"),
                )
            })?;
            headers.push((header, value));
        }
        // Only the allowed host may be contacted: no redirects, no proxy.
        let agent = outbound::client(Duration::from_millis(settings.timeout_ms))
            .proxy(None)
            .build()
            .new_agent();
        // Without a cache, concurrent queries for one customer are still merged.
        let cache = moka::sync::Cache::builder()
            .max_capacity(CACHED)
            .time_to_live(Duration::from_secs(settings.cache_secs))
            .build();
        Ok(Self {
            name: name.clone(),
            url: settings.url.clone(),
            headers,
            pick: settings.pick.clone(),
            into: settings.into.clone(),
            agent,
            cache,
            breaker: Mutex::new(Breaker::new(
                settings.failures,
                Duration::from_secs(settings.pause_secs),
            )),
        })
    }

    /// Its name in the configuration.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Its part of a customer's account. Concurrent calls for the same customer share one request. Blocking.
    pub(super) fn ask(&self, customer_id: &str) -> Result<Account, GapReason> {
        let mut is_known = true;
        let answer = self.cache.try_get_with_by_ref(customer_id, || {
            is_known = false;
            self.look_up(customer_id).map(Arc::new)
        });
        if is_known && answer.is_ok() {
            self.count("cached");
        }
        answer.map_or_else(|reason| Err(*reason), |known| Ok(Account::clone(&known)))
    }

    /// Removes a customer from the cache.
    pub(super) fn forget(&self, customer_id: &str) {
        self.cache.invalidate(customer_id);
    }

    fn look_up(&self, customer_id: &str) -> Result<Account, GapReason> {
        let url = address(&self.url, customer_id).ok_or(GapReason::BadCustomerId)?;
        if !self.breaker().lets_through(Instant::now()) {
            self.count(GapReason::Paused.name());
            return Err(GapReason::Paused);
        }
        let begun = Instant::now();
        let answer = self.get(&url);
        histogram!("cuecard_account_source_duration_seconds", "source" => self.name.clone())
            .record(begun.elapsed());
        match &answer {
            Ok(_) | Err(Miss::Customer(_)) => self.breaker().answered(),
            Err(Miss::Source(_)) => self.breaker().failed(Instant::now()),
        }
        let answer = answer.map_err(|(Miss::Source(reason) | Miss::Customer(reason))| reason);
        self.count(
            answer
                .as_ref()
                .map_or_else(|reason| reason.name(), |_| "fetched"),
        );
        answer
    }

    /// The answer at its place in the account.
    pub(super) fn placed(&self, part: &Account) -> Account {
        let mut placed = part.clone();
        for name in self.into.split('.').rev().filter(|name| !name.is_empty()) {
            placed = Account::from_iter([(name.to_owned(), Value::Object(placed))]);
        }
        placed
    }

    fn get(&self, url: &str) -> Result<Account, Miss> {
        let mut request = self.agent.get(url).header("accept", "application/json");
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let mut response = request.call().map_err(miss)?;
        match response.status().as_u16() {
            204 | 404 | 410 => return Err(Miss::Customer(GapReason::NotFound)),
            200..=299 => {}
            401 | 403 | 429 | 500.. => return Err(Miss::Source(GapReason::Refused)),
            _ => return Err(Miss::Customer(GapReason::Refused)),
        }
        let bytes = response
            .body_mut()
            .with_config()
            .limit(MAX_ANSWER_BYTES)
            .read_to_vec()
            .map_err(miss)?;
        if values(&bytes) > ACCOUNT_VALUES {
            return Err(Miss::Customer(GapReason::TooLarge));
        }
        let whole: Value =
            serde_json::from_slice(&bytes).map_err(|_| Miss::Customer(GapReason::Malformed))?;
        match whole.pointer(&self.pick) {
            Some(Value::Object(part)) => Ok(part.clone()),
            Some(Value::Null) | None => Err(Miss::Customer(GapReason::NotFound)),
            Some(_) => Err(Miss::Customer(GapReason::Malformed)),
        }
    }

    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, outcome: &'static str) {
        counter!("cuecard_account_source_total", "source" => self.name.clone(), "outcome" => outcome).increment(1);
    }
}

fn miss(error: Error) -> Miss {
    match error {
        Error::Timeout(_) => Miss::Source(GapReason::Timeout),
        Error::BodyExceedsLimit(_) => Miss::Customer(GapReason::TooLarge),
        Error::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => {
            Miss::Source(GapReason::Timeout)
        }
        Error::Protocol(_) | Error::Http(_) => Miss::Customer(GapReason::Malformed),
        _ => Miss::Source(GapReason::Unreachable),
    }
}
