//! The intent of a customer's turn, and so how readily semantic search may push a card on it.
//!
//! Owns telling requests for knowledge from errands, by words alone, in English and Chinese. Leaves whether a turn is a
//! question to `question`, and the thresholds to `policy`.

use std::{collections::HashSet, sync::LazyLock};

use crate::{
    article::Role,
    text::{Language, WordKind, fold, sentence_texts, words},
};

use super::{
    question::{asks, asks_for_good, wishes},
    small_talk::content_words,
    turns::{Spoken, Turns},
};

/// What the customer does with a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Asks for knowledge: a question, and no errand.
    Asking,
    /// Says what the call is about: one of the first turns that say something, with so many words that tell what.
    Opening(usize),
    /// Wants something to be good in some way: asked of the entry of a directory that is being talked about, and of anything else
    /// as [`Kind::Other`].
    Wish(usize),
    /// Anything else: answers, details, questions beside an errand, with so many words that tell what.
    Other(usize),
    /// Something that the agent does or looks up in a system: no article is needed.
    Errand,
}

/// Errands: the agent does them in a system, no article is needed. Words as [`words`] spells them.
const ERRANDS: &str = "book booking reserve reservation 预订 预定 订位 订房 订房间 订票";

/// What details of errands and the end of a matter sound like; what is asked beside them may be about anything.
const BESIDE: &str = "nights people monday tuesday wednesday thursday friday saturday sunday thank thanks bye \
    周一 周二 周三 周四 周五 周六 周日 星期一 星期二 星期三 星期四 星期五 星期六 星期日 星期天 谢谢 再见";

/// How far a time may stand behind "since", itself counted: "since about 14:30", "since last Monday".
const SINCE_WORDS: usize = 4;

/// What asks even within an errand.
const ASKING_ANYWAY: &[&str] = &["tell me if", "know if", "check if", "whether"];

/// What is looked up in a system when somebody else's is asked for, or when it is asked for with no more than a please.
const RECORDS: &str = "phone telephone address postcode postal zip reference contact";

/// What stands before them then.
const THEIRS: &str = "the their its his her that this a an and or for";

static ERRAND_SET: LazyLock<HashSet<String>> = LazyLock::new(|| longest(ERRANDS));
static BESIDE_SET: LazyLock<HashSet<String>> = LazyLock::new(|| longest(BESIDE));

/// The words of a list. Of longer ones what is within says little: 星期一 is a day, 星期 is none.
fn longest(list: &str) -> HashSet<String> {
    let whole = |one| {
        words(one)
            .into_iter()
            .max_by_key(|word| word.end - word.start)
    };
    let found = list.split_whitespace().filter_map(whole);
    found.map(|word| word.term).collect()
}

/// The kind of a customer's turn; `opening_turns` of the first that said something open the call. `language` is the one that
/// is spoken, where it is neither English nor Chinese.
pub(super) fn kind(
    turns: &Turns,
    utterance_id: &str,
    text: &str,
    opening_turns: usize,
    language: Option<&Language>,
) -> Kind {
    let tells = |spoken: &&Spoken| {
        spoken.turn.role == Role::Customer
            && !spoken.is_small_talk
            && spoken.turn.utterance_id != utterance_id
    };
    let folded = fold(text).text;
    let asks_anyway = ASKING_ANYWAY.iter().any(|mark| folded.contains(mark)) || asks_for_good(text);
    let errand = !asks_anyway && (is_errand(text) || (asks(text) && asks_for_record(text)));
    if asks_anyway || (asks(text) && !errand) {
        return Kind::Asking;
    }
    let told = turns.iter().filter(tells).take(opening_turns).count();
    if turns.dropped() == 0 && told < opening_turns {
        Kind::Opening(content_words(text, language))
    } else if errand && !asks_besides(text) {
        Kind::Errand
    } else if wishes(text) {
        Kind::Wish(content_words(text, language))
    } else {
        Kind::Other(content_words(text, language))
    }
}

