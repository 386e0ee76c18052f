//! Finding without asking: lists, topics, translations, relatives. Pure: a catalog in, links out.
//!
//! Owns which articles exist for whom outside search, by the same rules everywhere. Leaves ranking by words and
//! meaning to the core.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::types::Audience;
use crate::{
    article::{Article, Status},
    index::Catalog,
};

/// Separates a topic from the topic it lies within: `billing/refunds`.
const TOPIC_SEPARATOR: char = '/';

/// A completion of what is being typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Suggestion {
    /// The whole text to offer.
    pub text: String,
    /// The article it leads to, where it is an article's own title or question.
    pub article_id: Option<String>,
}

/// An article in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ArticleLink {
    /// Article.
    pub article_id: String,
    /// Its title.
    pub title: String,
    /// One line on what it answers.
    pub summary: Option<String>,
    /// Its language.
    pub lang: String,
    /// Its file.
    pub path: String,
    /// Where the page shows it.
    pub url: String,
    /// Topics.
    pub tags: Vec<String>,
    /// Products.
    pub products: Vec<String>,
    /// Where it is in its life.
    pub status: Status,
    /// Day of the last review.
    pub reviewed: Option<NaiveDate>,
    /// Whether a review is due.
    pub review_overdue: bool,
}

impl ArticleLink {
    /// How a list shows an article on that day.
    #[must_use]
    pub fn of(article: &Article, today: NaiveDate) -> Self {
        Self {
            article_id: article.id.clone(),
            title: article.title.clone(),
            summary: article.summary.clone(),
            lang: article.lang.clone(),
            path: article.path.clone(),
            url: article_url(&article.id),
            tags: article.tags.clone(),
            products: article.products.clone(),
            status: article.status,
            reviewed: article.reviewed,
            review_overdue: article.review_overdue(today),
        }
    }
}

/// A topic with the topics within it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Topic {
    /// The whole tag, as filters take it.
    pub tag: String,
    /// Articles with it or with a topic within it.
    pub count: usize,
    /// Topics within, by name.
    #[schema(no_recursion)]
    pub children: Vec<Topic>,
}

/// A product and how many articles are about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProductCount {
    /// The product, as filters take it.
    pub product: String,
    /// Articles.
    pub count: usize,
}

/// A language and how many articles are in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LanguageCount {
    /// The language tag, as filters take it.
    pub lang: String,
    /// Articles.
    pub count: usize,
}

/// What can be filtered by.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Topics {
    /// The tree of tags, by name.
    pub topics: Vec<Topic>,
    /// Products, by name.
    pub products: Vec<ProductCount>,
    /// Languages, by tag.
    pub languages: Vec<LanguageCount>,
}

/// Which articles to list; an empty list asks for nothing, several values mean any of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// Topics, with the topics within them.
    pub tags: Vec<String>,
    /// Products.
    pub products: Vec<String>,
    /// Language tags, by prefix.
    pub lang: Vec<String>,
}

/// The article of that id as far as it exists for the caller: drafts exist for nobody.
#[must_use]
pub fn find<'a>(catalog: &'a Catalog, id: &str, audience: &Audience) -> Option<&'a Arc<Article>> {
    catalog
        .get(id)
        .filter(|article| article.status != Status::Draft && audience.sees(&article.audience))
}

/// Articles in use that exist for the caller on that day, ordered by path.
pub fn visible<'a>(
    catalog: &'a Catalog,
    audience: &'a Audience,
    today: NaiveDate,
) -> impl Iterator<Item = &'a Arc<Article>> {
    catalog
        .articles
        .iter()
        .filter(move |article| article.live(today) && audience.sees(&article.audience))
}

