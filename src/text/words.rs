//! Tokenising of mixed English and Chinese text, the same for indexing, queries and highlighting.
//!
//! Owns the iteration over runs of one script, and the words of scripts without spaces. Leaves the dictionary to `han`
//! and the spellings of alphabetic words, numbers and codes to `spelling`.

use std::cell::OnceCell;

use unicode_segmentation::UnicodeSegmentation;

use super::{
    accents::without_accents,
    fold::{Folded, fold},
    function_words::is_function_word,
    han,
    inflection::{Language, stem},
    script::Class,
    spelling,
};

/// Longest run of a script without spaces that is also kept as one word, in characters.
const WHOLE_RUN: usize = 16;

/// One searchable word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The term as the index knows it: folded, stemmed.
    pub term: String,
    /// Offset of its first character.
    pub start: usize,
    /// Offset behind its last character.
    pub end: usize,
    /// What it is made of.
    pub kind: WordKind,
}

/// What a word is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WordKind {
    /// Letters of an alphabet, stemmed: see [`Language`].
    Latin,
    /// A number or a code holding digits: matched as it stands.
    Code,
    /// A Chinese word of the dictionary.
    Han,
    /// Two neighbouring characters of a script that writes no spaces between words, for recall.
    Bigram,
}

/// Splits a text into words, ordered by start, then end; words may overlap.
///
/// A term is the same wherever its word stands, so an index, a query and a highlight agree.
#[must_use]
pub fn words(text: &str) -> Vec<Word> {
    words_once(text, None)
}

/// Terms of the [`words`] of a text that tell what it is about, each once, in their order: no function words, no pairs of
/// characters.
#[must_use]
pub fn telling(text: &str) -> Vec<String> {
    let mut terms: Vec<String> = Vec::new();
    for Word { term, kind, .. } in words(text) {
        if kind != WordKind::Bigram && !is_function_word(&term) && !terms.contains(&term) {
            terms.push(term);
        }
    }
    terms
}

/// [`words`] of a text in some language: the same ones, with the stems of that language.
#[must_use]
pub fn words_once(text: &str, language: Option<&Language>) -> Vec<Word> {
    split(text, language, false)
}

/// [`words_once`], and accented words also without their accents, behind themselves.
#[must_use]
pub fn words_in(text: &str, language: Option<&Language>) -> Vec<Word> {
    split(text, language, true)
}

fn split(original: &str, language: Option<&Language>, also_plain: bool) -> Vec<Word> {
    let folded = fold(original);
    let chars: Vec<(usize, char)> = folded.text.char_indices().collect();
    let mut run = Run {
        folded: &folded,
        original,
        originals: OnceCell::new(),
        language,
        also_plain,
        chars: &chars,
        first: 0,
        behind: 0,
        words: Vec::with_capacity(chars.len() / 3),
    };
    let mut at = 0;
    while at < chars.len() {
        let class = Class::of(chars[at].1);
        run.first = at;
        run.behind = at
            + chars[at..]
                .iter()
                .take_while(|&&(_, c)| joins(class, Class::of(c)))
                .count()
                .max(1);
        match class {
            Class::Han | Class::Kana => run.east_asian(),
            Class::Hangul | Class::Unspaced => run.unspaced(),
            Class::Letter => run.behind = spelling::chunk(&mut run),
            Class::Other => {}
        }
        at = run.behind;
    }
    run.words
        .sort_by_key(|word| (word.start, word.end, word.kind));
    run.words
}

/// Whether a run that began with one class goes on with another.
fn joins(first: Class, next: Class) -> bool {
    match first {
        Class::Han | Class::Kana => matches!(next, Class::Han | Class::Kana),
        _ => first == next,
    }
}

