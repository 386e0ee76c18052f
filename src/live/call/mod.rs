//! One call as a state machine: utterances and account data go in, cards and events come out. Pure: time is an argument.
//!
//! Owns the order of steps within a call. Leaves decisions to `decide`, texts to `cards`, and locks and streams to
//! `registry`.

mod account;
mod moves;
mod told;

use std::{cmp::Reverse, collections::HashSet, sync::Arc};

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::{
    Account, AccountGap, CallEnded, Card, EndReason, Engagement, LiveError, NotShown, OpenCall,
    Policy, Retriever, Summary, SuppressionReason, Turn, Utterance, UtteranceResponse,
    annotations::said,
    call_language,
    card_history::{CardHistory, CardRecord},
    clock::Clock,
    intent::{Kind, kind},
    observer::{CallActivity, CallFacts, CustomerTurn, Engaged},
    questions::Questions,
    rulebook::RuleBook,
    small_talk::is_small_talk,
    summary::{Facts, summary},
    turns::{Turns, UtteranceStatus},
};
use crate::{
    article::Role,
    search::types::Audience,
    text::{Language, macro_tag, tail},
};
use moves::Moment;

/// Names the cards of calls: any fixed value does.
const CARDS: Uuid = Uuid::from_u128(0x6c1f_3a52_90d4_4b7e_a1c8_25f0_7d96_e3b4);

/// What a call stands on.
pub(super) struct CallContext<'a> {
    /// Search.
    pub(super) retriever: &'a dyn Retriever,
    /// Rules and articles of one generation.
    pub(super) book: &'a RuleBook,
    /// The settings.
    pub(super) policy: &'a Policy,
    /// What the agent may see.
    pub(super) audience: &'a Audience,
    /// The day for `effective`.
    pub(super) today: NaiveDate,
    /// Now.
    pub(super) now: DateTime<Utc>,
    /// Milliseconds spent on the request so far.
    pub(super) took_ms: &'a dyn Fn() -> f64,
}

/// What a request pushed, and what it kept back.
pub(super) type Pushed = (Vec<Card>, Vec<NotShown>);

/// One call.
#[derive(Debug)]
pub(super) struct Call {
    id: String,
    /// Makes the ids of its cards unlike those of a later call of the same name.
    name_space: Uuid,
    agent_id: Option<String>,
    /// A transcriber named the agent: it may have another name for who answers than the desktop has.
    is_agent_overheard: bool,
    customer_id: Option<String>,
    /// The customer was erased: nothing of the call is recorded, and it is forgotten with its end.
    is_erased: bool,
    lang: Option<String>,
    account: Account,
    account_gaps: Vec<AccountGap>,
    /// When sources were last asked for the account.
    account_asked: Option<DateTime<Utc>>,
    opened_at: DateTime<Utc>,
    active_at: DateTime<Utc>,
    summary: Option<Summary>,
    clock: Clock,
    turns: Turns,
    history: CardHistory,
    questions: Questions,
    /// Account rules that hold now, by article and condition: a rule fires when it joins them.
    holding: HashSet<(String, String)>,
    /// The generation whose account rules were judged last, unless a cap held some back.
    judged: Option<u64>,
    /// Number of the last event that was told.
    seq: u64,
    news: Vec<CallActivity>,
}

impl Call {
    /// Opens a call, and lets the account speak. Its events are numbered after `seq`.
    pub(super) fn open(
        id: String,
        owner: &str,
        seq: u64,
        request: OpenCall,
        on: &CallContext,
    ) -> (Self, Pushed) {
        let opened = format!(
            "{owner}\0{id}\0{}",
            on.now.timestamp_nanos_opt().unwrap_or_default()
        );
        let account_asked = request.customer_id.as_ref().map(|_| on.now);
        let mut call = Self {
            id,
            account_asked,
            name_space: Uuid::new_v5(&CARDS, opened.as_bytes()),
            agent_id: request.agent_id,
            is_agent_overheard: request.is_overheard,
            customer_id: request.customer_id,
            is_erased: false,
            lang: request.lang.map(macro_tag),
            account: request.account,
            account_gaps: request.account_gaps.unwrap_or_default(),
            opened_at: on.now,
            active_at: on.now,
            summary: None,
            clock: Clock::new(on.now),
            turns: Turns::default(),
            history: CardHistory::default(),
            questions: Questions::default(),
            holding: HashSet::new(),
            judged: None,
            seq,
            news: vec![CallActivity::Opened],
        };
        let pushed = call.fire_account(0, on);
        (call, pushed)
    }

