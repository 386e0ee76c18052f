//! Copies of remotes: where they are stored, how they recover, and how a fetch ends.

use std::{
    fs,
    io::Read as _,
    net::TcpListener,
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
    time::Duration,
};

use crate::changes::Folder;

use super::{PATIENCE, Serving, commit, write};

/// A bare remote of a folder, and its address.
fn remote(folder: &Folder, outer: &Path) -> (PathBuf, String) {
    let remote = outer.join("remote.git");
    folder.git(&["clone", "--quiet", "--bare", ".", remote.to_str().unwrap()]);
    let url = format!("file://{}", remote.display());
    (remote, url)
}

/// Empties all files below a folder, as a loss of power may.
fn empty(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            empty(&path);
        } else {
            // Objects are read-only.
            fs::remove_file(&path).unwrap();
            fs::write(&path, "").unwrap();
        }
    }
}

#[test]
fn a_data_folder_may_be_named_relative_to_where_the_server_runs() {
    let folder = Folder::new();
    let (outer, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(&folder, "a.md", "# One\n");
    let first = commit(&folder);
    let (_, url) = remote(&folder, outer.path());
    let here = std::env::current_dir().unwrap();
    let up: PathBuf = here.components().skip(1).map(|_| "..").collect();
    let relative = up.join(data.path().strip_prefix("/").unwrap());
    assert!(relative.is_relative() && relative.is_dir());
    let serving = Serving::start(url, None, "", &relative);
    serving.wait(&first, |_| true);
}

#[test]
fn a_damaged_copy_is_made_anew() {
    let folder = Folder::new();
    let (outer, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(&folder, "a.md", "# One\n");
    let mut last = commit(&folder);
    let (remote, url) = remote(&folder, outer.path());
    for part in ["", "objects", "refs", "HEAD"] {
        if !part.is_empty() {
            let copies = fs::read_dir(data.path().join("git")).unwrap();
            let copies = copies.map(|entry| entry.unwrap().path());
            let mut copies = copies.filter(|path| path.join("HEAD").exists());
            let damaged = copies.next().unwrap().join(part);
            if damaged.is_dir() {
                empty(&damaged);
            } else {
                fs::write(&damaged, "").unwrap();
            }
            write(&folder, "a.md", &format!("# After {part}\n"));
            last = commit(&folder);
            folder.git(&["push", "--quiet", remote.to_str().unwrap(), "main"]);
        }
        let serving = Serving::start(url.clone(), Some("main"), "", data.path());
        serving.wait(&last, |_| true);
        assert!(serving.index.degraded().is_empty());
    }
}

#[test]
fn what_a_fetch_left_unfinished_is_removed_by_the_next() {
    let folder = Folder::new();
    let (outer, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(&folder, "a.md", "# One\n");
    let first = commit(&folder);
    let (remote, url) = remote(&folder, outer.path());
    Serving::start(url.clone(), None, "", data.path()).wait(&first, |_| true);
    let copies = fs::read_dir(data.path().join("git")).unwrap();
    let mut packs = copies.map(|entry| entry.unwrap().path().join("objects/pack"));
    let packs = packs.find(|path| path.exists()).unwrap();
    fs::write(packs.join("tmp_pack_x1y2z3"), "half").unwrap();
    write(&folder, "a.md", "# Two\n");
    let second = commit(&folder);
    folder.git(&["push", "--quiet", remote.to_str().unwrap(), "main"]);
    Serving::start(url, None, "", data.path()).wait(&second, |_| true);
    assert!(!packs.join("tmp_pack_x1y2z3").exists());
}

#[test]
fn a_fetch_that_hangs_ends_with_the_server_and_leaves_nobody() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/kb.git", silent.local_addr().unwrap());
    let data = tempfile::tempdir().unwrap();
    let serving = Serving::start(url, None, "", data.path());
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let (mut asked, _) = silent.accept().unwrap();
        tell.send(()).unwrap();
        // Until the other end is closed.
        let mut said = Vec::new();
        let _ = asked.read_to_end(&mut said);
        tell.send(())
    });
    told.recv_timeout(PATIENCE).expect("nobody asks");
    drop(serving);
    let is_gone = told.recv_timeout(Duration::from_secs(10));
    is_gone.expect("the program that git started lives on");
}
