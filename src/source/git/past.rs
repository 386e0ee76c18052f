//! The articles' folder as of a commit, to compare it with its current state.

use std::collections::{HashMap, HashSet};

use super::{GitError, Repository, failed, files_of};
use crate::article;

/// The articles' folder at a commit.
#[derive(Debug, Default)]
pub struct Past {
    /// Article files with their bytes, ordered by path.
    pub(in crate::source) articles: Vec<(String, Vec<u8>)>,
    /// What says how they are read and judged: files of the folder itself whose names begin with `_`.
    beside: HashMap<String, Vec<u8>>,
    files: HashSet<String>,
}

impl Past {
    /// Whether there was such a file.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        self.files.contains(path)
    }

    /// The bytes of a file that lay beside the articles.
    pub(in crate::source) fn beside(&self, name: &str) -> Option<&[u8]> {
        self.beside.get(name).map(Vec::as_slice)
    }
}

impl Repository {
    /// The folder at the last commit that HEAD and `revision` share.
    ///
    /// # Errors
    /// When the revision is not known or an object cannot be read.
    pub fn past(&self, revision: &str) -> Result<Past, GitError> {
        let git = self.open()?;
        let (asked, head) = (self.resolve(revision)?, self.resolve("HEAD")?);
        let base = git
            .merge_base(asked, head)
            .ok()
            .flatten()
            .map_or(asked, gix::Id::detach);
        let mut past = Past::default();
        for (path, blob) in files_of(&git, base, &self.prefix)? {
            let read = || Ok::<_, GitError>(git.find_object(blob).map_err(failed)?.detach().data);
            if article::is_article_path(&path) {
                past.articles.push((path.clone(), read()?));
            } else if path.starts_with('_') && !path.contains('/') {
                past.beside.insert(path.clone(), read()?);
            }
            past.files.insert(path);
        }
        Ok(past)
    }
}