    /// Takes in an utterance.
    pub(super) fn hear(
        &mut self,
        mut utterance: Utterance,
        on: &CallContext,
    ) -> Result<UtteranceResponse, LiveError> {
        self.check_open()?;
        let id = utterance
            .utterance_id
            .clone()
            .unwrap_or_else(|| self.made_up_id());
        let place = self.turns.known(&id);
        if let UtteranceStatus::Settled(answer) = place {
            let forgotten = || UtteranceResponse {
                utterance_id: id,
                cards: Vec::new(),
                not_shown: Vec::new(),
                took_ms: (on.took_ms)(),
            };
            return Ok(answer.map_or_else(forgotten, |answer| self.told_again(&answer, on)));
        }
        self.active_at = on.now;
        utterance.lang = utterance.lang.map(macro_tag);
        let at_ms = self.clock.tick(utterance.end_ms, on.now);
        let (role, is_final) = (utterance.role, utterance.is_final);
        let text = tail(&utterance.text, on.policy.bounds.turn_chars).to_owned();
        let said = said(&utterance.text);
        let asked = self
            .turns
            .asked_before(&id, utterance.begin_ms)
            .filter(|_| role == Role::Customer);
        let languages = on.book.catalog.languages();
        let language = languages
            .spoken(&said, utterance.lang.as_deref())
            .or_else(|| Language::of(self.lang.as_deref().filter(|_| utterance.lang.is_none())?));
        let is_small_talk = is_small_talk(&said, asked, language);
        if role == Role::Customer && is_final {
            // An empty final takes its partial back: nothing was said.
            if !said.trim().is_empty() {
                self.history.customer_spoke(&id, on.policy);
            }
        }
        let lang_before = self.lang.clone();
        if role == Role::Customer && (!is_small_talk || utterance.lang.is_some()) {
            self.lang =
                call_language::after(self.lang.as_deref(), utterance.lang.as_deref(), &said);
        }
        let turn = Turn {
            utterance_id: id.clone(),
            role,
            text,
            is_final,
            begin_ms: utterance.begin_ms,
            end_ms: utterance.end_ms,
            lang: utterance.lang.clone(),
            at: on.now,
        };
        self.turns
            .put(turn, is_small_talk, &place, &on.policy.bounds);
        let opening_turns = on.policy.thresholds.opening_turns;
        let kind = match role {
            Role::Customer => kind(&self.turns, &id, &said, opening_turns, language),
            Role::Agent | Role::System => Kind::Other(0),
        };
        let by_new_rules = self.fire_new(at_ms, on);
        let moment = Moment {
            id: &id,
            role,
            kind,
            is_final,
            is_small_talk,
            by_account: by_new_rules.as_ref().map_or(0, |(cards, _)| cards.len()),
        };
        let mut candidates = self.candidates(moment, &utterance.text, &said, on);
        if is_final {
            self.settle_partials(moment, &utterance.text, &mut candidates, at_ms, on);
            self.tick_off(&id, on);
        }
        let (mut cards, mut not_shown) = self.decide(candidates, Some(moment), at_ms, on);
        if !is_final {
            // What a partial is taken for binds nothing that comes after it.
            self.lang = lang_before;
        }
        if is_final && role == Role::Customer && !is_small_talk {
            self.news
                .push(CallActivity::CustomerTurn(Box::new(CustomerTurn {
                    text: said.into_owned(),
                    is_question: kind == Kind::Asking,
                    cards: cards.iter().map(|card| card.card_id.clone()).collect(),
                    is_unsure: not_shown
                        .iter()
                        .all(|silent| silent.reason == SuppressionReason::BelowThreshold),
                    at: on.now,
                })));
        }
        if let Some((more, silent)) = by_new_rules {
            cards.extend(more);
            cards.sort_by_key(|card| (Reverse(on.book.priority(card)), card.trigger.kind as u8));
            not_shown.extend(silent);
            not_shown.retain(|one| cards.iter().all(|card| card.article_id != one.article_id));
        }
        let heard = UtteranceResponse {
            utterance_id: id,
            cards,
            not_shown,
            took_ms: (on.took_ms)(),
        };
        if is_final {
            self.turns
                .settle(&heard.utterance_id, Arc::new(heard.clone()));
        }
        Ok(heard)
    }

