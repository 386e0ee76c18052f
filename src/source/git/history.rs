//! History: which commit last changed a file, and what a file contained before.

use std::{
    collections::{BTreeMap, BinaryHeap, HashMap, HashSet},
    sync::Arc,
};

use gix::{ObjectId, bstr::ByteSlice};

use super::{
    GitError, failed, full,
    trees::{differ, subtree},
};
use crate::article;

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
                && blob_at(git, info.id, &full(prefix, &path)) == Some(file.blob)
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
) -> impl Iterator<Item = Option<Vec<u8>>> + 'a {
    log(git, head, full, MAX_VERSIONS).filter_map(move |(_, blob)| {
        let Some(blob) = blob else { return Some(None) };
        let is_article = git.find_header(blob).ok()?.size() <= article::MAX_FILE_BYTES as u64;
        is_article.then(|| Some(git.find_object(blob).ok()?.detach().data))
    })
}

/// Whether a file had a text in any commit, on a branch that a merge did not take over too.
pub(super) fn was_committed(
    git: &gix::Repository,
    head: ObjectId,
    full: &str,
    text: &[u8],
) -> bool {
    let kind = gix::objs::Kind::Blob;
    let (Ok(blob), Ok(commits)) = (
        gix::objs::compute_hash(git.object_hash(), kind, text),
        newest_first(git, head),
    ) else {
        return false;
    };
    let mut commits = commits.take(MAX_VERSIONS).flatten();
    commits.any(|info| blob_at(git, info.id, full) == Some(blob))
}

/// The commits that changed a file, the newest first, each with the text it left.
pub(super) fn changes<'a>(
    git: &'a gix::Repository,
    head: ObjectId,
    full: &'a str,
) -> impl Iterator<Item = (LastCommit, Vec<u8>)> + 'a {
    log(git, head, full, MAX_COMMITS).filter_map(move |(id, blob)| {
        let bytes = git.find_object(blob?).ok()?.detach().data;
        Some((describe(git, id).ok()?, bytes))
    })
}

/// The commits that changed a file, the newest first, each with the blob it left; None where it deleted the file. Of a
/// merge that left the file as a parent had it only that parent is followed, as by `git log -- FILE`: what the other
/// branches did to the file is not part of it.
fn log<'a>(
    git: &'a gix::Repository,
    head: ObjectId,
    full: &'a str,
    limit: usize,
) -> impl Iterator<Item = (ObjectId, Option<ObjectId>)> + 'a {
    let at = move |id: ObjectId| {
        let seconds = git.find_commit(id).ok()?.time().ok()?.seconds;
        Some((seconds, id, blob_at(git, id, full)))
    };
    let mut due: BinaryHeap<_> = at(head).into_iter().collect();
    let mut seen = HashSet::new();
    let look = move || {
        let (_, id, blob) = due.pop()?;
        // A shallow clone lacks the parents of its last commits.
        let parents = git.find_commit(id).ok()?;
        let parents = parents.parent_ids().filter_map(|id| at(id.detach()));
        let parents: Vec<_> = parents.collect();
        let same = parents.iter().find(|(.., before)| *before == blob);
        let followed = same.map_or(&parents[..], std::slice::from_ref);
        due.extend(followed.iter().filter(|(_, id, _)| seen.insert(*id)));
        let is_change = same.is_none() && (blob.is_some() || !parents.is_empty());
        Some(is_change.then_some((id, blob)))
    };
    std::iter::from_fn(look).take(limit).flatten()
}

