//! Search for a conversation: every turn counts by its age, and names that were mentioned keep counting.
//!
//! Owns querying both engines for a view of several turns. Leaves the weights of features to `posterior`, names to
//! `names`, and which turns make the view to `live`.

use std::{collections::HashMap, sync::Arc};

use rustc_hash::FxHashMap;
use serde_json::{Map, Value};

use super::{
    Core,
    admission::Admission,
    browse, engines,
    expand::expand,
    folders::Folders,
    hearing::{Hearing, spoken_words},
    names::{Fresh, Names, neighbours},
    narrow::ResolvedFilter,
    near::VectorScores,
    parts::best_first,
    posterior::{ArticleFeatures, chances},
    query::{Query, QueryTerm, weigh},
    snippet::Excerpt,
    terms::{keep_heaviest, worth},
    visible_terms::VisibleTerms,
};
use crate::{
    index::{
        Catalog, Generation, PerGeneration, UnitRef,
        embed::{Vector, dot, to_unit},
        vector::Nearest,
    },
    text::{Languages, is_cjk_text, tail, words},
};

/// Units taken from each engine per query.
const DEPTH: usize = 300;

/// Characters of a turn that are used: of a long turn, the end.
const MAX_CHARS: usize = 1_500;

/// Terms of the view that are searched for.
const MAX_WORDS: usize = 64;

/// Share of its title that makes an article a candidate by itself: a smaller share is words that many titles have.
const NAMED: f64 = 0.5;

/// A turn of the conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightedTurn {
    /// What was said.
    pub text: String,
    /// Its weight relative to the newest turn, 0–1; at 0 only names in it count.
    pub weight: f64,
    /// Freshness of its names, 0–1.
    pub freshness: f64,
    /// Its weight within the newest turn, 0–1: 1 for that turn itself, more than 0 for the turn that it refers to.
    pub echo: f64,
}

/// The state of a conversation.
#[derive(Debug, Clone, Copy)]
pub struct Conversation<'a> {
    /// What was said, the newest turn first.
    pub turns: &'a [WeightedTurn],
    /// Articles whose cards are in play, by id.
    pub shown: &'a [String],
    /// Whether the newest turn asks something.
    pub is_asking: bool,
    /// The customer's account.
    pub account: &'a Map<String, Value>,
    /// Language of the conversation, if known.
    pub lang: Option<&'a str>,
}

/// An article that fits the conversation.
#[derive(Debug, Clone)]
pub struct Found {
    /// Index into the catalog's articles.
    pub article: u32,
    /// Index of its best passage.
    pub passage: u32,
    /// Probability that it is what the customer needs, 0–1.
    pub confidence: f64,
    /// The excerpt to show.
    pub excerpt: Excerpt,
    /// Words of the newest turn that its passage contains, as they were said.
    pub matched: Vec<String>,
    /// Whether it is an entry of a directory of named things.
    pub is_entry: bool,
    /// Whether it is an entry that the turn asks for by name, without asking anything about it.
    pub is_looked_up: bool,
}

/// Searches for conversations over a core. Blocking; share one instance.
pub struct ConversationSearch {
    core: Arc<Core>,
    prepared: Arc<PerGeneration<Prepared>>,
}

/// What is worked out once per generation.
struct Prepared {
    names: Names,
    folders: Folders,
}

impl ConversationSearch {
    /// Searches over this core. From now on names and folders are prepared before a generation is published, so that no call
    /// waits for them; those of a generation that is published already are prepared at its first use.
    #[must_use]
    pub fn new(core: Arc<Core>) -> Self {
        let prepared = Arc::<PerGeneration<Prepared>>::default();
        let next = Arc::clone(&prepared);
        core.index().before_publishing(move |generation| {
            prepare(&next, generation);
        });
        Self { core, prepared }
    }

    /// The core that it searches.
    #[must_use]
    pub fn core(&self) -> &Core {
        &self.core
    }

