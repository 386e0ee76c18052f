//! The customer account of a call: data from openings, patches, and the account rules that fire.

use std::{collections::HashSet, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};

use super::{Call, CallContext, Pushed};
use crate::{
    article::Article,
    live::{
        Account, AccountGap, LiveError, OpenCall, SuppressionReason,
        account::{self, check_size},
        account_evaluator::AccountEvaluator,
        candidates::{account_rules, by_account},
    },
    text::macro_tag,
};

/// How long an account that could not be had is not asked for again: each time holds up the words.
const ASK_AGAIN_AFTER: TimeDelta = TimeDelta::seconds(60);

impl Call {
    /// Takes what an opening says of a call that is open already, where nothing was known: a transcriber may have told of
    /// the call before the desktop did. Gives the agent, where one takes the call by that, from another one too.
    pub(in crate::live) fn fill_in(
        &mut self,
        request: OpenCall,
        on: &CallContext,
    ) -> Option<String> {
        if self.summary.is_some() {
            return None;
        }
        let is_of_another = self.is_of_another(&request);
        self.customer_id = self.customer_id.take().or(request.customer_id);
        self.lang = self.lang.take().or(request.lang.map(macro_tag));
        if !is_of_another {
            let account = self.account_with(&request.account);
            let is_kept = check_size(&account, "", &on.policy.bounds).is_ok();
            if let Some(gaps) = request.account_gaps.filter(|_| is_kept) {
                self.account_gaps = gaps;
            }
            if is_kept && account != self.account {
                self.account = account;
                let at_ms = self.clock.read(on.now);
                self.fire_account(at_ms, on);
            }
        }
        let agent = request.agent_id?;
        let is_known = self.agent_id.is_some();
        if self.agent_id.as_ref() == Some(&agent)
            || (is_known && request.is_overheard && !self.is_agent_overheard)
        {
            return None;
        }
        self.is_agent_overheard = request.is_overheard;
        self.agent_id = Some(agent.clone());
        Some(agent)
    }

    /// Whether an opening would add something; None after the end.
    pub(in crate::live) fn lacks(&self, request: &OpenCall) -> Option<bool> {
        let is_news =
            |known: &Option<String>, told: &Option<String>| known.is_none() && told.is_some();
        let gaps = request.account_gaps.as_ref();
        let brings_account = !request.account.is_empty()
            && self.account_with(&request.account) != self.account
            || gaps.is_some_and(|gaps| *gaps != self.account_gaps);
        let lacks = is_news(&self.agent_id, &request.agent_id)
            || is_news(&self.customer_id, &request.customer_id)
            || is_news(&self.lang, &request.lang)
            || brings_account && !self.is_of_another(request);
        self.summary.is_none().then_some(lacks)
    }

    /// The account with what it lacks of another.
    fn account_with(&self, more: &Account) -> Account {
        let mut account = self.account.clone();
        account::fill(&mut account, more);
        account
    }

    /// Whether an opening is about another customer: what it knows of them is not for this call.
    fn is_of_another(&self, request: &OpenCall) -> bool {
        let told = request.customer_id.as_ref();
        told.is_some_and(|told| self.customer_id.as_ref().is_some_and(|known| known != told))
    }

    /// Whether the caller should ask the sources for the account now: the call is open, and they were never asked, or not within
    /// [`ASK_AGAIN_AFTER`] and its account is empty or has gaps. A `true` counts as asking, whether or not the caller then asks.
    pub(in crate::live) fn wants_account(&mut self, now: DateTime<Utc>) -> bool {
        let is_incomplete = self.account.is_empty() || !self.account_gaps.is_empty();
        let is_due = |at| is_incomplete && now - at >= ASK_AGAIN_AFTER;
        let wants = self.summary.is_none() && self.account_asked.is_none_or(is_due);
        if wants {
            self.account_asked = Some(now);
        }
        wants
    }

    /// What could not be had of the account.
    pub(in crate::live) fn account_gaps(&self) -> &[AccountGap] {
        &self.account_gaps
    }

    /// Merges a patch into the account; rules that become true fire, cards that no longer fit are withdrawn.
    pub(in crate::live) fn patch(
        &mut self,
        patch: &serde_json::Value,
        on: &CallContext,
    ) -> Result<Pushed, LiveError> {
        self.check_open()?;
        self.account = account::merge(&self.account, patch, &on.policy.bounds)?;
        self.active_at = on.now;
        // The clock is the transcriber's: only what is said sets it.
        let at_ms = self.clock.read(on.now);
        Ok(self.fire_account(at_ms, on))
    }

    /// Lets account rules fire that a new generation brings, or that a cap held back; None where all are judged.
    pub(super) fn fire_new(&mut self, at_ms: i64, on: &CallContext) -> Option<Pushed> {
        let is_new = self.judged != Some(on.book.generation());
        is_new.then(|| self.fire_account(at_ms, on))
    }

    /// Lets account rules fire that have become true, and withdraws what the account no longer supports, or whose article is
    /// gone or no longer in force. A rule whose article may not be seen this time is not used up by that; one that a cap kept
    /// silent is judged again at the next words.
    pub(super) fn fire_account(&mut self, at_ms: i64, on: &CallContext) -> Pushed {
        // An editor may have tied articles together since.
        for shown in self.history.iter_mut() {
            if let Some(at) = on.book.catalog.position(&shown.card.article_id) {
                on.book.catalog.original(at).clone_into(&mut shown.group);
            }
        }
        let account = AccountEvaluator::new(&self.account);
        let holding = account_rules(on.book, &account);
        let withdrawn = self.history.withdraw(|shown| {
            let position = on.book.catalog.position(&shown.card.article_id);
            !position.is_some_and(|at| {
                let is_live = |article: &Arc<Article>| article.live(on.today);
                on.book.article(at).is_some_and(is_live)
                    && account.holds(on.book.relevance(at))
                    && account.holds(shown.when.as_ref())
            })
        });
        for card_id in withdrawn {
            self.tell_state(&card_id);
        }
        let mut fired = Vec::new();
        let mut held: HashSet<(String, String)> = HashSet::new();
        for rule in holding {
            let condition = on.book.condition(rule);
            let has_fired = self.holding.contains(&condition);
            if !has_fired {
                fired.push(rule);
            }
            let is_seen = on
                .book
                .article(on.book.rules[rule].article)
                .is_some_and(|article| on.audience.sees(&article.audience));
            if has_fired || is_seen {
                held.insert(condition);
            }
        }
        self.holding = held;
        let pushed = self.decide(by_account(on.book, fired.iter().copied()), None, at_ms, on);
        let is_capped = |rule: &usize| {
            let (article_id, _) = on.book.condition(*rule);
            let mut silent = pushed.1.iter();
            silent.any(|one| one.article_id == article_id && one.reason == SuppressionReason::Cap)
        };
        fired.retain(is_capped);
        for rule in &fired {
            self.holding.remove(&on.book.condition(*rule));
        }
        self.judged = fired.is_empty().then(|| on.book.generation());
        pushed
    }
}
