//! Query parsing: what a person typed → what is searched for. Pure.

use std::collections::{HashMap, HashSet};

use super::operators::{contains_words, is_minus, may_be_excluded, next_phrase, without_bullets};
use crate::text::{
    Inflected, Languages, Word, WordKind, compared, is_cjk_text, is_function_word, words,
};

/// Most that a function word counts against a content word.
const FUNCTION_WEIGHT: f32 = 0.6;

/// Content words that all function words of a long query may weigh up to: the longer the query, the less each says.
const FUNCTION_MASS: f32 = 4.0;

/// How much a code or a number counts: it is rare already, and matched as it stands.
const CODE_WEIGHT: f32 = 1.0;

/// How much a word counts where its accents are missing.
const PLAIN_WEIGHT: f32 = 0.8;

/// Phrases and exclusions that somebody types; what has more was pasted, and is plain text.
const MAX_STRICT: usize = 16;

/// A word of the query.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryTerm {
    /// As the index knows it.
    pub term: String,
    /// Factor of its BM25 score.
    pub weight: f32,
    /// Whether it says what is asked, not how.
    pub content: bool,
    /// Whether readers see where it stands: a pair of characters that reaches into a function word counts unseen.
    pub is_shown: bool,
    /// Whether it is a pair of characters and no word.
    pub is_bigram: bool,
    /// What else it may be called.
    pub others: Vec<OtherName>,
}

/// Another name for a word of the query.
#[derive(Debug, Clone, PartialEq)]
pub struct OtherName {
    /// As the index knows it.
    pub term: String,
    /// What it counts against the word itself, 0–1.
    pub weight: f32,
}

impl OtherName {
    /// A word as articles in other languages than English have it.
    fn inflected(word: Inflected) -> Vec<Self> {
        let of = |weight| move |term| Self { term, weight };
        let plain = word.plain.into_iter().map(of(PLAIN_WEIGHT));
        word.stems.into_iter().map(of(1.0)).chain(plain).collect()
    }
}

impl QueryTerm {
    /// How much of the term a text has: 1 for the word itself, the weight of the best other name, or 0.
    pub fn share(&self, has: impl Fn(&str) -> bool) -> f32 {
        if has(&self.term) {
            return 1.0;
        }
        let others = self.others.iter().filter(|other| has(&other.term));
        others.map(|other| other.weight).fold(0.0, f32::max)
    }
}

/// A question, understood.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Query {
    /// Text for the model: without marks of exclusion.
    pub text: String,
    /// Words, each once, in the order they were said.
    pub terms: Vec<QueryTerm>,
    /// Words that were said, repetitions included.
    pub said: usize,
    /// Whether it is written in Chinese, Japanese or Korean characters.
    pub wide: bool,
    /// Phrases that an article must have as they stand, as [`compared`] has them.
    pub phrases: Vec<String>,
    /// Phrases that it must not have, likewise.
    pub excluded: Vec<String>,
    /// Whether it asks something besides its phrases.
    pub says_more: bool,
}

impl Query {
    /// Understands what a person typed: "…" or “…” must stand as written, -word must not stand. 「…」 is how Chinese names
    /// things in a sentence, and asks for nothing. `languages` are those of the articles.
    #[must_use]
    pub fn parse(typed: &str, languages: &Languages) -> Self {
        let mut query = Self::default();
        let unlisted = without_bullets(typed);
        let mut rest = &*unlisted;
        while let Some((before, phrase, after)) = next_phrase(rest) {
            let excluding = before
                .strip_suffix(is_minus)
                .filter(|before| before.is_empty() || before.ends_with(char::is_whitespace));
            query.take_plain(excluding.unwrap_or(before));
            query.take_phrase(phrase, excluding.is_some());
            rest = after;
        }
        query.take_plain(rest);
        if query.phrases.len() + query.excluded.len() > MAX_STRICT {
            query = Self {
                text: typed.to_owned(),
                says_more: true,
                ..Self::default()
            };
        }
        query.text = query.text.trim().to_owned();
        if query.text.is_empty() {
            query.text = typed.trim().to_owned();
        }
        (query.terms, query.said) = weigh(&query.text, languages);
        query.wide = is_cjk_text(&query.text);
        query
    }

