//! The decision over candidates from three sources: each ends as a card, or is not shown for a stated reason.
//!
//! Owns the order of candidates and the application of the policy. Leaves finding candidates to `candidates`, and the
//! content of a card to `cards`.

use std::{cmp::Reverse, collections::HashMap, sync::Arc};

use chrono::NaiveDate;

use super::{
    NotShown, Policy, SuppressionReason, TriggerKind,
    account_evaluator::AccountEvaluator,
    candidates::{Candidate, Source},
    card_history::CardHistory,
    intent::Kind,
    rulebook::RuleBook,
    visibility::sees,
};
use crate::{
    article::Article,
    index::Catalog,
    search::{Found, confidence::level, types::Audience},
};

/// What a decision depends on, besides the candidates.
pub(super) struct Situation<'a> {
    /// Rules and articles.
    pub(super) book: &'a RuleBook,
    /// The newest generation: it may have come while its rules were being compiled.
    pub(super) newest: Arc<Catalog>,
    /// The settings.
    pub(super) policy: &'a Policy,
    /// What was shown so far.
    pub(super) history: &'a CardHistory,
    /// The customer's account.
    pub(super) account: AccountEvaluator<'a>,
    /// What the agent may see.
    pub(super) audience: &'a Audience,
    /// Language of the call: its primary subtag, where known.
    pub(super) lang: Option<String>,
    /// What the customer does with the turn.
    pub(super) kind: Kind,
    /// The utterance that is being processed, if any.
    pub(super) utterance_id: Option<&'a str>,
    /// Cards that it brought up already.
    pub(super) at_once: usize,
    /// The call's clock.
    pub(super) at_ms: i64,
    /// The day for `effective`.
    pub(super) today: NaiveDate,
}

/// What was decided.
#[derive(Debug, Default)]
pub(super) struct Choice<'c> {
    /// To be pushed, best first.
    pub(super) cards: Vec<&'c Candidate>,
    /// All candidates that may be named.
    pub(super) all: &'c [Candidate],
    /// Silent, by the order of candidates; one reason an article.
    pub(super) not_shown: Vec<NotShown>,
}

/// Decides on all candidates of one moment.
pub(super) fn choose<'c>(candidates: &'c mut Vec<Candidate>, at: &Situation) -> Choice<'c> {
    at.prepare(candidates);
    let all: &[Candidate] = candidates;
    let mut ordered: Vec<(&Candidate, &str)> = all.iter().map(|one| (one, at.group(one))).collect();
    let languages = at.preferred_languages(&ordered);
    ordered.sort_by(|(a, in_a), (b, in_b)| {
        let key = |candidate: &Candidate| {
            (
                Reverse(at.priority(candidate)),
                candidate.source.kind() as u8,
            )
        };
        let foreign = |candidate: &Candidate, group: &str| {
            languages
                .get(group)
                .is_some_and(|best| *best != candidate.article)
        };
        key(a)
            .cmp(&key(b))
            .then(foreign(a, in_a).cmp(&foreign(b, in_b)))
            .then(b.confidence.total_cmp(&a.confidence))
            .then(a.article.cmp(&b.article))
    });
    let mut chosen: Vec<(&Candidate, &str)> = Vec::new();
    let mut silent: Vec<(u32, SuppressionReason)> = Vec::new();
    for (candidate, group) in ordered {
        let is_of = |article: u32| article == candidate.article;
        if chosen.iter().any(|(card, _)| is_of(card.article)) {
            continue;
        }
        match at.judge(candidate, group, &chosen) {
            Ok(()) => {
                silent.retain(|(article, _)| !is_of(*article));
                chosen.push((candidate, group));
            }
            Err(reason) if !silent.iter().any(|(article, _)| is_of(*article)) => {
                silent.push((candidate.article, reason));
            }
            Err(_) => {}
        }
    }
    let not_shown = silent.into_iter().filter_map(|(article, reason)| {
        Some(NotShown {
            article_id: at.book.article(article)?.id.clone(),
            reason,
        })
    });
    Choice {
        not_shown: not_shown.collect(),
        cards: chosen.into_iter().map(|(candidate, _)| candidate).collect(),
        all,
    }
}

/// The candidates that speak for their articles, whatever was shown before.
pub(super) fn supported<'c>(
    candidates: &'c mut Vec<Candidate>,
    at: &Situation,
) -> Vec<&'c Candidate> {
    at.prepare(candidates);
    let speaks = |candidate: &&Candidate| at.fits(candidate).is_ok() && at.is_sure(candidate);
    candidates.iter().filter(speaks).collect()
}

