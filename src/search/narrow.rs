//! What a caller may be answered with: filters, audience, account and day → conditions for both engines. Pure.

use std::borrow::Cow;

use chrono::NaiveDate;
use fixedbitset::FixedBitSet;

use super::{
    browse::{speaks, within},
    types::{Audience, Filter},
};
use crate::{
    article::{Account, Article},
    index::{Catalog, filter::Narrow},
    text::{composed, is_wide_lang},
};

/// Part of the depth that the other script gets.
const OTHER_SCRIPT: usize = 3;

/// The conditions of one search, with the same test for one article.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// For the engines.
    pub narrow: Narrow,
    today: NaiveDate,
    /// Every article may be shown.
    is_open: bool,
    /// Every article is in use, and for the caller's audience.
    sees_all: bool,
}

impl Bounds {
    /// Resolves prefixes and topics against what the catalog has. `unfit` are the articles whose `when` does not
    /// hold for the account.
    #[must_use]
    pub fn new(
        catalog: &Catalog,
        filter: &Filter,
        audience: &Audience,
        unfit: &[u32],
        today: NaiveDate,
    ) -> Self {
        let name = |name: &String| composed(name).into_owned();
        let wanted =
            |list: &[String]| (!list.is_empty()).then(|| list.iter().map(name).collect::<Vec<_>>());
        let langs = (!filter.lang.is_empty()).then(|| {
            catalog
                .langs()
                .iter()
                .filter(|lang| filter.lang.iter().any(|one| speaks(lang, one)))
                .cloned()
                .collect()
        });
        let tags = wanted(&filter.tags).map(|topics| {
            let mut tags: Vec<String> = catalog
                .articles
                .iter()
                .flat_map(|a| &a.tags)
                .filter(|tag| topics.iter().any(|one| within(tag, one)))
                .cloned()
                .collect();
            tags.sort_unstable();
            tags.dedup();
            tags
        });
        let audience = match audience {
            // A condition that every article meets costs the engines all the same.
            Audience::Only(own) if !catalog.is_open_to(own) => Some(own.clone()),
            Audience::Everyone | Audience::Only(_) => None,
        };
        let id = |at: &u32| catalog.articles[*at as usize].id.clone();
        let out_of_force = catalog
            .restricted()
            .iter()
            .filter(|at| !catalog.articles[**at as usize].live(today));
        let mut not_ids: Vec<String> = out_of_force.map(id).collect();
        let sees_all = audience.is_none() && not_ids.is_empty();
        not_ids.extend(unfit.iter().map(id));
        not_ids.sort_unstable();
        not_ids.dedup();
        let narrow = Narrow {
            langs,
            tags,
            products: wanted(&filter.products),
            audience,
            ids: wanted(&filter.article_ids),
            not_ids,
        };
        let is_open = narrow.required().next().is_none() && narrow.not_ids.is_empty();
        Self {
            narrow,
            today,
            is_open,
            sees_all,
        }
    }

    /// The same bounds, apart for alphabets and for Chinese, Japanese and Korean where both may be found: across scripts
    /// cosines do not compare, and the nearest of one side would leave no place for the other. Each with how many to
    /// take: `depth` in the question's own script (`wide`), fewer in the other, where only the nearest can win.
    #[must_use]
    pub fn scripts(
        &self,
        catalog: &Catalog,
        wide: bool,
        depth: usize,
    ) -> Vec<(Cow<'_, Narrow>, usize)> {
        let langs = self.narrow.langs.as_deref().unwrap_or(catalog.langs());
        let (own, other): (Vec<String>, Vec<String>) = langs
            .iter()
            .cloned()
            .partition(|lang| is_wide_lang(lang) == wide);
        if own.is_empty() || other.is_empty() {
            return vec![(Cow::Borrowed(&self.narrow), depth)];
        }
        let of = |langs| {
            Cow::Owned(Narrow {
                langs: Some(langs),
                ..self.narrow.clone()
            })
        };
        vec![(of(own), depth), (of(other), depth / OTHER_SCRIPT)]
    }

