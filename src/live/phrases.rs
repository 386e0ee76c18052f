//! The phrases of all triggers, in one automaton.
//!
//! Owns finding which phrases an utterance contains, and where. Leaves what that means to `decide`.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    iter,
};

use aho_corasick::AhoCorasick;

use super::{
    annotations::said,
    tokens::{heard, written},
};

/// What a phrase is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Use {
    /// One of a trigger's `any`; the trigger's index in the rule book.
    Any(usize),
    /// One of a trigger's `not`.
    Not(usize),
    /// Silences the whole utterance.
    Excluded,
}

/// A phrase that was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PhraseMatch {
    /// What it is for.
    pub(super) used: Use,
    /// As the editor wrote it.
    pub(super) phrase: String,
    /// The same as said.
    pub(super) said: String,
}

/// All phrases of one generation.
#[derive(Debug, Default)]
pub(super) struct PhraseBook {
    automaton: Option<AhoCorasick>,
    /// For each pattern: its uses, each with the phrase as written.
    uses: Vec<Vec<(Use, String)>>,
}

impl PhraseBook {
    /// Spells and compiles phrases; those with nothing to say are left out.
    pub(super) fn new(phrases: impl IntoIterator<Item = (Use, String)>) -> Self {
        let mut patterns: Vec<String> = Vec::new();
        let mut uses: Vec<Vec<(Use, String)>> = Vec::new();
        let mut known: HashMap<String, usize> = HashMap::new();
        for (used, phrase) in phrases {
            for spelling in written(&phrase) {
                let at = *known.entry(spelling.clone()).or_insert_with(|| {
                    patterns.push(spelling);
                    uses.push(Vec::new());
                    patterns.len() - 1
                });
                uses[at].push((used, phrase.clone()));
            }
        }
        // Building fails only past 2³¹ states: gigabytes of phrases, far over what a content folder holds.
        let automaton = if patterns.is_empty() {
            None
        } else {
            AhoCorasick::new(&patterns).ok()
        };
        Self { automaton, uses }
    }

    /// Phrases that a text has, each use once, in the order of their ends. What stands in brackets may be words, and it may be
    /// an annotation that parts a phrase: the text is read with it and without it.
    pub(super) fn scan(&self, text: &str) -> Vec<PhraseMatch> {
        let spoken = said(text);
        let spoken = matches!(spoken, Cow::Owned(_)).then_some(&*spoken);
        let mut found: Vec<PhraseMatch> = Vec::new();
        for text in iter::once(text).chain(spoken) {
            for (pattern, [start, end]) in self.hits(text) {
                for (used, phrase) in &self.uses[pattern] {
                    if !found
                        .iter()
                        .any(|said| said.used == *used && said.phrase == *phrase)
                    {
                        found.push(PhraseMatch {
                            used: *used,
                            phrase: phrase.clone(),
                            said: text.chars().skip(start).take(end - start).collect(),
                        });
                    }
                }
            }
        }
        found
    }

    /// Where a text has phrases: ranges of Unicode scalar values, each once.
    pub(super) fn ranges(&self, text: &str) -> HashSet<[usize; 2]> {
        self.hits(text)
            .into_iter()
            .map(|(_, range)| range)
            .collect()
    }

