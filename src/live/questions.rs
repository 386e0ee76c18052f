//! The next best question: from the `ask` lists of the articles in play, the first that nobody has covered yet.
//!
//! Owns which questions are known and which are ticked off. Leaves meaning to `Knowledge::same_question`; where
//! there is no model, words decide.

use super::{
    Knowledge, NextQuestion, Question,
    chatter::content_terms,
    deck::Deck,
    kinds::{asks, is_question},
    policy::QuestionPolicy,
    turns::{Spoken, tail},
};
use crate::{
    article::{Article, Role},
    text::sentences,
};

/// Questions taken from one article's list.
const PER_ARTICLE: usize = 10;

/// Questions listed on a card.
const ON_CARD: usize = 3;

/// How much less sure the meaning may be where a word that tells something is in both: a chance, 0–1.
const WITH_A_WORD: f64 = 0.2;

/// Newest turns that a new question is compared with sentence by sentence: a card waits for it.
const CLOSELY: usize = 2;

/// Sentences of one turn that are compared with a question: the last ones are what a turn comes down to.
const SENTENCES: usize = 3;

/// Characters of an answer that is remembered.
const ANSWER_CHARS: usize = 300;

/// A question of an article that was shown.
#[derive(Debug, Clone)]
struct Ask {
    question: String,
    terms: Vec<String>,
    article_id: String,
    /// The utterance that covered it, and what the customer said to it.
    covered: Option<(String, Option<String>)>,
}

/// The questions of one call.
#[derive(Debug, Default)]
pub(super) struct Questions {
    asks: Vec<Ask>,
    /// What the stream was told last.
    offered: Option<String>,
    /// Ticked off since.
    ticked: Vec<String>,
    /// A covered question whose answer has not been heard yet, where it is clear which one is answered next.
    awaiting: Option<String>,
}

/// Judges whether words cover a question.
pub(super) struct Judge<'a> {
    /// For meaning.
    pub(super) knowledge: &'a dyn Knowledge,
    /// The settings.
    pub(super) policy: &'a QuestionPolicy,
    /// Whether what was said came before the card: it was said about something else, and a word in common is no sign.
    pub(super) is_before: bool,
}

impl Judge<'_> {
    /// Whether a turn asks the question, or says what it asks for. The turn as a whole is what search looks at too, so
    /// that its vector is known; `closely` looks at its last sentences besides, each of which may cost an embedding. A
    /// customer who asks something answers nothing by that.
    fn covers(&self, spoken: &Spoken, terms: &[String], ask: &Ask, closely: bool) -> bool {
        let text = spoken.turn.text.trim();
        let answers = |text: &str| !(spoken.turn.role == Role::Customer && is_question(text));
        if !answers(text) {
            return closely && self.covers_in_part(spoken, ask, answers);
        }
        let matched = ask.terms.iter().filter(|term| terms.contains(term)).count();
        let overlap = matched as f64 / ask.terms.len().max(1) as f64;
        if matched >= 2 && overlap >= 1.0 {
            return true;
        }
        match self.means(text, ask, matched > 0) {
            Some(true) => return true,
            Some(false) => {}
            None => return matched >= 2 && overlap >= self.policy.overlap,
        }
        closely && self.covers_in_part(spoken, ask, answers)
    }

    /// Whether one of the last sentences of a turn covers the question.
    fn covers_in_part(&self, spoken: &Spoken, ask: &Ask, answers: impl Fn(&str) -> bool) -> bool {
        let text = spoken.turn.text.trim();
        let ranges = sentences(text);
        if ranges.len() < 2 {
            return false;
        }
        let chars: Vec<char> = text.chars().collect();
        ranges.iter().rev().take(SENTENCES).any(|range| {
            let sentence: String = chars[range[0]..range[1]].iter().collect();
            let has_word = content_terms(&sentence)
                .iter()
                .any(|term| ask.terms.contains(term));
            let may_ask = spoken.turn.role == Role::Agent && asks(&sentence);
            answers(&sentence)
                && (has_word || may_ask)
                && self.means(&sentence, ask, has_word) == Some(true)
        })
    }

    /// Whether a text means what a question asks; None without a model.
    fn means(&self, text: &str, ask: &Ask, has_word: bool) -> Option<bool> {
        let bar = if has_word && !self.is_before {
            self.policy.same - WITH_A_WORD
        } else {
            self.policy.same
        };
        let chance = self.knowledge.same_question(&ask.question, text)?;
        Some(chance >= bar)
    }
}

