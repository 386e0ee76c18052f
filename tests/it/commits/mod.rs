//! Commits are served whole, each with its author and history.

mod beside;
mod others;
mod remotes;

use std::{
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use cuecard::{
    index::{Index, Manifest, Writer, embed::HashedEmbedder},
    source::{Commits, Follower, Settings, follow},
};

use crate::changes::Folder;

const PATIENCE: Duration = Duration::from_secs(30);

struct Serving {
    index: Arc<Index>,
    follower: Follower,
}

impl Serving {
    fn start(url: String, branch: Option<&str>, folder: &str, data: &Path) -> Self {
        let writer = Writer::open(data, Some(Arc::new(HashedEmbedder)), None).unwrap();
        let manifest = Manifest::open(data).unwrap();
        let settings = Settings {
            content: data.join("git/tree"),
            commits: Some(Commits {
                url,
                branch: branch.map(str::to_owned),
                folder: folder.to_owned(),
                every: Duration::from_secs(600),
                data: data.to_owned(),
            }),
            lays_out: true,
            today: Box::new(|| "2026-11-22".parse().unwrap()),
        };
        let index = Arc::clone(writer.index());
        let follower = follow(settings, writer, manifest).unwrap();
        Self { index, follower }
    }

    /// Waits for a commit; what is seen until then must be whole: `whole` looks at the titles.
    fn wait(&self, commit: &str, whole: impl Fn(&[String]) -> bool) {
        let begun = Instant::now();
        loop {
            let generation = self.index.generation();
            let titles: Vec<String> = generation
                .catalog
                .articles
                .iter()
                .map(|article| article.title.clone())
                .collect();
            assert!(whole(&titles), "half a commit: {titles:?}");
            if generation.catalog.info.revision == commit {
                return;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "{commit} never came; there is {:?}",
                generation.catalog.info
            );
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Waits until something is told as not as it should be, or is told no more.
    fn wait_for(&self, trouble: &str, is_there: bool) {
        let begun = Instant::now();
        while self.index.degraded().iter().any(|one| one == trouble) != is_there {
            let told = self.index.degraded();
            assert!(begun.elapsed() < PATIENCE, "{trouble}: {told:?}");
            self.follower.wake();
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

fn write(folder: &Folder, path: &str, text: &str) {
    let file = folder.root().join(path);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

fn commit(folder: &Folder) -> String {
    folder.git(&["add", "--all"]);
    folder.git(&["commit", "--quiet", "--message=a change"]);
    folder.git(&["rev-parse", "HEAD"])
}

/// The same title in every file of a round.
fn round(folder: &Folder, name: &str) -> String {
    for number in 0..80 {
        let text = format!("# {name}\n\nFile {number} of this round.\n");
        write(folder, &format!("kb/f{number}.md"), &text);
    }
    commit(folder)
}

#[test]
fn a_commit_is_seen_whole_and_what_is_not_committed_is_not() {
    let folder = Folder::new();
    let data = tempfile::tempdir().unwrap();
    write(&folder, "outside.md", "# Outside the folder\n");
    let mut last = round(&folder, "first");
    let serving = Serving::start(folder.root().display().to_string(), None, "kb", data.path());
    let same = |titles: &[String]| titles.iter().all(|title| *title == titles[0]);
    serving.wait(&last, same);
    assert_eq!(serving.index.generation().catalog.articles.len(), 80);
    write(&folder, "kb/f0.md", "# not committed\n");
    serving.follower.wake();
    std::thread::sleep(Duration::from_millis(300));
    serving.wait(&last, same);
    for name in ["second", "third"] {
        last = round(&folder, name);
        serving.follower.wake();
        serving.wait(&last, same);
    }
    let told = serving.follower.followed().last_commit("f0.md").unwrap();
    assert_eq!((told.id, told.author.as_str()), (last.clone(), "editor"));
    folder.git(&["rm", "--quiet", "-r", "kb"]);
    write(&folder, "kb/only.md", "# third\n");
    last = commit(&folder);
    serving.follower.wake();
    serving.wait(&last, same);
    assert_eq!(serving.index.generation().catalog.articles.len(), 1);
}

#[test]
fn what_others_remove_from_the_laid_out_commit_comes_back() {
    let folder = Folder::new();
    let data = tempfile::tempdir().unwrap();
    let first = round(&folder, "first");
    let serving = Serving::start(folder.root().display().to_string(), None, "kb", data.path());
    serving.wait(&first, |_| true);
    let tree = data.path().join("git/tree");
    let lost = tree.join("f0.md");
    fs::remove_file(&lost).unwrap();
    serving.follower.wake();
    let begun = Instant::now();
    while !lost.exists() {
        assert!(begun.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(5));
    }
    // Whenever it happens, also under a look, nothing is shown that lacks them.
    for pause in [0, 2, 5, 9] {
        serving.follower.wake();
        std::thread::sleep(Duration::from_millis(pause));
        let _ = fs::remove_dir_all(&tree);
    }
    write(&folder, "kb/f1.md", "# second\n");
    let second = commit(&folder);
    serving.follower.wake();
    serving.wait(&second, |titles| titles.len() == 80);
}

#[test]
fn a_broken_file_keeps_its_last_good_text_from_history() {
    let folder = Folder::new();
    let data = tempfile::tempdir().unwrap();
    write(&folder, "a.md", "# The first text\n");
    let first = commit(&folder);
    write(&folder, "a.md", "# The good text\n");
    write(&folder, "b.md", "# Another\n");
    commit(&folder);
    write(&folder, "a.md", "---\ntitle: [\n---\n");
    commit(&folder);
    write(&folder, "b.md", "# Another one\n");
    let last = commit(&folder);
    folder.git(&["checkout", "--quiet", "-b", "aside"]);
    write(&folder, "b.md", "# Not yet\n");
    let aside = commit(&folder);
    folder.git(&["checkout", "--quiet", "main"]);
    let serving = Serving::start(
        folder.root().display().to_string(),
        Some("main"),
        "",
        data.path(),
    );
    let begun = Instant::now();
    while !serving.follower.followed().ready() {
        assert!(begun.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(5));
    }
    let generation = serving.index.generation();
    assert_eq!(generation.catalog.get("a").unwrap().title, "The good text");
    assert_eq!(generation.catalog.get("b").unwrap().title, "Another one");
    let followed = serving.follower.followed();
    assert!(
        followed
            .diagnostics()
            .iter()
            .any(|one| one.path == "a.md" && one.rule == "front-matter")
    );
    assert_eq!(
        followed.text_at("a.md", "a", &first).as_deref(),
        Some("# The first text\n")
    );
    assert_eq!(followed.text_at("b.md", "b", &aside), None);
    assert_eq!(followed.last_commit("b.md").unwrap().id, last);
}

#[test]
fn a_remote_is_fetched_when_asked_and_served_on_when_it_is_gone() {
    let folder = Folder::new();
    let (outer, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(&folder, "a.md", "# One\n");
    let first = commit(&folder);
    let remote = outer.path().join("remote.git");
    folder.git(&["clone", "--quiet", "--bare", ".", remote.to_str().unwrap()]);
    let url = format!("file://{}", remote.display());
    let serving = Serving::start(url.clone(), Some("main"), "", data.path());
    serving.wait(&first, |_| true);
    write(&folder, "b.md", "# Two\n");
    let second = commit(&folder);
    folder.git(&["push", "--quiet", remote.to_str().unwrap(), "main"]);
    serving.follower.wake();
    serving.wait(&second, |titles| [1, 2].contains(&titles.len()));

    fs::remove_dir_all(&remote).unwrap();
    serving.follower.wake();
    let begun = Instant::now();
    while !serving
        .index
        .degraded()
        .contains(&"git_unreachable".to_owned())
    {
        assert!(begun.elapsed() < PATIENCE, "nobody noticed");
        std::thread::sleep(Duration::from_millis(10));
    }
    drop(serving);
    let again = Serving::start(url, Some("main"), "", data.path());
    again.wait(&second, |_| true);
    assert_eq!(again.index.generation().catalog.articles.len(), 2);
}

#[test]
fn the_commits_that_changed_a_file_are_told_with_what_they_left() {
    let folder = Folder::new();
    let data = tempfile::tempdir().unwrap();
    write(&folder, "kb/a.md", "# One\n");
    let first = commit(&folder);
    write(&folder, "kb/b.md", "# Another file\n");
    commit(&folder);
    folder.git(&["checkout", "--quiet", "-b", "aside"]);
    write(&folder, "kb/a.md", "# Two\n");
    let second = commit(&folder);
    folder.git(&["checkout", "--quiet", "main"]);
    write(&folder, "kb/b.md", "# Another file, changed\n");
    commit(&folder);
    folder.git(&["merge", "--quiet", "--no-edit", "aside"]);
    let merged = folder.git(&["rev-parse", "HEAD"]);
    let serving = Serving::start(
        folder.root().display().to_string(),
        Some("main"),
        "kb",
        data.path(),
    );
    serving.wait(&merged, |_| true);
    let followed = serving.follower.followed();
    let told = |limit| {
        let changes = followed.changes("a.md", limit);
        let told = changes.into_iter().map(|(commit, text)| {
            assert_eq!((&*commit.author, &*commit.subject), ("editor", "a change"));
            (commit.id, text)
        });
        told.collect::<Vec<_>>()
    };
    let (one, two) = ("# One\n".to_owned(), "# Two\n".to_owned());
    assert_eq!(told(9), [(second.clone(), two.clone()), (first, one)]);
    assert_eq!(told(1), [(second, two)]);
    assert!(followed.changes("none.md", 9).is_empty());
}

#[test]
fn what_is_too_large_is_told_and_goes_with_its_file() {
    let folder = Folder::new();
    let data = tempfile::tempdir().unwrap();
    write(&folder, "a.md", "# The good text\n");
    write(&folder, "logo.png", "small");
    let first = commit(&folder);
    let serving = Serving::start(folder.root().display().to_string(), None, "", data.path());
    serving.wait(&first, |_| true);
    let tree = data.path().join("git/tree");
    assert!(tree.join("logo.png").exists());
    let large = "x".repeat(33 << 20);
    write(&folder, "a.md", &large);
    write(&folder, "logo.png", &large);
    let second = commit(&folder);
    serving.follower.wake();
    serving.wait(&second, |titles| titles == ["The good text"]);
    assert!(!tree.join("logo.png").exists());
    let begun = Instant::now();
    let is_told = || {
        let found = serving.follower.followed().diagnostics();
        let mut told = found.iter();
        told.any(|one| one.path == "a.md" && one.rule == "too-large")
    };
    while !is_told() {
        assert!(begun.elapsed() < PATIENCE, "nobody was told");
        std::thread::sleep(Duration::from_millis(5));
    }
    folder.git(&["rm", "--quiet", "a.md", "logo.png"]);
    write(&folder, "b.md", "# Another\n");
    let third = commit(&folder);
    serving.follower.wake();
    serving.wait(&third, |titles| titles.len() == 1);
    assert!(serving.index.generation().catalog.get("a").is_none());
    assert!(!tree.join("a.md").exists());
}

#[test]
fn the_past_of_an_article_is_found_by_its_id() {
    let folder = Folder::new();
    let data = tempfile::tempdir().unwrap();
    let (one, two) = ("---\nid: one\n---\n# A\n", "---\nid: two\n---\n# B\n");
    let (plain, old) = ("# Plain\n", "---\nid: old\n---\n# Renamed\n");
    for (path, text) in [("a.md", one), ("b.md", two), ("c.md", plain), ("e.md", old)] {
        write(&folder, path, text);
    }
    let first = commit(&folder);
    folder.git(&["rm", "--quiet", "c.md"]);
    let moved = "---\nid: c\n---\n# Plain\n";
    let new = "---\nid: new\n---\n# Renamed\n";
    for (path, text) in [("a.md", two), ("b.md", one), ("d.md", moved), ("e.md", new)] {
        write(&folder, path, text);
    }
    let last = commit(&folder);
    let serving = Serving::start(folder.root().display().to_string(), None, "", data.path());
    serving.wait(&last, |_| true);
    let followed = serving.follower.followed();
    let text_at = |path, id| followed.text_at(path, id, &first);
    assert_eq!(
        text_at("a.md", "two").as_deref(),
        Some(two),
        "files that changed places"
    );
    assert_eq!(
        text_at("d.md", "c").as_deref(),
        Some(plain),
        "an id that came from the path"
    );
    assert_eq!(
        text_at("e.md", "new").as_deref(),
        Some(old),
        "another id in the same file"
    );
    assert_eq!(text_at("f.md", "none"), None);
}