/// Whether a turn asks for somebody's number or address: "what is their address", not "how do I change my address".
fn asks_for_record(text: &str) -> bool {
    let folded = fold(text).text;
    let said: Vec<String> = folded
        .split_whitespace()
        .map(|word| word.replace(|c: char| !(c.is_alphanumeric() || c == '\''), ""))
        .collect();
    let is_record = |word: &str| RECORDS.split(' ').any(|record| record == word);
    said.windows(2).any(|pair| {
        let is_theirs = pair[0].ends_with("'s") || THEIRS.split(' ').any(|word| word == pair[0]);
        (is_theirs && is_record(&pair[1])) || (is_record(&pair[0]) && pair[1] == "please")
    })
}

/// Whether a turn, or a sentence of it, asks something and names no errand itself: callers thank the agent before the next
/// question, and say since when something is as it is.
fn asks_besides(text: &str) -> bool {
    let is_wanted =
        |text: &str| asks(text) && !has_word_of(text, &ERRAND_SET) && !asks_for_record(text);
    is_wanted(text) || sentence_texts(text).into_iter().any(is_wanted)
}

/// Whether a turn has an errand in it: a word of one or of what goes with one, or a time of the day. Since when something
/// is as it is belongs to no errand.
fn is_errand(text: &str) -> bool {
    let text = &without_since(&fold(text).text);
    let has_time = text.as_bytes().windows(4).any(
        |four| matches!(four, [a, b':', c, d] if [a, c, d].iter().all(|b| b.is_ascii_digit())),
    );
    has_time || has_word_of(text, &ERRAND_SET) || has_word_of(text, &BESIDE_SET)
}

/// A folded text without the time that follows "since", and days from which on something is so.
fn without_since(folded: &str) -> String {
    let mut since = 0;
    let said = folded.split_whitespace().filter(|word| {
        since = if *word == "since" { SINCE_WORDS } else { since };
        since = since.saturating_sub(1);
        since == 0
    });
    let mut text = said.collect::<Vec<_>>().join(" ");
    for day in BESIDE.split_whitespace().filter(|day| !day.is_ascii()) {
        for from in [format!("从{day}"), format!("{day}起"), format!("{day}开始")] {
            text = text.replace(&from, "");
        }
    }
    text.replace("thank god", "")
}

fn has_word_of(text: &str, set: &HashSet<String>) -> bool {
    words(text)
        .iter()
        .any(|word| word.kind != WordKind::Bigram && set.contains(&word.term))
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
        check("it has been slow since last Monday", false, false);
        check(
            "the lamps blink since 14:30, thank God only one",
            false,
            false,
        );
        check("从星期一开始家里的网速只有九十兆", false, false);
        check("一直没通，从周三起", false, false);
        check("帮我改到星期一", false, true);
        check("那就星期天吧", false, true);
        check("上周五订房间", false, true);
        check("谢谢您", false, true);
        check("上星期就断网了", false, false);
        check("这两周一直断网", false, false);
        check("手机分期三个月", false, false);
        check("合约到期日写错了", false, false);
    }

    #[test]
    fn a_question_beside_thanks_or_an_errand_is_none() {
        let check =
            |text: &str, expected: bool| assert_eq!(asks_besides(text), expected, "{text:?}");
        check(
            "Okay thank you, and my data is used up, what happens now?",
            true,
        );
        check("谢谢。还有这几天没网，月费能不能少收一点？", true);
        check("还有从周一开始这几天没网，月费能不能少收一点？", true);
        check(
            "And two people here have a prepaid card, does it work for them?",
            true,
        );
        check("I booked it on Monday. Does it work for my wife too?", true);
        check("I was told Monday, bye.", false);
        check("Can you book it for Friday? Thanks!", false);
        check("What is the address, please?", false);
    }

    #[test]
    fn somebody_elses_number_is_looked_up_and_ones_own_is_a_question() {
        assert!(asks_for_record("What is the address and postcode?"));
        assert!(asks_for_record("could I get the hotel's phone number"));
        assert!(asks_for_record("That one. Address please?"));
        assert!(!asks_for_record("how do I change my address"));
        assert!(!asks_for_record("What is your phone number?"));
    }
}
