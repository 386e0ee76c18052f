//! The next question to ask: the first from the `ask` lists of the articles in play that is not yet covered.
//!
//! Owns which questions are known and which are ticked off, and which answers are awaited. Leaves what covers a question
//! to `coverage`.

use super::{
    NextQuestion, Question,
    card_history::CardHistory,
    coverage::{AskItem, QuestionMatcher, may_answer, parts},
    question::asks,
    turns::Spoken,
};
use crate::{
    article::{Article, Role},
    text::{redact, tail},
};

/// Questions taken from one article's list.
const PER_ARTICLE: usize = 10;

/// Questions listed on a card.
const ON_CARD: usize = 3;

/// Newest turns that a new question is compared with sentence by sentence: a card waits for it.
const CLOSELY: usize = 2;

/// Turns of the customer in which an answer is waited for.
const PATIENCE: usize = 2;

/// Characters of an answer that is remembered.
const ANSWER_CHARS: usize = 300;

/// A question of an article that was shown.
#[derive(Debug, Clone)]
struct Ask {
    asked: AskItem,
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
    awaiting: Option<Awaited>,
}

/// A question whose answer is waited for.
#[derive(Debug)]
struct Awaited {
    asked: AskItem,
    /// When the turn that asked it began, in milliseconds of the call.
    begin_ms: Option<u64>,
    /// Turns of the customer in which its answer may still come.
    turns: usize,
}

