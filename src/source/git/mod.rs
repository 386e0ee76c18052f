//! Git behind the content folder: the served commit, the commit that last changed a file, and past texts.
//!
//! Owns reading objects. Leaves fetching from a remote to `remote` and exporting a commit as files to `export`.

mod export;
mod history;
mod past;
mod remote;
mod trees;

use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
    sync::Arc,
};

use gix::ObjectId;

pub(super) use export::Export;
pub use history::LastCommit;
use history::{Before, Touched};
pub use past::Past;
pub(super) use remote::{Fetcher, Remote, fetch_dir, fetched, is_local};
use trees::{flatten, subtree};

use crate::article::{self, Article};

/// Why commits cannot be told of or served.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// The repository.
    #[error(
        "git repository cannot be read: {0}; check that it and the branch are there, or run `git fsck` in it"
    )]
    Unreadable(Box<dyn std::error::Error + Send + Sync>),
    /// The folder that commits are laid out in.
    #[error(
        "a commit cannot be laid out as files: {0}; check permissions and free space of data/git"
    )]
    NotLaidOut(std::io::Error),
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> GitError {
    GitError::Unreadable(Box::new(error))
}

/// A repository, and the folder of it that holds the articles.
#[derive(Debug)]
pub struct Repository {
    /// Opened anew for each look: a handle is bound to its thread.
    git_dir: PathBuf,
    /// The articles' folder within the repository, as `a/b` or empty.
    prefix: String,
    /// The commit to tell of; None follows the branch.
    pinned: Option<ObjectId>,
    /// The branch to tell of; None is HEAD.
    branch: Option<String>,
    /// The commit that `touched` tells of.
    head: Option<ObjectId>,
    /// Last commit of each file at `head`, with its blob.
    touched: Arc<HashMap<String, Touched>>,
    /// Blob of each text asked for since the last commit, by the text's own hash.
    blobs: RefCell<HashMap<String, ObjectId>>,
}

impl Repository {
    /// The repository whose work tree holds the folder; None outside git.
    #[must_use]
    pub fn discover(content: &Path) -> Option<Self> {
        let real = content.canonicalize().ok()?;
        let git = gix::discover(&real).ok()?;
        let work_tree: PathBuf = git.workdir()?.canonicalize().ok()?;
        let prefix = real.strip_prefix(&work_tree).ok()?;
        let names: Option<Vec<_>> = prefix
            .components()
            .map(|part| part.as_os_str().to_str())
            .collect();
        Some(Self::at(git.git_dir().to_owned(), names?.join("/")))
    }

    /// A repository by its own folder, bare or `.git`.
    #[must_use]
    pub fn at(git_dir: PathBuf, prefix: String) -> Self {
        Self {
            git_dir,
            prefix,
            pinned: None,
            branch: None,
            head: None,
            touched: Arc::default(),
            blobs: RefCell::default(),
        }
    }

    /// The same repository, telling of that branch.
    pub(super) fn on(self, branch: String) -> Self {
        let branch = Some(branch);
        Self { branch, ..self }
    }

    /// The folder of objects and branches of a work tree or bare repository.
    #[must_use]
    pub(super) fn git_dir(folder: &Path) -> PathBuf {
        gix::discover(folder).map_or_else(|_| folder.to_owned(), |git| git.git_dir().to_owned())
    }