/// Articles that fit the listing, ordered by path.
#[must_use]
pub fn list<'a>(
    catalog: &'a Catalog,
    listing: &Listing,
    audience: &'a Audience,
    today: NaiveDate,
) -> Vec<&'a Arc<Article>> {
    let any = |wanted: &[String], has: &dyn Fn(&str) -> bool| {
        wanted.is_empty() || wanted.iter().any(|one| has(one))
    };
    visible(catalog, audience, today)
        .filter(|article| {
            any(&listing.tags, &|tag| {
                article.tags.iter().any(|own| within(own, tag))
            }) && any(&listing.products, &|product| {
                article.products.iter().any(|own| own == product)
            }) && any(&listing.lang, &|lang| speaks(&article.lang, lang))
        })
        .collect()
}

/// The tree of tags, the products and the languages of the articles that exist for the caller.
#[must_use]
pub fn topics(catalog: &Catalog, audience: &Audience, today: NaiveDate) -> Topics {
    let mut tags: BTreeMap<String, usize> = BTreeMap::new();
    let mut products: BTreeMap<String, usize> = BTreeMap::new();
    let mut languages: BTreeMap<String, usize> = BTreeMap::new();
    for article in visible(catalog, audience, today) {
        let mut own: Vec<&str> = article
            .tags
            .iter()
            .flat_map(|tag| with_parents(tag))
            .collect();
        own.sort_unstable();
        own.dedup();
        own.into_iter()
            .for_each(|tag| *tags.entry(tag.to_owned()).or_default() += 1);
        article
            .products
            .iter()
            .for_each(|product| *products.entry(product.clone()).or_default() += 1);
        *languages.entry(article.lang.clone()).or_default() += 1;
    }
    Topics {
        topics: tree(&tags, None),
        products: products
            .into_iter()
            .map(|(product, count)| ProductCount { product, count })
            .collect(),
        languages: languages
            .into_iter()
            .map(|(lang, count)| LanguageCount { lang, count })
            .collect(),
    }
}

/// The same article in other languages, as far as it exists for the caller.
#[must_use]
pub fn translations<'a>(
    catalog: &'a Catalog,
    article: &Article,
    audience: &'a Audience,
    today: NaiveDate,
) -> Vec<&'a Arc<Article>> {
    let root = article.translation_of.as_deref().unwrap_or(&article.id);
    visible(catalog, audience, today)
        .filter(|other| {
            other.id != article.id && other.translation_of.as_deref().unwrap_or(&other.id) == root
        })
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

/// Whether a tag is the topic or lies within it.
#[must_use]
pub fn within(tag: &str, topic: &str) -> bool {
    tag.strip_prefix(topic)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(TOPIC_SEPARATOR))
}

/// Whether a language tag begins with another, by whole subtags: `zh` takes `zh-Hans`.
#[must_use]
pub fn speaks(lang: &str, wanted: &str) -> bool {
    let mut own = lang.split('-');
    wanted.split('-').all(|subtag| {
        own.next()
            .is_some_and(|one| one.eq_ignore_ascii_case(subtag))
    })
}

/// Where the page shows an article.
#[must_use]
pub fn article_url(id: &str) -> String {
    format!("/articles/{}", encode_segment(id))
}

/// An id as one percent-encoded segment of a path.
#[must_use]
pub fn encode_segment(id: &str) -> String {
    let mut segment = String::with_capacity(id.len());
    for byte in id.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                segment.push(byte as char)
            }
            _ => segment.push_str(&format!("%{byte:02X}")),
        }
    }
    segment
}

/// A tag and every topic it lies within, the outermost first.
fn with_parents(tag: &str) -> impl Iterator<Item = &str> {
    tag.match_indices(TOPIC_SEPARATOR)
        .map(|(at, _)| &tag[..at])
        .chain([tag])
        .filter(|topic| !topic.is_empty())
}

