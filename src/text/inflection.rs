//! Inflection: the stem that the forms of a word share, and the function words of each language.
//!
//! Stems are Snowball's (Porter 1980, 2001), function words NLTK's, or stopwords-iso's where NLTK has none. A word in a
//! script that stands for one language, such as Cyrillic, is stemmed the same everywhere; Latin letters are taken as
//! English unless their text is known to be in another language.

use std::{cell::RefCell, collections::HashSet, hash::BuildHasher, sync::OnceLock};

use frostem::{Algorithm, Stemmer};
use rustc_hash::FxBuildHasher;

use super::{
    accents::{is_latin, without_accents},
    function_words::{chatter, is_function_word},
    language::detect,
    numerals,
    tag::primary,
    words::{Word, WordKind, words, words_in},
};

/// Longest term, in characters; the rest is cut off.
pub(super) const MAX_TERM: usize = 64;

/// Shortest word that is stemmed, in bytes.
const SHORTEST: usize = 3;

/// Languages whose words are stemmed or weighed, by the first part of their tags.
const TAGS: [&str; 44] = [
    "ar", "az", "be", "bg", "bn", "ca", "cs", "da", "de", "el", "es", "et", "eu", "fi", "fr", "ga",
    "he", "hi", "hr", "hu", "hy", "id", "it", "kk", "lt", "lv", "nb", "ne", "nl", "nn", "no", "pl",
    "pt", "ro", "ru", "sk", "sq", "sv", "ta", "tg", "tr", "uk", "uz", "vi",
];

/// Words whose stems are remembered by each thread.
const REMEMBERED: usize = 4_096;

thread_local! {
    /// Word and stem, each word in the slot of its hash: stemming takes ten times as long as looking up.
    static STEMS: RefCell<Vec<Remembered>> = RefCell::new(vec![Remembered::default(); REMEMBERED]);
}

#[derive(Clone, Default)]
struct Remembered {
    algorithm: Option<Algorithm>,
    word: String,
    stem: String,
}

/// A language besides English and Chinese.
#[derive(Debug)]
pub struct Language {
    tag: &'static str,
    /// How its words in Latin letters are stemmed.
    latin: Option<Algorithm>,
    /// As [`words_in`] spells them.
    function_words: HashSet<String>,
}

static LANGUAGES: [OnceLock<Language>; TAGS.len()] = [const { OnceLock::new() }; TAGS.len()];

impl Language {
    /// The language of a BCP 47 tag; None where its words are taken as English is, or as they stand.
    #[must_use]
    pub fn of(tag: &str) -> Option<&'static Self> {
        let tag = primary(tag);
        let at = TAGS.iter().position(|known| *known == tag)?;
        Some(LANGUAGES[at].get_or_init(|| Self::new(TAGS[at])))
    }

    /// Whether a term, as [`words_in`] spells it, says little about what is wanted.
    #[must_use]
    pub fn is_function_word(&self, term: &str) -> bool {
        self.function_words.contains(term)
    }

    /// The first part of its BCP 47 tag.
    pub(super) fn tag(&self) -> &'static str {
        self.tag
    }

    /// Whether it writes 1.500 for 1500.
    pub(super) fn has_dotted_thousands(&self) -> bool {
        numerals::has_dotted_thousands(self.tag)
    }

    fn new(tag: &'static str) -> Self {
        // Both kinds of Norwegian.
        let name = if matches!(tag, "nb" | "nn") {
            "no"
        } else {
            tag
        };
        let latin = Algorithm::from_name(name)
            .ok()
            .filter(|algorithm| !has_own_alphabet(*algorithm));
        let mut language = Self {
            tag,
            latin,
            function_words: HashSet::new(),
        };
        let known = stop_words::lookup(name).unwrap_or_default();
        for text in known.iter().copied().chain(chatter(tag)) {
            let words = words_in(text, Some(&language));
            // What is several words says something.
            if words.iter().all(|word| word.start == words[0].start) {
                let terms = words.into_iter().map(|word| word.term);
                language.function_words.extend(terms);
            }
        }
        language
    }
}

/// The languages of a base besides English and Chinese, in which its words may be inflected.
#[derive(Debug, Clone, Default)]
pub struct Languages {
    others: Vec<&'static Language>,
    /// Whether some articles are English.
    has_english: bool,
    /// Whether some articles' words are taken as English ones, or as they stand.
    has_unknown: bool,
}

/// What a word of a text is in other languages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inflected {
    /// Other stems than its own.
    pub stems: Vec<String>,
    /// Stems without accents.
    pub plain: Vec<String>,
    /// Whether it says little in one of them.
    pub is_function_word: bool,
}

