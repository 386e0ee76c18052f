//! The state of the reconciler's loop that others may read.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use arc_swap::ArcSwap;
use crossbeam_channel::Sender;

use super::{
    git::{LastCommit, Repository},
    inspect::Beside,
};
use crate::{
    article::{Diagnostic, Severity},
    index::status::Progress,
};

/// What others may know of the loop.
#[derive(Debug, Default)]
pub struct Followed {
    pub(super) ready: AtomicBool,
    progress: Mutex<Option<Progress>>,
    /// Findings that are made with every change.
    quick: ArcSwap<Vec<Diagnostic>>,
    /// Findings of comparing texts, which come a little later.
    compared: ArcSwap<Vec<Diagnostic>>,
    pub(super) beside: ArcSwap<Beside>,
    ask: Mutex<Option<Sender<()>>>,
    /// What others read from: held only to look something up or to take a handle.
    told: Mutex<Option<Repository>>,
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

    /// Every finding, ordered by path and line.
    #[must_use]
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        let mut all = self.quick.load_full().to_vec();
        all.extend(self.compared.load().iter().cloned());
        self.beside.load().silence(all)
    }

    pub(super) fn set_quick(&self, findings: Vec<Diagnostic>) {
        let before = self.diagnostics();
        self.quick.store(Arc::new(findings));
        self.tell_new(&before);
    }

    pub(super) fn set_compared(&self, findings: Vec<Diagnostic>) {
        let before = self.diagnostics();
        self.compared.store(Arc::new(findings));
        self.tell_new(&before);
    }

    /// Logs every finding once.
    fn tell_new(&self, before: &[Diagnostic]) {
        let all = self.diagnostics();
        let new = all.iter().filter(|finding| {
            finding.severity != Severity::Info && before.binary_search(finding).is_err()
        });
        for finding in new {
            tracing::warn!(
                rule = finding.rule,
                "{}:{}:{}: {}; {}",
                finding.path,
                finding.line,
                finding.column,
                finding.message,
                finding.help
            );
        }
    }

    /// Asks for a look now; where a remote is followed, for a fetch.
    pub fn wake(&self) {
        let ask = self.ask.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ask) = &*ask {
            // A full channel means that it is asked already.
            let _ = ask.try_send(());
        }
    }

    pub(super) fn woken_by(&self, ask: Sender<()>) {
        *self.ask.lock().unwrap_or_else(PoisonError::into_inner) = Some(ask);
    }

    /// The last commit that touched a file.
    #[must_use]
    pub fn last_commit(&self, path: &str) -> Option<LastCommit> {
        self.told
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()?
            .last_commit(path)
            .cloned()
    }

    /// From now on others read of the commit that the repository tells of.
    pub(super) fn tell_of(&self, git: &Repository) {
        *self.told.lock().unwrap_or_else(PoisonError::into_inner) = Some(git.handle());
    }

    /// From now on there are no commits.
    pub(super) fn forget_git(&self) {
        *self.told.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// An article's text at a commit.
    #[must_use]
    pub fn text_at(&self, path: &str, id: &str, revision: &str) -> Option<String> {
        self.handle()?.text_at(path, id, revision)
    }

    /// The commits that changed a file, the newest first, each with the text it left; empty outside git.
    #[must_use]
    pub fn changes(&self, path: &str, limit: usize) -> Vec<(LastCommit, String)> {
        self.handle()
            .map_or_else(Vec::new, |git| git.changes(path, limit))
    }

    /// For reading the past: that takes a while, and the content is followed meanwhile.
    fn handle(&self) -> Option<Repository> {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.as_ref().map(Repository::handle)
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
