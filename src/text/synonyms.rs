//! Synonyms: the groups of `_synonyms.yaml`, and where a question contains one of their phrases.
//!
//! Owns the file's format and finding its phrases in a text. Leaves the weight of the other words of a group to `search`.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use serde::Deserialize;

use super::{
    function_words::is_function_word,
    inflection::{Language, Languages},
    readings::{readings, whole},
    words::{Word, words_once},
    yaml::yaml_fault,
};

/// Phrases and terms of one file: one with more is refused as a whole.
const MAX_PHRASES: usize = 20_000;

/// The file as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// Each a list of words and phrases that mean the same.
    #[serde(default)]
    groups: Vec<Vec<String>>,
    /// Product names and codes that the word splitter keeps whole.
    #[serde(default)]
    terms: Vec<String>,
}

impl File {
    /// All that is written in it.
    fn phrases(&self) -> impl Iterator<Item = &String> {
        self.groups.iter().flatten().chain(&self.terms)
    }
}

/// Why a file of synonyms cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}; write `groups:` as lists of words and `terms:` as one list")]
pub struct SynonymsError {
    /// What is wrong, in lower case.
    pub message: String,
    /// 1-based line.
    pub line: u32,
    /// 1-based column.
    pub column: u32,
}

/// Groups of words and phrases that mean the same.
#[derive(Debug, Clone, Default)]
pub struct Synonyms {
    /// As they were written.
    groups: Vec<Vec<String>>,
    spelled: Arc<Spelled>,
    /// The same in other languages, by tag; made when a base first asks for one.
    inflected: Arc<Mutex<HashMap<&'static str, Arc<Spelled>>>>,
}

/// Every phrase as [`words_once`] spells it in one language.
#[derive(Debug, Default)]
struct Spelled {
    language: Option<&'static Language>,
    /// Terms of every phrase, by group.
    groups: Vec<Vec<Vec<String>>>,
    /// First term of a phrase → group and place in it.
    starts: HashMap<String, Vec<(usize, usize)>>,
}

/// Where a text names a phrase.
struct PhraseRef {
    /// The word of the text that tells the most.
    head: usize,
    group: usize,
    place: usize,
}

/// A phrase that a text names, with what else it may be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The phrase's most telling term, as `words` spells it.
    pub term: String,
    /// Terms of each other phrase of its group.
    pub others: Vec<Vec<String>>,
}

impl Synonyms {
    /// Reads a file's text, and makes its Chinese phrases words in place of those of the file read before.
    ///
    /// # Errors
    /// It is no YAML of this shape, or has more than 20,000 phrases and terms.
    pub fn parse(yaml: &str) -> Result<Self, SynonymsError> {
        let file = Self::file(yaml)?;
        // Phrases are split with the words they bring.
        super::set_terms(file.phrases());
        Ok(Self::new(file))
    }

