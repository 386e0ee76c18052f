//! State changes of a call: candidates become cards, cards are withdrawn, questions are ticked off.

use uuid::Uuid;

use super::{Call, CallContext, Pushed};
use crate::{
    article::Role,
    live::{
        Card, CardState, CardStateChange, LiveError, Scope, SuppressionReason, TriggerInfo, View,
        account_evaluator::AccountEvaluator,
        call_language::is_chinese,
        candidates::{Candidate, Phrased, Source, by_meaning, by_phrase},
        card_history::CardRecord,
        cards::{Occasion, card},
        coverage::QuestionMatcher,
        decide::{Situation, choose, supported},
        intent::Kind,
        observer::CallActivity,
        phrases::Use,
        view::view,
    },
    search::WeightedTurn,
    text::{fold, primary},
};

/// The utterance that is being processed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment<'a> {
    pub(super) id: &'a str,
    pub(super) role: Role,
    pub(super) kind: Kind,
    pub(super) is_final: bool,
    pub(super) is_small_talk: bool,
    /// Cards that account rules pushed with it.
    pub(super) by_account: usize,
}

impl Call {
    /// What an utterance brings up: `text` as it came by its phrases, `said` without annotations by its meaning.
    pub(super) fn candidates(
        &self,
        moment: Moment,
        text: &str,
        said: &str,
        on: &CallContext,
    ) -> Vec<Candidate> {
        let Moment {
            role,
            is_final,
            is_small_talk,
            ..
        } = moment;
        let Phrased {
            mut candidates,
            denied,
            is_silenced,
        } = by_phrase(on.book, text, role);
        if is_silenced {
            for candidate in &mut candidates {
                candidate.silence = Some(SuppressionReason::ExcludedPhrase);
            }
            return candidates;
        }
        let is_searched = role == Role::Customer
            && (is_final || (on.policy.semantic_on_partials && !is_small_talk));
        if !is_searched || said.trim().is_empty() {
            return candidates;
        }
        let scope = Scope {
            audience: on.audience,
            account: &self.account,
            lang: self.lang.as_deref(),
        };
        let finds = if is_small_talk {
            // Only to be named as silent: few distinct texts, so their embeddings are at hand.
            let alone = View {
                turns: vec![WeightedTurn {
                    text: said.trim().to_owned(),
                    weight: 1.0,
                    freshness: 1.0,
                    echo: 1.0,
                }],
                ..View::default()
            };
            by_meaning(
                on.retriever.find(&on.book.catalog, &alone, &scope, 1),
                Some(SuppressionReason::SmallTalk),
            )
        } else {
            let open = self.history.iter().filter(|shown| shown.is_open());
            let view = View {
                shown: open.map(|shown| shown.card.article_id.clone()).collect(),
                is_asking: moment.kind == Kind::Asking,
                ..view(&self.turns, moment.id, &on.policy.view)
            };
            by_meaning(
                on.retriever
                    .find(&on.book.catalog, &view, &scope, on.policy.view.finds),
                None,
            )
        };
        candidates.extend(finds.into_iter().map(|mut find| {
            if denied.contains(&find.article) {
                find.silence = Some(SuppressionReason::ExcludedPhrase);
            }
            find
        }));
        candidates
    }

    /// An utterance is final: cards of its partials stay if its candidates still support them, for the reason that was told,
    /// with words that are in the text.
    pub(super) fn settle_partials(
        &mut self,
        moment: Moment,
        text: &str,
        candidates: &mut Vec<Candidate>,
        at_ms: i64,
        on: &CallContext,
    ) {
        let is_its_own = |shown: &CardRecord| {
            shown.is_tentative && shown.card.trigger.utterance_id.as_deref() == Some(moment.id)
        };
        if !self.history.iter().any(is_its_own) {
            return;
        }
        let standing = supported(candidates, &self.situation(Some(moment), at_ms, on));
        let phrases = on.book.phrases.scan(text);
        let folded = fold(text).text;
        let is_reason = |source: &Source, told: &TriggerInfo| {
            let says = match source {
                Source::Keyword { rule, .. } => phrases
                    .iter()
                    .any(|said| said.used == Use::Any(*rule) && said.phrase == told.matched),
                Source::Semantic { .. } => {
                    let matched = fold(&told.matched).text;
                    matched.split(' ').all(|word| folded.contains(word))
                }
                Source::Account { .. } => true,
            };
            let rule = on.book.rule_of(source).map(|rule| &rule.name);
            says && source.kind() == told.kind && rule == told.rule.as_ref()
        };
        let is_supported = |shown: &CardRecord| {
            let supports = |candidate: &&Candidate| {
                let article = on.book.article(candidate.article);
                article.is_some_and(|article| article.id == shown.card.article_id)
                    && is_reason(&candidate.source, &shown.card.trigger)
            };
            standing.iter().any(supports)
        };
        let withdrawn = self
            .history
            .withdraw(|shown| is_its_own(shown) && !is_supported(shown));
        for shown in self.history.iter_mut().filter(|shown| is_its_own(shown)) {
            shown.is_tentative = false;
        }
        for card_id in withdrawn {
            self.tell_state(&card_id);
        }
    }