    fn take_plain(&mut self, text: &str) {
        for part in text.split_inclusive(char::is_whitespace) {
            let word = part.trim();
            let excluded = word
                .strip_prefix(is_minus)
                .map(|word| compared(word.trim_end_matches(|c: char| !c.is_alphanumeric())));
            match excluded.filter(|word| may_be_excluded(word)) {
                Some(word) => self.excluded.push(word),
                None => {
                    self.says_more |= !word.is_empty();
                    self.text.push_str(part);
                }
            }
        }
    }

    fn take_phrase(&mut self, phrase: &str, minus: bool) {
        let compared = compared(phrase.trim());
        if compared.is_empty() {
            return;
        }
        if minus {
            self.excluded.push(compared);
        } else {
            self.phrases.push(compared);
            self.text.push_str(phrase);
            self.text.push(' ');
        }
    }

    /// Whether a [`compared`] text has what must stand and nothing that must not.
    #[must_use]
    pub fn admits(&self, text: &str) -> bool {
        self.has_phrases(text) && !self.excluded.iter().any(|one| contains_words(text, one))
    }

    /// Whether a [`compared`] text has what must stand.
    #[must_use]
    pub fn has_phrases(&self, text: &str) -> bool {
        self.phrases.iter().all(|one| contains_words(text, one))
    }

    /// Whether phrases or exclusions narrow the search.
    #[must_use]
    pub fn has_constraints(&self) -> bool {
        !(self.phrases.is_empty() && self.excluded.is_empty())
    }
}

