//! The filter of a search: one value that both engines apply, keyword and vector.

use std::sync::Arc;

use serde::{Serialize, Serializer};

/// Conditions on articles. `None` asks for nothing; a list means any of its values, and is sorted. Lists of ids may be long,
/// so copies share them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct EngineFilter {
    /// Exact language tags (prefixes are already resolved).
    pub langs: Option<Vec<String>>,
    /// Topics.
    pub tags: Option<Vec<String>>,
    /// Products.
    pub products: Option<Vec<String>>,
    /// Audiences of the caller.
    pub audience: Option<Vec<String>>,
    /// Article ids that are allowed.
    #[serde(serialize_with = "some_shared")]
    pub ids: Option<Arc<[String]>>,
    /// Article ids that are not: out of their dates, or their `when` does not hold.
    #[serde(serialize_with = "shared")]
    pub not_ids: Arc<[String]>,
}

impl EngineFilter {
    /// The required fields and their values, by the name under which both engines keep them.
    pub fn required(&self) -> impl Iterator<Item = (Field, &[String])> {
        [
            (Field::Lang, self.langs.as_deref()),
            (Field::Tag, self.tags.as_deref()),
            (Field::Product, self.products.as_deref()),
            (Field::Audience, self.audience.as_deref()),
            (Field::Article, self.ids.as_deref()),
        ]
        .into_iter()
        .filter_map(|(field, values)| values.map(|values| (field, values)))
    }

    /// Whether they hold for what has these values.
    pub fn admits<'a>(&self, values: impl Fn(Field) -> &'a [String]) -> bool {
        let is_any = |field, list: &[String]| {
            let mut values = values(field).iter();
            values.any(|value| list.binary_search(value).is_ok())
        };
        let mut required = self.required();
        required.all(|(field, list)| is_any(field, list)) && !is_any(Field::Article, &self.not_ids)
    }

    /// Whether nothing is asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.required().next().is_none() && self.not_ids.is_empty()
    }
}

fn shared<S: Serializer>(list: &Arc<[String]>, serializer: S) -> Result<S::Ok, S::Error> {
    list.serialize(serializer)
}

fn some_shared<S: Serializer>(
    list: &Option<Arc<[String]>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    list.as_deref().serialize(serializer)
}

/// A field that both engines filter on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// Language tag.
    Lang,
    /// Topic.
    Tag,
    /// Product.
    Product,
    /// Who may see it.
    Audience,
    /// Article id.
    Article,
}

impl Field {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Lang,
        Self::Tag,
        Self::Product,
        Self::Audience,
        Self::Article,
    ];

    /// Name in the engines.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lang => "lang",
            Self::Tag => "tag",
            Self::Product => "product",
            Self::Audience => "audience",
            Self::Article => "article",
        }
    }

    /// Values of an article.
    #[must_use]
    pub fn values(self, article: &crate::article::Article) -> &[String] {
        match self {
            Self::Lang => std::slice::from_ref(&article.lang),
            Self::Tag => &article.tags,
            Self::Product => &article.products,
            Self::Audience => &article.audience,
            Self::Article => std::slice::from_ref(&article.id),
        }
    }
}