    /// Whether nothing can be found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.narrow.required().any(|(_, values)| values.is_empty())
    }

    /// Whether an article may be shown: what the engines were asked for, asked again of the article itself.
    #[must_use]
    pub fn admits(&self, article: &Article) -> bool {
        if self.is_open {
            return true;
        }
        let narrow = &self.narrow;
        narrow.required().all(|(field, wanted)| {
            field
                .values(article)
                .iter()
                .any(|value| wanted.contains(value))
        }) && narrow.not_ids.binary_search(&article.id).is_err()
            && article.live(self.today)
    }

    /// Whether an article is in use, and for the caller's audience: whatever is asked for, and whoever calls.
    #[must_use]
    pub fn sees(&self, article: &Article) -> bool {
        let is_for = |own: &Vec<String>| article.audience.iter().any(|one| own.contains(one));
        article.live(self.today) && self.narrow.audience.as_ref().is_none_or(is_for)
    }

    /// Whether that holds for all articles.
    #[must_use]
    pub fn sees_all(&self) -> bool {
        self.sees_all
    }

    /// The articles that may be shown, a bit for each of the catalog.
    #[must_use]
    pub fn articles(&self, catalog: &Catalog) -> FixedBitSet {
        let count = catalog.articles.len();
        let mut articles = FixedBitSet::with_capacity(count);
        if self.narrow.required().next().is_none() {
            // Those that may not are all named.
            articles.insert_range(..);
            let not = self.narrow.not_ids.iter();
            not.filter_map(|id| catalog.position(id))
                .for_each(|at| articles.remove(at as usize));
        } else {
            let shown = (0..count).filter(|at| self.admits(&catalog.articles[*at]));
            articles.extend(shown);
        }
        articles
    }
}

/// Whether a filter asks for nothing, or some article meets it, whoever may see that.
#[must_use]
pub fn is_met(catalog: &Catalog, filter: &Filter, today: NaiveDate) -> bool {
    let bounds = Bounds::new(catalog, filter, &Audience::Everyone, &[], today);
    *filter == Filter::default() || catalog.articles.iter().any(|one| bounds.admits(one))
}

/// Articles with a `when` that does not hold for the account.
#[must_use]
pub fn unfit(catalog: &Catalog, account: &serde_json::Map<String, serde_json::Value>) -> Vec<u32> {
    let account = Account::new(account);
    let holds = |at: u32| match &catalog.indexed(at).when {
        None => true,
        Some(Ok(rule)) => rule.holds_for(&account),
        Some(Err(())) => false,
    };
    catalog
        .restricted()
        .iter()
        .copied()
        .filter(|at| !holds(*at))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{
        super::browse::shelf::{TODAY, article, catalog},
        *,
    };
    use crate::article::Status;

    #[test]
    fn the_articles_within_bounds_are_those_that_they_admit() {
        let draft = Article {
            status: Status::Draft,
            ..article("c", &["billing"])
        };
        let german = Article {
            lang: "de".into(),
            ..article("d", &[])
        };
        let catalog = catalog(vec![
            article("a", &["billing"]),
            article("b", &[]),
            draft,
            german,
        ]);
        let check = |filter: Filter, unfit: &[u32], expected: &[usize]| {
            let bounds = Bounds::new(&catalog, &filter, &Audience::Everyone, unfit, TODAY);
            let within: Vec<usize> = bounds.articles(&catalog).ones().collect();
            let admitted = |at: &usize| bounds.admits(&catalog.articles[*at]);
            assert_eq!(within, expected, "{filter:?}");
            assert_eq!(within, (0..4).filter(admitted).collect::<Vec<_>>());
        };
        let tagged = || Filter {
            tags: vec!["billing".into()],
            ..Filter::default()
        };
        check(Filter::default(), &[], &[0, 1, 3]);
        check(Filter::default(), &[1], &[0, 3]);
        check(tagged(), &[], &[0]);
        check(tagged(), &[0], &[]);
        let met = |filter: Filter| is_met(&catalog, &filter, TODAY);
        assert!(met(Filter::default()) && met(tagged()));
        let unknown = vec!["English".to_owned()];
        assert!(!met(Filter {
            lang: unknown.clone(),
            ..Filter::default()
        }));
        assert!(!met(Filter {
            products: unknown,
            ..tagged()
        }));
    }
}
