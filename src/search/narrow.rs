//! Resolves what a caller may get: filter, audience, account and date → conditions for both engines. Pure.

use std::borrow::Cow;

use chrono::NaiveDate;
use fixedbitset::FixedBitSet;

use super::{
    browse::{speaks, within},
    labels::sorted,
    types::{Audience, Filter},
};
use crate::{
    article::{Account, Article},
    index::{Catalog, filter::EngineFilter},
    text::{composed, is_cjk_lang},
};

/// Part of the depth that the other script gets: one in so many.
const OTHER_SHARE: usize = 3;

/// The conditions of one search, with the same test for one article.
#[derive(Debug, Clone)]
pub struct ResolvedFilter {
    /// For the engines.
    pub narrow: EngineFilter,
    audience: Audience,
    today: NaiveDate,
    /// Every article may be shown.
    is_open: bool,
    /// Every article that has units is effective, and for the caller's audience.
    sees_all: bool,
}

impl ResolvedFilter {
    /// Resolves prefixes and topics against what the catalog has. `inapplicable` are the articles whose `when` does not
    /// hold for the account.
    #[must_use]
    pub fn new(
        catalog: &Catalog,
        filter: &Filter,
        audience: &Audience,
        inapplicable: &[u32],
        today: NaiveDate,
    ) -> Self {
        let name = |name: &String| composed(name).into_owned();
        let wanted = |list: &[String]| (!list.is_empty()).then(|| sorted(list.iter().map(name)));
        let langs = (!filter.lang.is_empty()).then(|| {
            let langs = catalog.langs().iter();
            let langs = langs.filter(|lang| filter.lang.iter().any(|one| speaks(lang, one)));
            langs.cloned().collect()
        });
        let tags = wanted(&filter.tags).map(|topics| {
            let tags = catalog.tags().iter();
            let tags = tags.filter(|tag| topics.iter().any(|one| within(tag, one)));
            tags.cloned().collect()
        });
        // A condition that every article meets costs the engines all the same.
        let audience = match catalog.is_open_to(audience) {
            true => Audience::Unrestricted,
            false => audience.clone(),
        };
        let id = |at: &u32| catalog.articles[*at as usize].id.clone();
        let out_of_dates = catalog
            .restricted()
            .iter()
            .filter(|at| !catalog.articles[**at as usize].live(today));
        let mut not_ids: Vec<String> = out_of_dates.map(id).collect();
        let sees_all = audience == Audience::Unrestricted && not_ids.is_empty();
        not_ids.extend(inapplicable.iter().map(id));
        let narrow = EngineFilter {
            langs,
            tags,
            products: wanted(&filter.products),
            audience: match &audience {
                Audience::Unrestricted => None,
                Audience::Only(own) => Some(sorted(own.iter().cloned())),
            },
            ids: wanted(&filter.article_ids).map(Vec::into),
            not_ids: sorted(not_ids.into_iter()).into(),
        };
        let is_open = narrow.is_empty() && catalog.in_use().is_full();
        Self {
            narrow,
            audience,
            today,
            is_open,
            sees_all,
        }
    }

    /// The same bounds, apart for alphabets and for Chinese, Japanese and Korean where both may be found: across scripts
    /// similarities do not compare, and the nearest of one side would leave no place for the other. Each with how many to
    /// take: `depth` in the question's own script (`wide`), fewer in the other, where only the nearest can win.
    #[must_use]
    pub fn scripts(
        &self,
        catalog: &Catalog,
        wide: bool,
        depth: usize,
    ) -> Vec<(Cow<'_, EngineFilter>, usize)> {
        let langs = self.narrow.langs.as_deref().unwrap_or(catalog.langs());
        let (own, other): (Vec<String>, Vec<String>) = langs
            .iter()
            .cloned()
            .partition(|lang| is_cjk_lang(lang) == wide);
        if own.is_empty() || other.is_empty() {
            return vec![(Cow::Borrowed(&self.narrow), depth)];
        }
        let of = |langs| {
            Cow::Owned(EngineFilter {
                langs: Some(langs),
                ..self.narrow.clone()
            })
        };
        vec![(of(own), depth), (of(other), depth / OTHER_SHARE)]
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
        self.narrow.admits(|field| field.values(article)) && article.live(self.today)
    }

    /// Whether an article is in use, and for the caller's audience: whatever is asked for, and whoever calls.
    #[must_use]
    pub fn sees(&self, article: &Article) -> bool {
        article.live(self.today) && self.audience.sees(&article.audience)
    }

    /// Whether that holds for all articles that an engine may find.
    #[must_use]
    pub fn sees_all(&self) -> bool {
        self.sees_all
    }

    /// The articles that may be shown, a bit for each of the catalog.
    #[must_use]
    pub fn articles(&self, catalog: &Catalog) -> FixedBitSet {
        if self.narrow.required().next().is_some() {
            let in_use = catalog.in_use().ones();
            return in_use
                .filter(|at| self.admits(&catalog.articles[*at]))
                .collect();
        }
        // Those in use that may not are all named.
        let mut articles = catalog.in_use().clone();
        let not = self.narrow.not_ids.iter();
        not.filter_map(|id| catalog.position(id))
            .for_each(|at| articles.remove(at as usize));
        articles
    }
}

/// Articles in use with a `when` that does not hold for the account.
#[must_use]
pub fn inapplicable(
    catalog: &Catalog,
    account: &serde_json::Map<String, serde_json::Value>,
) -> Vec<u32> {
    let account = Account::new(account);
    let holds = |at: u32| {
        let when = catalog.indexed(at).when.as_ref();
        when.is_none_or(|rule| rule.holds_for(&account))
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
    fn drafts_and_archived_articles_are_not_admitted_and_narrow_nothing() {
        let of = |id: &str, status| Article {
            status,
            audience: vec!["board".into()],
            when: Some("account.plan == 'none'".into()),
            ..article(id, &[])
        };
        let catalog = catalog(vec![
            article("a", &[]),
            of("b", Status::Draft),
            of("c", Status::Archived),
        ]);
        let agent = Audience::Only(vec!["agent".into()]);
        let inapplicable = inapplicable(&catalog, &serde_json::Map::new());
        let bounds =
            ResolvedFilter::new(&catalog, &Filter::default(), &agent, &inapplicable, TODAY);
        assert!(bounds.narrow.is_empty() && bounds.sees_all());
        let within: Vec<usize> = bounds.articles(&catalog).ones().collect();
        assert_eq!(within, [0]);
        for (at, entry) in catalog.entries().iter().enumerate() {
            let is_shown = at == 0;
            assert_eq!(bounds.admits(&entry.article), is_shown);
            assert_eq!(bounds.sees(&entry.article), is_shown);
            assert_eq!(entry.units.is_empty(), !is_shown);
        }
    }

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
        let check = |filter: Filter, inapplicable: &[u32], expected: &[usize]| {
            let bounds = ResolvedFilter::new(
                &catalog,
                &filter,
                &Audience::Unrestricted,
                inapplicable,
                TODAY,
            );
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
        let named = Filter {
            article_ids: ["d", "no", "a", "d", "c"].map(str::to_owned).into(),
            ..Filter::default()
        };
        check(named, &[0], &[3]);
    }
}
