//! Articles related to an article: its translations, and those about the same things.

use std::{collections::HashMap, sync::Arc};

use chrono::NaiveDate;

use super::{is_visible, speaks, visible};
use crate::{article::Article, index::Catalog, search::types::Audience};

/// The same article in other languages, as far as it exists for the caller.
#[must_use]
pub fn translations<'a>(
    catalog: &'a Catalog,
    article: &Article,
    audience: &'a Audience,
    today: NaiveDate,
) -> Vec<&'a Arc<Article>> {
    let at = catalog.position(&article.id);
    let group = at.map_or(&[][..], |at| catalog.translations(at));
    let others = group.iter().filter(|other| at != Some(**other));
    others
        .map(|other| &catalog.articles[*other as usize])
        .filter(|other| is_visible(other, audience, today))
        .collect()
}

/// Articles of the same language about the same things, best first: what they share counts by how rare it is (idf).
#[must_use]
pub fn related<'a>(
    catalog: &'a Catalog,
    article: &Article,
    audience: &'a Audience,
    today: NaiveDate,
    limit: usize,
) -> Vec<&'a Arc<Article>> {
    let others: Vec<&Arc<Article>> = visible(catalog, audience, today)
        .filter(|other| other.id != article.id && speaks(&other.lang, &article.lang))
        .collect();
    let mut shared: HashMap<&str, usize> = HashMap::new();
    let subjects = |of: &'a Article| of.tags.iter().chain(&of.products).map(String::as_str);
    for subject in others.iter().flat_map(|other| subjects(other)) {
        *shared.entry(subject).or_default() += 1;
    }
    let own: Vec<&str> = article
        .tags
        .iter()
        .chain(&article.products)
        .map(String::as_str)
        .collect();
    let weight = |subject: &str| {
        (1.0 + others.len() as f64 / shared.get(subject).copied().unwrap_or(1) as f64).ln()
    };
    let mut scored: Vec<(f64, &Arc<Article>)> = others
        .iter()
        .map(|other| {
            (
                subjects(other)
                    .filter(|subject| own.contains(subject))
                    .map(weight)
                    .sum(),
                *other,
            )
        })
        .filter(|(score, _)| *score > 0.0)
        .collect();
    // Stable: equal scores stay ordered by path.
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    scored
        .into_iter()
        .take(limit)
        .map(|(_, other)| other)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::shelf::{TODAY, article, catalog, ids};
    use super::*;

    #[test]
    fn what_is_rarely_shared_relates_most() {
        let mut articles = vec![
            article("a", &["common", "rare"]),
            article("b", &["common"]),
            article("z", &["rare"]),
        ];
        articles.extend((0..5).map(|n| article(&format!("c{n}"), &["common"])));
        articles.push(Article {
            audience: vec!["internal".into()],
            ..article("hidden", &["common", "rare"])
        });
        articles.push(Article {
            lang: "zh".into(),
            ..article("chinese", &["common", "rare"])
        });
        let catalog = catalog(articles);
        let agent = Audience::Only(vec!["agent".into()]);
        let found = related(&catalog, catalog.get("a").unwrap(), &agent, TODAY, 3);
        assert_eq!(ids(found), ["z", "b", "c0"]);
    }

    #[test]
    fn translations_are_one_group_whoever_points_to_whom() {
        let of = |id: &str, root: &str| Article {
            translation_of: Some(root.into()),
            ..article(id, &[])
        };
        let catalog = catalog(vec![
            article("en", &[]),
            of("zh", "en"),
            of("de", "en"),
            of("fr", "de"),
            of("other", "else"),
            of("one", "two"),
            of("two", "one"),
            of("three", "one"),
        ]);
        for (id, expected) in [
            ("en", &["de", "fr", "zh"][..]),
            ("zh", &["de", "en", "fr"]),
            ("fr", &["de", "en", "zh"]),
            ("two", &["one", "three"]),
        ] {
            let found = translations(
                &catalog,
                catalog.get(id).unwrap(),
                &Audience::Unrestricted,
                TODAY,
            );
            assert_eq!(ids(found), expected, "{id}");
        }
    }
}