/// A run of folded characters, and the words found so far.
pub(super) struct Run<'a> {
    folded: &'a Folded,
    original: &'a str,
    /// Its characters, once somebody asks for one.
    originals: OnceCell<Vec<char>>,
    pub(super) language: Option<&'a Language>,
    /// Whether accented words are also added as who leaves accents out types them.
    also_plain: bool,
    /// Folded characters with their byte offsets.
    pub(super) chars: &'a [(usize, char)],
    /// Index of the run's first character.
    pub(super) first: usize,
    /// Index behind its last character.
    pub(super) behind: usize,
    words: Vec<Word>,
}

impl Run<'_> {
    /// The folded text between two indices of characters.
    pub(super) fn text(&self, first: usize, behind: usize) -> &str {
        let byte = |at: usize| {
            self.chars
                .get(at)
                .map_or(self.folded.text.len(), |&(byte, _)| byte)
        };
        &self.folded.text[byte(first)..byte(behind)]
    }

    /// Term of a folded word of letters.
    pub(super) fn stem(&self, word: &str) -> String {
        stem(word, self.language)
    }

    /// Adds a word of letters.
    pub(super) fn push_letters(&mut self, word: &str, first: usize, behind: usize) {
        let term = self.stem(word);
        let plain = without_accents(word).filter(|_| self.also_plain);
        let plain = plain
            .map(|plain| self.stem(&plain))
            .filter(|plain| *plain != term);
        self.push(term, first, behind, WordKind::Latin);
        if let Some(plain) = plain {
            self.push(plain, first, behind, WordKind::Latin);
        }
    }

    /// Adds a word that stands between two indices of folded characters.
    pub(super) fn push(&mut self, term: String, first: usize, behind: usize, kind: WordKind) {
        if term.is_empty() || behind <= first {
            return;
        }
        let (start, last) = (self.folded.at[first], self.folded.at[behind - 1]);
        // Marks that were composed away, and characters that vanished, belong to the word before them.
        let next = match self.folded.at.get(behind) {
            Some(&next) => next,
            None => self.originals().len(),
        };
        self.words.push(Word {
            term,
            start,
            end: next.max(last + 1),
            kind,
        });
    }

    /// The character that became the folded one at an index.
    pub(super) fn original(&self, at: usize) -> char {
        self.originals()[self.folded.at[at]]
    }

    /// Whether all originals of a range are capitals.
    pub(super) fn is_capital(&self, first: usize, behind: usize) -> bool {
        let (start, last) = (self.folded.at[first], self.folded.at[behind - 1]);
        let mut originals = self.originals()[start..=last].iter();
        originals.all(|c| c.is_uppercase())
    }

    fn originals(&self) -> &[char] {
        self.originals
            .get_or_init(|| self.original.chars().collect())
    }

    fn east_asian(&mut self) {
        let (first, behind) = (self.first, self.behind);
        let mut at = first;
        while at < behind {
            let class = Class::of(self.chars[at].1);
            let end = at
                + self.chars[at..behind]
                    .iter()
                    .take_while(|&&(_, c)| Class::of(c) == class)
                    .count();
            if class == Class::Han {
                for (term, start, stop) in han::cut(self.text(at, end)) {
                    self.push(term, at + start, at + stop, WordKind::Han);
                }
            } else if end - at <= WHOLE_RUN {
                self.push(self.text(at, end).to_owned(), at, end, WordKind::Latin);
            }
            at = end;
        }
        for pair in first..behind.saturating_sub(1) {
            self.push(
                self.text(pair, pair + 2).to_owned(),
                pair,
                pair + 2,
                WordKind::Bigram,
            );
        }
    }

    fn unspaced(&mut self) {
        let (first, behind) = (self.first, self.behind);
        if behind - first <= WHOLE_RUN {
            self.push(
                self.text(first, behind).to_owned(),
                first,
                behind,
                WordKind::Latin,
            );
        }
        // Pairs of what readers take as one character: a Thai consonant keeps its vowel marks.
        let mut bounds = vec![first];
        let mut at = first;
        for cluster in self.text(first, behind).graphemes(true) {
            at += cluster.chars().count();
            bounds.push(at);
        }
        for pair in bounds.windows(3) {
            self.push(
                self.text(pair[0], pair[2]).to_owned(),
                pair[0],
                pair[2],
                WordKind::Bigram,
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn terms(text: &str, kind: WordKind) -> Vec<String> {
        words(text)
            .into_iter()
            .filter(|w| w.kind == kind)
            .map(|w| w.term)
            .collect()
    }

    #[test]
    fn english_is_stemmed_and_lower_case() {
        assert_eq!(
            terms("Cancelling my Contracts", WordKind::Latin),
            ["cancel", "my", "contract"]
        );
        assert_eq!(
            terms("cancellation of a contract", WordKind::Latin),
            ["cancel", "of", "a", "contract"]
        );
    }

    #[test]
    fn chinese_gives_dictionary_words_and_pairs() {
        assert_eq!(
            terms("我要退订套餐", WordKind::Han),
            ["我要", "退订", "套餐"]
        );
        assert_eq!(
            terms("我要退订套餐", WordKind::Bigram),
            ["我要", "要退", "退订", "订套", "套餐"]
        );
        assert_eq!(
            words("退訂套餐")
                .into_iter()
                .map(|w| w.term)
                .collect::<Vec<_>>(),
            words("退订套餐")
                .into_iter()
                .map(|w| w.term)
                .collect::<Vec<_>>()
        );
    }

    #[test]
    fn latin_glued_to_chinese_is_split() {
        assert_eq!(terms("换SIM卡500M宽带", WordKind::Latin), ["sim"]);
        assert_eq!(terms("换SIM卡500M宽带", WordKind::Code), ["500", "500m"]);
        assert_eq!(
            terms("换SIM卡500M宽带", WordKind::Han),
            ["换", "卡", "宽带"]
        );
    }

    #[test]
    fn other_scripts_are_found_by_word_or_pair() {
        assert_eq!(
            terms("отменить договор", WordKind::Latin),
            ["отмен", "договор"]
        );
        assert_eq!(
            terms("해지하고 싶어요", WordKind::Bigram),
            ["해지", "지하", "하고", "싶어", "어요"]
        );
        assert_eq!(terms("サービス解約", WordKind::Latin), ["サービス"]);
        assert!(terms("ยกเลิกสัญญา", WordKind::Bigram).contains(&"กสั".to_owned()));
        assert_eq!(terms("हिन्दी में", WordKind::Latin), ["हिन्द", "म"]);
    }

    #[test]
    fn offsets_count_original_characters() {
        let text = "Cafe\u{301}™ 換ＳＩＭ卡";
        let chars: Vec<char> = text.chars().collect();
        let found: Vec<(String, String)> = words(text)
            .into_iter()
            .map(|w| (w.term, chars[w.start..w.end].iter().collect()))
            .collect();
        let expected = [
            ("café", "Cafe\u{301}™"),
            ("换", "換"),
            ("sim", "ＳＩＭ"),
            ("卡", "卡"),
        ];
        assert_eq!(
            found,
            expected.map(|(term, original)| (term.to_owned(), original.to_owned()))
        );
    }

    proptest! {
        #[test]
        fn words_lie_within_the_text_in_order(text in "\\PC{0,80}") {
            let length = text.chars().count();
            let found = words(&text);
            prop_assert!(found.is_sorted_by_key(|w| w.start));
            prop_assert!(found.iter().all(|w| w.start < w.end && w.end <= length && !w.term.is_empty()));
        }

        #[test]
        fn a_word_is_found_alone_as_in_a_sentence(word in "[a-z]{1,10}(-[a-z]{2,5})?|[A-Z]{1,3}-?[0-9]{1,4}|[0-9]{1,3}(\\.[0-9]{1,2})?") {
            let sentence = words(&format!("请问 {word} 是什么"));
            for alone in words(&word) {
                prop_assert!(sentence.iter().any(|w| w.term == alone.term && w.kind == alone.kind), "{}", alone.term);
            }
        }
    }
}
