//! Unusual commits: broken files, names that are not text, another branch.

use std::{fs, time::Instant};

use crate::changes::Folder;

use super::{PATIENCE, Serving, commit, write};

const BROKEN: &str = "---\ntitle: [\n---\nBroken.\n";

#[test]
fn of_a_broken_file_the_newest_good_commit_is_served_whatever_was_seen_before() {
    let folder = Folder::new();
    let data = tempfile::tempdir().unwrap();
    write(&folder, "a.md", "# One\n");
    let first = commit(&folder);
    let start = || Serving::start(folder.root().display().to_string(), None, "", data.path());
    let serving = start();
    serving.wait(&first, |_| true);
    // Two commits at once, then two while nobody looks.
    let next = |good: &str| {
        write(&folder, "a.md", &format!("# {good}\n"));
        commit(&folder);
        write(&folder, "a.md", &format!("{BROKEN}{good}\n"));
        commit(&folder)
    };
    let second = next("Two");
    serving.follower.wake();
    serving.wait(&second, |titles| titles == ["One"] || titles == ["Two"]);
    let titles = |serving: &Serving| serving.index.generation().catalog.articles[0].title.clone();
    assert_eq!(titles(&serving), "Two");
    drop(serving);
    let third = next("Three");
    let serving = start();
    serving.wait(&third, |_| true);
    assert_eq!(titles(&serving), "Three");
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_no_text_are_told_and_odd_ones_served() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
    let folder = Folder::new();
    let data = tempfile::tempdir().unwrap();
    write(&folder, "FAQ: fees \\ costs.md", "# One\n");
    for name in [&b"caf\xe9.md"[..], b"caf\xe8.md"] {
        let file = folder.root().join(OsStr::from_bytes(name));
        fs::write(file, "# Coffee\n").unwrap();
    }
    let first = commit(&folder);
    let serving = Serving::start(folder.root().display().to_string(), None, "", data.path());
    serving.wait(&first, |titles| titles.is_empty() || titles == ["One"]);
    let laid_out = fs::read_dir(data.path().join("git/tree")).unwrap();
    assert_eq!(laid_out.count(), 1);
    let begun = Instant::now();
    let told = || {
        let found = serving.follower.followed().diagnostics();
        let told = found.iter().filter(|one| one.rule == "unreadable");
        told.map(|one| one.path.clone()).collect::<Vec<_>>()
    };
    while told() != ["caf\u{fffd}.md"; 2] {
        assert!(begun.elapsed() < PATIENCE, "{:?}", told());
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

#[test]
fn another_branch_of_a_remote_is_not_served_before_it_was_fetched() {
    let folder = Folder::new();
    let (outer, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(&folder, "a.md", "# Staging\n");
    let first = commit(&folder);
    let remote = outer.path().join("remote.git");
    folder.git(&["clone", "--quiet", "--bare", ".", remote.to_str().unwrap()]);
    let url = format!("file://{}", remote.display());
    let staging = Serving::start(url.clone(), Some("main"), "", data.path());
    staging.wait(&first, |_| true);
    drop(staging);
    let production = Serving::start(url, Some("production"), "", data.path());
    let is_refused = || {
        production
            .index
            .degraded()
            .contains(&"git_unreachable".to_owned())
    };
    let begun = Instant::now();
    while !is_refused() {
        assert!(begun.elapsed() < PATIENCE, "nobody noticed");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    // A look or two more would bring it up.
    std::thread::sleep(std::time::Duration::from_millis(200));
    assert!(!production.follower.followed().ready());
}

#[test]
fn a_name_that_is_too_long_is_told_and_all_other_files_are_served() {
    let folder = Folder::new();
    let data = tempfile::tempdir().unwrap();
    // One that a file may just have, and one that only a commit can.
    let long = format!("{}.md", "费".repeat(83));
    let too_long = format!("{}.md", "费".repeat(90));
    write(&folder, "a.md", "# One\n");
    write(&folder, &long, "# Long\n");
    let blob = folder.git(&["hash-object", "-w", "a.md"]);
    let entry = format!("100644,{blob},{too_long}");
    folder.git(&["add", "--all"]);
    folder.git(&["update-index", "--add", "--cacheinfo", &entry]);
    folder.git(&["commit", "--quiet", "--message=a change"]);
    let first = folder.git(&["rev-parse", "HEAD"]);
    let serving = Serving::start(folder.root().display().to_string(), None, "", data.path());
    serving.wait(&first, |titles| [0, 2].contains(&titles.len()));
    let begun = Instant::now();
    let told = || {
        let found = serving.follower.followed().diagnostics();
        found.iter().map(|one| one.path.clone()).collect::<Vec<_>>()
    };
    while told() != [too_long.as_str()] {
        assert!(begun.elapsed() < PATIENCE, "{:?}", told());
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert!(serving.index.degraded().is_empty());
}

#[test]
fn what_keeps_a_commit_from_being_served_is_told() {
    let folder = Folder::new();
    let data = tempfile::tempdir().unwrap();
    write(&folder, "a.md", "# One\n");
    let first = commit(&folder);
    let url = folder.root().display().to_string();
    let serving = Serving::start(url.clone(), Some("main"), "", data.path());
    serving.wait(&first, |_| true);
    // Where files are written first, a folder is in the way.
    let part = data.path().join("git/tree.part~");
    fs::create_dir(&part).unwrap();
    write(&folder, "a.md", "# Two\n");
    let second = commit(&folder);
    serving.wait_for("index_not_written", true);
    fs::remove_dir(&part).unwrap();
    serving.wait_for("index_not_written", false);
    serving.wait(&second, |titles| titles == ["One"] || titles == ["Two"]);

    let (git, away) = (folder.root().join(".git"), folder.root().join("away"));
    fs::rename(&git, &away).unwrap();
    serving.wait_for("content_unreachable", true);
    assert_eq!(serving.index.generation().catalog.articles.len(), 1);
    fs::rename(&away, &git).unwrap();
    serving.wait_for("content_unreachable", false);
    drop(serving);

    let data = tempfile::tempdir().unwrap();
    let serving = Serving::start(url, Some("no-such-branch"), "", data.path());
    serving.wait_for("content_unreachable", true);
    assert!(!serving.follower.followed().ready());
}
