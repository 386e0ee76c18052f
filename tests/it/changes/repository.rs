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

fn titles(running: &Running) -> Vec<String> {
    let generation = running.index.generation();
    let articles = generation.catalog.articles.iter();
    articles.map(|article| article.title.clone()).collect()
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
fn what_was_deleted_stays_so_when_a_broken_file_takes_its_place() {
    let data = tempfile::tempdir().unwrap();
    let folder = Folder::new();
    let write = |name: &str, text: &str| fs::write(folder.root().join(name), text).unwrap();
    write("a.md", "# Gone\n");
    write("b.md", "# Stays\n");
    commit(&folder);
    drop({
        let running = Running::start(folder.root(), data.path());
        wait(&running, "both", |running| titles(running).len() == 2);
        running
    });
    fs::remove_file(folder.root().join("a.md")).unwrap();
    commit(&folder);
    write("a.md", "---\ntitle: [\n---\n");
    let running = Running::start(folder.root(), data.path());
    wait(&running, "the folder", |running| {
        running.follower.followed().ready()
    });
    assert_eq!(titles(&running), ["Stays"]);
    write("a.md", "# New\n");
    wait(&running, "a new text", |running| {
        titles(running) == ["New", "Stays"]
    });
    commit(&folder);
    write("a.md", "---\ntitle: [\n---\n");
    commit(&folder);
    drop(running);
    fs::remove_dir_all(data.path()).unwrap();
    let running = Running::start(folder.root(), data.path());
    wait(&running, "the text from history", |running| {
        titles(running) == ["New", "Stays"]
    });
}

#[test]
fn a_broken_file_that_is_renamed_keeps_its_last_good_text() {
    let data = tempfile::tempdir().unwrap();
    let folder = Folder::new();
    let at = |name: &str| folder.root().join(name);
    fs::create_dir(at("old")).unwrap();
    fs::write(at("old/a.md"), "# Good\n").unwrap();
    let running = Running::start(folder.root(), data.path());
    wait(&running, "the good text", |running| {
        titles(running) == ["Good"]
    });
    fs::write(at("old/a.md"), "---\ntitle: [\n---\n").unwrap();
    let is_told = |running: &Running, path: &str| {
        let mut told = running.follower.followed().diagnostics().into_iter();
        told.any(|one| one.path == path && one.rule == "front-matter")
    };
    wait(&running, "the finding", |running| {
        is_told(running, "old/a.md")
    });
    fs::rename(at("old"), at("new")).unwrap();
    wait(&running, "the finding there", |running| {
        is_told(running, "new/a.md")
    });
    assert_eq!(titles(&running), ["Good"]);
    drop(running);
    let running = Running::start(folder.root(), data.path());
    wait(&running, "the kept text", |running| {
        titles(running) == ["Good"]
    });
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
