//! Account data from other systems: what the CRM, billing and order systems hold about a customer, fetched when a call
//! begins.
//!
//! Owns querying the sources, their timeouts, cache and circuit breakers, and merging several answers into one account.
//! If a source fails, its part is left out and reported as a gap; it never delays or fails a call. Every function that
//! fetches blocks, so callers run it off the async threads. Leaves what an account means to `live`.

mod settings;
mod source;
mod template;

use std::thread;

use tokio::sync::Semaphore;

use crate::{
    live::{Account, AccountGap, GapReason, account_excess, fill_account},
    panics::caught,
};

pub use settings::{AccountsError, SourceSettings};
use source::Source;

/// Maximum concurrent fetches: above it a call is opened without account data, rather than wait.
const MAX_FETCHES: usize = 64;

/// Gap reason for a source whose answer caused a panic; the log has details.
const UNFORESEEN: GapReason = GapReason::Malformed;

/// Account data of a customer.
#[derive(Debug, Default, PartialEq)]
pub struct Fetched {
    /// All answers merged; what later sources know takes precedence.
    pub account: Account,
    /// The missing parts.
    pub gaps: Vec<AccountGap>,
}

/// All account sources.
#[derive(Debug)]
pub struct Accounts {
    sources: Vec<Source>,
    /// Maximum bytes of a call's account.
    limit: usize,
    places: Semaphore,
}

impl Accounts {
    /// Creates the sources as configured. Only `hosts` are ever contacted, `secret` returns the value of an
    /// environment variable, `limit` is the maximum size of a call's account, in bytes.
    ///
    /// # Errors
    /// The first setting that cannot be used.
    pub fn new(
        settings: &[SourceSettings],
        hosts: &[String],
        secret: impl Fn(&str) -> Option<String>,
        limit: usize,
    ) -> Result<Self, AccountsError> {
        settings::check_names(settings)?;
        let sources = settings
            .iter()
            .map(|settings| Source::new(settings, hosts, &secret));
        Ok(Self {
            sources: sources.collect::<Result<_, _>>()?,
            limit,
            places: Semaphore::new(MAX_FETCHES),
        })
    }

    /// Whether there are no sources.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    /// Queries all sources concurrently and waits for the slowest, at most its timeout. A part that would make the account too large
    /// together with what is `given` is left out. Blocking.
    #[must_use]
    pub fn fetch(&self, customer_id: &str, given: &Account) -> Fetched {
        if self.sources.is_empty() {
            return Fetched::default();
        }
        let answers = match self.places.try_acquire() {
            Ok(_place) => self.ask(customer_id),
            Err(_) => vec![Err(GapReason::Busy); self.sources.len()],
        };
        let mut fetched = Fetched::default();
        for (source, answer) in self.sources.iter().zip(answers) {
            let merged =
                answer.and_then(|part| self.merged(&fetched.account, &source.placed(&part), given));
            match merged {
                Ok(account) => fetched.account = account,
                Err(reason) => {
                    // The customer's id must not be logged.
                    tracing::warn!(
                        source = source.name(),
                        reason = reason.name(),
                        "a part of an account is missing"
                    );
                    fetched.gaps.push(AccountGap {
                        source: source.name().to_owned(),
                        reason,
                    });
                }
            }
        }
        fetched
    }

    /// The result if fetching itself failed: no data, and a gap for each source.
    #[must_use]
    pub fn nothing(&self) -> Fetched {
        let gaps = self.sources.iter().map(|source| AccountGap {
            source: source.name().to_owned(),
            reason: UNFORESEEN,
        });
        Fetched {
            account: Account::new(),
            gaps: gaps.collect(),
        }
    }

    /// Removes a customer from the sources' caches.
    pub fn forget(&self, customer_id: &str) {
        self.sources
            .iter()
            .for_each(|source| source.forget(customer_id));
    }

    fn ask(&self, customer_id: &str) -> Vec<Result<Account, GapReason>> {
        let ask = |source: &Source| {
            caught(|| source.ask(customer_id)).unwrap_or_else(|panic| {
                tracing::error!(source = source.name(), panic, "asking a source panicked");
                Err(UNFORESEEN)
            })
        };
        // A single source needs no extra thread.
        if let [source] = self.sources.as_slice() {
            return vec![ask(source)];
        }
        thread::scope(|scope| {
            let asked: Vec<_> = self
                .sources
                .iter()
                .map(|source| scope.spawn(move || ask(source)))
                .collect();
            asked
                .into_iter()
                .map(|answer| answer.join().unwrap_or(Err(UNFORESEEN)))
                .collect()
        })
    }

    fn merged(
        &self,
        account: &Account,
        part: &Account,
        given: &Account,
    ) -> Result<Account, GapReason> {
        let mut merged = part.clone();
        fill_account(&mut merged, account);
        let mut whole = given.clone();
        fill_account(&mut whole, &merged);
        match account_excess(&whole, self.limit) {
            None => Ok(merged),
            Some(_) => Err(GapReason::TooLarge),
        }
    }
}

#[cfg(test)]
pub(crate) mod little;
#[cfg(test)]
mod tests;