    /// Ticks off the questions that an utterance covers.
    pub(super) fn tick_off(&mut self, utterance_id: &str, on: &CallContext) {
        if let Some(spoken) = self
            .turns
            .iter()
            .rfind(|spoken| spoken.turn.utterance_id == utterance_id)
        {
            self.questions.hear(spoken, &self.history, &on.matcher());
        }
    }

    /// Decides on candidates, pushes the cards and tells what changed.
    pub(super) fn decide(
        &mut self,
        mut candidates: Vec<Candidate>,
        utterance: Option<Moment>,
        at_ms: i64,
        on: &CallContext,
    ) -> Pushed {
        let choice = choose(&mut candidates, &self.situation(utterance, at_ms, on));
        let mut cards = Vec::new();
        let round = self.history.count();
        for candidate in choice.cards {
            cards.extend(self.push(candidate, choice.all, utterance, (at_ms, round), on));
        }
        self.tell_question();
        (cards, choice.not_shown)
    }

    /// What candidates are judged on.
    fn situation<'a>(
        &'a self,
        utterance: Option<Moment<'a>>,
        at_ms: i64,
        on: &'a CallContext,
    ) -> Situation<'a> {
        Situation {
            book: on.book,
            newest: on.retriever.catalog(),
            policy: on.policy,
            history: &self.history,
            account: AccountEvaluator::new(&self.account),
            audience: on.audience,
            lang: self.lang.as_deref().map(primary),
            kind: utterance.map_or(Kind::Other(0), |moment| moment.kind),
            utterance_id: utterance.map(|moment| moment.id),
            at_once: utterance.map_or(0, |moment| {
                moment.by_account + self.history.brought_by(moment.id).count()
            }),
            at_ms,
            today: on.today,
        }
    }

    /// Pushes one card.
    fn push(
        &mut self,
        candidate: &Candidate,
        others: &[Candidate],
        utterance: Option<Moment>,
        (at_ms, round): (i64, usize),
        on: &CallContext,
    ) -> Option<Card> {
        let article = on.book.article(candidate.article)?;
        let group = on.book.catalog.original(candidate.article).to_owned();
        for card_id in self.history.make_room(on.policy) {
            self.tell_state(&card_id);
        }
        let brought_by = utterance.map(|moment| moment.id);
        self.questions
            .bring(article, self.turns.iter(), brought_by, &on.matcher());
        let card_id =
            Uuid::new_v5(&self.name_space, &self.history.count().to_be_bytes()).to_string();
        let occasion = Occasion {
            book: on.book,
            account: &self.account,
            call_id: &self.id,
            utterance_id: brought_by,
            speaker: utterance.map(|moment| moment.role),
            is_chinese: self.is_chinese(),
            now: on.now,
        };
        let card = self.fresh(card(candidate, card_id, self.seq + 1, &occasion, others)?);
        let is_tentative = utterance.is_some_and(|moment| !moment.is_final);
        let rule = on.book.rule_of(&candidate.source);
        self.history.push(CardRecord::new(
            card.clone(),
            group,
            article.audience.clone(),
            rule.and_then(|rule| rule.when.clone()),
            at_ms,
            is_tentative,
            round,
        ));
        self.tell(CallActivity::Card(Box::new(card.clone())));
        Some(card)
    }

    /// A card with the questions that are open now.
    pub(super) fn fresh(&self, mut card: Card) -> Card {
        card.next_questions = match card.state {
            CardState::Dismissed | CardState::Withdrawn | CardState::Expired => Vec::new(),
            _ => self.questions.open_of(&card.article_id),
        };
        card
    }

    /// Refuses what comes after the end.
    pub(super) fn check_open(&self) -> Result<(), LiveError> {
        match self.summary {
            Some(_) => Err(LiveError::CallEnded {
                call_id: self.id.clone(),
            }),
            None => Ok(()),
        }
    }

    /// An id for an utterance that came with none.
    pub(super) fn made_up_id(&self) -> String {
        Uuid::new_v5(
            &self.name_space,
            format!("turn {}", self.turns.heard()).as_bytes(),
        )
        .simple()
        .to_string()
    }

    /// Whether the call is in Chinese; None where its language is not known.
    pub(super) fn is_chinese(&self) -> Option<bool> {
        self.lang.as_deref().map(is_chinese)
    }

    pub(super) fn tell(&mut self, news: CallActivity) {
        self.seq += 1;
        self.news.push(news);
    }

    pub(super) fn tell_state(&mut self, card_id: &str) {
        let Some(shown) = self.history.get(card_id) else {
            return;
        };
        let change = CardStateChange {
            call_id: self.id.clone(),
            card_id: card_id.to_owned(),
            article_id: shown.card.article_id.clone(),
            state: shown.card.state,
            rating: shown.card.rating,
        };
        self.tell(CallActivity::State(change));
    }

    pub(super) fn tell_question(&mut self) {
        if let Some(next) = self.questions.news(&self.id, &self.history) {
            self.tell(CallActivity::Question(next));
        }
    }
}

impl CallContext<'_> {
    fn matcher(&self) -> QuestionMatcher<'_> {
        QuestionMatcher {
            retriever: self.retriever,
            policy: &self.policy.questions,
            is_before: false,
        }
    }
}