    /// Takes note of what the agent did with a card.
    pub(super) fn engage(
        &mut self,
        card_id: &str,
        engagement: &Engagement,
        by: &str,
        now: DateTime<Utc>,
        may_see: impl Fn(&CardRecord) -> bool,
    ) -> Result<Card, LiveError> {
        let Some(mut card) = self
            .history
            .get(card_id)
            .filter(|shown| may_see(shown))
            .map(|shown| shown.card.clone())
        else {
            return Err(LiveError::UnknownCard {
                call_id: self.id.clone(),
                card_id: card_id.to_owned(),
            });
        };
        self.active_at = self.active_at.max(now);
        self.news.push(CallActivity::Engaged(Box::new(Engaged {
            card_id: card_id.to_owned(),
            article_id: card.article_id.clone(),
            engagement: engagement.clone(),
            by: by.to_owned(),
            at: now,
        })));
        if self
            .history
            .engage(card_id, engagement, self.clock.read(now))
        {
            self.tell_state(card_id);
            self.tell_question();
        }
        if let Some(shown) = self.history.get(card_id) {
            card.clone_from(&shown.card);
        }
        Ok(self.fresh(card))
    }

    /// Ends the call; a second end tells the same summary.
    pub(super) fn end(&mut self, reason: EndReason, now: DateTime<Utc>) -> Summary {
        if let Some(summary) = &self.summary {
            return summary.clone();
        }
        let summary = summary(Facts {
            call_id: &self.id,
            opened_at: self.opened_at,
            ended_at: now,
            turns: &self.turns,
            cards: self.history.iter().map(|shown| &shown.card).collect(),
            questions: self.questions.list(&self.history),
            is_chinese: self.is_chinese() == Some(true),
        });
        self.summary = Some(summary.clone());
        self.tell(CallActivity::Ended(CallEnded {
            call_id: self.id.clone(),
            reason,
            ended_at: now,
        }));
        summary
    }

    /// What a witness is told with everything.
    pub(super) fn facts<'a>(&'a self, owner: &'a str) -> CallFacts<'a> {
        CallFacts {
            call_id: &self.id,
            owner,
            agent_id: self.agent_id.as_deref(),
            key: self.name_space,
            customer_id: self.customer_id.as_deref(),
            is_erased: self.is_erased,
            lang: self.lang.as_deref(),
            account: &self.account,
            opened_at: self.opened_at,
        }
    }

    /// Takes the call off the record where it is that customer's; whether it is off.
    pub(super) fn erase(&mut self, customer_id: &str) -> bool {
        self.is_erased |= self.customer_id.as_deref() == Some(customer_id);
        self.is_erased
    }

    /// Whether its customer was erased.
    pub(super) fn is_erased(&self) -> bool {
        self.is_erased
    }

    /// When it ended.
    pub(super) fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.summary.as_ref().map(|summary| summary.ended_at)
    }

    /// When something last happened.
    pub(super) fn active_at(&self) -> DateTime<Utc> {
        self.active_at
    }

    /// What streams and witnesses have not been told yet.
    pub(super) fn take_news(&mut self) -> Vec<CallActivity> {
        std::mem::take(&mut self.news)
    }
}