impl Languages {
    /// From BCP 47 tags.
    #[must_use]
    pub fn of(tags: &[String]) -> Self {
        let mut others: Vec<&'static Language> =
            tags.iter().filter_map(|tag| Language::of(tag)).collect();
        // Tags are written in several ways: `DE`, `de-AT`.
        others.sort_unstable_by_key(|language| language.tag);
        others.dedup_by_key(|language| language.tag);
        Self {
            others,
            has_english: tags.iter().any(|tag| primary(tag) == "en"),
            has_unknown: tags.iter().any(|tag| Language::of(tag).is_none()),
        }
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &'static Language> + '_ {
        self.others.iter().copied()
    }

    /// The language of something short that was said: the one that is told, or the one whose function words it has more of
    /// than of English and Chinese ones. None where it is one of those.
    #[must_use]
    pub fn spoken(&self, text: &str, told: Option<&str>) -> Option<&'static Language> {
        if let Some(told) = told {
            return Language::of(told);
        }
        let count = |language: Option<&Language>, is_little: &dyn Fn(&str) -> bool| {
            let words = match language {
                Some(_) => words_in(text, language),
                None => words(text),
            };
            let words = words.into_iter();
            words.filter(|word| is_little(&word.term)).count()
        };
        let others = self.others.iter().map(|&language| {
            let is_little = |term: &str| language.is_function_word(term);
            (count(Some(language), &is_little), language)
        });
        let (most, language) = others.max_by_key(|(count, _)| *count)?;
        (most > count(None, &is_function_word)).then_some(language)
    }

    /// What each of the text's [`words`](super::words), `own`, is in these languages; nothing where there are none. `die` is
    /// no function word in an English text.
    #[must_use]
    pub fn inflected(&self, text: &str, own: &[Word]) -> Vec<Inflected> {
        let plain = |word: &Word| {
            let plain = without_accents(&word.term).filter(|_| word.kind == WordKind::Latin)?;
            Some(stem(&plain, None)).filter(|plain| *plain != word.term)
        };
        let has_accents = self.has_unknown && own.iter().any(|word| plain(word).is_some());
        if self.others.is_empty() && !has_accents {
            return Vec::new();
        }
        let is_english = self.has_english && detect(text) == "en";
        let mut inflected = vec![Inflected::default(); own.len()];
        for language in &self.others {
            let (mut at, mut last) = (0, None);
            for word in words_in(text, Some(language)) {
                // Both are in one order; without its accents a word stands behind itself.
                let place = |word: &Word| (word.start, word.end, word.kind);
                let here = place(&word);
                at += own[at..].iter().take_while(|own| place(own) < here).count();
                let is_plain = last.replace(here) == Some(here);
                let one = &mut inflected[at];
                one.is_function_word |= !is_english && language.function_words.contains(&word.term);
                let forms = if is_plain {
                    &mut one.plain
                } else {
                    &mut one.stems
                };
                if word.term != own[at].term && !forms.contains(&word.term) {
                    forms.push(word.term);
                }
            }
        }
        for (word, one) in own.iter().zip(&mut inflected) {
            // What one of the languages has accents for is not English.
            if has_accents && one.plain.is_empty() {
                one.plain.extend(plain(word));
            }
        }
        inflected
    }
}

/// The stem of a folded word of letters, `language` being that of its text.
pub fn stem(word: &str, language: Option<&Language>) -> String {
    let algorithm = algorithm(word, language);
    match algorithm.filter(|_| (SHORTEST..=MAX_TERM).contains(&word.len())) {
        Some(algorithm) => remembered(word, algorithm),
        None => word.chars().take(MAX_TERM).collect(),
    }
}

fn algorithm(word: &str, language: Option<&Language>) -> Option<Algorithm> {
    match word.chars().next()? {
        '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => Some(Algorithm::Greek),
        '\u{400}'..='\u{4ff}' => Some(Algorithm::Russian),
        '\u{531}'..='\u{587}' => Some(Algorithm::Armenian),
        '\u{600}'..='\u{6ff}' => Some(Algorithm::Arabic),
        '\u{900}'..='\u{97f}' => Some(Algorithm::Hindi),
        '\u{b80}'..='\u{bff}' => Some(Algorithm::Tamil),
        first if is_latin(first) => match language {
            Some(language) => language.latin,
            None => word
                .bytes()
                .all(|b| b.is_ascii_lowercase())
                .then_some(Algorithm::English),
        },
        _ => None,
    }
}

/// Whether an algorithm is for words that are not written in Latin letters.
fn has_own_alphabet(algorithm: Algorithm) -> bool {
    matches!(
        algorithm,
        Algorithm::Arabic
            | Algorithm::Armenian
            | Algorithm::Greek
            | Algorithm::Hindi
            | Algorithm::Nepali
            | Algorithm::Persian
            | Algorithm::Russian
            | Algorithm::Serbian
            | Algorithm::Tamil
            | Algorithm::Yiddish
    )
}

fn remembered(word: &str, algorithm: Algorithm) -> String {
    STEMS.with_borrow_mut(|stems| {
        let known = &mut stems[slot(word)];
        if known.word != word || known.algorithm != Some(algorithm) {
            word.clone_into(&mut known.word);
            known.algorithm = Some(algorithm);
            known.stem = Stemmer::new(algorithm).stem(word).into_owned();
            if known.stem.is_empty() {
                word.clone_into(&mut known.stem);
            }
        }
        known.stem.clone()
    })
}

fn slot(word: &str) -> usize {
    FxBuildHasher.hash_one(word) as usize % REMEMBERED
}

#[cfg(test)]
mod tests;
