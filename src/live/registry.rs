//! All calls of this replica: who may access which, one request at a time per call.
//!
//! Owns the map of calls, identity and streams. Leaves what a call does to `call`. Every function blocks for a few
//! milliseconds at most: async callers run it on a pool. A call's lock is held during its decision, the map's lock never
//! is: calls do not wait for each other.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicI64, Ordering},
    },
    time::Instant,
};

use chrono::{DateTime, NaiveDate, Utc};

use super::{
    AccountChanged, Caller, Card, EndReason, Engagement, LiveError, OpenCall, Opened, Policy,
    Retriever, Summary, Utterance, UtteranceResponse,
    agents::Agents,
    call::{Call, CallContext},
    call_entry::{CallEntry, ERASED, Listeners, OPEN, make_room, owned},
    clock::seconds,
    intake::{check_engagement, check_open, check_utterance},
    observer::CallObserver,
    past_calls::PastCalls,
    readers::owner_of,
    rulebook::RuleBook,
    streams::Stream,
};
use crate::{index::PerGeneration, search::types::Audience};

/// Determines the date for `effective`, in the server's time zone.
pub type Calendar = Arc<dyn Fn(DateTime<Utc>) -> NaiveDate + Send + Sync>;

/// All calls of this replica.
pub struct CallRegistry {
    pub(super) retriever: Arc<dyn Retriever>,
    pub(super) policy: Policy,
    calendar: Calendar,
    /// Calls by id; callers have their own names for calls, so an id may have several.
    calls: RwLock<HashMap<String, Vec<Arc<CallEntry>>>>,
    past: PastCalls,
    pub(super) agents: Agents,
    /// Compiled once for each generation and shared by all calls.
    rules: PerGeneration<RuleBook>,
    pub(super) witnesses: Vec<Arc<dyn CallObserver>>,
}

impl CallRegistry {
    /// An empty registry; dates are in UTC.
    #[must_use]
    pub fn new(retriever: Arc<dyn Retriever>, policy: Policy) -> Self {
        Self {
            agents: Agents::after(0, policy.bounds.stream_events),
            retriever,
            policy,
            calendar: Arc::new(|now| now.date_naive()),
            calls: RwLock::default(),
            past: PastCalls::default(),
            rules: PerGeneration::default(),
            witnesses: Vec::new(),
        }
    }

    /// The same registry with another calendar.
    #[must_use]
    pub fn with_calendar(self, calendar: Calendar) -> Self {
        Self { calendar, ..self }
    }

    /// Starts event numbers of agents' streams at `at` in milliseconds since 1970, so that numbers from before a restart are
    /// always lower and a returning reader gets `resync`.
    #[must_use]
    pub fn begun(mut self, at: DateTime<Utc>) -> Self {
        let numbered = at.timestamp_millis().try_into().unwrap_or_default();
        self.agents = Agents::after(numbered, self.policy.bounds.stream_events);
        self
    }

    /// The same registry, showing more (above 0) or fewer (below 0) cards than its settings say, in log-odds.
    #[must_use]
    pub fn leaning(mut self, lean: f64) -> Self {
        self.policy.thresholds.lean += lean;
        self
    }

    /// Opens a call, or returns the open one with that id; data that the open call lacks is added to it, and an agent named
    /// in the request takes over the call.
    ///
    /// # Errors
    /// Something in the request is out of range, or too many calls are open.
    pub fn open(
        &self,
        caller: &Caller,
        request: OpenCall,
        now: DateTime<Utc>,
    ) -> Result<Opened, LiveError> {
        check_open(&request, &self.policy.bounds)?;
        let call_id = request
            .call_id
            .clone()
            .unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
        if let Some(seat) = self.seat(caller, &call_id) {
            return Ok(self.opened_before(caller, call_id, &seat, request, now));
        }
        let numbered = self.past.last(&caller.name, &call_id);
        let (call, (cards, not_shown)) = self.on_ground(&caller.audience, now, |ground| {
            Call::open(
                call_id.clone(),
                &caller.name,
                numbered,
                request.clone(),
                ground,
            )
        });
        let account_gaps = request.account_gaps.clone().unwrap_or_default();
        let seat = Arc::new(CallEntry {
            id: call_id.clone(),
            owner: caller.name.clone(),
            audience: caller.audience.clone(),
            call: Mutex::new(call),
            stream: Stream::after(numbered, self.policy.bounds.stream_events),
            listeners: Mutex::new(Listeners::new(
                request
                    .agent_id
                    .as_ref()
                    .map(|agent| self.agents.told(agent, owner_of(caller)))
                    .unwrap_or_default(),
            )),
            witnesses: self.witnesses.clone(),
            opened_ms: now.timestamp_millis(),
            active_ms: AtomicI64::new(now.timestamp_millis()),
            ended_ms: AtomicI64::new(OPEN),
        });
        // Held until the opening was told: nothing can be told of the call before it.
        let mut guard = seat.lock();
        let mut calls = self.calls.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(other) = owned(&calls, caller, &call_id) {
            drop(calls);
            return Ok(self.opened_before(caller, call_id, &other, request, now));
        }
        let gives_way = make_room(&mut calls, self.policy.bounds.calls, &caller.name, now)?;
        calls
            .entry(call_id.clone())
            .or_default()
            .push(Arc::clone(&seat));
        drop(calls);
        seat.publish(&mut guard);
        // One call's lock at a time: who opens that one may be making room by this one.
        drop(guard);
        if let Some(other) = gives_way {
            other.give_way(now);
            self.past.put(&other);
        }
        Ok(Opened {
            call_id,
            cards,
            not_shown,
            account_gaps,
            existed: false,
        })
    }