/// What a file was at a commit; None where it was not there.
fn blob_at(git: &gix::Repository, commit: ObjectId, full: &str) -> Option<ObjectId> {
    let tree = git.find_commit(commit).ok()?.tree().ok()?;
    Some(tree.lookup_entry_by_path(full).ok()??.object_id())
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// A repository made of steps: `TIME BRANCH FILE=TEXT` commits, on a new branch where there is none; `FILE-` deletes, and
    /// `<BRANCH` merges and keeps the file as it is.
    fn repository(steps: &[&str]) -> (tempfile::TempDir, gix::Repository) {
        let root = tempfile::tempdir().unwrap();
        let git = |time: &str, args: &[&str]| {
            let mut git = Command::new("git");
            git.args(["-c", "user.name=editor", "-c", "user.email=e@example.org"])
                .current_dir(root.path())
                .env("GIT_COMMITTER_DATE", format!("{time} +0000"));
            let done = git.args(args).output().unwrap();
            assert!(done.status.success(), "{args:?}: {done:?}");
        };
        git("0", &["init", "--quiet", "--initial-branch=main"]);
        for step in steps {
            let [time, branch, what] = step.split(' ').collect::<Vec<_>>()[..] else {
                panic!("{step}");
            };
            let is_there = root.path().join(".git/refs/heads").join(branch).exists();
            if is_there {
                git(time, &["checkout", "--quiet", branch]);
            } else if branch != "main" {
                git(time, &["checkout", "--quiet", "-b", branch]);
            }
            if let Some(other) = what.strip_prefix('<') {
                let merge = ["merge", "--quiet", "--strategy=ours", "-m", step, other];
                git(time, &merge);
                continue;
            }
            if let Some((file, text)) = what.split_once('=') {
                std::fs::write(root.path().join(file), text).unwrap();
            } else {
                std::fs::remove_file(root.path().join(what.trim_end_matches('-'))).unwrap();
            }
            git(time, &["add", "--all"]);
            git(time, &["commit", "--quiet", "--message", step]);
        }
        let opened = gix::open(root.path()).unwrap();
        (root, opened)
    }

    #[test]
    fn what_a_merge_did_not_take_over_is_not_in_a_files_history() {
        let stale = "1000000004 topic b=1";
        let merge = "1000000005 main <topic";
        let cases: [(&[&str], &str, &str); 4] = [
            // A branch that never touched the file still has its old text.
            (
                &[
                    "1000000001 main a=one",
                    stale,
                    "1000000002 main a=two",
                    "1000000003 main a=three",
                    merge,
                ],
                "three two one",
                "1000000003 main a=three",
            ),
            (
                &[
                    "1000000001 main a=one",
                    stale,
                    "1000000002 main a-",
                    "1000000003 main a=three",
                    merge,
                ],
                "three - one",
                "1000000003 main a=three",
            ),
            // Deleted, or changed, on a branch only.
            (
                &[
                    "1000000001 main a=one",
                    "1000000004 topic a-",
                    "1000000002 main a=two",
                    merge,
                ],
                "two one",
                "1000000002 main a=two",
            ),
            (
                &[
                    "1000000001 main a=one",
                    "1000000004 topic a=aside",
                    "1000000002 main b=2",
                    merge,
                ],
                "one",
                "1000000001 main a=one",
            ),
        ];
        for (steps, expected, last) in cases {
            let (_root, git) = repository(steps);
            let head = git.head_id().unwrap().detach();
            let text = |bytes: Option<Vec<u8>>| {
                bytes.map_or("-".to_owned(), |bytes| String::from_utf8(bytes).unwrap())
            };
            let texts: Vec<_> = versions(&git, head, "a").map(text).collect();
            assert_eq!(texts.join(" "), expected, "{steps:?}");
            assert!(was_committed(&git, head, "a", b"one"));
            assert!(!was_committed(&git, head, "a", b"never"));
            assert_eq!(
                was_committed(&git, head, "a", b"aside"),
                steps.iter().any(|step| step.contains("aside"))
            );
            let told: Vec<_> = changes(&git, head, "a")
                .map(|(one, _)| one.subject)
                .collect();
            assert_eq!(told.first().map(String::as_str), Some(last), "{steps:?}");
            let blob = blob_at(&git, head, "a").unwrap();
            let files = BTreeMap::from([("a".to_owned(), blob)]);
            let touched = last_commits(&git, "", head, files, None).unwrap();
            let commit = touched["a"].commit.as_ref().unwrap();
            assert_eq!(commit.subject, last, "{steps:?}");
        }
    }
}