    /// English and Chinese names of what contact centres speak of, for finding across the two. Words are split without
    /// them.
    pub fn translations() -> &'static Self {
        static TRANSLATIONS: LazyLock<Synonyms> = LazyLock::new(|| {
            let file = Synonyms::file(include_str!("translations.yaml"));
            Synonyms::new(file.unwrap_or_default())
        });
        &TRANSLATIONS
    }

    fn file(yaml: &str) -> Result<File, SynonymsError> {
        let fault = |message: String, line, column| SynonymsError {
            message,
            line,
            column,
        };
        let number = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        let file: Option<File> = serde_saphyr::from_str(yaml).map_err(|error| {
            let (line, column) = error
                .location()
                .map_or((1, 1), |at| (number(at.line()), number(at.column())));
            fault(yaml_fault(&error), line, column)
        })?;
        let file = file.unwrap_or_default();
        if file.phrases().count() > MAX_PHRASES {
            let message = format!("more than {MAX_PHRASES} phrases and terms");
            return Err(fault(message, 1, 1));
        }
        Ok(file)
    }

    fn new(file: File) -> Self {
        Self {
            spelled: Arc::new(Spelled::new(&file.groups, None)),
            groups: file.groups,
            ..Self::default()
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Phrases that a text names, `own` being its [`words`](super::words): of those that begin at one word the longest. In any of
    /// the languages, and with what the others are called in all of them.
    #[must_use]
    pub fn named(&self, text: &str, own: &[Word], languages: &Languages) -> Vec<Named> {
        if self.is_empty() {
            return Vec::new();
        }
        let own = readings(own);
        let inflected = languages.iter().map(|language| self.inflected(language));
        let spelled: Vec<_> = [Arc::clone(&self.spelled)]
            .into_iter()
            .chain(inflected)
            .collect();
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        for one in &spelled {
            // The same words at the same places.
            let said = one
                .language
                .map(|language| words_once(text, Some(language)));
            let said = said.as_deref().map(readings);
            for ((said, own), least) in said.as_ref().unwrap_or(&own).iter().zip(&own).zip(1..) {
                for PhraseRef { head, group, place } in one.places(said, least) {
                    if let Some(word) = own.get(head).filter(|_| seen.insert(group)) {
                        let others = spelled.iter().flat_map(|one| one.others(group, place));
                        found.push(Named {
                            term: word.term.clone(),
                            others: others.collect(),
                        });
                    }
                }
            }
        }
        found
    }

    fn inflected(&self, language: &'static Language) -> Arc<Spelled> {
        let mut known = self
            .inflected
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let made = known
            .entry(language.tag())
            .or_insert_with(|| Arc::new(Spelled::new(&self.groups, Some(language))));
        Arc::clone(made)
    }
}

impl Spelled {
    fn new(written: &[Vec<String>], language: Option<&'static Language>) -> Self {
        let mut spelled = Self {
            language,
            ..Self::default()
        };
        for (at, group) in written.iter().enumerate() {
            let phrases = group.iter().map(|phrase| terms(phrase, language));
            let phrases: Vec<Vec<String>> = phrases.filter(|terms| !terms.is_empty()).collect();
            for (place, phrase) in phrases.iter().enumerate() {
                let start = spelled.starts.entry(phrase[0].clone()).or_default();
                start.push((at, place));
            }
            spelled.groups.push(phrases);
        }
        spelled
    }

    /// The phrases of at least so many words that words name.
    fn places(&self, said: &[&Word], least: usize) -> Vec<PhraseRef> {
        let mut found = Vec::new();
        for at in 0..said.len() {
            let Some(starts) = self.starts.get(&said[at].term) else {
                continue;
            };
            let stands = |(group, place): &&(usize, usize)| {
                let phrase = &self.groups[*group][*place];
                (least..=said.len() - at).contains(&phrase.len())
                    && phrase.iter().zip(&said[at..]).all(|(a, b)| *a == b.term)
            };
            let length = |(group, place): &(usize, usize)| self.groups[*group][*place].len();
            let longest = starts.iter().filter(stands).map(length).max().unwrap_or(0);
            for &(group, place) in starts.iter().filter(stands) {
                let phrase = &self.groups[group][place];
                if phrase.len() == longest {
                    // The last content word of an English phrase is its head.
                    let head = phrase.iter().rposition(|term| self.tells(term));
                    let head = at + head.unwrap_or(0);
                    found.push(PhraseRef { head, group, place });
                }
            }
        }
        found
    }

    /// Terms of each other phrase of a group.
    fn others(&self, group: usize, place: usize) -> impl Iterator<Item = Vec<String>> + '_ {
        let phrases = self.groups[group].iter().enumerate();
        let others = phrases.filter(move |(other, _)| *other != place);
        let telling = |phrase: &Vec<String>| -> Vec<String> {
            let terms = phrase.iter().filter(|term| self.tells(term));
            terms.cloned().collect()
        };
        others
            .map(move |(_, phrase)| telling(phrase))
            .filter(|terms| !terms.is_empty())
    }

    fn tells(&self, term: &str) -> bool {
        let is_little = |language: &Language| language.is_function_word(term);
        !(is_function_word(term) || self.language.is_some_and(is_little))
    }
}

