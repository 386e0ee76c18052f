//! What of a call a caller may see: cards, and the events of streams.

use super::{Caller, Desk, Event, deck::Shown};

impl Desk {
    /// Whether an event is for that caller: every article that it tells of exists for them.
    #[must_use]
    pub fn may_hear(&self, caller: &Caller, event: &Event) -> bool {
        let mut about = event.about.iter();
        about.all(|(article_id, pushed_to)| self.sees(caller, article_id, pushed_to))
    }

    /// Whether a card is for that caller.
    pub(super) fn may_see(&self, caller: &Caller, shown: &Shown) -> bool {
        self.sees(caller, &shown.card.article_id, &shown.audience)
    }

    /// Permission as it is now; that of the push, for an article that has gone.
    fn sees(&self, caller: &Caller, article_id: &str, pushed_to: &[String]) -> bool {
        let catalog = self.knowledge.catalog();
        let article = catalog.get(article_id);
        let audiences = article.map_or(pushed_to, |article| article.audience.as_slice());
        caller.audience.sees(audiences)
    }
}
