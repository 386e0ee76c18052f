//! The repository that a folder lies in: found when it comes, another one with another folder, and what its history
//! says of broken files.

use std::{fs, path::Path, time::Instant};

use super::{
    folder::Folder,
    running::{PATIENCE, Running},
};

fn wait(running: &Running, what: &str, is_so: impl Fn(&Running) -> bool) {
    let begun = Instant::now();
    while !is_so(running) {
        assert!(begun.elapsed() < PATIENCE, "{what} never came");
        running.follower.wake();
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

fn revision(running: &Running) -> String {
    running.index.generation().catalog.info.revision.clone()
}

fn commit(folder: &Folder) -> String {
    folder.git(&["add", "--all"]);
    folder.git(&["commit", "--quiet", "--message=a change"]);
    folder.git(&["rev-parse", "HEAD"])
}

#[test]
fn a_good_text_that_was_never_committed_stays_and_an_older_commit_does_not() {
    let data = tempfile::tempdir().unwrap();
    let folder = Folder::new();
    let file = folder.root().join("a.md");
    let write = |text: &str| fs::write(&file, text).unwrap();
    let (broken, title) = ("---\ntitle: [\n---\n", |running: &Running| {
        let generation = running.index.generation();
        let first = generation.catalog.articles.first();
        first.map(|article| article.title.clone())
    });
    let is =
        |wanted: &'static str| move |running: &Running| title(running).as_deref() == Some(wanted);
    write("# One\n");
    commit(&folder);
    let running = Running::start(folder.root(), data.path());
    wait(&running, "one", is("One"));
    write("# Two, not committed\n");
    wait(&running, "two", is("Two, not committed"));
    drop(running);
    write(broken);
    let running = Running::start(folder.root(), data.path());
    wait(&running, "the kept text", is("Two, not committed"));
    drop(running);
    write("# Two, not committed\n");
    commit(&folder);
    write("# Three\n");
    commit(&folder);
    write(broken);
    let running = Running::start(folder.root(), data.path());
    wait(&running, "the newest commit", is("Three"));
}

#[test]
fn a_repository_that_comes_and_goes_is_noticed() {
    let data = tempfile::tempdir().unwrap();
    let folder = Folder::new();
    let git = folder.root().join(".git");
    fs::remove_dir_all(&git).unwrap();
    fs::write(folder.root().join("a.md"), "# One\n").unwrap();
    let running = Running::start(folder.root(), data.path());
    wait(&running, "the folder", |running| {
        running.follower.followed().ready()
    });
    let outside = revision(&running);
    folder.git(&["init", "--quiet", "--initial-branch=main"]);
    let first = commit(&folder);
    wait(&running, "the commit", |running| revision(running) == first);
    assert!(running.follower.followed().last_commit("a.md").is_some());
    fs::remove_dir_all(&git).unwrap();
    wait(&running, "the end of git", |running| {
        revision(running) == outside
    });
    assert!(running.follower.followed().last_commit("a.md").is_none());
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_to_another_work_tree_tells_of_its_commit() {
    let (outer, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let folder = Folder::new();
    let write = |text: &str| fs::write(folder.root().join("a.md"), text).unwrap();
    write("# One\n");
    let first = commit(&folder);
    write("# Two\n");
    let second = commit(&folder);
    let tree = |name: &str, commit: &str| {
        let tree = outer.path().join(name);
        folder.git(&[
            "worktree",
            "add",
            "--quiet",
            "--detach",
            tree.to_str().unwrap(),
            commit,
        ]);
        tree
    };
    let (old, new) = (tree("old", &first), tree("new", &second));
    let link = outer.path().join("content");
    let lead = |to: &Path| {
        let next = outer.path().join("next");
        std::os::unix::fs::symlink(to, &next).unwrap();
        fs::rename(&next, &link).unwrap();
    };
    lead(&old);
    let running = Running::start(&link, data.path());
    wait(&running, "the first commit", |running| {
        revision(running) == first
    });
    lead(&new);
    folder.git(&["worktree", "remove", "--force", old.to_str().unwrap()]);
    wait(&running, "the second commit", |running| {
        revision(running) == second
    });
}
