//! Merges both engines' results for a conversation by article. Pure.
//!
//! Owns which unit stands for its article, which passage is shown, and which words of the turn it contains. Leaves
//! querying the engines to `conversation`, and the weights of features to `posterior`.

use rustc_hash::FxHashMap;

use super::{
    conversation::Found,
    cross_script::Alignment,
    narrow::ResolvedFilter,
    near::VectorScores,
    posterior::ArticleFeatures,
    query::QueryTerm,
    snippet::{snippet, wanted_terms},
};
use crate::{
    index::{Generation, UnitRef, unit::UnitKind},
    text::{Languages, WordKind, is_function_word, words},
};

impl VectorScores {
    /// The same, with articles in `another` script than what was said on the scale of those in its own.
    pub(super) fn aligned(mut self, another: impl Fn(u32) -> bool) -> Self {
        if let Some(alignment) = Alignment::among(&self.bodies, &another) {
            alignment.bring(&mut self.bodies, |article| another(*article));
            alignment.bring(&mut self.titles, |article| another(*article));
            alignment.bring(&mut self.passages, |(article, _)| another(*article));
        }
        self
    }
}

/// What both engines answered.
pub(super) struct Hearing<'a> {
    /// What was asked.
    pub(super) generation: &'a Generation,
    /// What may be shown.
    pub(super) bounds: &'a ResolvedFilter,
    /// BM25 of the view's words as a share of the ideal.
    pub(super) words: Vec<(UnitRef, f64)>,
    /// What is near the newest turn.
    pub(super) turn: VectorScores,
    /// What is near the whole view.
    pub(super) view: VectorScores,
}

impl Hearing<'_> {
    /// Features of all articles that an engine brought up.
    pub(super) fn features(&self) -> FxHashMap<u32, ArticleFeatures> {
        let mut passages: FxHashMap<u32, f64> = FxHashMap::default();
        let mut wholes: FxHashMap<u32, f64> = FxHashMap::default();
        for (place, share) in &self.words {
            match place.kind {
                UnitKind::Article => *wholes.entry(place.article).or_default() += share,
                _ => {
                    let best = passages.entry(place.article).or_default();
                    *best = best.max(*share);
                }
            }
        }
        let articles = [&self.turn.bodies, &self.view.bodies, &passages, &wholes];
        let mut found: FxHashMap<u32, ArticleFeatures> = FxHashMap::default();
        for article in articles.into_iter().flat_map(FxHashMap::keys) {
            found.entry(*article).or_insert_with(|| {
                let of = |scores: &FxHashMap<u32, f64>| scores.get(article).copied().unwrap_or(0.0);
                ArticleFeatures {
                    words: of(&passages) + of(&wholes),
                    ..self.far(*article)
                }
            });
        }
        found
    }

    /// What the vectors alone say of an article.
    fn far(&self, article: u32) -> ArticleFeatures {
        ArticleFeatures {
            turn: self.turn.or_farthest(self.turn.bodies.get(&article)),
            view: self.view.or_farthest(self.view.bodies.get(&article)),
            title: self.view.or_farthest(self.view.titles.get(&article)),
            ..ArticleFeatures::default()
        }
    }

    /// The features of an article that was named, if it may be shown.
    pub(super) fn admitted<'t>(
        &self,
        found: &'t mut FxHashMap<u32, ArticleFeatures>,
        article: u32,
    ) -> Option<&'t mut ArticleFeatures> {
        let is_found = found.contains_key(&article);
        if !is_found
            && !self
                .bounds
                .admits(&self.generation.catalog.articles[article as usize])
        {
            return None;
        }
        Some(found.entry(article).or_insert_with(|| self.far(article)))
    }

    /// An article as it is told. `terms` are looked for in its passage; `spoken` is the turn that brings it up.
    pub(super) fn candidate(
        &self,
        article: u32,
        confidence: f64,
        terms: &[QueryTerm],
        spoken: &[SpokenWord],
    ) -> Found {
        let catalog = &self.generation.catalog;
        let passage = self.best_passage(article);
        let words = catalog.indexed(article).vocabulary(passage);
        Found {
            article,
            passage,
            confidence,
            excerpt: snippet(
                &catalog.articles[article as usize].passages[passage as usize],
                words,
                &wanted_terms(terms),
            ),
            matched: in_common(spoken, |term| words.has(term)),
            is_entry: false,
            is_looked_up: false,
        }
    }

    /// The passage that fits best by the same weights; the first where nothing tells.
    fn best_passage(&self, article: u32) -> u32 {
        let words: FxHashMap<u32, f64> = self
            .words
            .iter()
            .filter_map(|(place, share)| match place.kind {
                UnitKind::Passage(passage) if place.article == article => Some((passage, *share)),
                _ => None,
            })
            .collect();
        let value = |passage: u32| {
            let at = &(article, passage);
            let features = ArticleFeatures {
                turn: self.turn.or_farthest(self.turn.passages.get(at)),
                view: self.view.or_farthest(self.view.passages.get(at)),
                words: words.get(&passage).copied().unwrap_or(0.0),
                ..ArticleFeatures::default()
            };
            features.sum(!self.turn.is_empty())
        };
        let count = self.generation.catalog.articles[article as usize]
            .passages
            .len() as u32;
        (0..count)
            .map(|passage| (passage, value(passage)))
            .reduce(|best, one| if one.1 > best.1 { one } else { best })
            .map_or(0, |(passage, _)| passage)
    }
}

