//! The summary of a call, in the words that were said.
//!
//! Owns what is selected and the page. Extractive: nothing is invented, every line was spoken or is a title. Personal and
//! payment data is redacted: a summary is kept where the transcript is not.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use super::{
    Card, CardState, Question, Summary, SummaryCard,
    follow_ups::follow_ups,
    question::asks,
    turns::{Spoken, Turns},
};
use crate::{
    article::Role,
    text::{markdown_escaped, one_line, redact, telling},
};

/// Wishes told: a wrap-up is read in seconds.
const WISHES: usize = 5;

/// First turns among which the one that says something is looked for.
const OPENING_TURNS: usize = 4;

/// Digits from which a turn tells a number and no wish: a PIN and a date of birth do not belong in a wrap-up.
const DATA_DIGITS: usize = 6;

/// Words that tell something, from which a turn says enough to be quoted.
const TELLING_TERMS: usize = 4;

/// The same for the caller's first words, which open the call.
const OPENING_TERMS: usize = 2;

/// Characters of one quoted line.
const LINE_CHARS: usize = 240;

/// What a call is summed up from.
pub(super) struct Facts<'a> {
    /// The call.
    pub(super) call_id: &'a str,
    /// When it was opened.
    pub(super) opened_at: DateTime<Utc>,
    /// When it ended.
    pub(super) ended_at: DateTime<Utc>,
    /// What was said.
    pub(super) turns: &'a Turns,
    /// What was shown, oldest first.
    pub(super) cards: Vec<&'a Card>,
    /// Questions of the articles in play.
    pub(super) questions: Vec<Question>,
    /// Whether the page is in Chinese.
    pub(super) is_chinese: bool,
}

/// Sums up a call.
pub(super) fn summary(facts: Facts) -> Summary {
    let wanted = wanted(facts.turns, &facts.cards);
    let (questions_answered, questions_open) = facts
        .questions
        .into_iter()
        .partition(|question| question.covered);
    let cards = once_each(&facts.cards).into_iter().map(|card| SummaryCard {
        card_id: card.card_id.clone(),
        article_id: card.article_id.clone(),
        title: card.title.clone(),
        url: card.url.clone(),
        revision: card.revision.clone(),
        state: card.state,
    });
    let mut summary = Summary {
        call_id: facts.call_id.to_owned(),
        opened_at: facts.opened_at,
        ended_at: facts.ended_at,
        duration_s: (facts.ended_at - facts.opened_at).num_seconds(),
        turns: facts.turns.count(),
        wanted,
        cards: cards.collect(),
        questions_answered,
        questions_open,
        follow_ups: follow_ups(facts.turns),
        markdown: String::new(),
    };
    summary.markdown = markdown(&summary, facts.is_chinese);
    summary
}

/// Cards, one an article: the newest that the agent took up, else the newest.
fn once_each<'a>(cards: &[&'a Card]) -> Vec<&'a Card> {
    use CardState::{Copied, Opened, Used};
    let mut listed: Vec<&Card> = Vec::new();
    for &card in cards {
        let known = listed
            .iter_mut()
            .find(|known| known.article_id == card.article_id);
        match known {
            None => listed.push(card),
            Some(known) => {
                let is_taken_up = |card: &Card| matches!(card.state, Opened | Copied | Used);
                if is_taken_up(card) || !is_taken_up(known) {
                    *known = card;
                }
            }
        }
    }
    listed
}

/// The same without what is of hidden articles; the page is written again.
pub(super) fn without(mut summary: Summary, hidden: &HashSet<&str>, is_chinese: bool) -> Summary {
    let is_open = |article_id: &String| !hidden.contains(article_id.as_str());
    summary.cards.retain(|card| is_open(&card.article_id));
    for questions in [&mut summary.questions_answered, &mut summary.questions_open] {
        questions.retain(|question| is_open(&question.article_id));
    }
    summary.markdown = markdown(&summary, is_chinese);
    summary
}