    /// The articles' folder within the repository, as `a/b` or empty.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    fn open(&self) -> Result<gix::Repository, GitError> {
        let mut git = gix::open(&self.git_dir).map_err(failed)?;
        git.object_cache_size_if_unset(4 << 20);
        Ok(git)
    }

    /// The folders of HEAD, of packed branches and of the branches, which are one repository's for all its work trees.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn folders(&self) -> Result<(PathBuf, PathBuf, PathBuf), GitError> {
        let git = self.open()?;
        let shared = git.common_dir();
        Ok((
            git.git_dir().to_owned(),
            shared.to_owned(),
            shared.join("refs"),
        ))
    }

    /// Whether its folder is still there.
    pub(super) fn is_there(&self) -> bool {
        self.git_dir.is_dir()
    }

    /// Tells of this commit from the next [`Self::refresh`] on, whatever HEAD is.
    pub(super) fn pin(&mut self, commit: ObjectId) {
        self.pinned = Some(commit);
    }

    /// The commit that a branch, tag or `HEAD` stands for.
    ///
    /// # Errors
    /// When it is not there.
    pub(super) fn resolve(&self, name: &str) -> Result<ObjectId, GitError> {
        let git = self.open()?;
        let commit = git
            .rev_parse_single(name)
            .map_err(failed)?
            .object()
            .map_err(failed)?
            .peel_to_commit()
            .map_err(failed)?;
        Ok(commit.id)
    }

    /// Looks at the commit to tell of; true when it is another one than before.
    ///
    /// # Errors
    /// When an object cannot be read.
    pub fn refresh(&mut self) -> Result<bool, GitError> {
        let git = self.open()?;
        let head = match (self.pinned, &self.branch) {
            (Some(commit), _) => commit,
            (None, Some(branch)) => self.resolve(branch)?,
            (None, None) => match git.head().map_err(failed)?.id().map(gix::Id::detach) {
                Some(head) => head,
                None => return Ok(false),
            },
        };
        if self.head == Some(head) {
            return Ok(false);
        }
        let mut files = files_of(&git, head, &self.prefix)?;
        files.retain(|path, _| path.to_lowercase().ends_with(".md"));
        let before = self.head.map(|head| Before {
            head,
            touched: &self.touched,
        });
        let touched = history::last_commits(&git, &self.prefix, head, files, before.as_ref())?;
        self.touched = Arc::new(touched);
        self.head = Some(head);
        self.blobs.get_mut().clear();
        Ok(true)
    }

    /// The commit that is told of; None before the first commit.
    #[must_use]
    pub fn head(&self) -> Option<String> {
        self.head.map(|head| head.to_string())
    }

    /// Paths of the article files that the commit holds.
    pub fn committed(&self) -> impl Iterator<Item = &str> {
        self.touched.keys().map(String::as_str)
    }

    /// The last commit that touched an article's file, if the file is as that commit left it.
    #[must_use]
    pub fn revision(&self, article: &Article) -> Option<String> {
        let touched = self.touched.get(&article.path)?;
        let mut blobs = self.blobs.borrow_mut();
        let blob = match blobs.get(&article.content_hash) {
            Some(blob) => *blob,
            None => {
                let (file, kind) = (article.file(), touched.blob.kind());
                let blob = gix::objs::Kind::Blob;
                let blob = gix::objs::compute_hash(kind, blob, file.as_bytes()).ok()?;
                blobs.insert(article.content_hash.clone(), blob);
                blob
            }
        };
        (blob == touched.blob)
            .then(|| touched.commit.as_ref().map(|commit| commit.id.clone()))
            .flatten()
    }

    /// The last commit that touched a file, whatever the file is now.
    #[must_use]
    pub fn last_commit(&self, path: &str) -> Option<&LastCommit> {
        self.touched.get(path)?.commit.as_deref()
    }

    /// An article's text at a commit: of its file if that had its id then, else of the file that had it, else of its
    /// file under whatever id. None where it did not exist or the commit does not lie behind the one that is told of.
    #[must_use]
    pub fn text_at(&self, path: &str, id: &str, revision: &str) -> Option<String> {
        let git = self.open().ok()?;
        let commit = self.resolve(revision).ok()?;
        // A branch that is not published is nobody's to read.
        if git.merge_base(commit, self.head?).ok()??.detach() != commit {
            return None;
        }
        let files = files_of(&git, commit, &self.prefix).ok()?;
        let text = |blob: &ObjectId| {
            let data = git.find_object(*blob).ok()?.detach().data;
            String::from_utf8(data).ok()
        };
        let named = |path: &str, text: &str| {
            let parsed = article::parse(path, text.as_bytes());
            parsed.article.is_some_and(|article| article.id == id)
        };
        let here = files.get(path).and_then(text);
        if here.as_ref().is_some_and(|text| named(path, text)) {
            return here;
        }
        files
            .iter()
            .filter(|(path, _)| article::is_article_path(path))
            .filter_map(|(path, blob)| Some((path, text(blob)?)))
            .find(|(path, text)| {
                (text.contains(id) || article::default_id(path) == id) && named(path, text)
            })
            .map(|(_, text)| text)
            .or(here)
    }

    /// The newest text of a file that `fits`: of those committed since it was last deleted, and of the one that was `kept`
    /// of it, which is newer where it was never committed. Where git cannot be read, the one that was kept.
    #[must_use]
    pub fn newest(
        &self,
        path: &str,
        kept: Option<Vec<u8>>,
        fits: impl Fn(&[u8]) -> bool,
    ) -> Option<Vec<u8>> {
        let Ok(git) = self.open() else { return kept };
        let head = self.head.or(self.pinned).or_else(|| {
            let head = git.head().ok()?;
            head.id().map(gix::Id::detach)
        });
        let full = full(&self.prefix, path);
        let Some(head) = head else { return kept };
        let versions = history::versions(&git, head, &full);
        let mut since_deleted = versions.map_while(|version| version);
        let newest = since_deleted.find(|bytes| fits(bytes));
        match (newest, kept) {
            // Where commits are served nothing else counts.
            (Some(newest), _) if self.pinned.is_some() => Some(newest),
            (newest, Some(kept))
                if newest.as_ref() != Some(&kept)
                    && !history::was_committed(&git, head, &full, &kept) =>
            {
                Some(kept)
            }
            (newest, _) => newest,
        }
    }

    /// The commits that changed a file, the newest first, each with the text it left; empty where git cannot be read.
    #[must_use]
    pub fn changes(&self, path: &str, limit: usize) -> Vec<(LastCommit, String)> {
        let (Ok(git), Some(head)) = (self.open(), self.head) else {
            return Vec::new();
        };
        let full = full(&self.prefix, path);
        history::changes(&git, head, &full)
            .filter_map(|(commit, bytes)| Some((commit, String::from_utf8(bytes).ok()?)))
            .take(limit)
            .collect()
    }

    /// Another handle on the same commit, for reading while the first is busy.
    #[must_use]
    pub fn handle(&self) -> Self {
        Self {
            head: self.head,
            touched: Arc::clone(&self.touched),
            ..Self::at(self.git_dir.clone(), self.prefix.clone())
        }
    }
}

/// A path within the repository.
fn full(prefix: &str, path: &str) -> String {
    if prefix.is_empty() {
        path.to_owned()
    } else {
        format!("{prefix}/{path}")
    }
}

/// Every file of a folder at a commit, with its blob.
fn files_of(
    git: &gix::Repository,
    commit: ObjectId,
    prefix: &str,
) -> Result<BTreeMap<String, ObjectId>, GitError> {
    Ok(files_and_unnamed(git, commit, prefix)?.0)
}

/// The same, and what has a name that is no text: no path can tell of it.
fn files_and_unnamed(
    git: &gix::Repository,
    commit: ObjectId,
    prefix: &str,
) -> Result<(BTreeMap<String, ObjectId>, Vec<String>), GitError> {
    let (mut files, mut unnamed) = (BTreeMap::new(), Vec::new());
    if let Some(tree) = subtree(git, commit, prefix)? {
        flatten(git, tree, "", &mut files, &mut unnamed)?;
    }
    Ok((files, unnamed))
}
