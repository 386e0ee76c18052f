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

/// Fetches at once: past that an opening call goes without, rather than wait behind others.
const MAX_FETCHES: usize = 64;

/// What is told of a source whose answer made us panic; the log says more.
const UNFORESEEN: GapReason = GapReason::Malformed;

/// What was fetched of a customer.
#[derive(Debug, Default, PartialEq)]
pub struct Fetched {
    /// All answers in one; what later sources know wins over what earlier ones do.
    pub account: Account,
    /// What is missing of it.
    pub gaps: Vec<AccountGap>,
}

/// All sources of accounts.
#[derive(Debug)]
pub struct Accounts {
    sources: Vec<Source>,
    /// Bytes of an account that a call keeps.
    limit: usize,
    places: Semaphore,
}

impl Accounts {
    /// Takes the sources as configured. `hosts` are the only ones that are ever asked, `secret` gives the value of an
    /// environment variable, `limit` is what a call keeps of an account, in bytes.
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

    /// Whether there is nobody to ask.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    /// Asks every source at once and waits for the slowest, at most its time-out. A part that makes the account too large
    /// beside what is `given` is left out. Blocking.
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
                    // The customer's id stays out of the log.
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

    /// What there is when fetching itself failed: nothing, and a gap for each source.
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

    /// Forgets what the sources said of a customer.
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
        // One source needs no thread of its own.
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
