//! The rules of one generation, compiled: every trigger with its condition, every phrase in one automaton.
//!
//! Owns compiling phrases; conditions are compiled with their articles. Leaves judging to `decide`.

use std::sync::Arc;

use super::{
    Card, Policy,
    candidates::Source,
    phrases::{PhraseBook, Use},
};
use crate::{
    article::{Article, Rule, Trigger},
    index::Catalog,
};

/// A trigger, ready to be judged.
#[derive(Debug)]
pub(super) struct Entry {
    /// Index into the catalog's articles.
    pub(super) article: u32,
    /// `article-id#n`.
    pub(super) name: String,
    /// As the editor wrote it.
    pub(super) trigger: Trigger,
    /// Its `when`.
    pub(super) when: Option<Rule>,
}

/// The rules of one generation.
#[derive(Debug)]
pub(super) struct RuleBook {
    /// The generation.
    pub(super) catalog: Arc<Catalog>,
    /// All triggers of published articles.
    pub(super) rules: Vec<Entry>,
    /// Phrases of them all; `Use` holds indices into `rules`.
    pub(super) phrases: PhraseBook,
    /// Indices of the rules with no phrase: they fire by the account alone.
    pub(super) account_rules: Vec<usize>,
}

impl RuleBook {
    /// Makes a generation's rules ready.
    pub(super) fn new(catalog: Arc<Catalog>, policy: &Policy) -> Self {
        let (mut rules, mut phrases) = (Vec::new(), Vec::new());
        for at in catalog.in_use().ones() {
            let (at, entry) = (at as u32, &catalog.entries()[at]);
            let article = &entry.article;
            for (n, (trigger, when)) in article.triggers.iter().zip(&entry.rules).enumerate() {
                let rule = rules.len();
                phrases.extend(
                    trigger
                        .any
                        .iter()
                        .map(|phrase| (Use::Any(rule), phrase.clone())),
                );
                phrases.extend(
                    trigger
                        .not
                        .iter()
                        .map(|phrase| (Use::Not(rule), phrase.clone())),
                );
                rules.push(Entry {
                    article: at,
                    name: format!("{}#{n}", article.id),
                    trigger: trigger.clone(),
                    when: when.clone(),
                });
            }
        }
        phrases.extend(
            policy
                .excluded_phrases
                .iter()
                .map(|phrase| (Use::Excluded, phrase.clone())),
        );
        // A trigger with neither phrase nor condition would fire on every call: it never does.
        let account_rules = (0..rules.len())
            .filter(|&at| rules[at].trigger.any.is_empty() && rules[at].trigger.when.is_some())
            .collect();
        Self {
            phrases: PhraseBook::new(phrases),
            rules,
            account_rules,
            catalog,
        }
    }

    /// The rule that a source speaks by, where it has one.
    pub(super) fn rule_of(&self, source: &Source) -> Option<&Entry> {
        source.rule().map(|rule| &self.rules[rule])
    }

    /// Priority of the rule that brought up a card; 0 where none did.
    pub(super) fn priority(&self, card: &Card) -> i32 {
        let is_its_rule = |rule: &&Entry| card.trigger.rule.as_ref() == Some(&rule.name);
        let rule = self.rules.iter().find(is_its_rule);
        rule.map_or(0, |rule| rule.trigger.priority)
    }

    /// An article of the generation.
    pub(super) fn article(&self, at: u32) -> Option<&Arc<Article>> {
        self.catalog.articles.get(at as usize)
    }

    /// Number of the generation.
    pub(super) fn generation(&self) -> u64 {
        self.catalog.info.generation
    }

    /// What an account rule is in every generation, wherever it stands on its article's list: article and condition.
    pub(super) fn condition(&self, rule: usize) -> (String, String) {
        let Entry {
            article, trigger, ..
        } = &self.rules[rule];
        let article = self.article(*article).map(|article| article.id.clone());
        (
            article.unwrap_or_default(),
            trigger.when.clone().unwrap_or_default(),
        )
    }

    /// The article's own `when`.
    pub(super) fn relevance(&self, at: u32) -> Option<&Rule> {
        self.catalog.entries().get(at as usize)?.when.as_ref()
    }
}
