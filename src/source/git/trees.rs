//! Trees of commits: the files of a folder, and the differences between two trees.

use std::collections::{BTreeMap, HashMap};

use gix::{
    ObjectId,
    bstr::{BString, ByteSlice},
};

use super::{GitError, failed};

/// The tree of a folder at a commit.
pub(super) fn subtree(
    git: &gix::Repository,
    commit: ObjectId,
    prefix: &str,
) -> Result<Option<ObjectId>, GitError> {
    let tree = git
        .find_commit(commit)
        .map_err(failed)?
        .tree()
        .map_err(failed)?;
    if prefix.is_empty() {
        return Ok(Some(tree.id));
    }
    let entry = tree.lookup_entry_by_path(prefix).map_err(failed)?;
    Ok(entry
        .filter(|entry| entry.mode().is_tree())
        .map(|entry| entry.object_id()))
}

/// All files of a tree with their blobs; `unnamed` takes those whose name, or a folder's above them, is no text.
pub(super) fn flatten(
    git: &gix::Repository,
    tree: ObjectId,
    folder: &str,
    files: &mut BTreeMap<String, ObjectId>,
    unnamed: &mut Vec<String>,
) -> Result<(), GitError> {
    for (name, blob, is_tree) in entries(git, tree)? {
        let Ok(name) = std::str::from_utf8(&name) else {
            unnamed.push(join(folder, &name.to_str_lossy()));
            continue;
        };
        let path = join(folder, name);
        if is_tree {
            flatten(git, blob, &path, files, unnamed)?;
        } else {
            files.insert(path, blob);
        }
    }
    Ok(())
}

/// Paths that differ between two trees.
pub(super) fn differ(
    git: &gix::Repository,
    new: Option<ObjectId>,
    old: Option<ObjectId>,
    folder: &str,
    out: &mut Vec<String>,
) -> Result<(), GitError> {
    if new == old {
        return Ok(());
    }
    let list =
        |tree: Option<ObjectId>| tree.map_or_else(|| Ok(Vec::new()), |tree| entries(git, tree));
    let before: HashMap<_, _> = list(old)?
        .into_iter()
        .map(|(name, id, is_tree)| ((name, is_tree), id))
        .collect();
    for (name, id, is_tree) in list(new)? {
        let Ok(text) = std::str::from_utf8(&name) else {
            continue;
        };
        let path = join(folder, text);
        let was = before.get(&(name, is_tree)).copied();
        if was == Some(id) {
            continue;
        }
        if is_tree {
            differ(git, Some(id), was, &path, out)?;
        } else {
            out.push(path);
        }
    }
    Ok(())
}

fn entries(
    git: &gix::Repository,
    tree: ObjectId,
) -> Result<Vec<(BString, ObjectId, bool)>, GitError> {
    let tree = git.find_tree(tree).map_err(failed)?;
    let mut list = Vec::new();
    for entry in tree.iter() {
        let entry = entry.map_err(failed)?;
        let mode = entry.mode();
        if mode.is_tree() || mode.is_blob() {
            list.push((
                entry.filename().to_owned(),
                entry.object_id(),
                mode.is_tree(),
            ));
        }
    }
    Ok(list)
}

pub(super) fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}
