//! The wrap-up of a call, in the words that were said.
//!
//! Owns what is picked and the page. Extractive: nothing is invented, every line was spoken or is a title. What names
//! or pays for a person is redacted: a summary is kept where the transcript is not.

use chrono::{DateTime, Utc};

use super::{
    Card, CardState, Question, Summary, SummaryCard,
    turns::{Spoken, Turns},
};
use crate::{
    article::Role,
    text::{fold, redact, sentences},
};

/// Wishes told: a wrap-up is read in seconds.
const WISHES: usize = 5;

/// Follow-ups told.
const FOLLOW_UPS: usize = 8;

/// Characters of one quoted line.
const LINE_CHARS: usize = 240;

/// What a promise sounds like, folded.
const PROMISES: &[&str] = &[
    "i will ",
    "i'll ",
    "we will ",
    "we'll ",
    "will be sent",
    "will receive",
    "will get",
    "you'll get",
    "you'll receive",
    "call you back",
    "get back to you",
    "follow up",
    "within 24",
    "working day",
    "business day",
    "going to send",
    "i have scheduled",
    "i've scheduled",
    "请您在",
    "我会",
    "我们会",
    "我这边会",
    "稍后会",
    "将会",
    "会给您",
    "给您回",
    "回电",
    "回复您",
    "工作日内",
    "小时内",
    "已为您",
    "为您预约",
    "尽快",
];

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
        .map(|mut question| {
            question.answer = question.answer.map(|answer| redact(&answer).into_owned());
            question
        })
        .partition(|question| question.covered);
    let cards = facts.cards.iter().map(|card| SummaryCard {
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

/// The customer's first words that asked for something, then the words that brought up each card.
fn wanted(turns: &Turns, cards: &[&Card]) -> Vec<String> {
    let asks = |spoken: &&Spoken| {
        spoken.turn.role == Role::Customer && spoken.turn.is_final && !spoken.is_small_talk
    };
    let topics = |spoken: &&Spoken| {
        cards.iter().any(|card| {
            let fits = !matches!(card.state, CardState::Dismissed | CardState::Withdrawn);
            fits && card.trigger.utterance_id.as_ref() == Some(&spoken.turn.utterance_id)
        })
    };
    let first = turns.iter().find(asks);
    let mut wanted: Vec<String> = Vec::new();
    for spoken in first
        .into_iter()
        .chain(turns.iter().filter(asks).filter(topics))
    {
        let line = cut(spoken.turn.text.trim());
        if !wanted.contains(&line) && wanted.len() < WISHES {
            wanted.push(line);
        }
    }
    wanted
}

/// What the agent promised.
fn follow_ups(turns: &Turns) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for spoken in turns
        .iter()
        .filter(|spoken| spoken.turn.role == Role::Agent && spoken.turn.is_final)
    {
        let chars: Vec<char> = spoken.turn.text.chars().collect();
        for range in sentences(&spoken.turn.text) {
            let sentence: String = chars[range[0]..range[1]].iter().collect();
            let folded = fold(&sentence).text;
            if PROMISES.iter().any(|promise| folded.contains(promise)) && !folded.contains('?') {
                found.push(cut(sentence.trim()));
            }
        }
    }
    found.dedup();
    // The last promises are the ones that stand.
    found.split_off(found.len().saturating_sub(FOLLOW_UPS))
}

/// A line to quote: short, and without what names or pays for a person.
fn cut(line: &str) -> String {
    let line = redact(line);
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
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
            escaped(&card.title),
            card.url,
            state(card.state, is_chinese)
        )
    };
    let quote = |line: &String| format!("“{}”", escaped(line));
    let parts: [(&str, Vec<String>); 5] = [
        (wanted, summary.wanted.iter().map(quote).collect()),
        (cards, summary.cards.iter().map(card).collect()),
        (
            answered,
            summary
                .questions_answered
                .iter()
                .map(|q| escaped(&question(q)))
                .collect(),
        ),
        (
            open,
            summary
                .questions_open
                .iter()
                .map(|q| escaped(&question(q)))
                .collect(),
        ),
        (follow_ups, summary.follow_ups.iter().map(quote).collect()),
    ];
    let mut page = format!("# {title} {}\n", escaped(&summary.call_id));
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

/// Spoken words are no markup.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(
            c,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|'
        ) {
            out.push('\\');
        }
        out.push(if c.is_control() { ' ' } else { c });
    }
    out
}

fn state(state: CardState, is_chinese: bool) -> &'static str {
    match (state, is_chinese) {
        (CardState::Suggested, false) => "suggested",
        (CardState::Opened, false) => "opened",
        (CardState::Copied, false) => "copied",
        (CardState::Used, false) => "used",
        (CardState::Dismissed, false) => "dismissed",
        (CardState::Withdrawn, false) => "withdrawn",
        (CardState::Expired, false) => "expired",
        (CardState::Suggested, true) => "已推荐",
        (CardState::Opened, true) => "已打开",
        (CardState::Copied, true) => "已复制",
        (CardState::Used, true) => "已使用",
        (CardState::Dismissed, true) => "已忽略",
        (CardState::Withdrawn, true) => "已撤回",
        (CardState::Expired, true) => "已过期",
    }
}
