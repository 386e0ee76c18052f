//! Browsing without a query: lists, topics, translations, related articles. Pure: a catalog in, links out.
//!
//! Owns which articles each caller may see outside search, by the same rules everywhere. Leaves ranking by words and
//! meaning to the core.

mod kin;
#[cfg(test)]
pub(in crate::search) mod shelf;
mod topics;

pub use kin::{related, translations};
pub use topics::{LanguageCount, ProductCount, Topic, Topics, topics};

use std::sync::Arc;

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::types::{Audience, Hit};
use crate::{
    article::{self, Article, Passage, Status},
    index::{Catalog, unit::Indexed},
    text::{composed, subtags},
};

/// Separates a topic from the topic it lies within: `billing/refunds`.
const TOPIC_SEPARATOR: char = '/';

/// An autocomplete suggestion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Suggestion {
    /// The full suggested text.
    pub text: String,
    /// Article id, if the text is the title or a question of an article.
    pub article_id: Option<String>,
}

/// An article in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ArticleLink {
    /// Article id.
    pub article_id: String,
    /// Title.
    pub title: String,
    /// One-line summary.
    pub summary: Option<String>,
    /// Language tag.
    pub lang: String,
    /// Path of the file.
    pub path: String,
    /// Link to it on the web page.
    pub url: String,
    /// Topic tags.
    pub tags: Vec<String>,
    /// Products.
    pub products: Vec<String>,
    /// Lifecycle status.
    pub status: Status,
    /// Date of the last review.
    pub reviewed: Option<NaiveDate>,
    /// Whether its review is overdue.
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
            url: article::url(&article.id, ""),
            tags: article.tags.clone(),
            products: article.products.clone(),
            status: article.status,
            reviewed: article.reviewed,
            review_overdue: article.review_overdue(today),
        }
    }
}

/// Which articles to list; an empty list asks for nothing, several values mean any of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// Topics, with the topics within them.
    pub tags: Vec<String>,
    /// Products.
    pub products: Vec<String>,
    /// Language tags, matched by prefix.
    pub lang: Vec<String>,
}

/// The article of that id as far as it exists for the caller: drafts exist for nobody.
#[must_use]
pub fn find<'a>(catalog: &'a Catalog, id: &str, audience: &Audience) -> Option<&'a Arc<Article>> {
    catalog
        .get(id)
        .filter(|article| exists(article, audience, false))
}

/// Whether an article exists for the caller; drafts only where they may be read.
#[must_use]
pub fn exists(article: &Article, audience: &Audience, with_drafts: bool) -> bool {
    (with_drafts || article.status != Status::Draft) && audience.sees(&article.audience)
}

/// The passage that a hit found; None where its article has changed since.
#[must_use]
pub fn passage<'a>(catalog: &'a Catalog, hit: &Hit) -> Option<&'a Passage> {
    let at = catalog.position(&hit.article_id)?;
    let passage = catalog.articles[at as usize].passages.get(hit.passage)?;
    (catalog.revision(at) == hit.revision && passage.lines == hit.lines).then_some(passage)
}

/// Articles in use that exist for the caller on that day, ordered by path.
pub fn visible<'a>(
    catalog: &'a Catalog,
    audience: &'a Audience,
    today: NaiveDate,
) -> impl Iterator<Item = &'a Arc<Article>> {
    visible_entries(catalog, audience, today).map(|entry| &entry.article)
}

/// The same, with what is known of each.
pub fn visible_entries<'a>(
    catalog: &'a Catalog,
    audience: &'a Audience,
    today: NaiveDate,
) -> impl Iterator<Item = &'a Arc<Indexed>> {
    let entries = catalog.entries().iter();
    entries.filter(move |entry| is_visible(&entry.article, audience, today))
}

/// Whether an article is in use and exists for the caller on that day.
fn is_visible(article: &Article, audience: &Audience, today: NaiveDate) -> bool {
    article.live(today) && audience.sees(&article.audience)
}

/// Articles that fit the listing, ordered by path.
#[must_use]
pub fn list<'a>(
    catalog: &'a Catalog,
    listing: &Listing,
    audience: &'a Audience,
    today: NaiveDate,
) -> Vec<&'a Arc<Article>> {
    // Few languages, many articles.
    let langs: Vec<&String> = catalog
        .langs()
        .iter()
        .filter(|own| listing.lang.iter().any(|lang| speaks(own, lang)))
        .collect();
    let any = |wanted: &[String], has: &dyn Fn(&str) -> bool| {
        wanted.is_empty() || wanted.iter().any(|one| has(&composed(one)))
    };
    visible(catalog, audience, today)
        .filter(|article| {
            any(&listing.tags, &|tag| {
                article.tags.iter().any(|own| within(own, tag))
            }) && any(&listing.products, &|product| {
                article.products.iter().any(|own| own == product)
            }) && (listing.lang.is_empty() || langs.contains(&&article.lang))
        })
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
    let mut own = subtags(lang);
    subtags(wanted).all(|subtag| {
        own.next()
            .is_some_and(|one| one.eq_ignore_ascii_case(subtag))
    })
}

/// How near a language is to the one that is wanted: the subtags that both begin with. A call in `zh-CN` is served by `zh`, and
/// better by `zh-CN`.
#[must_use]
pub fn nearness(lang: &str, wanted: &str) -> usize {
    let pairs = subtags(lang).zip(subtags(wanted));
    pairs
        .take_while(|(own, wanted)| own.eq_ignore_ascii_case(wanted))
        .count()
}

#[cfg(test)]
mod tests {
    use super::shelf::{TODAY, article, catalog, ids};
    use super::{
        super::{narrow::ResolvedFilter, types::Filter},
        *,
    };

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
    fn languages_are_as_near_as_they_begin_alike() {
        let near = |wanted: &str| ["zh", "zh-Hans", "en"].map(|lang| nearness(lang, wanted));
        assert_eq!(near("zh_CN"), [1, 1, 0]);
        assert_eq!(near("ZH-hans-CN"), [1, 2, 0]);
        assert_eq!(near("en-US"), [0, 0, 1]);
    }

    #[test]
    fn names_are_found_however_their_accents_are_typed() {
        let buero = Article {
            products: vec!["büro".into()],
            ..article("büro", &["büro/möbel"])
        };
        let catalog = catalog(vec![buero]);
        let typed = "bu\u{308}ro".to_owned();
        let listing = Listing {
            tags: vec![typed.clone()],
            products: vec![typed.clone()],
            lang: Vec::new(),
        };
        assert_eq!(
            ids(list(&catalog, &listing, &Audience::Unrestricted, TODAY)),
            ["büro"]
        );
        assert!(find(&catalog, &typed, &Audience::Unrestricted).is_some());
        let filter = Filter {
            tags: vec![typed.clone()],
            products: vec![typed.clone()],
            article_ids: vec![typed],
            lang: Vec::new(),
        };
        let bounds = ResolvedFilter::new(&catalog, &filter, &Audience::Unrestricted, &[], TODAY);
        assert!(bounds.admits(&catalog.articles[0]));
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
        assert_eq!(
            ids(visible(&catalog, &Audience::Unrestricted, TODAY)),
            ["now"]
        );
        assert!(find(&catalog, "draft", &Audience::Unrestricted).is_none());
        assert!(find(&catalog, "archived", &Audience::Unrestricted).is_some());
    }
}
