//! Decides whether a turn is a question, and whether it refers to what was said before.
//!
//! Owns the judgement by words alone, in English and Chinese. Leaves what is asked for to `intent`.

use std::{collections::HashSet, sync::LazyLock};

use crate::text::fold;

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
    "想知道",
    "想了解",
    "告诉我",
    "解释",
    "不明白",
    "不懂",
    "不清楚",
];

/// What begins a question in running speech, and who follows.
const VERBS: &str = "do does did is are can could will would should";
const SUBJECTS: &str = "you they it there we i he she that this the my";
const OPENERS: &str = "what how where when which why whats hows";
const FOLLOWERS: &str =
    "is are do does did can could will would should much many long far about kind type time if";

/// What asks in English wherever it stands.
const ASKING_WITHIN: &[&str] = &[
    "wondering",
    "need to know",
    "want to know",
    "like to know",
    "tell me",
    "curious",
    "explain",
    "show me how",
    "walk me through",
    "guide me",
];

/// What somebody lacks who does not know how to go on, what stands before it, and what follows it.
const KNOWING: &str = "know knew sure certain idea clue understand understood familiar figure remember aware see find";
const LACKING: &str =
    "not no dont cant cannot didnt doesnt couldnt havent isnt aint never nor unable without";
const UNKNOWN: &str = "how what whats where which why when who whether if steps method way procedure process means meaning meant";

/// What points at what was said before.
const POINTING: &str = "that it this those these them there its";
const POINTING_HAN: &[&str] = &[
    "它", "这个", "那个", "这是", "那是", "这样", "那样", "这些", "那些", "这种", "那种",
];

/// How far apart the three may stand, in words.
const REACH: usize = 4;

/// What says that something is wanted, how it shall be, and how far behind that may stand, in words.
const WANTING: &str = "want wants need needs prefer like sure hope";
const EVALUATING: &str = "good great nice best better excellent decent clean quiet comfortable comfy cozy cosy friendly cordial polite \
    helpful attentive spacious roomy tasty delicious fresh generous modern safe";
const WISH_REACH: usize = 10;

/// What stands before such a word where it is no mere "great!".
const DEGREES: &str = "a an very really quite more";
const WANTING_HAN: &[&str] = &["想", "要", "希望", "最好", "喜欢"];
const EVALUATING_HAN: &[&str] = &[
    "安静",
    "干净",
    "舒服",
    "舒适",
    "宽敞",
    "好吃",
    "新鲜",
    "热情",
    "友好",
    "周到",
    "风景好",
    "位置好",
    "服务好",
];

static ASKING_SET: LazyLock<HashSet<&str>> = LazyLock::new(|| ASKING.split_whitespace().collect());
static LEADING_SET: LazyLock<HashSet<&str>> =
    LazyLock::new(|| LEADING.split_whitespace().collect());