    /// Merges a patch (RFC 7396, an object) into the account.
    ///
    /// # Errors
    /// The call is unknown or has ended, the patch is not an object, or the account would be too large.
    pub fn patch_account(
        &self,
        caller: &Caller,
        call_id: &str,
        patch: serde_json::Value,
        now: DateTime<Utc>,
    ) -> Result<AccountChanged, LiveError> {
        let seat = self.known(caller, call_id)?;
        let audience = seat.shared_with(caller);
        let mut call = seat.lock();
        let changed = self.on_ground(&audience, now, |ground| call.patch(&patch, ground));
        seat.publish(&mut call);
        changed.map(|(cards, not_shown)| AccountChanged { cards, not_shown })
    }

    /// Processes an utterance, partial or final.
    ///
    /// # Errors
    /// The call is unknown or has ended, or something in the request is out of range.
    pub fn hear(
        &self,
        caller: &Caller,
        call_id: &str,
        utterance: Utterance,
        now: DateTime<Utc>,
    ) -> Result<UtteranceResponse, LiveError> {
        let seat = self.known(caller, call_id)?;
        check_utterance(&utterance)?;
        let audience = seat.shared_with(caller);
        let mut call = seat.lock();
        let heard = self.on_ground(&audience, now, |ground| call.hear(utterance, ground));
        seat.publish(&mut call);
        heard
    }

    /// Records what the agent did with a card, and returns its current state. Works after the end of the call too.
    ///
    /// # Errors
    /// The call or the card is unknown, or a rating is missing.
    pub fn engage(
        &self,
        caller: &Caller,
        call_id: &str,
        card_id: &str,
        engagement: Engagement,
        now: DateTime<Utc>,
    ) -> Result<Card, LiveError> {
        let seat = self.known(caller, call_id)?;
        check_engagement(&engagement)?;
        let mut call = seat.lock();
        let card = call.engage(card_id, &engagement, &caller.name, now, |shown| {
            self.may_see(caller, shown)
        });
        seat.publish(&mut call);
        card
    }

    /// Ends a call; ending it again returns the same summary.
    ///
    /// # Errors
    /// The call is unknown.
    pub fn end(
        &self,
        caller: &Caller,
        call_id: &str,
        now: DateTime<Utc>,
    ) -> Result<Summary, LiveError> {
        let seat = self.known(caller, call_id)?;
        let mut call = seat.lock();
        let summary = call.end(EndReason::Ended, now);
        seat.publish(&mut call);
        let told = call.told_summary(|shown| self.may_see(caller, shown));
        Ok(told.unwrap_or(summary))
    }

    /// Ends idle calls and forgets ended ones; call it every few seconds.
    pub fn sweep(&self, now: DateTime<Utc>) {
        let idle = seconds(self.policy.bounds.idle_secs);
        let keep_ms = seconds(self.policy.bounds.keep_ended_secs).num_milliseconds();
        let is_old = |ended_ms: i64| {
            ended_ms != OPEN && ended_ms.saturating_add(keep_ms) <= now.timestamp_millis()
        };
        let mut has_old = false;
        for seat in self.seats() {
            let ended_ms = seat.ended_ms.load(Ordering::Acquire);
            has_old |= is_old(ended_ms);
            if ended_ms == OPEN
                && let Some(mut call) = seat.try_lock()
                && now - call.active_at() >= idle
            {
                call.end(EndReason::Idle, now);
                seat.publish(&mut call);
            }
        }
        if has_old {
            self.forget(is_old);
        }
        self.agents.sweep();
    }

