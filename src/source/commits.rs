//! Commits as the content: which one is shown, and laying it out before it is looked at.

use std::{path::Path, sync::Arc};

use crossbeam_channel::Sender;

use super::{
    follow::Commits,
    git::{Export, Fetcher, GitError, Remote, Repository, fetch_dir, fetched, is_local},
    scan::Barred,
};
use crate::index::Index;

/// The commits of a branch, served one after the other.
pub(super) struct Served {
    commits: Commits,
    export: Export,
    /// None where the repository lies on this machine.
    fetcher: Option<Fetcher>,
}

impl Served {
    /// Starts to fetch where the repository is remote; `folder` is where commits are laid out.
    pub(super) fn start(
        commits: Commits,
        folder: &Path,
        wake: &Sender<()>,
        index: &Arc<Index>,
    ) -> std::io::Result<Self> {
        let remote = || Remote {
            url: commits.url.clone(),
            branch: commits.branch.clone(),
            folder: fetch_dir(&commits.data, &commits.url),
            every: commits.every,
        };
        let fetcher = (!is_local(&commits.url))
            .then(|| Fetcher::start(remote(), wake.clone(), Arc::clone(index)))
            .transpose()?;
        Ok(Self {
            export: Export::new(folder.to_owned()),
            commits,
            fetcher,
        })
    }

    /// Asks for a fetch; None where there is nothing to fetch.
    pub(super) fn asker(&self) -> Option<Sender<()>> {
        self.fetcher.as_ref().map(Fetcher::asker)
    }

    /// The repository to read from.
    pub(super) fn repository(&self) -> Repository {
        let git_dir = match &self.fetcher {
            Some(_) => fetch_dir(&self.commits.data, &self.commits.url),
            None => Repository::git_dir(Path::new(&self.commits.url)),
        };
        Repository::at(git_dir, self.commits.folder.clone())
    }

    /// Lays out the branch's newest commit; false while there is none yet.
    ///
    /// # Errors
    /// When the branch is not there or a file cannot be written.
    pub(super) fn advance(&mut self, repository: &mut Repository) -> Result<bool, GitError> {
        let name = match (&self.fetcher, &self.commits.branch) {
            (Some(_), branch) => fetched(branch.as_deref()),
            (None, Some(branch)) => branch.clone(),
            (None, None) => "HEAD".to_owned(),
        };
        let commit = match repository.resolve(&name) {
            Ok(commit) => commit,
            // Nothing was fetched yet.
            Err(_) if self.fetcher.is_some() => return Ok(false),
            Err(error) => return Err(error),
        };
        self.export.lay_out(repository, commit)?;
        repository.pin(commit);
        Ok(true)
    }

    /// Articles of the commit that could not be laid out.
    pub(super) fn left_out(&self) -> &[Barred] {
        self.export.left_out()
    }

    /// Whether everything that was laid out is still there.
    pub(super) fn is_whole(&self) -> bool {
        self.export.is_whole()
    }
}