/// A word of a turn that tells something.
pub(super) struct SpokenWord {
    /// As it was said.
    said: String,
    /// Where it stands, in characters.
    at: std::ops::Range<usize>,
    /// What the index may know it by.
    terms: Vec<String>,
}

/// The words of a turn that tell something. `languages` are those of the articles.
pub(super) fn spoken_words(text: &str, languages: &Languages) -> Vec<SpokenWord> {
    let chars: Vec<char> = text.chars().collect();
    let own = words(text);
    let mut inflected = languages.inflected(text, &own).into_iter();
    let spoken = own.into_iter().filter_map(|word| {
        let inflected = inflected.next().unwrap_or_default();
        let is_little = is_function_word(&word.term) || inflected.is_function_word;
        let terms = [word.term].into_iter();
        (word.kind != WordKind::Bigram && !is_little).then(|| SpokenWord {
            said: chars[word.start..word.end].iter().collect(),
            at: word.start..word.end,
            terms: terms
                .chain(inflected.stems)
                .chain(inflected.plain)
                .collect(),
        })
    });
    spoken.collect()
}

/// Words that a passage has too, each once; of words within each other the longest.
fn in_common(spoken: &[SpokenWord], has: impl Fn(&str) -> bool) -> Vec<String> {
    let is_known = |word: &&SpokenWord| word.terms.iter().any(|term| has(term));
    let known: Vec<&SpokenWord> = spoken.iter().filter(is_known).collect();
    let lies_within = |word: &SpokenWord, other: &SpokenWord| {
        word.at != other.at && other.at.start <= word.at.start && word.at.end <= other.at.end
    };
    let mut told: Vec<&SpokenWord> = Vec::new();
    for word in &known {
        let is_part = known.iter().any(|other| lies_within(word, other));
        let is_told = told
            .iter()
            .any(|other| other.terms[0] == word.terms[0] || other.said == word.said);
        if !is_part && !is_told {
            told.push(word);
        }
    }
    told.into_iter().map(|word| word.said.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::words_in;

    fn check(languages: &[&str], turn: &str, passage: &str, expected: &[&str]) {
        let languages = Languages::of(
            &languages
                .iter()
                .map(|&tag| tag.to_owned())
                .collect::<Vec<_>>(),
        );
        let known: Vec<String> = words(passage)
            .into_iter()
            .chain(
                languages
                    .iter()
                    .flat_map(|language| words_in(passage, Some(language))),
            )
            .map(|word| word.term)
            .collect();
        let found = in_common(&spoken_words(turn, &languages), |term| {
            known.iter().any(|known| known == term)
        });
        assert_eq!(found, expected, "{turn:?}");
    }

    #[test]
    fn words_in_common_are_those_of_the_turn_as_they_were_said() {
        check(
            &["en"],
            "When will the Refunds arrive? I want my refund.",
            "Refunds arrive within five days of the router's return.",
            &["Refunds", "arrive"],
        );
        check(
            &["zh"],
            "想换个便宜点的手机套餐，怎么换？",
            "手机套餐随时可以更换，便宜的套餐也可以。",
            &["便宜", "手机", "套餐"],
        );
        check(
            &["de", "en"],
            "Ich möchte meine Verträge kündigen",
            "Der Vertrag kann gekündigt werden.",
            &["Verträge"],
        );
        check(&["en"], "I would like to know", "I would like to know", &[]);
    }
}