impl Situation<'_> {
    /// Leaves out what may not be named, and says what else the others have against and before them.
    fn prepare(&self, candidates: &mut Vec<Candidate>) {
        candidates.retain(|candidate| self.may_be_named(candidate));
        self.veto(candidates);
        self.rank_anew(candidates);
    }

    /// The article that a candidate's translations share.
    fn group(&self, candidate: &Candidate) -> &str {
        self.book.catalog.original(candidate.article)
    }

    /// Whether the article exists for the agent at all, and still does.
    fn may_be_named(&self, candidate: &Candidate) -> bool {
        self.book.article(candidate.article).is_some_and(|article| {
            self.audience.sees(&article.audience)
                && (Arc::ptr_eq(&self.newest, &self.book.catalog)
                    || sees(self.audience, &self.newest, &article.id, None))
        })
    }

    /// Counts the ranks of finds without those that the agent used or sent away: they are dealt with, and in nobody's way.
    fn rank_anew(&self, candidates: &mut [Candidate]) {
        let mut next = 0;
        for candidate in candidates {
            let group = self.group(candidate);
            if let Source::Semantic { rank, .. } = &mut candidate.source {
                *rank = next;
                next += usize::from(!self.history.is_dealt_with(group));
            }
        }
    }

    /// Where an editor's rule knows the words and keeps the article away, meaning does not bring it in by the back door.
    fn veto(&self, candidates: &mut [Candidate]) {
        let mut vetoes: HashMap<u32, Option<SuppressionReason>> = HashMap::new();
        for candidate in candidates
            .iter()
            .filter(|candidate| candidate.source.kind() == TriggerKind::Keyword)
        {
            let rule = self.book.rule_of(&candidate.source);
            let when = rule.and_then(|rule| rule.when.as_ref());
            let veto = candidate
                .silence
                .or_else(|| (!self.account.holds(when)).then_some(SuppressionReason::When));
            let all = vetoes.entry(candidate.article).or_insert(veto);
            *all = all.and(veto);
        }
        for candidate in candidates
            .iter_mut()
            .filter(|candidate| candidate.source.kind() == TriggerKind::Semantic)
        {
            candidate.silence = candidate
                .silence
                .or_else(|| vetoes.get(&candidate.article).copied().flatten());
        }
    }

    fn priority(&self, candidate: &Candidate) -> i32 {
        let rule = self.book.rule_of(&candidate.source);
        rule.map_or(0, |rule| rule.trigger.priority)
    }

    /// For each group of translations with several candidates: the one in the call's language, else the original.
    fn preferred_languages<'g>(
        &self,
        candidates: &[(&Candidate, &'g str)],
    ) -> HashMap<&'g str, u32> {
        let mut best: HashMap<&str, u32> = HashMap::new();
        let rank = |at: u32| {
            let article = self.book.article(at);
            let spoken = article
                .is_some_and(|article| Some(crate::text::primary(&article.lang)) == self.lang);
            (
                !spoken,
                article.is_none_or(|article| article.translation_of.is_some()),
                at,
            )
        };
        for (candidate, group) in candidates {
            let best = best.entry(group).or_insert(candidate.article);
            if rank(candidate.article) < rank(*best) {
                *best = candidate.article;
            }
        }
        best
    }

    /// Whether a candidate's article is in force, meant for the account, and not kept away.
    fn fits(&self, candidate: &Candidate) -> Result<(), SuppressionReason> {
        let is_live = |article: &Arc<Article>| article.live(self.today);
        if !self.book.article(candidate.article).is_some_and(is_live) {
            return Err(SuppressionReason::Expired);
        }
        let rule = self.book.rule_of(&candidate.source);
        let is_relevant = self.account.holds(self.book.relevance(candidate.article));
        if !is_relevant || !self.account.holds(rule.and_then(|rule| rule.when.as_ref())) {
            return Err(SuppressionReason::When);
        }
        candidate.silence.map_or(Ok(()), Err)
    }

    /// How sure a find must be, 0–1; None for an entry of a directory of which nothing is asked.
    fn threshold(&self, found: &Found, rank: usize) -> Option<f64> {
        let asks = matches!(self.kind, Kind::Asking | Kind::Wish(_));
        if found.is_entry && (!asks || found.is_looked_up) {
            return None;
        }
        let mut threshold = if found.is_entry {
            self.policy.entry()
        } else {
            self.policy.threshold(self.kind)
        };
        if rank > 0 {
            threshold = threshold.max(self.policy.runner_up());
        }
        if self.history.is_ignored(self.policy) {
            threshold += self.policy.ignored_penalty;
        }
        Some(threshold)
    }

    /// Whether a candidate is sure enough: rules are the editors' word, meaning is a guess.
    fn is_sure(&self, candidate: &Candidate) -> bool {
        match &candidate.source {
            Source::Keyword { .. } | Source::Account { .. } => true,
            Source::Semantic { found, rank } => {
                level(candidate.confidence) >= self.policy.thresholds.level
                    && self
                        .threshold(found, *rank)
                        .is_some_and(|threshold| candidate.confidence >= threshold)
            }
        }
    }

    /// Whether a candidate becomes a card, after those that were chosen before it.
    fn judge(
        &self,
        candidate: &Candidate,
        group: &str,
        chosen: &[(&Candidate, &str)],
    ) -> Result<(), SuppressionReason> {
        self.fits(candidate)?;
        let rule = self.book.rule_of(&candidate.source);
        if self.history.is_dismissed(group) {
            return Err(SuppressionReason::Dismissed);
        }
        let once = rule.map_or(self.policy.once, |rule| {
            // Who gives a time after which it may come again means it to.
            let usual = self.policy.once && rule.trigger.cooldown_secs.is_none();
            rule.trigger.once.unwrap_or(usual)
        });
        let is_from_here = self
            .utterance_id
            .is_some_and(|id| self.history.has_from(group, id));
        let is_chosen = chosen.iter().any(|(_, other)| *other == group);
        let is_to_repeat = rule.is_some_and(|rule| {
            let trigger = &rule.trigger;
            trigger.once == Some(false) || trigger.cooldown_secs.is_some()
        });
        let has_come = is_from_here || (!is_to_repeat && self.history.is_at_hand(group));
        if is_chosen || has_come || (once && self.history.has_shown(group)) {
            return Err(SuppressionReason::AlreadyShown);
        }
        let cooldown = rule
            .and_then(|rule| rule.trigger.cooldown_secs)
            .unwrap_or(self.policy.cooldown_secs);
        if self
            .history
            .last_push(group)
            .is_some_and(|last| self.at_ms < last.saturating_add(millis(cooldown)))
        {
            return Err(SuppressionReason::Cooldown);
        }
        if let Source::Semantic { found, rank } = &candidate.source {
            if self.threshold(found, *rank).is_none() {
                return Err(SuppressionReason::BelowThreshold);
            }
            self.judge_meaning(candidate, chosen)?;
        }
        let full = self.at_once + chosen.len() >= self.policy.cards_per_turn
            || self.history.count_standing() + chosen.len() >= self.policy.cards_per_call
            || self.history.count_around(self.at_ms) + chosen.len() >= self.policy.cards_per_minute;
        if full {
            Err(SuppressionReason::Cap)
        } else {
            Ok(())
        }
    }

    /// What only meaning must pass.
    fn judge_meaning(
        &self,
        candidate: &Candidate,
        chosen: &[(&Candidate, &str)],
    ) -> Result<(), SuppressionReason> {
        let quiet_ms = millis(self.policy.dismissal_silence_secs);
        if self
            .history
            .dismissed_at_ms()
            .is_some_and(|at| self.at_ms < at.saturating_add(quiet_ms))
        {
            return Err(SuppressionReason::Dismissed);
        }
        if !self.is_sure(candidate) {
            return Err(SuppressionReason::BelowThreshold);
        }
        let semantic = chosen
            .iter()
            .filter(|(card, _)| card.source.kind() == TriggerKind::Semantic)
            .count();
        let from_here = self.utterance_id.map_or(0, |id| {
            let from_here = self.history.brought_by(id);
            from_here.filter(|shown| shown.is_semantic()).count()
        });
        let full = from_here + semantic >= self.policy.semantic_per_turn
            || self.history.count_semantic() + semantic >= self.policy.semantic_per_call;
        if full {
            Err(SuppressionReason::Cap)
        } else {
            Ok(())
        }
    }
}

fn millis(secs: u64) -> i64 {
    i64::try_from(secs)
        .unwrap_or(i64::MAX)
        .saturating_mul(1_000)
}