    /// Articles that fit a conversation, best first. Of several translations one is returned, in the language of the
    /// conversation if there is one, with the probability of all of them.
    #[must_use]
    pub fn find(
        &self,
        generation: &Arc<Generation>,
        conversation: &Conversation,
        bounds: &ResolvedFilter,
        limit: usize,
    ) -> Vec<Found> {
        let Conversation { turns, lang, .. } = *conversation;
        let Some(now) = turns.first().filter(|_| !bounds.is_empty()) else {
            return Vec::new();
        };
        let mut query = Query {
            text: texts(turns),
            terms: view_terms(turns, generation.catalog.languages()),
            ..Query::default()
        };
        let known = VisibleTerms::new(generation, bounds);
        expand(&mut query, &self.core.index().synonyms(), &known);
        // Unknown words count: they say that the conversation is about something else.
        keep_heaviest(&mut query.terms, MAX_WORDS, |terms| worth(&known, terms));
        let (terms, catalog) = (&query.terms, &generation.catalog);
        let wide = is_cjk_text(end(&now.text));
        let (near, found) = engines::both(
            catalog,
            || self.near(generation, turns, bounds, wide),
            || engines::by_words(generation, bounds, terms, DEPTH).unwrap_or_default(),
        );
        let mut admission = Admission::new(catalog, &query, bounds);
        let ideal: f64 = worth(&known, terms).iter().sum();
        let by_words = found.passages.into_iter().chain(found.articles).collect();
        let by_words = admission.admitted(by_words).into_iter();
        let share =
            |(place, score): (UnitRef, f32)| (place, f64::from(score) / ideal.max(f64::EPSILON));
        let [turn, view] = near.map(|found| {
            let near = VectorScores::of(&admission.admitted(found));
            near.aligned(|article| catalog.is_cjk(article) != wide)
        });
        let hearing = Hearing {
            generation,
            bounds,
            words: by_words.map(share).collect(),
            turn,
            view,
        };
        let prepared = prepare(&self.prepared, generation);
        let names = &prepared.names;
        let found = features(&hearing, &prepared, conversation, &known, wide);
        let has_vectors = !hearing.turn.is_empty();
        let mut found: Vec<(u32, ArticleFeatures)> = found.into_iter().collect();
        found.sort_unstable_by_key(|(article, _)| *article);
        let (articles, features): (Vec<u32>, Vec<ArticleFeatures>) = found.into_iter().unzip();
        let mut best = in_one_language(
            &generation.catalog,
            articles.into_iter().zip(chances(&features, has_vectors)),
            lang,
        );
        best.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        best.truncate(limit);
        let spoken = spoken_words(end(&now.text), generation.catalog.languages());
        // Only a directory has entries.
        let newest = names.is_directory().then(|| words(end(&now.text)));
        best.into_iter()
            .map(|(article, confidence)| {
                let newest = newest.as_ref().filter(|_| names.is_namesake(article));
                let named = &generation.catalog.articles[article as usize];
                Found {
                    is_entry: newest.is_some(),
                    is_looked_up: newest.is_some_and(|said| names.is_looked_up(named, said)),
                    ..hearing.candidate(article, confidence, terms, &spoken)
                }
            })
            .collect()
    }

    /// Cosine similarity of a question and what was said, both embedded as questions; None without a model.
    #[must_use]
    pub fn similarity(&self, question: &str, said: &str) -> Option<f64> {
        let (question, said) = (self.core.vector(question)?, self.vector(said)?);
        Some(f64::from(dot(&question, &said)))
    }

    fn vector(&self, said: &str) -> Option<Arc<Vector>> {
        self.core.vector(end(said))
    }

    /// The weighted sum of the vectors of all turns.
    fn direction(
        &self,
        turns: &[WeightedTurn],
        counts: impl Fn(&WeightedTurn) -> f64,
    ) -> Option<Vector> {
        let mut sum: Vector = Vector::new();
        for said in turns.iter().filter(|said| counts(said) > 0.0) {
            let vector = self.vector(&said.text)?;
            sum.resize(vector.len(), 0.0);
            let weight = counts(said) as f32;
            sum.iter_mut()
                .zip(vector.iter())
                .for_each(|(sum, x)| *sum += weight * x);
        }
        (to_unit(&mut sum) > 0.0).then_some(sum)
    }

    /// Units near the newest turn, and units near all turns together, best first; none if the model or the store fails.
    fn near(
        &self,
        generation: &Generation,
        turns: &[WeightedTurn],
        bounds: &ResolvedFilter,
        wide: bool,
    ) -> [Nearest; 2] {
        let counts: [fn(&WeightedTurn) -> f64; 2] = [|said| said.echo, |said| said.weight];
        let directions = counts.map(|counts| self.direction(turns, counts));
        let vectors: Vec<&[f32]> = directions.iter().flatten().map(|one| &**one).collect();
        let sides = bounds.scripts(&generation.catalog, wide, DEPTH);
        let store = self.core.index().vectors.as_ref();
        let found = store
            .filter(|_| !vectors.is_empty())
            .and_then(|store| engines::nearest(&**store, &vectors, &sides));
        let mut found = found.unwrap_or_default().into_iter();
        let mut next = || best_first(found.by_ref().take(sides.len()).collect());
        directions.map(|direction| direction.map_or_else(Nearest::new, |_| next()))
    }
}

/// What is known of a generation; it was prepared before it was published.
fn prepare(prepared: &PerGeneration<Prepared>, generation: &Generation) -> Arc<Prepared> {
    let catalog = &generation.catalog;
    let idf = |word: &str| generation.words.idf(word);
    prepared.of(catalog.info.generation, |before| Prepared {
        names: Names::of(catalog, before.map(|before| &before.names), idf),
        folders: Folders::of(catalog),
    })
}