/// Whether a turn asks something.
pub(super) fn asks(text: &str) -> bool {
    let folded = fold(text).text;
    let mut marks = ASKING_HAN.iter().chain(ASKING_WITHIN);
    if folded.contains('?') || marks.any(|mark| folded.contains(mark)) {
        return true;
    }
    if lacks_knowledge(&folded) {
        return true;
    }
    if !folded.contains(['.', '!', ';', ',']) && asks_within(&folded) {
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

/// Whether a turn asks about what was said before it: "how do I check that?"
pub(super) fn leans_back(text: &str) -> bool {
    let folded = fold(text).text;
    let mut said = folded.split(|c: char| !c.is_alphanumeric());
    let points = said.any(|word| is_one_of(POINTING, word))
        || POINTING_HAN.iter().any(|one| folded.contains(one));
    points && asks(text)
}

/// Whether a turn wants something to be good in some way: "I need a place with great service".
pub(super) fn wishes(text: &str) -> bool {
    let folded = fold(text).text;
    let mut wanted = WANTING_HAN
        .iter()
        .filter_map(|want| folded.split_once(want));
    if wanted.any(|(_, rest)| EVALUATING_HAN.iter().any(|value| rest.contains(value))) {
        return true;
    }
    folded.split(['.', '!', '?', ';', '\n']).any(|sentence| {
        let words = sentence.split(|c: char| !c.is_alphanumeric());
        let mut rest = words.skip_while(|word| !is_one_of(WANTING, word)).skip(1);
        rest.by_ref()
            .take(WISH_REACH)
            .any(|word| is_one_of(EVALUATING, word))
    })
}

/// Whether a turn asks for something good in some way: "can you book me a room with a great view?"
pub(super) fn asks_for_good(text: &str) -> bool {
    let folded = fold(text).text;
    let words: Vec<&str> = folded.split(|c: char| !c.is_alphanumeric()).collect();
    let values = |pair: &[&str]| is_one_of(DEGREES, pair[0]) && is_one_of(EVALUATING, pair[1]);
    words.windows(2).any(values) && asks(text)
}

/// Whether a text is put as a question: by its mark, or by its words where a transcriber writes no marks.
pub(super) fn is_question(text: &str) -> bool {
    let folded = fold(text).text;
    folded.contains('?') || (!folded.contains(['.', '!', '。']) && asks(text))
}

/// Whether a text without punctuation, as some transcribers write, has a question somewhere in it.
fn asks_within(folded: &str) -> bool {
    let said: Vec<&str> = folded.split_whitespace().collect();
    said.windows(2).any(|pair| {
        is_one_of(VERBS, pair[0]) && is_one_of(SUBJECTS, pair[1])
            || is_one_of(OPENERS, pair[0]) && is_one_of(FOLLOWERS, pair[1])
    })
}

/// Whether a text says that it is not known how or what: "I have no idea how that works".
fn lacks_knowledge(folded: &str) -> bool {
    let said: Vec<String> = folded
        .split_whitespace()
        .map(|word| word.replace(|c: char| !c.is_alphanumeric(), ""))
        .collect();
    let any = |words: &[String], list: &str| words.iter().any(|word| is_one_of(list, word));
    said.iter().enumerate().any(|(at, word)| {
        let (before, after) = (&said[at.saturating_sub(REACH)..at], &said[at + 1..]);
        let after = &after[..REACH.min(after.len())];
        any(after, UNKNOWN)
            && (word == "unsure"
                || word == "unclear"
                || (is_one_of(KNOWING, word) && any(before, LACKING)))
    })
}

fn is_one_of(list: &str, word: &str) -> bool {
    list.split(' ').any(|one| one == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: bool) {
        assert_eq!(asks(text), expected, "{text:?}");
    }

    #[test]
    fn speech_without_punctuation_asks_too() {
        check("okay great um does the hotel have a pool", true);
        check(
            "uh yeah i was wondering how long it takes what is the fee",
            true,
        );
        check("my laptop does not connect to the wifi", false);
    }

    #[test]
    fn the_question_mark_of_any_script_asks() {
        check("هل الفندق قريب؟", true);
        check("宠物可以？", true);
        check("الفندق قريب.", false);
    }

    #[test]
    fn who_wants_it_good_wishes() {
        let check = |text: &str, expected: bool| assert_eq!(wishes(text), expected, "{text:?}");
        check("I need a place with great service.", true);
        check(
            "I want to make sure the rooms are really clean there first.",
            true,
        );
        check("我想要一个安静一点的房间", true);
        check("That sounds great, I need it for two nights.", false);
        check("Great. I need the address.", false);
        check("I want to cancel my contract.", false);
        check("安静的房间", false);
    }

    #[test]
    fn a_question_may_ask_for_something_good() {
        let check = |text: &str, expected| assert_eq!(asks_for_good(text), expected, "{text:?}");
        check("Can you book me a room with a great view?", true);
        check("Great, can you book it for Friday?", false);
        check("That is a good idea.", false);
    }

    #[test]
    fn who_does_not_know_how_asks() {
        check("I have no idea how that works", true);
        check("I'm not sure what that means.", true);
        check("i do not know the steps to reset it", true);
        check("Unsure where to look", true);
        check("这个我不明白", true);
        check("I know how to do that.", false);
        check("I don't know my customer number", false);
        check("It isn't working, I know", false);
    }
}
