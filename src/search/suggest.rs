//! Completions while typing: titles and questions with words that begin with what was typed. Pure.

use std::sync::Arc;

use super::browse::Suggestion;
use crate::{
    index::unit::Indexed,
    text::{completion_key, is_spaced_letter},
};

/// Titles and questions that fit a prefix, best first: those that begin with it, then those with a word that does,
/// then those that contain it. Accents, and hyphens in words, do not matter.
pub fn complete<'a>(
    entries: impl Iterator<Item = &'a Arc<Indexed>>,
    prefix: &str,
    limit: usize,
) -> Vec<Suggestion> {
    let wanted = completion_key(prefix.trim());
    if wanted.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<(u8, usize, &str, &str)> = Vec::new();
    for entry in entries {
        for (text, key) in entry.completions() {
            if let Some(class) = class(key, &wanted) {
                found.push((class, text.chars().count(), text, &entry.article.id));
            }
        }
    }
    found.sort_unstable();
    found.dedup_by(|a, b| a.2 == b.2);
    found
        .into_iter()
        .take(limit)
        .map(|(_, _, text, id)| Suggestion {
            text: text.to_owned(),
            article_id: Some(id.to_owned()),
        })
        .collect()
}

fn class(text: &str, wanted: &str) -> Option<u8> {
    let at = text.find(wanted)?;
    if at == 0 {
        return Some(0);
    }
    let first = wanted.starts_with(is_spaced_letter);
    let starts_word = text.match_indices(wanted).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        before.is_none_or(|c| !c.is_alphanumeric() || is_spaced_letter(c) != first)
    });
    Some(if starts_word { 1 } else { 2 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::Article;

    #[test]
    fn titles_are_completed_with_and_without_accents() {
        let article = Article {
            title: "Dirección de facturación".to_owned(),
            ..Article::default()
        };
        let entry = Indexed::new(Arc::new(article), "r".into(), "none");
        let entries = [Arc::new(entry)];
        for typed in ["direcc", "Direcció", "direccion de fac", "facturación"] {
            assert_eq!(complete(entries.iter(), typed, 3).len(), 1, "{typed}");
        }
        assert!(complete(entries.iter(), "dirr", 3).is_empty());
    }

    #[test]
    fn optional_spaces_and_hyphens_do_not_matter() {
        let titles = ["Wi-Fi 慢", "esim 介绍", "SIM 卡被盗换", "如何补办 SIM 卡"];
        let entries = titles.map(|title| {
            let article = Article {
                title: title.to_owned(),
                ..Article::default()
            };
            Arc::new(Indexed::new(Arc::new(article), "r".into(), "none"))
        });
        let completed = |typed| -> Vec<String> {
            let found = complete(entries.iter(), typed, 3).into_iter();
            found.map(|one| one.text).collect()
        };
        assert_eq!(completed("SIM卡被"), titles[2..3]);
        assert_eq!(completed("补办SIM"), titles[3..]);
        for typed in ["wifi慢", "wi-", "wi-f", "Wifi"] {
            assert_eq!(completed(typed), titles[..1], "{typed}");
        }
        assert_eq!(
            completed("sim"),
            [titles[2], titles[3], titles[1]],
            "what begins with it, a word that does, what contains it"
        );
    }
}