/// Features of each article that an engine returned, that was named, or whose card is in play.
fn features(
    hearing: &Hearing,
    Prepared { names, folders }: &Prepared,
    conversation: &Conversation,
    known: &VisibleTerms,
    is_cjk: bool,
) -> FxHashMap<u32, ArticleFeatures> {
    let catalog = &hearing.generation.catalog;
    let mut found = hearing.features();
    let said = fresh(conversation.turns, catalog.languages());
    let sees = |at: u32| hearing.bounds.sees(&catalog.articles[at as usize]);
    for (article, heard) in names.heard(&said, sees, |word| known.has(word)) {
        if heard.ever < NAMED && !found.contains_key(&article) {
            continue;
        }
        if let Some(features) = hearing.admitted(&mut found, article) {
            (features.named, features.fresh) = (heard.ever.min(1.0), heard.fresh.min(1.0));
        }
    }
    let fitting = names.fitting(conversation.account);
    let is_spoken = |article: u32| catalog.is_cjk(article) == is_cjk;
    let is_mixed = found.keys().any(|article| is_spoken(*article));
    for (article, features) in &mut found {
        features.is_far = is_mixed && !is_spoken(*article);
        features.is_namesake = names.is_namesake(*article);
        if fitting.articles.contains(article) {
            features.fits = fitting.telling;
        }
    }
    let shown = conversation.shown.iter();
    let shown: Vec<u32> = shown.filter_map(|id| catalog.position(id)).collect();
    for article in &shown {
        if let Some(features) = hearing.admitted(&mut found, *article) {
            features.is_shown = true;
            features.is_asked = conversation.is_asking;
        }
    }
    for (article, features) in &mut found {
        features.folder = folders.log_odds(*article, &shown);
    }
    found
}

/// One article of each group of translations: the one in that language or closest to it, otherwise the most probable.
fn in_one_language(
    catalog: &Catalog,
    chances: impl Iterator<Item = (u32, f64)>,
    lang: Option<&str>,
) -> Vec<(u32, f64)> {
    let near = |article: u32| {
        let own = &catalog.articles[article as usize].lang;
        lang.map_or(0, |lang| browse::nearness(own, lang))
    };
    let mut groups: HashMap<u32, (u32, f64, f64)> = HashMap::new();
    for (article, chance) in chances {
        let (told, own, whole) = groups
            .entry(catalog.group(article))
            .or_insert((article, chance, 0.0));
        *whole += chance;
        if (near(article), chance) > (near(*told), *own) {
            (*told, *own) = (article, chance);
        }
    }
    groups
        .into_values()
        .map(|(article, _, whole)| (article, whole))
        .collect()
}

/// Words of the view, each once, with the weights of their turns; of earlier turns only meaningful words.
fn view_terms(turns: &[WeightedTurn], languages: &Languages) -> Vec<QueryTerm> {
    let mut place: HashMap<String, usize> = HashMap::new();
    let mut terms: Vec<QueryTerm> = Vec::new();
    for (age, said) in turns
        .iter()
        .enumerate()
        .filter(|(_, said)| said.weight > 0.0)
    {
        for term in weigh(end(&said.text), languages).0 {
            let weight = term.weight * said.weight as f32;
            match place.get(&term.term) {
                Some(at) => terms[*at].weight += weight,
                None if age == 0 || term.content => {
                    place.insert(term.term.clone(), terms.len());
                    terms.push(QueryTerm { weight, ..term });
                }
                None => {}
            }
        }
    }
    terms
}

/// The texts of the turns that count, the oldest first.
fn texts(turns: &[WeightedTurn]) -> String {
    let counting = turns.iter().rev().filter(|said| said.weight > 0.0);
    let texts: Vec<&str> = counting.map(|said| end(&said.text)).collect();
    texts.join("\n")
}

/// Freshness of each word of the conversation, and of each two adjacent words written as one: that of the newest turn with
/// it.
fn fresh(turns: &[WeightedTurn], languages: &Languages) -> Fresh {
    let mut fresh = Fresh::default();
    let note = |known: &mut HashMap<String, f64>, word, freshness: f64| {
        let known = known.entry(word).or_default();
        *known = known.max(freshness);
    };
    for said in turns {
        let text = end(&said.text);
        let words = words(text);
        for two in neighbours(&words) {
            let joined = two.map(|word| &*word.term).concat();
            note(&mut fresh.joined, joined, said.freshness);
        }
        let inflected = languages.inflected(text, &words).into_iter();
        let others = inflected.flat_map(|word| word.stems.into_iter().chain(word.plain));
        for word in words.into_iter().map(|word| word.term).chain(others) {
            note(&mut fresh.words, word, said.freshness);
        }
    }
    fresh
}

/// The part of a text that is used: its end.
fn end(text: &str) -> &str {
    tail(text, MAX_CHARS)
}

#[cfg(test)]
mod tests;