impl Questions {
    /// An article came into play: its questions join, ticked off where the last turns covered them already.
    pub(super) fn bring<'a>(
        &mut self,
        article: &Article,
        turns: impl DoubleEndedIterator<Item = &'a Spoken>,
        brought_by: Option<&str>,
        matcher: &QuestionMatcher,
    ) {
        let listed = article.ask.iter().take(PER_ARTICLE);
        let is_its_own = |ask: &&Ask| ask.article_id == article.id;
        let known = self.asks.iter().filter(is_its_own);
        if known.map(|ask| &ask.asked.question).eq(listed.clone()) {
            return;
        }
        let mut asks: Vec<Ask> = listed
            .map(|question| Ask {
                asked: AskItem::new(question, article),
                article_id: article.id.clone(),
                covered: self
                    .asks
                    .iter()
                    .find(|known| known.asked.question == *question)
                    .and_then(|known| known.covered.clone()),
            })
            .collect();
        let recent = turns.rev().filter(|spoken| {
            spoken.turn.is_final && !spoken.is_small_talk && spoken.turn.role != Role::System
        });
        for (at, spoken) in recent.take(matcher.policy.look_back).enumerate() {
            let open = asks.iter().filter(|ask| ask.covered.is_none());
            let open: Vec<&AskItem> = open.map(|ask| &ask.asked).collect();
            let matcher = QuestionMatcher {
                is_before: brought_by != Some(spoken.turn.utterance_id.as_str()),
                ..*matcher
            };
            let covered = matcher.covered(&parts(spoken, at < CLOSELY), &open);
            tick(&mut asks, &covered, spoken);
        }
        // Of an older version of the article, what was asked and is no longer on its list stays in the record.
        self.asks.retain(|known| {
            let is_listed = || article.ask.contains(&known.asked.question);
            !is_its_own(&known) || (known.covered.is_some() && !is_listed())
        });
        self.asks.extend(asks);
    }

    /// Something was said: ticks off what it covers.
    pub(super) fn hear(
        &mut self,
        spoken: &Spoken,
        history: &CardHistory,
        matcher: &QuestionMatcher,
    ) {
        if spoken.is_wordless() {
            return;
        }
        self.wait(spoken, matcher);
        if spoken.is_small_talk || spoken.turn.role == Role::System || self.asks.is_empty() {
            return;
        }
        let open = self.in_order(history).into_iter().map(|at| &self.asks[at]);
        let open: Vec<&AskItem> = open
            .filter(|ask| ask.covered.is_none())
            .take(matcher.policy.look_ahead)
            .map(|ask| &ask.asked)
            .collect();
        let covered = matcher.covered(&parts(spoken, true), &open);
        if covered.is_empty() {
            return;
        }
        // Of several questions in one turn nobody knows which one the customer answers.
        self.awaiting = match covered.as_slice() {
            [only] if spoken.turn.role == Role::Agent => Some(Awaited {
                asked: only.clone(),
                begin_ms: spoken.turn.begin_ms,
                turns: PATIENCE,
            }),
            _ => None,
        };
        // Articles may share a question.
        tick(&mut self.asks, &covered, spoken);
        self.ticked
            .extend(covered.into_iter().map(|asked| asked.question));
    }

    /// Takes a customer's turn for the answer that is waited for. What began before the question answers nothing, however late
    /// its final comes. Who asks back or says next to nothing has not answered yet; after some turns, or when the agent asks
    /// something else, no answer comes.
    fn wait(&mut self, spoken: &Spoken, matcher: &QuestionMatcher) {
        let Some(Awaited {
            asked,
            begin_ms,
            turns,
        }) = &mut self.awaiting
        else {
            return;
        };
        let times = spoken.turn.begin_ms.zip(*begin_ms);
        match spoken.turn.role {
            Role::Customer if times.is_some_and(|(began, asked)| began < asked) => {}
            Role::Customer if may_answer(&spoken.said(), asked) => {
                let asks = self.asks.iter_mut();
                for ask in asks.filter(|ask| ask.asked.question == asked.question) {
                    if let Some((_, answer)) = &mut ask.covered {
                        *answer = answer_in(spoken);
                    }
                }
                self.awaiting = None;
            }
            Role::Customer if *turns > 1 => *turns -= 1,
            Role::Customer => self.awaiting = None,
            Role::Agent
                if asks(&spoken.said())
                    && matcher.covered(&parts(spoken, true), &[&*asked]).is_empty() =>
            {
                self.awaiting = None;
            }
            _ => {}
        }
    }

    /// What to tell the stream, if what to ask next has changed.
    pub(super) fn news(&mut self, call_id: &str, history: &CardHistory) -> Option<NextQuestion> {
        let next = self
            .in_order(history)
            .into_iter()
            .map(|at| &self.asks[at])
            .find(|ask| ask.covered.is_none());
        let (question, article_id) = next
            .map(|ask| (ask.asked.question.clone(), ask.article_id.clone()))
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
        open.take(ON_CARD)
            .map(|ask| ask.asked.question.clone())
            .collect()
    }

    /// Articles that have one of these questions on their lists.
    pub(super) fn articles_of(&self, questions: &[String]) -> impl Iterator<Item = &str> {
        let asked = move |ask: &&Ask| questions.contains(&ask.asked.question);
        let asks = self.asks.iter().filter(asked);
        asks.map(|ask| ask.article_id.as_str())
    }

    /// Questions of the articles in play, in the order to ask them, and those that were covered.
    pub(super) fn list(&self, history: &CardHistory) -> Vec<Question> {
        let mut listed: Vec<&Ask> = Vec::new();
        listed.extend(self.in_order(history).into_iter().map(|at| &self.asks[at]));
        for ask in self.asks.iter().filter(|ask| ask.covered.is_some()) {
            if listed
                .iter()
                .all(|other| other.asked.question != ask.asked.question)
            {
                listed.push(ask);
            }
        }
        listed.into_iter().map(Ask::told).collect()
    }

    /// Indices of the questions in play, by the order of their cards.
    fn in_order(&self, history: &CardHistory) -> Vec<usize> {
        let mut order: Vec<usize> = Vec::new();
        for shown in history.in_play() {
            for (at, ask) in self.asks.iter().enumerate() {
                let is_known = order
                    .iter()
                    .any(|&other| self.asks[other].asked.question == ask.asked.question);
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
            question: self.asked.question.clone(),
            article_id: self.article_id.clone(),
            covered: utterance_id.is_some(),
            utterance_id,
            answer: answer.flatten(),
        }
    }
}

/// Ticks off the questions that a turn covers.
fn tick(asks: &mut [Ask], covered: &[AskItem], spoken: &Spoken) {
    for ask in asks.iter_mut().filter(|ask| ask.covered.is_none()) {
        if covered
            .iter()
            .any(|asked| asked.question == ask.asked.question)
        {
            ask.covered = Some((spoken.turn.utterance_id.clone(), answer_in(spoken)));
        }
    }
}

/// What a turn answers, if a customer says it; redacted before it is cut, as half a number is not known for one.
fn answer_in(spoken: &Spoken) -> Option<String> {
    let text = spoken.turn.text.trim();
    (spoken.turn.role == Role::Customer && !text.is_empty())
        .then(|| tail(&redact(text), ANSWER_CHARS).to_owned())
}
