//! What others may know of the reconciler's loop.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use arc_swap::ArcSwap;

use super::git::Repository;
use crate::{article::Diagnostic, search::status::Progress};

/// What others may know of the loop.
#[derive(Debug, Default)]
pub struct Followed {
    pub(super) ready: AtomicBool,
    progress: Mutex<Option<Progress>>,
    pub(super) diagnostics: ArcSwap<Vec<Diagnostic>>,
    pub(super) git: Mutex<Option<Repository>>,
}

impl Followed {
    /// Whether the content found at start is searchable by keyword.
    #[must_use]
    pub fn ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }

    /// What is being done before it is ready.
    #[must_use]
    pub fn progress(&self) -> Option<Progress> {
        self.progress
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Every finding of the last look.
    #[must_use]
    pub fn diagnostics(&self) -> Arc<Vec<Diagnostic>> {
        self.diagnostics.load_full()
    }

    /// A file's text at a commit.
    #[must_use]
    pub fn text_at(&self, path: &str, revision: &str) -> Option<String> {
        self.git
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()?
            .text_at(path, revision)
    }

    pub(super) fn report(&self, stage: &str, done: usize, total: usize) {
        let progress = Progress {
            stage: stage.to_owned(),
            done,
            total,
        };
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner) = Some(progress);
    }
}