impl Questions {
    /// An article came into play: its questions join, ticked off where the last turns covered them already.
    pub(super) fn bring<'a>(
        &mut self,
        article: &Article,
        turns: impl DoubleEndedIterator<Item = &'a Spoken>,
        judge: &Judge,
    ) {
        if self.asks.iter().any(|ask| ask.article_id == article.id) {
            return;
        }
        let recent: Vec<(&Spoken, Vec<String>)> = turns
            .rev()
            .filter(|spoken| {
                spoken.turn.is_final && !spoken.is_small_talk && spoken.turn.role != Role::System
            })
            .take(judge.policy.look_back)
            .map(|spoken| (spoken, content_terms(&spoken.turn.text)))
            .collect();
        for question in article.ask.iter().take(PER_ARTICLE) {
            let mut ask = Ask {
                terms: content_terms(question),
                question: question.clone(),
                article_id: article.id.clone(),
                covered: self
                    .asks
                    .iter()
                    .find(|known| known.question == *question)
                    .and_then(|known| known.covered.clone()),
            };
            let covering = recent.iter().enumerate().find(|(at, (spoken, terms))| {
                ask.covered.is_none() && judge.covers(spoken, terms, &ask, *at < CLOSELY)
            });
            if let Some((_, (spoken, _))) = covering {
                ask.covered = Some((spoken.turn.utterance_id.clone(), answer_in(spoken)));
            }
            self.asks.push(ask);
        }
    }

    /// Something was said: ticks off what it covers.
    pub(super) fn hear(&mut self, spoken: &Spoken, deck: &Deck, judge: &Judge) {
        if spoken.turn.role == Role::Customer
            && let Some(question) = self.awaiting.take()
        {
            for ask in self.asks.iter_mut().filter(|ask| ask.question == question) {
                if let Some((_, answer)) = &mut ask.covered {
                    *answer = answer_in(spoken);
                }
            }
        }
        if spoken.is_small_talk || spoken.turn.role == Role::System || self.asks.is_empty() {
            return;
        }
        let terms = content_terms(&spoken.turn.text);
        let open: Vec<usize> = self
            .in_order(deck)
            .into_iter()
            .filter(|&at| self.asks[at].covered.is_none())
            .collect();
        let covered: Vec<String> = open
            .into_iter()
            .take(judge.policy.look_ahead)
            .map(|at| &self.asks[at])
            .filter(|ask| judge.covers(spoken, &terms, ask, true))
            .map(|ask| ask.question.clone())
            .collect();
        if covered.is_empty() {
            return;
        }
        // Articles may share a question.
        for ask in &mut self.asks {
            if ask.covered.is_none() && covered.contains(&ask.question) {
                ask.covered = Some((spoken.turn.utterance_id.clone(), answer_in(spoken)));
            }
        }
        // Of several questions in one turn nobody knows which one the customer answers.
        self.awaiting = match covered.as_slice() {
            [only] if spoken.turn.role == Role::Agent => Some(only.clone()),
            _ => None,
        };
        self.ticked.extend(covered);
    }

    /// What to tell the stream, if what to ask next has changed.
    pub(super) fn news(&mut self, call_id: &str, deck: &Deck) -> Option<NextQuestion> {
        let next = self
            .in_order(deck)
            .into_iter()
            .map(|at| &self.asks[at])
            .find(|ask| ask.covered.is_none());
        let (question, article_id) = next
            .map(|ask| (ask.question.clone(), ask.article_id.clone()))
            .unzip();
        if question == self.offered && self.ticked.is_empty() {
            return None;
        }
        self.offered.clone_from(&question);
        Some(NextQuestion {
            call_id: call_id.to_owned(),
            question,
            article_id,
            covered: std::mem::take(&mut self.ticked),
        })
    }

    /// Questions of an article that are still open, in order.
    pub(super) fn open_of(&self, article_id: &str) -> Vec<String> {
        let open = self
            .asks
            .iter()
            .filter(|ask| ask.article_id == article_id && ask.covered.is_none());
        open.take(ON_CARD).map(|ask| ask.question.clone()).collect()
    }

    /// Articles that have one of these questions on their lists.
    pub(super) fn articles_of(&self, questions: &[String]) -> impl Iterator<Item = &str> {
        let asked = move |ask: &&Ask| questions.contains(&ask.question);
        let asks = self.asks.iter().filter(asked);
        asks.map(|ask| ask.article_id.as_str())
    }

    /// Questions of the articles in play, in the order to ask them, and those that were covered.
    pub(super) fn list(&self, deck: &Deck) -> Vec<Question> {
        let mut listed: Vec<&Ask> = Vec::new();
        listed.extend(self.in_order(deck).into_iter().map(|at| &self.asks[at]));
        for ask in self.asks.iter().filter(|ask| ask.covered.is_some()) {
            if listed.iter().all(|other| other.question != ask.question) {
                listed.push(ask);
            }
        }
        listed.into_iter().map(Ask::told).collect()
    }

    /// Indices of the questions in play, by the order of their cards.
    fn in_order(&self, deck: &Deck) -> Vec<usize> {
        let mut order: Vec<usize> = Vec::new();
        for shown in deck.in_play() {
            for (at, ask) in self.asks.iter().enumerate() {
                let is_known = order
                    .iter()
                    .any(|&other| self.asks[other].question == ask.question);
                if ask.article_id == shown.card.article_id && !is_known {
                    order.push(at);
                }
            }
        }
        order
    }
}

impl Ask {
    fn told(&self) -> Question {
        let (utterance_id, answer) = self.covered.clone().unzip();
        Question {
            question: self.question.clone(),
            article_id: self.article_id.clone(),
            covered: utterance_id.is_some(),
            utterance_id,
            answer: answer.flatten(),
        }
    }
}

/// What a turn answers, if a customer says it.
fn answer_in(spoken: &Spoken) -> Option<String> {
    let text = spoken.turn.text.trim();
    (spoken.turn.role == Role::Customer && !text.is_empty())
        .then(|| tail(text, ANSWER_CHARS).to_owned())
}