    /// Erases a customer's calls: ended ones at once, open ones when they end; nothing more is recorded of the latter.
    pub fn erase(&self, customer_id: &str) {
        for seat in self.seats() {
            let mut call = seat.lock();
            if call.erase(customer_id) {
                seat.clear_streams();
                seat.publish(&mut call);
            }
        }
        self.forget(|ended_ms| ended_ms == ERASED);
    }

    /// Drops ended calls, depending on when they ended.
    fn forget(&self, is_old: impl Fn(i64) -> bool) {
        let mut calls = self.calls.write().unwrap_or_else(PoisonError::into_inner);
        calls.retain(|_, seats| {
            seats.retain(|seat| {
                let ended_ms = seat.ended_ms.load(Ordering::Acquire);
                if ended_ms == ERASED {
                    seat.clear_streams();
                }
                if is_old(ended_ms) {
                    self.past.put(seat);
                }
                !is_old(ended_ms)
            });
            !seats.is_empty()
        });
    }

    fn seats(&self) -> Vec<Arc<CallEntry>> {
        let calls = self.calls.read().unwrap_or_else(PoisonError::into_inner);
        calls.values().flatten().cloned().collect()
    }

    /// Whether the account of that call should be fetched. Whoever gets true must fetch it: for a while nobody else gets
    /// true.
    pub fn wants_account(&self, caller: &Caller, call_id: &str, now: DateTime<Utc>) -> bool {
        self.seat(caller, call_id)
            .is_none_or(|seat| seat.lock().wants_account(now))
    }

    /// Whether an opening would add something to that call; None if it is not open.
    #[must_use]
    pub fn lacks(&self, caller: &Caller, call_id: &str, request: &OpenCall) -> Option<bool> {
        self.seat(caller, call_id)?.lock().lacks(request)
    }

    /// Calls that have not ended.
    #[must_use]
    pub fn open_calls(&self) -> usize {
        let calls = self.calls.read().unwrap_or_else(PoisonError::into_inner);
        calls
            .values()
            .flatten()
            .filter(|seat| seat.is_open())
            .count()
    }

    /// Runs a decision on the newest generation.
    pub(super) fn on_ground<T>(
        &self,
        audience: &Audience,
        now: DateTime<Utc>,
        run: impl FnOnce(&CallContext) -> T,
    ) -> T {
        let started = Instant::now();
        let book = self.book();
        run(&CallContext {
            retriever: self.retriever.as_ref(),
            book: &book,
            policy: &self.policy,
            audience,
            today: (self.calendar)(now),
            now,
            took_ms: &|| started.elapsed().as_secs_f64() * 1e3,
        })
    }

    fn book(&self) -> Arc<RuleBook> {
        let catalog = self.retriever.catalog();
        let generation = catalog.info.generation;
        let compile = |_: Option<&RuleBook>| RuleBook::new(catalog, &self.policy);
        self.rules.newest(generation, compile)
    }

    fn seat(&self, caller: &Caller, call_id: &str) -> Option<Arc<CallEntry>> {
        owned(
            &self.calls.read().unwrap_or_else(PoisonError::into_inner),
            caller,
            call_id,
        )
    }

    pub(super) fn known(
        &self,
        caller: &Caller,
        call_id: &str,
    ) -> Result<Arc<CallEntry>, LiveError> {
        self.seat(caller, call_id)
            .ok_or_else(|| LiveError::UnknownCall {
                call_id: call_id.to_owned(),
            })
    }

    fn opened_before(
        &self,
        caller: &Caller,
        call_id: String,
        seat: &CallEntry,
        request: OpenCall,
        now: DateTime<Utc>,
    ) -> Opened {
        let audience = seat.shared_with(caller);
        let mut call = seat.lock();
        let agent = self.on_ground(&audience, now, |ground| call.fill_in(request, ground));
        seat.publish(&mut call);
        if let Some(agent) = agent {
            let is_own = caller.admin && seat.owner == caller.name;
            let owner = (!is_own).then_some(seat.owner.as_str());
            seat.hand_over(self.agents.told(&agent, owner));
        }
        Opened {
            call_id,
            cards: call.cards(|shown| self.may_see(caller, shown)),
            not_shown: Vec::new(),
            account_gaps: call.account_gaps().to_vec(),
            existed: true,
        }
    }
}
