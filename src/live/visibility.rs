//! What a caller may see of a call: cards, and events of streams.

use super::{CallRegistry, Caller, Event, card_history::CardRecord};
use crate::{index::Catalog, search::types::Audience};

impl CallRegistry {
    /// Whether an event is for that caller: every article that it tells of exists for them.
    #[must_use]
    pub fn may_hear(&self, caller: &Caller, event: &Event) -> bool {
        let mut about = event.about.iter();
        about.all(|(article_id, pushed_to)| self.sees(caller, article_id, pushed_to))
    }

    /// Whether a card is for that caller.
    pub(super) fn may_see(&self, caller: &Caller, shown: &CardRecord) -> bool {
        self.sees(caller, &shown.card.article_id, &shown.audience)
    }

    fn sees(&self, caller: &Caller, article_id: &str, pushed_to: &[String]) -> bool {
        let catalog = self.retriever.catalog();
        sees(&caller.audience, &catalog, article_id, Some(pushed_to))
    }
}

/// Permission as it is now; that of the push, for an article that has gone.
pub(super) fn sees(
    audience: &Audience,
    catalog: &Catalog,
    article_id: &str,
    pushed_to: Option<&[String]>,
) -> bool {
    let article = catalog.get(article_id);
    let audiences = article.map(|article| article.audience.as_slice());
    let audiences = audiences.or(pushed_to);
    audiences.is_some_and(|audiences| audience.sees(audiences))
}