/// Terms of a phrase in their order.
fn terms(phrase: &str, language: Option<&Language>) -> Vec<String> {
    let words = words_once(phrase, language);
    let whole = whole(words.iter()).into_iter();
    whole.map(|word| word.term.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::{
        super::{alone, script::is_han, words::words},
        *,
    };

    const FILE: &str = "groups:\n  - [sim card, 手机卡, 电话卡]\n  - [bill, invoice, 账单]\n  - [port my number, 携号转网]\n  - [prepaid, pay as you go, 预付费]\n  - [mail, 邮件]\nterms: [组网点, HL-Box 7]\n";

    fn named(text: &str) -> Vec<(String, Vec<String>)> {
        let _alone = alone();
        let synonyms = Synonyms::parse(FILE).unwrap();
        synonyms
            .named(text, &words(text), &Languages::default())
            .into_iter()
            .map(|named| {
                let others = named.others.iter().map(|terms| terms.join(" ")).collect();
                (named.term, others)
            })
            .collect()
    }

    #[test]
    fn a_phrase_is_known_by_its_words_in_order() {
        let card = (
            "card".to_owned(),
            vec!["手机卡".to_owned(), "电话卡".to_owned()],
        );
        assert_eq!(named("I lost my SIM cards"), [card]);
        assert_eq!(named("the card of a sim"), []);
    }

    #[test]
    fn hyphens_hide_no_phrase() {
        let (_, others) = named("a SIM-card please").remove(0);
        assert_eq!(others, ["手机卡", "电话卡"]);
        let (term, others) = named("any pay-as-you-go plans").remove(0);
        assert_eq!(
            (&*term, others),
            ("pay", vec!["prepaid".to_owned(), "预付费".to_owned()])
        );
        assert_eq!(named("mail-box"), [], "a part alone says something else");
    }

    #[test]
    fn other_words_come_in_every_language_of_the_group() {
        let bill = (
            "账单".to_owned(),
            vec!["bill".to_owned(), "invoic".to_owned()],
        );
        assert_eq!(named("账单在哪里"), [bill]);
        let (_, others) = named("can I port my number to you").remove(0);
        assert!(
            others.iter().any(|other| other.contains("携号转网")),
            "{others:?}"
        );
    }

    #[test]
    fn phrases_are_named_by_their_forms_in_the_languages_of_the_base() {
        let _alone = alone();
        let synonyms =
            Synonyms::parse("groups:\n  - [Rechnung, Faktura]\n  - [Verträge, Kontrakt]\n")
                .unwrap();
        let german = Languages::of(&["de".to_owned(), "en".to_owned()]);
        for (asked, other) in [
            ("zwei Rechnungen", "faktura"),
            ("mein Vertrag", "kontrakt"),
            ("Kontrakten", "vertrag"),
        ] {
            let own = words(asked);
            let named = synonyms.named(asked, &own, &german);
            assert_eq!(named.len(), 1, "{asked}");
            assert!(own.iter().any(|word| word.term == named[0].term), "{asked}");
            assert!(
                named[0].others.concat().contains(&other.to_owned()),
                "{named:?}"
            );
        }
    }

    #[test]
    fn each_group_is_named_once() {
        assert_eq!(named("bill, invoice and bills").len(), 1);
    }

    #[test]
    fn translations_are_whole_and_each_sense_has_both_languages() {
        let file = Synonyms::file(include_str!("translations.yaml")).unwrap();
        assert!(file.groups.len() > 1_900 && file.terms.is_empty());
        let mut seen = HashMap::new();
        for group in &file.groups {
            let is_chinese = |name: &&String| name.chars().any(is_han);
            let chinese = group.iter().filter(is_chinese).count();
            assert!(chinese > 0 && chinese < group.len(), "{group:?}");
            for name in group {
                let senses: &mut usize = seen.entry(name).or_default();
                *senses += 1;
                assert!(*senses <= 2, "{name} stands in more than two groups");
            }
        }
        let asked = "my invoice";
        let named = Synonyms::translations().named(asked, &words(asked), &Languages::default());
        assert!(
            named[0].others.concat().contains(&"发票".to_owned()),
            "{named:?}"
        );
    }

    #[test]
    fn a_broken_file_tells_its_place_in_the_words_of_its_editor() {
        let _alone = alone();
        for file in ["groups: []\ngroups: []", "groups: [[a, ~]]"] {
            let told = Synonyms::parse(file).unwrap_err().message.to_lowercase();
            assert!(!told.contains("option"), "{told}");
        }
        let error = Synonyms::parse("groups:\n  - [a, b]\nextra: 1\n").unwrap_err();
        assert_eq!(error.line, 3, "{error}");
        assert!(Synonyms::parse("# nothing yet\n").unwrap().is_empty());
        let many = "[a, b],".repeat(MAX_PHRASES / 2);
        let too_many = format!("groups: [{many}]\nterms: [c]");
        let error = Synonyms::parse(&too_many).unwrap_err();
        assert_eq!(error.message, "more than 20000 phrases and terms");
    }
}
