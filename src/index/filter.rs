//! What a search is narrowed to: one value that binds the keyword and the vector branch alike.

use serde::Serialize;

/// Conditions on articles. `None` asks for nothing; a list means any of its values.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Narrow {
    /// Exact language tags (prefixes are already resolved).
    pub langs: Option<Vec<String>>,
    /// Topics.
    pub tags: Option<Vec<String>>,
    /// Products.
    pub products: Option<Vec<String>>,
    /// Audiences of the caller.
    pub audience: Option<Vec<String>>,
    /// Article ids that are allowed.
    pub ids: Option<Vec<String>>,
    /// Article ids that are not, sorted: out of their dates, or their `when` does not hold.
    pub not_ids: Vec<String>,
}

impl Narrow {
    /// The required fields and their values, by the name under which both engines keep them.
    pub fn required(&self) -> impl Iterator<Item = (Field, &[String])> {
        [
            (Field::Lang, &self.langs),
            (Field::Tag, &self.tags),
            (Field::Product, &self.products),
            (Field::Audience, &self.audience),
            (Field::Article, &self.ids),
        ]
        .into_iter()
        .filter_map(|(field, values)| values.as_deref().map(|values| (field, values)))
    }

    /// Whether nothing is asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.required().next().is_none() && self.not_ids.is_empty()
    }
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