/// The words of a text with their weights, each once: √(times said) × what its kind counts. Also tells how many words were
/// said. `languages` are those of the articles.
#[must_use]
pub fn weigh(text: &str, languages: &Languages) -> (Vec<QueryTerm>, usize) {
    let said = words(text);
    let mut inflected = languages.inflected(text, &said);
    inflected.resize_with(said.len(), Inflected::default);
    let is_function = |word: &Word, inflected: &Inflected| {
        is_function_word(&word.term) || inflected.is_function_word
    };
    let within_function_words: HashSet<usize> = said
        .iter()
        .zip(&inflected)
        .filter(|(word, inflected)| word.kind != WordKind::Bigram && is_function(word, inflected))
        .flat_map(|(word, _)| word.start..word.end)
        .collect();
    let count = said.len();
    let function_weight = FUNCTION_WEIGHT.min(FUNCTION_MASS / said.len().max(1) as f32);
    let mut place: HashMap<String, usize> = HashMap::new();
    let mut terms: Vec<(QueryTerm, f32)> = Vec::new();
    for (word, inflected) in said.into_iter().zip(inflected) {
        let mut places = word.start..word.end;
        let is_bigram = word.kind == WordKind::Bigram;
        let is_shown = !is_bigram || !places.any(|at| within_function_words.contains(&at));
        if let Some(at) = place.get(&word.term) {
            let (term, times) = &mut terms[*at];
            *times += 1.0;
            term.is_shown |= is_shown;
            term.is_bigram &= is_bigram;
            continue;
        }
        place.insert(word.term.clone(), terms.len());
        let content = !is_function(&word, &inflected);
        let weight = match (content, word.kind) {
            (false, _) => function_weight,
            (true, WordKind::Code) => CODE_WEIGHT,
            (true, _) => 1.0,
        };
        terms.push((
            QueryTerm {
                term: word.term,
                weight,
                content,
                is_shown,
                is_bigram,
                others: OtherName::inflected(inflected),
            },
            1.0,
        ));
    }
    let weighted = |(term, times): (QueryTerm, f32)| QueryTerm {
        weight: term.weight * times.sqrt(),
        ..term
    };
    (terms.into_iter().map(weighted).collect(), count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(typed: &str) -> Query {
        Query::parse(typed, &Languages::default())
    }

    #[test]
    fn quotes_must_stand_and_minus_must_not() {
        let query = parsed("refund \"late order\" -prepaid");
        assert_eq!(query.phrases, ["late order"]);
        assert_eq!(query.excluded, ["prepaid"]);
        assert_eq!(query.text, "refund late order");
        assert!(query.admits("a refund for a late order of fiber"));
        assert!(!query.admits("a refund for a late order of prepaid"));
        assert!(!query.admits("a refund for an order that is late"));
    }

    #[test]
    fn every_kind_of_double_quote_opens_and_closes_a_phrase() {
        for typed in ["\"退订\"", "“退订”", "”退订“", "＂退订＂", "“退订\""] {
            assert_eq!(parsed(typed).phrases, ["退订"], "{typed}");
        }
        let two = parsed("“late order” and “refund”");
        assert_eq!(two.phrases, ["late order", "refund"]);
        assert_eq!(two.text, "late order  and refund");
    }

    #[test]
    fn a_lone_quote_and_a_number_with_a_minus_are_plain_text() {
        let query = parsed("27\" screen at -27 dBm");
        assert!(!query.has_constraints());
        assert_eq!(query.text, "27\" screen at -27 dBm");
    }

    #[test]
    fn every_minus_excludes_and_every_space_parts_it() {
        for (typed, excluded) in [
            ("套餐 －预付费", "预付费"),
            ("plans –prepaid", "prepaid"),
            ("plans -5G", "5g"),
            ("套餐 -５Ｇ套餐", "5g套餐"),
            ("套餐　-“退订”", "退订"),
            ("plans\t–\"5G\"", "5g"),
        ] {
            let query = parsed(typed);
            assert_eq!(
                (&*query.excluded, query.phrases.len()),
                (&[excluded.to_owned()][..], 0),
                "{typed}"
            );
        }
        for typed in [
            "signal at -85dBm",
            "气温 -27度",
            "10 -20 euros",
            "my bill —late— is wrong",
            "pre-\"paid\"",
        ] {
            assert_eq!(parsed(typed).excluded, [""; 0], "{typed}");
        }
    }

    #[test]
    fn exclusion_minds_word_boundaries() {
        let query = parsed("fee -art");
        assert!(query.admits("start of the fee"));
        assert!(!query.admits("art fee"));
        assert!(parsed("мастер -нет").admits("мастер интернета"));
        assert!(parsed("forfait -été").admits("forfait société"));
        assert!(!parsed("套餐 -退订").admits("如何退订套餐"));
    }

    #[test]
    fn a_space_between_chinese_and_letters_is_optional() {
        for text in ["换SIM卡的费用", "换 SIM 卡的费用"].map(compared) {
            for typed in ["\"SIM卡\"", "“SIM 卡”"] {
                assert!(parsed(typed).admits(&text), "{typed} in {text}");
            }
            assert!(!parsed("费用 -SIM卡").admits(&text), "{text}");
        }
    }

    #[test]
    fn a_phrase_is_not_part_of_longer_words_and_numbers() {
        let check = |typed: &str, text: &str, expected: bool| {
            assert_eq!(parsed(typed).admits(text), expected, "{typed} in {text}");
        };
        check("\"zone 1\"", "roaming in zone 12", false);
        check("\"zone 1\"", "roaming in zone 12 and zone 1.", true);
        check("\"plan 5\"", "the plan 5g", false);
        check("\"sim卡\"", "换sim卡的费用", true);
        check("\"退订\"", "如何退订套餐", true);
    }

    #[test]
    fn a_comma_ends_what_is_excluded() {
        let query = parsed("refund -prepaid, late");
        assert_eq!(query.excluded, ["prepaid"]);
    }

    #[test]
    fn bullets_exclude_nothing() {
        for typed in [
            "Problems:\n-internet slow\n-no TV",
            "-internet slow\r\n -\"no TV\"",
            "\n-internet slow\n-no TV\n",
            "问题：\n－internet slow\n–no TV",
        ] {
            let query = parsed(typed);
            assert_eq!(query.excluded, [""; 0], "{typed:?}");
            assert!(query.text.contains("internet slow"), "{typed:?}");
        }
        assert_eq!(parsed("slow\nwifi -prepaid").excluded, ["prepaid"]);
        assert_eq!(parsed("-prepaid\n").excluded, ["prepaid"]);
    }

    #[test]
    fn function_words_are_not_excluded() {
        for typed in ["my bill is wrong -please help", "账单错误 -请问 怎么办"] {
            let query = parsed(typed);
            assert!(!query.has_constraints(), "{typed}");
            assert_eq!(query.text, typed);
        }
        assert_eq!(parsed("fee -\"not now\"").excluded, ["not now"]);
    }

    #[test]
    fn what_was_pasted_is_plain_text() {
        let pasted = r#"{"name":"fee","kind":"once"} "#.repeat(5);
        let query = parsed(&pasted);
        assert!(!query.has_constraints());
        assert_eq!(query.text, pasted.trim());
    }

    #[test]
    fn a_query_of_exclusions_alone_still_asks_something() {
        assert_eq!(parsed("-prepaid").text, "-prepaid");
    }
}
