//! Stress: many files at once, folders that vanish and reappear, misleading links.

use std::fs;

use super::{folder::Folder, running::Running};
use crate::random::Random;

fn none() -> String {
    String::new()
}

#[test]
fn branches_of_many_files_flip_back_and_forth() {
    let data = tempfile::tempdir().unwrap();
    let mut folder = Folder::new();
    let mut random = Random(7);
    folder.create(&mut random);
    folder.commit();
    let few = folder.git(&["rev-parse", "HEAD"]);
    for number in 0..super::number("CUECARD_TEST_FILES").unwrap_or(1_000) {
        let path = folder
            .root()
            .join(format!("many/{}/f{number}.md", number % 50));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(
            path,
            format!("# File {number}\n\nA token9{number}x9 that stands alone.\n"),
        )
        .unwrap();
    }
    folder.commit();
    let many = folder.git(&["rev-parse", "HEAD"]);
    let running = Running::start(folder.root(), data.path());
    running.settle(folder.root(), &none);
    for commit in [&few, &many, &few, &many] {
        folder.git(&["checkout", "--quiet", "--force", "--detach", commit]);
        running.settle(folder.root(), &none);
    }
    fs::rename(folder.root().join("many"), folder.root().join("moved")).unwrap();
    running.settle(folder.root(), &none);
    running.swept(&none);
}

#[test]
fn a_folder_that_vanishes_and_comes_back_is_followed_again() {
    let outer = tempfile::tempdir().unwrap();
    let data = tempfile::tempdir().unwrap();
    let root = outer.path().join("content");
    let write = |name: &str, text: &str| {
        fs::create_dir_all(&root).unwrap();
        fs::write(root.join(name), text).unwrap();
    };
    write("a.md", "# One\n\nA token1x0 here.\n");
    let running = Running::start(&root, data.path());
    running.settle(&root, &none);
    fs::remove_dir_all(&root).unwrap();
    let begun = std::time::Instant::now();
    while running
        .index
        .degraded()
        .iter()
        .all(|name| name != "content_unreachable")
    {
        assert!(begun.elapsed() < super::running::PATIENCE, "nobody noticed");
        running.follower.wake();
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    // What was there stays searchable while the folder is away.
    assert_eq!(running.index.generation().catalog.articles.len(), 1);
    write("b.md", "# Two\n\nA token2x0 here.\n");
    running.settle(&root, &none);
    write("c.md", "# Three\n\nA token3x0 here.\n");
    running.settle(&root, &none);
}

#[test]
fn a_file_that_is_deleted_and_made_again_is_the_new_one() {
    let folder = Folder::new();
    let data = tempfile::tempdir().unwrap();
    let file = folder.root().join("a.md");
    fs::write(&file, "# A\n\nA token1x0 here.\n").unwrap();
    let running = Running::start(folder.root(), data.path());
    for round in 0..20 {
        fs::remove_file(&file).unwrap();
        fs::write(&file, format!("# A\n\nA token{round}x0 here.\n")).unwrap();
        // The same length, and maybe the same inode and time.
        if round % 4 == 0 {
            running.settle(folder.root(), &none);
        }
    }
    running.settle(folder.root(), &none);
}

#[cfg(unix)]
#[test]
fn links_out_of_the_folder_and_in_circles_are_not_followed() {
    use std::os::unix::fs::symlink;
    let folder = Folder::new();
    let outside = tempfile::tempdir().unwrap();
    let data = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret.md"), "# Secret\n").unwrap();
    fs::create_dir_all(folder.root().join("x/y")).unwrap();
    fs::write(folder.root().join("x/y/a.md"), "# A\n\nA token1x0 here.\n").unwrap();
    let running = Running::start(folder.root(), data.path());
    symlink(outside.path(), folder.root().join("x/out")).unwrap();
    symlink(
        outside.path().join("secret.md"),
        folder.root().join("x/secret.md"),
    )
    .unwrap();
    symlink(folder.root(), folder.root().join("x/y/circle")).unwrap();
    fs::write(folder.root().join("x/b.md"), "# B\n\nA token2x0 here.\n").unwrap();
    running.settle(folder.root(), &none);
    let paths: Vec<_> = running
        .index
        .generation()
        .catalog
        .articles
        .iter()
        .map(|a| a.path.clone())
        .collect();
    assert_eq!(paths, ["x/b.md", "x/y/a.md"]);
}
