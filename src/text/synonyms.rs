//! Words that mean the same here: the groups of `_synonyms.yaml`, and where a question names one of them.
//!
//! Owns the file's shape and finding its phrases in a text. Leaves what the other words of a group weigh to `search`.

use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use serde::Deserialize;

use super::{
    fold::fold,
    function_words::is_function_word,
    script::is_han,
    words::{Word, WordKind, words},
};

/// Phrases of one file that are read; the rest is told and passed over.
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
    /// Terms of every phrase, by group.
    groups: Vec<Vec<Vec<String>>>,
    /// First term of a phrase → group and place in it.
    starts: HashMap<String, Vec<(usize, usize)>>,
    chinese: Vec<String>,
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
    /// Reads a file's text.
    ///
    /// # Errors
    /// It is no YAML of this shape, or has more than 20,000 phrases.
    pub fn parse(yaml: &str) -> Result<Self, SynonymsError> {
        let file = Self::file(yaml)?;
        let phrases = file.groups.iter().flatten().chain(&file.terms);
        let chinese: Vec<String> = phrases
            .map(|phrase| fold(phrase.trim()).text)
            .filter(|phrase| phrase.chars().count() > 1 && phrase.chars().all(is_han))
            .collect();
        // Phrases are split with the words they bring.
        super::add_terms(&chinese);
        Ok(Self {
            chinese,
            ..Self::new(&file)
        })
    }

    /// English and Chinese names of what contact centres speak of, for finding across the two. Words are split without
    /// them.
    pub fn translations() -> &'static Self {
        static TRANSLATIONS: LazyLock<Synonyms> = LazyLock::new(|| {
            let file = Synonyms::file(include_str!("translations.yaml"));
            Synonyms::new(&file.unwrap_or_default())
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
            let message = error.render();
            fault(
                message.lines().next().unwrap_or_default().to_lowercase(),
                line,
                column,
            )
        })?;
        let file = file.unwrap_or_default();
        if file.groups.iter().map(Vec::len).sum::<usize>() > MAX_PHRASES {
            return Err(fault(format!("more than {MAX_PHRASES} phrases"), 1, 1));
        }
        Ok(file)
    }

    fn new(file: &File) -> Self {
        let mut synonyms = Self::default();
        for group in &file.groups {
            let phrases: Vec<Vec<String>> = group
                .iter()
                .map(|phrase| spelled(phrase))
                .filter(|terms| !terms.is_empty())
                .collect();
            for (place, phrase) in phrases.iter().enumerate() {
                let start = synonyms.starts.entry(phrase[0].clone()).or_default();
                start.push((synonyms.groups.len(), place));
            }
            synonyms.groups.push(phrases);
        }
        synonyms
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Chinese words that the segmenter must know: see [`add_terms`](super::add_terms).
    #[must_use]
    pub fn chinese(&self) -> &[String] {
        &self.chinese
    }

    /// Phrases that a text names: of those that begin at one word the longest.
    #[must_use]
    pub fn named(&self, said: &[Word]) -> Vec<Named> {
        if self.is_empty() {
            return Vec::new();
        }
        let said: Vec<&str> = whole(said).iter().map(|word| &*word.term).collect();
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        for at in 0..said.len() {
            let Some(starts) = self.starts.get(said[at]) else {
                continue;
            };
            let stands = |(group, place): &&(usize, usize)| {
                let phrase = &self.groups[*group][*place];
                said[at..].len() >= phrase.len()
                    && phrase.iter().zip(&said[at..]).all(|(a, b)| a == b)
            };
            let length = |(group, place): &(usize, usize)| self.groups[*group][*place].len();
            let longest = starts.iter().filter(stands).map(length).max().unwrap_or(0);
            for (group, place) in starts.iter().filter(stands) {
                if length(&(*group, *place)) == longest && seen.insert(*group) {
                    found.push(self.in_other_words(*group, *place));
                }
            }
        }
        found
    }

    fn in_other_words(&self, group: usize, place: usize) -> Named {
        let phrases = &self.groups[group];
        let telling = |term: &&String| !is_function_word(term);
        let phrase = &phrases[place];
        let others = (0..phrases.len()).filter(|other| *other != place);
        Named {
            // The last content word of an English phrase is its head.
            term: phrase.iter().rfind(telling).unwrap_or(&phrase[0]).clone(),
            others: others
                .map(|other| phrases[other].iter().filter(telling).cloned().collect())
                .filter(|terms: &Vec<String>| !terms.is_empty())
                .collect(),
        }
    }
}

/// Words without pairs of characters and without those that are part of a longer one, in the order they stand.
fn whole(words: &[Word]) -> Vec<&Word> {
    let mut found: Vec<&Word> = words
        .iter()
        .filter(|word| word.kind != WordKind::Bigram)
        .collect();
    found.sort_by_key(|word| (word.start, Reverse(word.end)));
    // Of the words so far the first that reaches furthest: what ends before it does stands within it.
    let mut longest = (0, 0);
    found.retain(|word| {
        let is_within = word.end <= longest.1 && (word.start, word.end) != longest;
        if word.end > longest.1 {
            longest = (word.start, word.end);
        }
        !is_within
    });
    found
}

/// Terms of a phrase in their order.
fn spelled(phrase: &str) -> Vec<String> {
    let words = words(phrase);
    whole(&words)
        .into_iter()
        .map(|word| word.term.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "groups:\n  - [sim card, 手机卡, 电话卡]\n  - [bill, invoice, 账单]\n  - [port my number, 携号转网]\nterms: [组网点, HL-Box 7]\n";

    fn named(text: &str) -> Vec<(String, Vec<String>)> {
        let synonyms = Synonyms::parse(FILE).unwrap();
        synonyms
            .named(&words(text))
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
        let named = Synonyms::translations().named(&words("my invoice"));
        assert!(
            named[0].others.concat().contains(&"发票".to_owned()),
            "{named:?}"
        );
    }

    #[test]
    fn a_broken_file_tells_its_place() {
        let error = Synonyms::parse("groups:\n  - [a, b]\nextra: 1\n").unwrap_err();
        assert_eq!(error.line, 3, "{error}");
        assert!(Synonyms::parse("# nothing yet\n").unwrap().is_empty());
    }
}
