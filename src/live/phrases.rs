//! The phrases of all triggers, in one automaton.
//!
//! Owns finding which phrases an utterance contains, and where. Leaves what that means to `decide`.

use std::collections::HashMap;

use aho_corasick::AhoCorasick;

use super::tokens::{heard, written};

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
    /// Where it stands in the utterance: Unicode scalar values, end exclusive.
    pub(super) range: [usize; 2],
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

    /// Phrases that a text has, each use once, in the order of their ends.
    pub(super) fn scan(&self, text: &str) -> Vec<PhraseMatch> {
        let Some(automaton) = &self.automaton else {
            return Vec::new();
        };
        let mut found: Vec<PhraseMatch> = Vec::new();
        for spelling in heard(text) {
            for hit in automaton.find_overlapping_iter(&spelling.text) {
                let range = spelling.original(hit.range());
                for (used, phrase) in &self.uses[hit.pattern().as_usize()] {
                    if !found
                        .iter()
                        .any(|said| said.used == *used && said.phrase == *phrase)
                    {
                        found.push(PhraseMatch {
                            used: *used,
                            phrase: phrase.clone(),
                            range,
                        });
                    }
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(phrase: &str, text: &str) -> Option<String> {
        let book = PhraseBook::new([(Use::Any(0), phrase.to_owned())]);
        let found = book.scan(text);
        assert!(found.len() <= 1, "{found:?}");
        found.first().map(|said| {
            text.chars()
                .skip(said.range[0])
                .take(said.range[1] - said.range[0])
                .collect()
        })
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
