//! Commands next to the server that exports the commits: they cite what it cites, and write nothing.

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
    sync::Arc,
    time::Instant,
};

use cuecard::{
    app::App,
    config::{Config, Overrides},
    service::Service as _,
};

use crate::changes::Folder;

use super::{PATIENCE, Serving, commit, write};

/// A command on the commits of a repository.
fn run(arguments: &[&str], url: &str, data: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cuecard"));
    command
        .args(arguments)
        .args(["--model", "none", "--git-url", url, "--git-folder", "kb"])
        .arg("--data")
        .arg(data)
        .stdin(Stdio::null());
    command.output().unwrap()
}

#[test]
fn what_is_cited_beside_a_server_is_what_the_server_cites() {
    let folder = Folder::new();
    let (outer, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(&folder, "kb/a.md", "# Refund\n\nFive days.\n");
    let first = commit(&folder);
    write(&folder, "kb/b.md", "# Roaming\n\nAbroad.\n");
    let last = commit(&folder);
    let remote = outer.path().join("remote.git");
    folder.git(&["clone", "--quiet", "--bare", ".", remote.to_str().unwrap()]);
    let local = folder.root().display().to_string();
    for url in [local, format!("file://{}", remote.display())] {
        let serving = Serving::start(url.clone(), None, "kb", data.path());
        serving.wait(&last, |_| true);

        let found = run(&["search", "refund", "--json"], &url, data.path()).stdout;
        let found: serde_json::Value = serde_json::from_slice(&found).unwrap();
        assert_eq!(found["index"]["revision"], last, "{found}");
        assert_eq!(found["hits"][0]["revision"], first, "{found}");

        let overrides = Overrides {
            data: Some(data.path().to_owned()),
            git_url: Some(url),
            git_folder: Some("kb".to_owned()),
            model: Some("none".to_owned()),
            ..Overrides::default()
        };
        let app = Arc::new(App::beside(Config::read(None, &overrides).unwrap()).unwrap());
        let begun = Instant::now();
        while !app.is_ready() {
            assert!(begun.elapsed() < PATIENCE);
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let catalog = app.catalog();
        assert_eq!(catalog.info.revision, last);
        let article = catalog.get("a").unwrap();
        assert_eq!(catalog.revision_of(article), first);
    }
}

#[test]
fn where_no_server_has_laid_commits_out_nobody_else_does() {
    let folder = Folder::new();
    let data = tempfile::tempdir().unwrap();
    write(&folder, "kb/a.md", "# Refund\n");
    commit(&folder);
    let url = folder.root().display().to_string();
    for arguments in [&["mcp"][..], &["search", "refund"]] {
        let refused = run(arguments, &url, data.path());
        let told = String::from_utf8(refused.stderr).unwrap();
        assert!(!refused.status.success(), "{told}");
        assert!(told.contains("start it once on that data folder"), "{told}");
    }
    assert_eq!(fs::read_dir(data.path()).unwrap().count(), 0);
}
