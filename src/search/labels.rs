//! Labels of articles, topics and products, matched against an account. Pure.
//!
//! Owns labels by their words. Leaves the weight of a matching label to `posterior`.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use crate::text::telling;

/// Letters of an account value that may be a label; longer ones are prose.
const LABEL_CHARS: usize = 40;

/// Values of an account that are looked at; the rest says nothing.
const LABEL_VALUES: usize = 64;

/// Labels of one generation.
#[derive(Debug, Default)]
pub(super) struct Labels {
    /// Sorted words of each, and the articles that carry it.
    labels: Vec<(Vec<String>, Vec<u32>)>,
    /// Word → labels with it.
    by_word: HashMap<String, Vec<usize>>,
}

/// Articles that carry what an account says.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Fitting {
    /// The articles.
    pub(super) articles: HashSet<u32>,
    /// How much they are told apart from the rest by it: ln(others / them), at least 0.
    pub(super) telling: f64,
}

impl Labels {
    /// Adds a label by its [`label`] words.
    pub(super) fn add(&mut self, label: Vec<String>, carriers: Vec<u32>) {
        for word in &label {
            let labels = self.by_word.entry(word.clone()).or_default();
            labels.push(self.labels.len());
        }
        self.labels.push((label, carriers));
    }

    /// Whether a label has the word.
    pub(super) fn have(&self, word: &str) -> bool {
        self.by_word.contains_key(word)
    }

    /// Of `count` articles those with a topic or product that an account names, whole label or whole value.
    #[must_use]
    pub(super) fn fitting(&self, account: &Map<String, Value>, count: usize) -> Fitting {
        let mut values = Vec::new();
        account
            .values()
            .for_each(|value| leaves(value, &mut values));
        let mut articles: HashSet<u32> = HashSet::new();
        for value in values {
            let value = label(value);
            let touched: HashSet<usize> = value
                .iter()
                .filter_map(|word| self.by_word.get(word))
                .flatten()
                .copied()
                .collect();
            for (label, carriers) in touched.into_iter().map(|at| &self.labels[at]) {
                let within = |a: &[String], b: &[String]| a.iter().all(|word| b.contains(word));
                if within(label, &value) || within(&value, label) {
                    articles.extend(carriers);
                }
            }
        }
        let others = count.saturating_sub(articles.len()) as f64;
        let telling = if articles.is_empty() || others == 0.0 {
            0.0
        } else {
            (others / articles.len() as f64).ln().max(0.0)
        };
        Fitting { articles, telling }
    }
}

/// Texts of an account that are short enough to be labels.
fn leaves<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        _ if found.len() >= LABEL_VALUES => {}
        Value::String(text) if text.chars().count() <= LABEL_CHARS => found.push(text),
        Value::Array(items) => items.iter().for_each(|item| leaves(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| leaves(field, found)),
        _ => {}
    }
}

/// Sorted words of a label.
pub(super) fn label(text: &str) -> Vec<String> {
    sorted(telling(&text.replace('_', " ")).into_iter())
}

/// Texts in order, each once.
pub(super) fn sorted(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut words: Vec<String> = words.collect();
    words.sort_unstable();
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_account_names_topics_and_products() {
        let mut labels = Labels::default();
        for (at, text) in (0_u32..).zip(["cars", "laptop", "home_internet", "tv"]) {
            labels.add(label(text), vec![at]);
        }
        let fitting = |account: Value| {
            let found = labels.fitting(account.as_object().unwrap(), 4);
            let mut articles: Vec<u32> = found.articles.into_iter().collect();
            articles.sort_unstable();
            (articles, (found.telling * 100.0).round())
        };
        assert_eq!(fitting(json!({"kind": "car"})), (vec![0], 110.0));
        assert_eq!(
            fitting(json!({"has": {"products": ["internet", "TV"]}})),
            (vec![2, 3], 0.0)
        );
        assert_eq!(fitting(json!({"name": "Eva", "n": 7})), (vec![], 0.0));
    }
}
