//! Decides whether a turn covers a question of an article: asks it, or states what it asks for.
//!
//! Owns the judgement of one turn, sentence by sentence. Leaves meaning to `Retriever::same_question`; without a model,
//! words decide.

use super::{
    Retriever,
    assent::{assents, refuses},
    policy::QuestionPolicy,
    question::{asks, is_question},
    small_talk::{asks_for_words, tells},
    turns::Spoken,
};
use crate::{
    article::{Article, Role},
    text::{sentence_texts, telling},
};

/// How much less sure the meaning may be where a word that tells something is in both: a chance, 0–1.
const WITH_A_WORD: f64 = 0.2;

/// Sentences of one turn that are compared with a question: the last ones are what a turn comes down to.
const SENTENCES: usize = 3;

/// A question of an article.
#[derive(Debug, Clone)]
pub(super) struct AskItem {
    /// As the editor wrote it.
    pub(super) question: String,
    /// Its words that tell something.
    terms: Vec<String>,
    /// What its article is about: callers name that, and answer nothing by it.
    topic: Vec<String>,
}

impl AskItem {
    /// A question from an article's list.
    pub(super) fn new(question: &str, article: &Article) -> Self {
        let phrases = article.triggers.iter().flat_map(|trigger| &trigger.any);
        let topic = phrases.chain([&article.title]);
        let topic = topic.flat_map(|text| telling(text)).collect();
        Self {
            question: question.to_owned(),
            terms: telling(question),
            topic,
        }
    }
}

/// What is compared with a question: a sentence of a turn, or the turn.
#[derive(Debug)]
pub(super) struct Part {
    text: String,
    terms: Vec<String>,
    by_customer: bool,
    /// Whether it is the turn as a whole.
    is_whole: bool,
    /// Whether nothing smaller is looked at.
    is_smallest: bool,
}

/// The parts of a turn: looked at closely, its last sentences, each of which may cost an embedding; and the turn as a
/// whole, which search looks at too, so that its vector is known.
pub(super) fn parts(spoken: &Spoken, closely: bool) -> Vec<Part> {
    let said = spoken.said();
    let part = |text: &str, is_whole, is_smallest| Part {
        text: text.trim().to_owned(),
        terms: telling(text),
        by_customer: spoken.turn.role == Role::Customer,
        is_whole,
        is_smallest,
    };
    let sentences = sentence_texts(&said);
    let is_parted = closely && sentences.len() > 1;
    let last = sentences.iter().rev().take(SENTENCES);
    let mut parts: Vec<Part> = last
        .filter(|_| is_parted)
        .map(|sentence| part(sentence, false, true))
        .collect();
    parts.push(part(&said, true, !is_parted));
    parts
}

/// Judges whether words cover a question.
pub(super) struct QuestionMatcher<'a> {
    /// For meaning.
    pub(super) retriever: &'a dyn Retriever,
    /// The settings.
    pub(super) policy: &'a QuestionPolicy,
    /// Whether what was said came before the card: it was said about something else, and a word in common is no sign.
    pub(super) is_before: bool,
}

impl QuestionMatcher<'_> {
    /// Which of some questions the parts of a turn cover: each part the one that it fits best.
    pub(super) fn covered(&self, parts: &[Part], asked: &[&AskItem]) -> Vec<AskItem> {
        let mut open: Vec<&AskItem> = asked.to_vec();
        let mut covered: Vec<AskItem> = Vec::new();
        for part in parts {
            let chances: Vec<Option<f64>> =
                open.iter().map(|asked| self.chance(part, asked)).collect();
            let best = chances.iter().flatten().copied().fold(0.0, f64::max);
            let mut chances = chances.into_iter();
            open.retain(|asked| {
                let is_covered = chances
                    .next()
                    .flatten()
                    .is_some_and(|chance| chance >= best);
                if is_covered {
                    covered.push((*asked).clone());
                }
                !is_covered
            });
        }
        covered
    }

    /// How surely a part of a turn covers a question, 0–1; None where it does not. A customer who asks something, or names
    /// the topic alone, answers nothing by that; an agent who states something asks nothing by a word in common.
    fn chance(&self, part: &Part, asked: &AskItem) -> Option<f64> {
        if part.by_customer && is_question(&part.text) {
            return None;
        }
        let is_own = |term: &&String| !part.by_customer || !asked.topic.contains(term);
        if part.by_customer && !part.terms.iter().any(|term| is_own(&term)) {
            return None;
        }
        let terms: Vec<&String> = asked.terms.iter().filter(is_own).collect();
        let matched = terms
            .iter()
            .filter(|term| part.terms.contains(term))
            .count();
        let says_all = matched == terms.len();
        // "My postcode is 20095" says what is asked for, whatever it means.
        let has_figures = part.by_customer && part.text.contains(|c: char| c.is_ascii_digit());
        if says_all && matched == 1 && has_figures {
            return Some(1.0);
        }
        let asks = !part.by_customer && asks(&part.text);
        if !part.is_whole && matched == 0 && !asks {
            return None;
        }
        let says_all = says_all && matched >= 2;
        let Some(chance) = self.retriever.same_question(&asked.question, &part.text) else {
            let overlap = matched as f64 / terms.len().max(1) as f64;
            return (matched >= 2 && overlap >= self.policy.overlap).then_some(overlap);
        };
        let is_near = part.is_smallest && matched > 0 && (part.by_customer || asks);
        let threshold = match is_near && !self.is_before {
            true => self.policy.same - WITH_A_WORD,
            false => self.policy.same,
        };
        (says_all || chance >= threshold).then_some(chance)
    }
}

/// Whether a customer's turn may answer a question: it asks nothing back, and says something, or yes or no where that is an
/// answer.
pub(super) fn may_answer(said: &str, asked: &AskItem) -> bool {
    let nods = || assents(said) || refuses(said);
    !is_question(said) && (tells(said) || !asks_for_words(&asked.question) && nods())
}
