//! Inflection: the stem that the forms of a word share, and the words of each language that say little.
//!
//! Stems are Snowball's (Porter 1980, 2001), function words NLTK's, or stopwords-iso's where that has none. A word of an
//! alphabet that one language stands for, such as the Cyrillic, is stemmed alike everywhere; Latin letters are English unless
//! their text is known to be of another language.

use std::{cell::RefCell, collections::HashSet, sync::OnceLock};

use frostem::{Algorithm, Stemmer};

use super::{
    accents::is_latin,
    function_words::{chatter, is_function_word},
    language::{detect, primary},
    words::{Word, words_in},
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
        others.dedup_by_key(|language| language.tag);
        Self {
            others,
            has_english: tags.iter().any(|tag| primary(tag) == "en"),
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
            let words = words_in(text, language).into_iter();
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
        if self.others.is_empty() {
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

/// FNV-1a, cut to the number of slots.
fn slot(word: &str) -> usize {
    let hash = word.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash >> 32) as usize % REMEMBERED
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::words::words, *};

    fn terms(text: &str, tag: &str) -> Vec<String> {
        let words = words_in(text, Language::of(tag)).into_iter();
        words.map(|word| word.term).collect()
    }

    fn inflected(tags: &[&str], text: &str) -> Vec<Inflected> {
        let tags: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
        Languages::of(&tags).inflected(text, &words(text))
    }

    #[test]
    fn forms_of_a_word_meet_in_its_language() {
        for (tag, forms) in [
            ("de-AT", ["Rechnungen", "Rechnung"]),
            ("de", ["Verträge", "Vertrag"]),
            ("es", ["facturaciones", "facturación"]),
            ("fr", ["abonnements", "abonnement"]),
            ("it", ["bollette", "bolletta"]),
            ("nl", ["facturen", "factuur"]),
            ("pl", ["rachunków", "rachunkami"]),
            ("tr", ["faturalar", "faturaları"]),
            ("nb", ["regninger", "regningen"]),
            ("ru", ["договоры", "договора"]),
            ("el", ["λογαριασμοί", "λογαριασμός"]),
            ("ar", ["حساب", "الحساب"]),
        ] {
            let [one, other] = forms.map(|form| terms(form, tag)[0].clone());
            assert_eq!(one, other, "{tag}: {forms:?}");
        }
    }

    #[test]
    fn letters_of_other_alphabets_need_no_language() {
        for word in ["договоры", "λογαριασμοί", "الحساب"] {
            assert_eq!(terms(word, "en"), terms(word, "ru"), "{word}");
            assert_ne!(terms(word, "en"), [word]);
        }
        assert_eq!(terms("Rechnungen", "en"), ["rechnungen"]);
    }

    #[test]
    fn who_leaves_accents_out_is_understood() {
        for (tag, written, typed) in [
            ("es", "facturación", "facturacion"),
            ("vi", "hóa đơn", "hoa don"),
            ("tr", "sözleşmesi", "sozlesmesi"),
            ("pl", "umów", "umow"),
            ("de", "Straße", "strasse"),
        ] {
            let index = terms(written, tag);
            for term in terms(typed, tag) {
                assert!(index.contains(&term), "{typed}: {term} not in {index:?}");
            }
        }
    }

    #[test]
    fn words_of_a_query_are_those_of_every_language_of_the_base() {
        let of = inflected(&["de", "en", "es"], "facturación Rechnungen");
        assert_eq!(of.len(), words("facturación Rechnungen").len());
        assert!(of[0].stems.contains(&"factur".to_owned()), "{of:?}");
        assert!(!of[0].plain.is_empty(), "{of:?}");
        assert_eq!(of[1].stems, ["rechnung"]);
        assert!(inflected(&["en", "zh-Hans"], "facturación").is_empty());
    }

    #[test]
    fn function_words_are_those_of_the_language_that_is_spoken() {
        let little = |tags: &[&str], text: &str| -> Vec<bool> {
            let words = inflected(tags, text).into_iter();
            words.map(|word| word.is_function_word).collect()
        };
        let asked = "wie kann ich meinen Vertrag kündigen";
        assert_eq!(
            little(&["de"], asked),
            [true, true, true, true, false, false]
        );
        assert!(little(&["de", "en"], asked)[0]);
        let english = "what is the charge when the war is over and I die";
        assert!(!little(&["de", "en"], english).contains(&true));
        assert!(little(&["fr"], "où est ma facture").starts_with(&[true, true, true]));
    }

    #[test]
    fn what_is_typed_without_accents_may_be_a_function_word() {
        assert!(inflected(&["es"], "mas")[0].is_function_word);
    }

    proptest! {
        #[test]
        fn every_word_of_any_text_has_its_forms(text in "[a-zßäéıđ'’ .&/0-9-]{0,40}|\\PC{0,40}") {
            let of = inflected(&["de", "ru", "tr", "vi"], &text);
            let words = words(&text);
            prop_assert_eq!(of.len(), words.len());
            for (word, of) in words.iter().zip(of) {
                prop_assert!(!of.stems.contains(&word.term) && !of.plain.contains(&word.term));
            }
        }
    }
}
