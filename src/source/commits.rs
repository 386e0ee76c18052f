//! Content from commits: which commit is served, and its export as files before it is scanned.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use crossbeam_channel::Sender;

use super::{
    git::{Export, Fetcher, GitError, Remote, Repository, fetch_dir, fetched, is_local},
    scan::Barred,
    watch::Depth,
};
use crate::index::Index;

/// A branch whose commits are served, each as a whole.
#[derive(Debug, Clone)]
pub struct Commits {
    /// A folder on this machine (a work tree or a bare repository), or the address of a remote.
    pub url: String,
    /// Branch; None is HEAD.
    pub branch: Option<String>,
    /// The articles' folder within the repository, as `a/b` or empty.
    pub folder: String,
    /// How often a remote is asked without a hook.
    pub every: Duration,
    /// Where remotes are kept.
    pub data: PathBuf,
}

impl Commits {
    /// The repository to read from, which tells of the branch: a remote's copy, or the one on this machine.
    #[must_use]
    pub fn repository(&self) -> Repository {
        let git_dir = if is_local(&self.url) {
            Repository::git_dir(Path::new(&self.url))
        } else {
            fetch_dir(&self.data, &self.url)
        };
        Repository::at(git_dir, self.folder.clone()).on(self.name())
    }

    /// Where a change may be another commit of the branch. Nowhere for a remote: who fetches from it tells.
    ///
    /// # Errors
    /// When the repository cannot be read.
    pub(super) fn watched(&self) -> Result<Vec<(PathBuf, Depth)>, GitError> {
        if !is_local(&self.url) {
            return Ok(Vec::new());
        }
        let (own, shared, branches) = self.repository().folders()?;
        let mut watched = vec![(own, Depth::Files), (shared, Depth::Files)];
        watched.dedup();
        watched.push((branches, Depth::All));
        Ok(watched)
    }

    /// What the branch is called in that repository.
    fn name(&self) -> String {
        let branch = self.branch.as_deref();
        if is_local(&self.url) {
            branch.unwrap_or("HEAD").to_owned()
        } else {
            fetched(branch)
        }
    }
}

/// The commits of a branch, served one after the other.
pub(super) struct Served {
    /// What the branch is called where it is read.
    name: String,
    /// Whether it was ever there.
    is_found: bool,
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
            name: commits.name(),
            is_found: false,
            fetcher,
        })
    }

    /// Asks for a fetch; None where there is nothing to fetch.
    pub(super) fn asker(&self) -> Option<Sender<()>> {
        self.fetcher.as_ref().map(Fetcher::asker)
    }

    /// Lays out the branch's newest commit; false while nothing was fetched yet.
    ///
    /// # Errors
    /// When the branch is not there, or not any more, or a file cannot be written.
    pub(super) fn advance(&mut self, repository: &mut Repository) -> Result<bool, GitError> {
        let commit = match repository.resolve(&self.name) {
            Err(_) if self.fetcher.is_some() && !self.is_found => return Ok(false),
            found => found?,
        };
        self.is_found = true;
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

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::{super::watch::watch, *};

    #[test]
    fn whatever_moves_the_branch_wakes() {
        let (root, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let git = |folder: &Path, args: &[&str]| {
            let mut git = Command::new("git");
            git.args(["-c", "user.name=editor", "-c", "user.email=e@example.org"]);
            let done = git.arg("-C").arg(folder).args(args).output().unwrap();
            assert!(done.status.success(), "{args:?}: {done:?}");
        };
        let (main, tree) = (root.path().join("main"), root.path().join("tree"));
        std::fs::create_dir(&main).unwrap();
        let commit = ["commit", "--quiet", "--allow-empty", "--message=a change"];
        git(&main, &["init", "--quiet", "--initial-branch=main"]);
        git(&main, &commit);
        let added = tree.display().to_string();
        git(
            &main,
            &["worktree", "add", "--quiet", "-b", "aside/one", &added],
        );
        let (wake, woken) = crossbeam_channel::bounded(1);
        let commits = |url: &Path| Commits {
            url: url.display().to_string(),
            branch: None,
            folder: String::new(),
            every: Duration::from_secs(600),
            data: data.path().to_owned(),
        };
        let steps: [(&Path, &[&str]); 4] = [
            (&main, &commit),
            (&main, &["checkout", "--quiet", "-b", "other"]),
            (&tree, &commit),
            (&tree, &["checkout", "--quiet", "-b", "aside/two"]),
        ];
        for (folder, step) in steps {
            let watched = commits(folder).watched().unwrap();
            let watch = watch(&watched, wake.clone()).unwrap();
            git(folder, step);
            let patience = Duration::from_secs(30);
            assert_eq!(woken.recv_timeout(patience), Ok(()), "{step:?}");
            drop(watch);
            while woken.try_recv().is_ok() {}
        }
        let remote = commits(Path::new("https://example.org/kb.git"));
        assert_eq!(remote.watched().unwrap(), []);
    }
}
