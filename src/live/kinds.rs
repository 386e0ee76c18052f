//! What kind of turn it is: how readily meaning may push a card on it.
//!
//! Owns the judgement by words alone, in English and Chinese. Leaves the bars to `policy`.

use std::{collections::HashSet, sync::LazyLock};

use crate::{
    article::Role,
    text::{fold, words},
};

use super::turns::{Spoken, Turns};

/// What the customer does with a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Asks for knowledge: a question, and no errand.
    Asking,
    /// Says what the call is about: one of the first turns that say something.
    Opening,
    /// Anything else: answers, data, errands.
    Other,
}

/// Words that ask where they begin a sentence.
const ASKING: &str = "what how why when where which who whose whats hows wheres do does did is are can could will would should shall may am \
    was were has have isnt arent dont doesnt cant couldnt wont wouldnt";

/// What may stand before them.
const LEADING: &str = "and but so ok okay well also yes no hi hello great thanks thank you alright oh um uh please then now hey";

/// What asks in Chinese wherever it stands.
const ASKING_HAN: &[&str] = &[
    "吗",
    "呢",
    "么",
    "怎",
    "什",
    "如何",
    "哪",
    "多少",
    "多久",
    "几",
    "能不能",
    "可不可以",
    "可以",
    "是否",
    "有没有",
    "为何",
    "会不会",
    "要不要",
    "是不是",
];

/// Errands: the agent does them in a system, no article is needed. Words as [`words`] spells them.
const ERRANDS: &str = "book booking reserve reservation nights people monday tuesday wednesday thursday friday saturday sunday thank thanks bye \
    预订 预定 订位 订房 订票 周一 周二 周三 周四 周五 周六 周日 星期一 星期二 星期三 星期四 星期五 星期六 星期日 谢谢 再见";

static ASKING_SET: LazyLock<HashSet<&str>> = LazyLock::new(|| ASKING.split_whitespace().collect());
static LEADING_SET: LazyLock<HashSet<&str>> =
    LazyLock::new(|| LEADING.split_whitespace().collect());
static ERRAND_SET: LazyLock<HashSet<String>> =
    LazyLock::new(|| words(ERRANDS).into_iter().map(|word| word.term).collect());

/// The kind of a customer's turn; `opening_turns` of the first that said something open the call.
pub(super) fn kind(turns: &Turns, utterance_id: &str, text: &str, opening_turns: usize) -> Kind {
    let told = |spoken: &&Spoken| {
        spoken.turn.role == Role::Customer
            && !spoken.is_small_talk
            && spoken.turn.utterance_id != utterance_id
    };
    if asks(text) && !is_errand(text) {
        Kind::Asking
    } else if turns.dropped() == 0
        && turns.iter().filter(told).take(opening_turns).count() < opening_turns
    {
        Kind::Opening
    } else {
        Kind::Other
    }
}

/// Whether a turn asks something.
pub(super) fn asks(text: &str) -> bool {
    let folded = fold(text).text;
    if folded.contains('?') || ASKING_HAN.iter().any(|word| folded.contains(word)) {
        return true;
    }
    folded.split(['.', '!', ';', ',', '\n']).any(|sentence| {
        let mut words = sentence
            .split_whitespace()
            .map(|word| word.replace(|c: char| !c.is_alphanumeric(), ""));
        words
            .find(|word| !word.is_empty() && !LEADING_SET.contains(word.as_str()))
            .is_some_and(|word| ASKING_SET.contains(word.as_str()))
    })
}

/// Whether a turn has an errand in it: a word of one, or a time of the day.
fn is_errand(text: &str) -> bool {
    let has_time = text.as_bytes().windows(4).any(
        |four| matches!(four, [a, b':', c, d] if [a, c, d].iter().all(|b| b.is_ascii_digit())),
    );
    has_time
        || words(text)
            .iter()
            .any(|word| ERRAND_SET.contains(&word.term))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, asking: bool, errand: bool) {
        assert_eq!((asks(text), is_errand(text)), (asking, errand), "{text:?}");
    }

    #[test]
    fn questions_and_errands_are_told_apart() {
        check("Is it quiet at the Ashley?", true, false);
        check("ok so what documents do i need", true, false);
        check("My laptop does not connect", false, false);
        check("I need to book a table for 3 people", false, true);
        check("Can you book it for Friday?", true, true);
        check("这个套餐可以退吗", true, false);
        check("我的宽带上不了网", false, false);
        check("帮我预订房间", false, true);
        check("a train that leaves by 17:45", false, true);
        check("what does error E101 mean", true, false);
    }
}
