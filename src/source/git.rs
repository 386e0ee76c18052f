//! Git behind the content folder: which commit is checked out, which commit touched a file last, and texts of the past.

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
};

use gix::{ObjectId, bstr::ByteSlice};

/// Commits looked at for the last change of every file; files untouched for longer carry their content's hash.
const MAX_COMMITS: usize = 20_000;

/// Why git cannot be asked.
#[derive(Debug, thiserror::Error)]
#[error("git repository cannot be read: {0}; run `git fsck` in the content folder")]
pub struct GitError(#[from] Box<dyn std::error::Error + Send + Sync>);

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> GitError {
    GitError(Box::new(error))
}

/// The work tree that the content folder lies in.
#[derive(Debug)]
pub struct Repository {
    /// Opened anew for each look: a handle is bound to its thread.
    git_dir: PathBuf,
    /// The content folder within the work tree, as `a/b` or empty.
    prefix: String,
    /// The commit that `touched` tells of.
    head: Option<ObjectId>,
    /// Last commit of each file at `head`, with its blob.
    touched: HashMap<String, Touched>,
}

#[derive(Debug, Clone)]
struct Touched {
    blob: ObjectId,
    commit: Option<ObjectId>,
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
        let prefix = names?.join("/");
        Some(Self {
            git_dir: git.git_dir().to_owned(),
            prefix,
            head: None,
            touched: HashMap::new(),
        })
    }

    /// Looks at the commit that is checked out; true when it is another one than before.
    ///
    /// # Errors
    /// When an object cannot be read.
    pub fn refresh(&mut self) -> Result<bool, GitError> {
        let git = gix::open(&self.git_dir).map_err(failed)?;
        let Some(head) = git.head().map_err(failed)?.id().map(gix::Id::detach) else {
            return Ok(false);
        };
        if self.head == Some(head) {
            return Ok(false);
        }
        let mut files = BTreeMap::new();
        if let Some(tree) = subtree(&git, head, &self.prefix)? {
            flatten(&git, tree, "", &mut files)?;
        }
        self.touched = last_commits(&git, &self.prefix, head, files)?;
        self.head = Some(head);
        Ok(true)
    }

    /// The commit that is checked out; None before the first commit.
    #[must_use]
    pub fn head(&self) -> Option<String> {
        self.head.map(|head| head.to_string())
    }

    /// Number of article files that the commit holds.
    pub fn committed(&self) -> impl Iterator<Item = &str> {
        self.touched.keys().map(String::as_str)
    }

    /// The last commit that touched a file, if the file is as that commit left it.
    #[must_use]
    pub fn revision(&self, path: &str, bytes: &[u8]) -> Option<String> {
        let touched = self.touched.get(path)?;
        let blob =
            gix::objs::compute_hash(touched.blob.kind(), gix::objs::Kind::Blob, bytes).ok()?;
        (blob == touched.blob)
            .then(|| touched.commit.map(|commit| commit.to_string()))
            .flatten()
    }

    /// A file's text at a commit; None where it did not exist or the commit is unknown.
    #[must_use]
    pub fn text_at(&self, path: &str, revision: &str) -> Option<String> {
        let git = gix::open(&self.git_dir).ok()?;
        let commit = git
            .rev_parse_single(revision)
            .ok()?
            .object()
            .ok()?
            .peel_to_commit()
            .ok()?;
        let full = if self.prefix.is_empty() {
            path.to_owned()
        } else {
            format!("{}/{path}", self.prefix)
        };
        let entry = commit.tree().ok()?.lookup_entry_by_path(&full).ok()??;
        let data = entry.object().ok()?.detach().data;
        String::from_utf8(data).ok()
    }
}

/// The tree of a folder at a commit.
fn subtree(
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

/// All files of a tree with their blobs.
fn flatten(
    git: &gix::Repository,
    tree: ObjectId,
    folder: &str,
    files: &mut BTreeMap<String, ObjectId>,
) -> Result<(), GitError> {
    for (name, blob, is_tree) in entries(git, tree)? {
        let path = join(folder, &name);
        if is_tree {
            flatten(git, blob, &path, files)?;
        } else if path.to_lowercase().ends_with(".md") {
            files.insert(path, blob);
        }
    }
    Ok(())
}

/// Walks back from a commit until the last change of every file is found.
fn last_commits(
    git: &gix::Repository,
    prefix: &str,
    head: ObjectId,
    files: BTreeMap<String, ObjectId>,
) -> Result<HashMap<String, Touched>, GitError> {
    let mut touched: HashMap<String, Touched> = files
        .into_iter()
        .map(|(path, blob)| (path, Touched { blob, commit: None }))
        .collect();
    let mut open = touched.len();
    let walk = git
        .rev_walk([head])
        .sorting(gix::revision::walk::Sorting::ByCommitTime(
            Default::default(),
        ))
        .all()
        .map_err(failed)?;
    for info in walk.take(MAX_COMMITS) {
        if open == 0 {
            break;
        }
        // A shallow clone ends here: older files keep their content's hash.
        let Ok(info) = info else { break };
        let tree = subtree(git, info.id, prefix)?;
        let mut changed: Option<Vec<String>> = None;
        for parent in info.parent_ids() {
            let Ok(before) = subtree(git, parent.detach(), prefix) else {
                continue;
            };
            let mut differing = Vec::new();
            differ(git, tree, before, "", &mut differing)?;
            // A merge touched only what differs from every parent.
            changed = Some(match changed {
                None => differing,
                Some(known) => known
                    .into_iter()
                    .filter(|path| differing.contains(path))
                    .collect(),
            });
        }
        let changed = match changed {
            Some(changed) => changed,
            None => {
                let mut all = Vec::new();
                differ(git, tree, None, "", &mut all)?;
                all
            }
        };
        for path in changed {
            if let Some(file) = touched.get_mut(&path)
                && file.commit.is_none()
            {
                file.commit = Some(info.id);
                open -= 1;
            }
        }
    }
    Ok(touched)
}

/// Paths that differ between two trees.
fn differ(
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
        let path = join(folder, &name);
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
) -> Result<Vec<(String, ObjectId, bool)>, GitError> {
    let tree = git.find_tree(tree).map_err(failed)?;
    let mut list = Vec::new();
    for entry in tree.iter() {
        let entry = entry.map_err(failed)?;
        let mode = entry.mode();
        if mode.is_tree() || mode.is_blob() {
            list.push((
                entry.filename().to_str_lossy().into_owned(),
                entry.object_id(),
                mode.is_tree(),
            ));
        }
    }
    Ok(list)
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}
