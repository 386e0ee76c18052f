//! The keys that determine which commits are served, validated against each other.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Deserialize;

use super::{ConfigError, Written};
use crate::source::{Commits, Repository};

/// Shortest time between two questions to a remote: more is unkind to the host, and a hook is faster anyway.
const MIN_POLL_SECS: u64 = 5;

/// Where articles come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Source {
    /// The content folder as it lies on disk.
    Folder,
    /// Commits of a repository.
    Git,
}

/// The folder that articles are read from, and the commits that are laid out in it.
pub(super) fn read(written: &Written) -> Result<(PathBuf, Option<Commits>), ConfigError> {
    let invalid = |key: &'static str, problem: &str| ConfigError::Invalid {
        key,
        problem: problem.to_owned(),
    };
    if written.git_poll_secs < MIN_POLL_SECS {
        return Err(invalid("git_poll_secs", "must be 5 or more"));
    }
    if written.source == Source::Folder && written.git_url.is_empty() {
        let alone = [
            ("git_branch", &written.git_branch),
            ("git_folder", &written.git_folder),
        ];
        return match alone.into_iter().find(|(_, value)| !value.is_empty()) {
            Some((key, _)) => Err(invalid(
                key,
                "means nothing without source = \"git\" or git_url",
            )),
            None => Ok((written.content.clone(), None)),
        };
    }
    if written.git_url.starts_with('-') || written.git_branch.starts_with('-') {
        return Err(invalid(
            "git_url",
            "and git_branch must not begin with a hyphen",
        ));
    }
    let folder = written.git_folder.trim_matches('/');
    if folder.split('/').any(|name| name == "..") {
        return Err(invalid("git_folder", "must lie within the repository"));
    }
    let own = || {
        let content: &Path = &written.content;
        let repository = Repository::discover(content).ok_or_else(|| {
            invalid(
                "source",
                "is git, but the content folder is in no git work tree: set git_url",
            )
        })?;
        let folder = if folder.is_empty() {
            repository.prefix()
        } else {
            folder
        };
        Ok((content.display().to_string(), folder.to_owned()))
    };
    let (url, folder) = if written.git_url.is_empty() {
        own()?
    } else {
        (written.git_url.clone(), folder.to_owned())
    };
    let commits = Commits {
        url,
        branch: Some(written.git_branch.clone()).filter(|branch| !branch.is_empty()),
        folder,
        every: Duration::from_secs(written.git_poll_secs),
        data: written.data.clone(),
    };
    Ok((written.data.join("git").join("tree"), Some(commits)))
}
