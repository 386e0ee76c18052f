//! History: which commit last changed a file, and what a file contained before.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use gix::{ObjectId, bstr::ByteSlice};

use super::{
    GitError, failed,
    trees::{differ, subtree},
};

/// Commits looked at for the last change of every file; files untouched for longer carry their content's hash.
const MAX_COMMITS: usize = 20_000;

/// Commits looked at for the last good text of a broken file.
const MAX_VERSIONS: usize = 2_000;

/// The commit that touched a file last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastCommit {
    /// Its name, hexadecimal.
    pub id: String,
    /// Who wrote the change.
    pub author: String,
    /// When it was committed, in seconds of Unix time.
    pub seconds: i64,
    /// The first line of its message.
    pub subject: String,
}

/// A file at a commit.
#[derive(Debug, Clone)]
pub(super) struct Touched {
    pub(super) blob: ObjectId,
    pub(super) commit: Option<Arc<LastCommit>>,
}

/// What was known at an earlier commit: a walk ends there.
pub(super) struct Before<'a> {
    pub(super) head: ObjectId,
    pub(super) touched: &'a HashMap<String, Touched>,
}

/// Walks back from a commit until the last change of every file is found.
pub(super) fn last_commits(
    git: &gix::Repository,
    prefix: &str,
    head: ObjectId,
    files: BTreeMap<String, ObjectId>,
    before: Option<&Before<'_>>,
) -> Result<HashMap<String, Touched>, GitError> {
    let mut touched: HashMap<String, Touched> = files
        .into_iter()
        .map(|(path, blob)| (path, Touched { blob, commit: None }))
        .collect();
    let mut open = touched.len();
    for info in newest_first(git, head)?.take(MAX_COMMITS) {
        if open == 0 {
            break;
        }
        // A shallow clone ends here: older files keep their content's hash.
        let Ok(info) = info else { break };
        if let Some(before) = before.filter(|before| before.head == info.id) {
            open -= take_over(&mut touched, before);
        }
        let mut found = None;
        for path in changed_in(git, prefix, &info)? {
            if let Some(file) = touched.get_mut(&path)
                && file.commit.is_none()
            {
                if found.is_none() {
                    found = Some(Arc::new(describe(git, info.id)?));
                }
                file.commit.clone_from(&found);
                open -= 1;
            }
        }
    }
    Ok(touched)
}

type Walk<'a> = Box<dyn Iterator<Item = Result<gix::revision::walk::Info<'a>, GitError>> + 'a>;

fn newest_first(git: &gix::Repository, head: ObjectId) -> Result<Walk<'_>, GitError> {
    let walk = git
        .rev_walk([head])
        .sorting(gix::revision::walk::Sorting::ByCommitTime(
            Default::default(),
        ))
        .all()
        .map_err(failed)?;
    Ok(Box::new(walk.map(|info| info.map_err(failed))))
}

/// Files that are as they were at an earlier commit keep its answer; gives their number.
fn take_over(touched: &mut HashMap<String, Touched>, before: &Before<'_>) -> usize {
    let mut settled = 0;
    for (path, file) in touched.iter_mut().filter(|(_, file)| file.commit.is_none()) {
        let known = before.touched.get(path);
        if let Some(known) = known.filter(|known| known.blob == file.blob && known.commit.is_some())
        {
            file.commit.clone_from(&known.commit);
            settled += 1;
        }
    }
    settled
}

/// The files that a commit touched. A merge touched only what differs from every parent.
fn changed_in(
    git: &gix::Repository,
    prefix: &str,
    info: &gix::revision::walk::Info<'_>,
) -> Result<Vec<String>, GitError> {
    let tree = subtree(git, info.id, prefix)?;
    let mut changed: Option<HashSet<String>> = None;
    for parent in info.parent_ids() {
        let Ok(before) = subtree(git, parent.detach(), prefix) else {
            continue;
        };
        let mut differing = Vec::new();
        differ(git, tree, before, "", &mut differing)?;
        let differing = differing.into_iter();
        changed = Some(match changed {
            None => differing.collect(),
            Some(known) => differing.filter(|path| known.contains(path)).collect(),
        });
    }
    match changed {
        Some(changed) => Ok(changed.into_iter().collect()),
        None => {
            let mut all = Vec::new();
            differ(git, tree, None, "", &mut all)?;
            Ok(all)
        }
    }
}

fn describe(git: &gix::Repository, id: ObjectId) -> Result<LastCommit, GitError> {
    let commit = git.find_commit(id).map_err(failed)?;
    let author = commit.author().map_err(failed)?;
    Ok(LastCommit {
        id: id.to_string(),
        author: author.name.to_str_lossy().into_owned(),
        seconds: commit.time().map_err(failed)?.seconds,
        subject: commit
            .message_raw_sloppy()
            .lines()
            .next()
            .map(|line| line.to_str_lossy().into_owned())
            .unwrap_or_default(),
    })
}

/// The texts that a file had, the newest first, with a None for each commit that deleted it; texts that are no articles
/// for their size are passed over.
pub(super) fn versions<'a>(
    git: &'a gix::Repository,
    head: ObjectId,
    full: &'a str,
) -> Result<impl Iterator<Item = Option<Vec<u8>>> + 'a, GitError> {
    let mut last = None;
    let text = move |info: Result<gix::revision::walk::Info<'a>, GitError>| {
        let info = info.ok()?;
        let Some(blob) = blob_at(git, info.id, full) else {
            let mut parents = info.parent_ids();
            let is_deleted = parents.any(|parent| blob_at(git, parent.detach(), full).is_some());
            return is_deleted.then_some(None);
        };
        if last == Some(blob) {
            return None;
        }
        last = Some(blob);
        if git.find_header(blob).ok()?.size() > crate::article::MAX_FILE_BYTES as u64 {
            return None;
        }
        Some(Some(git.find_object(blob).ok()?.detach().data))
    };
    Ok(newest_first(git, head)?.take(MAX_VERSIONS).filter_map(text))
}

/// What a file was at a commit; None where it was not there.
fn blob_at(git: &gix::Repository, commit: ObjectId, full: &str) -> Option<ObjectId> {
    let tree = git.find_commit(commit).ok()?.tree().ok()?;
    Some(tree.lookup_entry_by_path(full).ok()??.object_id())
}

/// The commits that left a file other than each of their parents had it, the newest first, with what they left.
pub(super) fn changes<'a>(
    git: &'a gix::Repository,
    head: ObjectId,
    full: &'a str,
) -> Result<impl Iterator<Item = (LastCommit, Vec<u8>)> + 'a, GitError> {
    // A commit is looked at once as itself and once as a parent.
    let mut seen: HashMap<ObjectId, Option<ObjectId>> = HashMap::new();
    let mut blob = move |commit: ObjectId| {
        *seen
            .entry(commit)
            .or_insert_with(|| blob_at(git, commit, full))
    };
    let change = move |info: Result<gix::revision::walk::Info<'a>, GitError>| {
        let info = info.ok()?;
        let left = blob(info.id)?;
        if info
            .parent_ids()
            .any(|parent| blob(parent.detach()) == Some(left))
        {
            return None;
        }
        let bytes = git.find_object(left).ok()?.detach().data;
        Some((describe(git, info.id).ok()?, bytes))
    };
    Ok(newest_first(git, head)?
        .take(MAX_COMMITS)
        .filter_map(change))
}
