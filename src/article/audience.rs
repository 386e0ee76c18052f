//! Audiences: who may see which article.

/// Who asks: what they may see.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Everything.
    Unrestricted,
    /// Articles for any of these audiences.
    Only(Vec<String>),
}

impl Audience {
    /// Whether an article with these audiences exists for the caller.
    #[must_use]
    pub fn sees(&self, audiences: &[String]) -> bool {
        match self {
            Self::Unrestricted => true,
            Self::Only(own) => audiences.iter().any(|a| own.contains(a)),
        }
    }

    /// The audiences that both have. An article that each sees by another audience is not among what these see.
    #[must_use]
    pub fn both(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Unrestricted, audience) | (audience, Self::Unrestricted) => audience.clone(),
            (Self::Only(own), Self::Only(others)) => {
                Self::Only(own.iter().filter(|a| others.contains(a)).cloned().collect())
            }
        }
    }
}