    /// Patterns in a text, each with its range in Unicode scalar values.
    fn hits(&self, text: &str) -> Vec<(usize, [usize; 2])> {
        let Some(automaton) = &self.automaton else {
            return Vec::new();
        };
        let mut hits = Vec::new();
        for spelling in heard(text) {
            let found = automaton.find_overlapping_iter(&spelling.text);
            hits.extend(
                found.map(|hit| (hit.pattern().as_usize(), spelling.original(hit.range()))),
            );
        }
        hits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(phrase: &str, text: &str) -> Option<String> {
        let book = PhraseBook::new([(Use::Any(0), phrase.to_owned())]);
        let found = book.scan(text);
        assert!(found.len() <= 1, "{found:?}");
        found.into_iter().next().map(|hit| hit.said)
    }

    fn check(phrase: &str, text: &str, expected: Option<&str>) {
        assert_eq!(
            said(phrase, text).as_deref(),
            expected,
            "{phrase:?} in {text:?}"
        );
    }

    #[test]
    fn a_phrase_is_found_whatever_its_case_width_and_script() {
        check(
            "cancel my contract",
            "I'd like to CANCEL my Contract, please",
            Some("CANCEL my Contract"),
        );
        check(
            "cancel my contract",
            "ｃａｎｃｅｌ　ｍｙ　ｃｏｎｔｒａｃｔ",
            Some("ｃａｎｃｅｌ　ｍｙ　ｃｏｎｔｒａｃｔ"),
        );
        check("解约", "我想解約了", Some("解約"));
        check("解約", "我想解约了", Some("解约"));
        check("eSIM卡", "办一张esim 卡", Some("esim 卡"));
    }

    #[test]
    fn parts_of_latin_words_do_not_count() {
        check("art", "start the car", None);
        check("art", "the art museum", Some("art"));
        check("sim", "换SIM卡", Some("SIM"));
        check("E101", "code E1012", None);
    }

    #[test]
    fn fillers_stutter_and_punctuation_do_not_part_a_phrase() {
        check(
            "cancel my contract",
            "cancel, um, my my contract",
            Some("cancel, um, my my contract"),
        );
        check(
            "cancel my contract",
            "cancel you know my contract",
            Some("cancel you know my contract"),
        );
        check("取消套餐", "我要取消嗯那个套餐", Some("取消嗯那个套餐"));
        check("这个月账单", "请查这个月账单", Some("这个月账单"));
        check("那个", "那个", Some("那个"));
        check("cancel my contract", "cancel my old contract", None);
    }

    #[test]
    fn what_stands_in_brackets_is_heard_and_parts_no_phrase() {
        check("解约", "我要退网（解约）", Some("解约"));
        check("cancel", "my router (please cancel)", Some("cancel"));
        check(
            "cancel my contract",
            "cancel [noise] my contract",
            Some("cancel   my contract"),
        );
    }

    #[test]
    fn simple_inflection_is_the_same_word() {
        check(
            "termination fee",
            "any termination fees?",
            Some("termination fees"),
        );
        check(
            "cancel my contract",
            "I am cancelling my contract",
            Some("cancelling my contract"),
        );
        check("cancelled order", "cancel order", Some("cancel order"));
        check("don't answer", "dont answers", Some("dont answers"));
    }

    #[test]
    fn hyphens_may_be_open_or_closed() {
        check("wi-fi password", "the wifi password", Some("wifi password"));
        check(
            "wifi password",
            "the Wi-Fi password",
            Some("Wi-Fi password"),
        );
        check(
            "wi-fi password",
            "the wi fi password",
            Some("wi fi password"),
        );
        check(
            "early termination",
            "early-termination clause",
            Some("early-termination"),
        );
        check("E-101", "shows E101 now", Some("E101"));
    }

    #[test]
    fn overlapping_phrases_are_all_found() {
        let book = PhraseBook::new([
            (Use::Any(0), "contract".to_owned()),
            (Use::Any(1), "cancel my contract".to_owned()),
            (Use::Not(1), "my contract".to_owned()),
            (Use::Excluded, "!?".to_owned()),
        ]);
        let mut uses: Vec<Use> = book
            .scan("cancel my contract")
            .into_iter()
            .map(|said| said.used)
            .collect();
        uses.sort_by_key(|used| format!("{used:?}"));
        assert_eq!(uses, [Use::Any(0), Use::Any(1), Use::Not(1)]);
        assert!(PhraseBook::default().scan("cancel my contract").is_empty());
    }

    #[test]
    fn korean_and_thai_go_by_character() {
        check("해지", "해지하고 싶어요", Some("해지"));
        check("ยกเลิก", "อยากยกเลิกสัญญา", Some("ยกเลิก"));
        check("ซื้อเสือ", "อยากซื้อเสื้อ", None);
        check("ซื้อเสื้อ", "อยากซื้อเสื้อ", Some("ซื้อเสื้อ"));
        check(
            "отменить договор",
            "хочу Отменить договор",
            Some("Отменить договор"),
        );
    }
}
