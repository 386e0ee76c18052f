//! Units: what the engines store. A unit's id is derived from its content, so an id never changes its meaning.

use std::sync::{Arc, OnceLock};

use super::{
    embed::Text,
    filter::Field,
    vocabulary::{Vocabulary, term_hash},
};
use crate::{
    article::{Article, Rule, Trigger},
    text::{Language, compared, completion_key, dictionary, fold, words_in},
};

/// Changes whenever the same article must be indexed differently; every unit gets a new key then.
const FORMAT: &str = "5";

/// Tells replicas apart that would name the same article's units differently.
pub(super) fn naming() -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(FORMAT.as_bytes());
    short(hasher.update(&dictionary().to_le_bytes()))
}

/// What of an article a unit holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum UnitKind {
    /// Index into the article's passages.
    Passage(u32),
    /// Index into the article's questions.
    Question(u32),
    /// The article as a whole: words only, no vector.
    Article,
    /// The article's title: vector only.
    Title,
}

/// One entry of the engines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    /// First 8 bytes of blake3 over all that the engines know of it.
    pub key: u64,
    /// What it holds.
    pub kind: UnitKind,
}

/// An article with what the engines know of it.
#[derive(Debug)]
pub struct Indexed {
    /// As parsed.
    pub article: Arc<Article>,
    /// The article itself, its title, its passages in order, its questions; none of a draft or an archived article.
    pub units: Vec<Unit>,
    /// Last commit that touched the file, or the content's hash.
    pub revision: String,
    /// The dictionary that its words were split with: see [`dictionary`].
    pub dictionary: u64,
    /// What the title has in common with others of its series: a hash of it without digits, marks and case.
    pub series: u64,
    /// Its `when`, compiled.
    pub when: Option<Rule>,
    /// The `when` of each of its triggers, compiled.
    pub rules: Vec<Option<Rule>>,
    /// Words of each passage; made when first asked for.
    vocabularies: Box<[OnceLock<Vocabulary>]>,
    /// Made when first asked for.
    compared: OnceLock<Box<str>>,
    /// Made when first asked for.
    completions: OnceLock<Box<[Box<str>]>>,
}

impl Indexed {
    /// Names an article's units. `model` is the embedding's id.
    #[must_use]
    pub fn new(article: Arc<Article>, revision: String, model: &str) -> Self {
        let mut shared = blake3::Hasher::new();
        let mut field = |text: &str| {
            shared
                .update(&(text.len() as u64).to_le_bytes())
                .update(text.as_bytes());
        };
        field(FORMAT);
        let dictionary = dictionary();
        field(&dictionary.to_string());
        field(model);
        field(&article.title);
        article.summary.iter().for_each(|summary| field(summary));
        for filter in Field::ALL {
            field(filter.name());
            filter
                .values(&article)
                .iter()
                .for_each(|value| field(value));
        }
        let passages = (0_u32..).zip(&article.passages).map(|(at, passage)| {
            let mut hasher = shared.clone();
            hasher.update(b"passage").update(&at.to_le_bytes());
            article.heading(passage).iter().for_each(|heading| {
                hasher.update(heading.as_bytes()).update(&[0]);
            });
            Unit {
                key: short(hasher.update(passage.text.as_bytes())),
                kind: UnitKind::Passage(at),
            }
        });
        let questions = (0_u32..).zip(&article.questions).map(|(at, question)| {
            let mut hasher = shared.clone();
            hasher.update(b"question").update(&at.to_le_bytes());
            Unit {
                key: short(hasher.update(question.as_bytes())),
                kind: UnitKind::Question(at),
            }
        });
        let whole = Unit {
            key: short(
                shared
                    .clone()
                    .update(b"article")
                    .update(article.content_hash.as_bytes()),
            ),
            kind: UnitKind::Article,
        };
        let title = Unit {
            key: short(shared.clone().update(b"title")),
            kind: UnitKind::Title,
        };
        let units = [whole, title]
            .into_iter()
            .chain(passages)
            .chain(questions)
            .filter(|_| article.is_published())
            .collect();
        let series: String = fold(&article.title)
            .text
            .chars()
            .filter(|c| c.is_alphabetic())
            .collect();
        let series = short(blake3::Hasher::new().update(series.as_bytes()));
        let vocabularies = article.passages.iter().map(|_| OnceLock::new()).collect();
        Self {
            when: article.rule(),
            rules: article.triggers.iter().map(Trigger::rule).collect(),
            article,
            units,
            revision,
            dictionary,
            series,
            vocabularies,
            compared: OnceLock::new(),
            completions: OnceLock::new(),
        }
    }

    /// Words of a passage with those of the title, its headings and the questions.
    #[must_use]
    pub fn vocabulary(&self, passage: u32) -> &Vocabulary {
        self.vocabularies[passage as usize].get_or_init(|| {
            let article = &self.article;
            let passage = &article.passages[passage as usize];
            let around = article.questions.iter().chain([&article.title]);
            let language = Language::of(&article.lang);
            let around = around.chain(article.heading(passage)).flat_map(|text| {
                let words = words_in(text, language).into_iter();
                words.map(|word| term_hash(&word.term))
            });
            Vocabulary::of(&words_in(&passage.text, language), around)
        })
    }

    /// All that the article says, as [`compared`] has it, a line each: title, questions, headings, passages.
    #[must_use]
    pub fn compared(&self) -> &str {
        self.compared.get_or_init(|| {
            let all: Vec<&str> = texts(&self.article).collect();
            compared(&all.join("\n")).into()
        })
    }

    /// What completes a text that is typed, title and questions, each with its [`completion_key`].
    pub fn completions(&self) -> impl Iterator<Item = (&str, &str)> {
        let keys = self.completions.get_or_init(|| {
            let texts = titles(&self.article);
            texts.map(|text| completion_key(text).into()).collect()
        });
        let texts = titles(&self.article).map(String::as_str);
        texts.zip(keys.iter().map(|text| &**text))
    }

    /// Text that the model embeds for a unit.
    #[must_use]
    pub fn embedded_text(&self, kind: UnitKind) -> Text {
        match kind {
            UnitKind::Article | UnitKind::Title => Text::Question(self.article.title.clone()),
            UnitKind::Question(at) => Text::Question(self.article.questions[at as usize].clone()),
            UnitKind::Passage(at) => {
                let passage = &self.article.passages[at as usize];
                let mut text = self.article.title.clone();
                for heading in self
                    .article
                    .heading(passage)
                    .iter()
                    .filter(|h| **h != self.article.title)
                {
                    text.push('\n');
                    text.push_str(heading);
                }
                text.push('\n');
                text.push_str(&passage.text);
                Text::Passage(text)
            }
        }
    }
}

/// Title and questions.
fn titles(article: &Article) -> impl Iterator<Item = &String> {
    std::iter::once(&article.title).chain(&article.questions)
}

/// All that an article says: title, questions, headings, passages.
pub(super) fn texts(article: &Article) -> impl Iterator<Item = &str> {
    let headings = article.sections.iter();
    let headings = headings.filter_map(|section| section.heading.last());
    let passages = article.passages.iter().map(|passage| &passage.text);
    let all = titles(article).chain(headings).chain(passages);
    all.map(String::as_str)
}

fn short(hasher: &blake3::Hasher) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    u64::from_le_bytes(bytes)
}
