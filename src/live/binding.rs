//! The rules of the newest generation, compiled once and shared by all calls.

use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwapOption;

use super::{Policy, rulebook::RuleBook};
use crate::index::Catalog;

/// The rules that calls are judged by.
#[derive(Debug, Default)]
pub(super) struct Binding {
    book: ArcSwapOption<RuleBook>,
    compiling: Mutex<()>,
}

impl Binding {
    /// The rules of that generation; while somebody compiles them, of the one before.
    pub(super) fn book(&self, catalog: Arc<Catalog>, policy: &Policy) -> Arc<RuleBook> {
        let bound = self.book.load_full();
        if let Some(book) = bound
            .as_ref()
            .filter(|book| Arc::ptr_eq(&book.catalog, &catalog))
        {
            return Arc::clone(book);
        }
        let _compiling = match (self.compiling.try_lock(), bound) {
            (Ok(guard), _) => guard,
            (Err(_), Some(before)) => return before,
            (Err(_), None) => self
                .compiling
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        };
        let book = Arc::new(RuleBook::new(catalog, policy));
        self.book.store(Some(Arc::clone(&book)));
        book
    }
}
