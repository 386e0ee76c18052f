//! What is to be done after the call, in the agent's words: promises, and offers that the caller took.
//!
//! Owns what a promise sounds like in English and Chinese. Extractive: nothing is made up.

use super::turns::{Spoken, Turns};
use crate::{
    article::Role,
    text::{fold, sentences},
};

/// Follow-ups told: a wrap-up is read in seconds.
const FOLLOW_UPS: usize = 8;

/// What a promise sounds like, folded.
const PROMISES: &[&str] = &[
    "i will ",
    "i'll ",
    "we will ",
    "we'll ",
    "i'm sending",
    "i am sending",
    "we're sending",
    "will be sent",
    "will receive",
    "will get",
    "will arrive",
    "you'll get",
    "you'll receive",
    "call you back",
    "ring you back",
    "get back to you",
    "follow up",
    "within 24",
    "working day",
    "business day",
    "going to send",
    "i'm asking for",
    "i have scheduled",
    "i've scheduled",
    "i have booked",
    "i've booked",
    "is booked for",
    "请您在",
    "我会",
    "我们会",
    "我这边会",
    "稍后会",
    "将会",
    "会给您",
    "给您回",
    "会回电",
    "回复您",
    "答复您",
    "联系您",
    "通知您",
    "工作日内",
    "小时内",
    "已为您",
    "为您预约",
    "给您约",
    "给您安排",
    "给您申请",
    "给您发",
    "发给您",
    "给您寄",
    "寄给您",
    "往上升",
    "尽快",
    "明天就能",
];

/// What sounds like a promise and is done while the caller waits.
const AT_ONCE: &[&str] = &[
    "i'll have a look",
    "i'll take a look",
    "i'll look",
    "i'll check",
    "i'll just",
    "i will check",
    "i will have a look",
    "i'll put you",
    "i'll explain",
];

/// How an offer is made; it must ask too.
const OFFERS: &[&str] = &[
    "shall i ",
    "should i ",
    "shall we ",
    "do you want me to",
    "would you like me to",
    "can i send",
    "要不要我",
    "需要我",
    "给您",
    "帮您",
];

/// What an answer begins with that takes an offer.
const ASSENTS: &[&str] = &[
    "yes",
    "yeah",
    "yep",
    "please",
    "sure",
    "ok",
    "great",
    "good",
    "perfect",
    "fine",
    "that would",
    "lovely",
    "go ahead",
    "好",
    "行",
    "可以",
    "要",
    "嗯",
    "对",
    "是",
    "麻烦",
    "那就",
];

/// What the agent promised, oldest first; of too many the last ones, which stand.
pub(super) fn follow_ups(turns: &Turns) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let spoken: Vec<&Spoken> = turns.iter().filter(|spoken| spoken.turn.is_final).collect();
    for (at, said) in spoken.iter().enumerate() {
        if said.turn.role != Role::Agent {
            continue;
        }
        let answer = spoken[at + 1..]
            .iter()
            .find(|next| next.turn.role != Role::System)
            .filter(|next| next.turn.role == Role::Customer);
        let is_taken = answer.is_some_and(|answer| assents(&answer.turn.text));
        let chars: Vec<char> = said.turn.text.chars().collect();
        for range in sentences(&said.turn.text) {
            let sentence: String = chars[range[0]..range[1]].iter().collect();
            if is_follow_up(&sentence, is_taken) {
                found.push(super::summary::cut(sentence.trim()));
            }
        }
    }
    found.dedup();
    found.split_off(found.len().saturating_sub(FOLLOW_UPS))
}

fn is_follow_up(sentence: &str, is_taken: bool) -> bool {
    let folded = fold(sentence).text.replace('’', "'");
    let has = |phrases: &[&str]| phrases.iter().any(|phrase| folded.contains(phrase));
    if folded.contains('?') {
        return is_taken && has(OFFERS);
    }
    has(PROMISES) && !has(AT_ONCE)
}

fn assents(answer: &str) -> bool {
    let folded = fold(answer).text;
    let text = folded.trim_start_matches(|c: char| !c.is_alphanumeric());
    ASSENTS.iter().any(|assent| text.starts_with(assent))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sentence: &str, answer: &str, expected: bool) {
        assert_eq!(
            is_follow_up(sentence, assents(answer)),
            expected,
            "{sentence:?} – {answer:?}"
        );
    }

    #[test]
    fn promises_are_told_from_what_is_done_at_once() {
        check("We’ll call you back on Friday.", "", true);
        check("I'll have a look at your bill.", "", false);
        check("My team lead could ring you back.", "", true);
        check("好，短信马上发给您。", "", true);
        check(
            "我现在就把您的投诉往上升一级，投诉部会书面答复您。",
            "",
            true,
        );
        check("说好组长两天内回电的，我看记录里还没有。", "", false);
        check("The fee is nine euros.", "", false);
    }

    #[test]
    fn an_offer_counts_once_it_is_taken() {
        check(
            "Shall I send you a text when it's back?",
            "Yes please, to this number.",
            true,
        );
        check(
            "Shall I send you a text when it's back?",
            "No, thanks.",
            false,
        );
        check(
            "另外给您约最早的时间，明天上午八点到十二点，可以吗？",
            "行，那就这样。",
            true,
        );
        check("另外给您约最早的时间，明天上午可以吗？", "不用了。", false);
        check("Could you give me your PIN?", "Yes, it's four.", false);
    }
}