fn tree(tags: &BTreeMap<String, usize>, parent: Option<&str>) -> Vec<Topic> {
    let is_child = |tag: &str| match parent {
        None => !tag.contains(TOPIC_SEPARATOR),
        Some(parent) => tag
            .strip_prefix(parent)
            .and_then(|rest| rest.strip_prefix(TOPIC_SEPARATOR))
            .is_some_and(|rest| !rest.contains(TOPIC_SEPARATOR)),
    };
    let own = tags.iter().filter(|(tag, _)| is_child(tag));
    own.map(|(tag, count)| Topic {
        tag: tag.clone(),
        count: *count,
        children: tree(tags, Some(tag)),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{index::unit::Indexed, search::types::IndexInfo};

    const TODAY: NaiveDate = NaiveDate::from_ymd_opt(2026, 5, 1).unwrap();

    fn article(id: &str, tags: &[&str]) -> Article {
        let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        Article {
            id: id.into(),
            path: format!("{id}.md"),
            lang: "en".into(),
            audience: vec!["agent".into()],
            tags,
            ..Article::default()
        }
    }

    fn catalog(articles: Vec<Article>) -> Catalog {
        let info = IndexInfo {
            revision: "r".into(),
            generation: 1,
            pending: 0,
            updated_at: String::new(),
        };
        let entry = |article| Arc::new(Indexed::new(Arc::new(article), "r".into(), "none"));
        Catalog::new(articles.into_iter().map(entry).collect(), info)
    }

    fn ids<'a>(found: impl IntoIterator<Item = &'a Arc<Article>>) -> Vec<&'a str> {
        found
            .into_iter()
            .map(|article| article.id.as_str())
            .collect()
    }

    #[test]
    fn topics_hold_the_topics_within_them() {
        let check = |tag: &str, topic: &str, expected: bool| {
            assert_eq!(within(tag, topic), expected, "{tag} in {topic}")
        };
        check("billing", "billing", true);
        check("billing/refunds", "billing", true);
        check("billings", "billing", false);
        check("billing", "billing/refunds", false);
    }

    #[test]
    fn a_language_is_met_by_whole_subtags() {
        let check = |lang: &str, wanted: &str, expected: bool| {
            assert_eq!(speaks(lang, wanted), expected, "{lang}, {wanted}")
        };
        check("zh-Hans", "zh", true);
        check("zh-Hans", "ZH-hans", true);
        check("zh", "zh-Hans", false);
        check("zha", "zh", false);
    }

    #[test]
    fn an_id_is_one_segment() {
        let check = |id: &str, expected: &str| assert_eq!(encode_segment(id), expected);
        check("cancel-fee_1.x~", "cancel-fee_1.x~");
        check("a/b", "a%2Fb");
        check("hotel:8", "hotel%3A8");
        check("退", "%E9%80%80");
    }

    #[test]
    fn an_article_counts_once_for_each_topic_around_its_tags() {
        let catalog = catalog(vec![
            article("a", &["x/y", "x/z", "x"]),
            article("b", &["x/y"]),
            article("c", &[]),
        ]);
        let found = topics(&catalog, &Audience::Everyone, TODAY).topics;
        assert_eq!((found.len(), &*found[0].tag, found[0].count), (1, "x", 2));
        let within: Vec<_> = found[0]
            .children
            .iter()
            .map(|topic| (&*topic.tag, topic.count))
            .collect();
        assert_eq!(within, [("x/y", 2), ("x/z", 1)]);
    }

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
            of("other", "else"),
        ]);
        for (id, expected) in [("en", ["de", "zh"]), ("zh", ["de", "en"])] {
            let found = translations(
                &catalog,
                catalog.get(id).unwrap(),
                &Audience::Everyone,
                TODAY,
            );
            assert_eq!(ids(found), expected, "{id}");
        }
    }

    #[test]
    fn drafts_exist_for_nobody_and_archived_ones_only_by_id() {
        let draft = Article {
            status: Status::Draft,
            ..article("draft", &[])
        };
        let archived = Article {
            status: Status::Archived,
            ..article("archived", &[])
        };
        let catalog = catalog(vec![draft, archived, article("now", &[])]);
        assert_eq!(ids(visible(&catalog, &Audience::Everyone, TODAY)), ["now"]);
        assert!(find(&catalog, "draft", &Audience::Everyone).is_none());
        assert!(find(&catalog, "archived", &Audience::Everyone).is_some());
    }
}