/// What the caller wanted: the first words that say something, those that brought up a card, and their questions; at most
/// a few, in the order of the call.
pub(super) fn wanted(turns: &Turns, cards: &[&Card]) -> Vec<String> {
    let told: Vec<&Spoken> = turns
        .iter()
        .filter(|spoken| {
            spoken.turn.role == Role::Customer && spoken.turn.is_final && !spoken.is_small_talk
        })
        .collect();
    let says = |spoken: &Spoken, terms: usize| {
        let text = spoken.said();
        let digits = text.chars().filter(char::is_ascii_digit).count();
        telling(&text).len() >= terms && digits < DATA_DIGITS
    };
    let says_much = |spoken: &&Spoken| says(spoken, TELLING_TERMS);
    // "Yes, about that thing" opens many calls; what comes soon after says what the thing is.
    let first = told
        .iter()
        .take(OPENING_TURNS)
        .position(says_much)
        .or_else(|| (!told.is_empty()).then_some(0));
    // "My phone was stolen" is little and all: what says more may only answer the agent.
    let opening = told
        .first()
        .is_some_and(|spoken| says(spoken, OPENING_TERMS));
    let opening = opening.then_some(0);
    let is_topic = |spoken: &Spoken| {
        cards.iter().any(|card| {
            let fits = !matches!(card.state, CardState::Dismissed | CardState::Withdrawn);
            fits && card.trigger.utterance_id.as_ref() == Some(&spoken.turn.utterance_id)
        })
    };
    let topics = (0..told.len()).filter(|&at| is_topic(told[at]));
    let questions = (0..told.len()).filter(|&at| says_much(&told[at]) && asks(&told[at].turn.text));
    let mut chosen: Vec<usize> = Vec::new();
    for at in opening
        .into_iter()
        .chain(first)
        .chain(topics)
        .chain(questions)
    {
        if chosen.len() < WISHES && !chosen.contains(&at) {
            chosen.push(at);
        }
    }
    chosen.sort_unstable();
    let mut wanted: Vec<String> = chosen.into_iter().map(|at| cut(&told[at].said())).collect();
    wanted.dedup();
    wanted
}

/// A line to quote: short, and without what names or pays for a person.
pub(super) fn cut(line: &str) -> String {
    let line = redact(line);
    let line = one_line(&line);
    match line.char_indices().nth(LINE_CHARS) {
        Some((byte, _)) => format!("{}…", &line[..byte]),
        None => line,
    }
}

/// Headings of the page: title, wanted, cards, answered, open, follow-ups, nothing.
const ENGLISH: [&str; 7] = [
    "Call summary",
    "What the caller wanted",
    "Articles shown",
    "Questions answered",
    "Questions open",
    "Follow-ups",
    "None.",
];
const CHINESE: [&str; 7] = [
    "通话小结",
    "客户诉求",
    "展示过的文章",
    "已答问题",
    "未答问题",
    "后续事项",
    "无。",
];

fn markdown(summary: &Summary, is_chinese: bool) -> String {
    let [title, wanted, cards, answered, open, follow_ups, none] =
        if is_chinese { CHINESE } else { ENGLISH };
    let question = |question: &Question| match &question.answer {
        Some(answer) => format!("{} — “{}”", question.question, cut(answer)),
        None => question.question.clone(),
    };
    let card = |card: &SummaryCard| {
        format!(
            "[{}]({}) ({})",
            markdown_escaped(&card.title),
            card.url,
            state(card.state, is_chinese)
        )
    };
    let quote = |line: &String| format!("“{}”", markdown_escaped(line));
    let parts: [(&str, Vec<String>); 5] = [
        (wanted, summary.wanted.iter().map(quote).collect()),
        (cards, summary.cards.iter().map(card).collect()),
        (
            answered,
            summary
                .questions_answered
                .iter()
                .map(|q| markdown_escaped(&question(q)))
                .collect(),
        ),
        (
            open,
            summary
                .questions_open
                .iter()
                .map(|q| markdown_escaped(&question(q)))
                .collect(),
        ),
        (follow_ups, summary.follow_ups.iter().map(quote).collect()),
    ];
    let mut page = format!("# {title} {}\n", markdown_escaped(&summary.call_id));
    for (heading, lines) in parts {
        page.push_str(&format!("\n## {heading}\n\n"));
        if lines.is_empty() {
            page.push_str(none);
            page.push('\n');
        }
        for line in lines {
            page.push_str(&format!("- {line}\n"));
        }
    }
    page
}

fn state(state: CardState, is_chinese: bool) -> &'static str {
    if !is_chinese {
        return state.name();
    }
    match state {
        CardState::Suggested => "已推荐",
        CardState::Opened => "已打开",
        CardState::Copied => "已复制",
        CardState::Used => "已使用",
        CardState::Dismissed => "已忽略",
        CardState::Withdrawn => "已撤回",
        CardState::Expired => "已过期",
    }
}
