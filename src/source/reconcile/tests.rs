//! What is served of files that cannot be used, from one run to the next.

use std::fs;

use super::*;
use crate::source::Beside;

const BROKEN: &str = "---\ntitle: [\n---\n";

/// What a new run knows of the folder.
fn restarted(root: &Path, manifest: &mut Manifest) -> ContentState {
    let mut known = ContentState::default();
    known.reconcile(root, manifest, None, |_, _| {}).unwrap();
    known.keep(manifest).unwrap();
    known
}

fn titles(known: &ContentState) -> Vec<String> {
    let articles = known.articles().into_iter();
    articles.map(|article| article.title.clone()).collect()
}

/// A folder so deep that it can be read until a folder above it has a longer name: permissions bar nobody who runs as root.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_read_keeps_its_articles_over_a_restart() {
    let outer = tempfile::tempdir().unwrap();
    let (short, long) = (outer.path().join("c"), outer.path().join("c".repeat(250)));
    let mut deep = short.clone();
    while deep.as_os_str().len() < 3_900 {
        deep.push("d".repeat(100));
    }
    fs::create_dir_all(&deep).unwrap();
    fs::write(deep.join("a.md"), "# Deep\n").unwrap();
    fs::write(short.join("b.md"), "# Near\n").unwrap();
    fs::write(short.join("c.md"), "# Gone\n").unwrap();
    let mut manifest = Manifest::in_memory().unwrap();
    assert_eq!(titles(&restarted(&short, &mut manifest)).len(), 3);

    fs::remove_file(short.join("c.md")).unwrap();
    fs::rename(&short, &long).unwrap();
    for _ in 0..2 {
        let known = restarted(&long, &mut manifest);
        assert!(known.of_files().any(|one| one.rule == "unreadable"));
        assert_eq!(titles(&known), ["Near", "Deep"]);
    }

    fs::rename(&long, &short).unwrap();
    fs::remove_file(deep.join("a.md")).unwrap();
    assert_eq!(titles(&restarted(&short, &mut manifest)), ["Near"]);
}

#[test]
fn broken_synonyms_stay_as_they_were_over_a_restart() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join(glossary::FILE);
    let mut manifest = Manifest::in_memory().unwrap();
    fs::write(root.path().join("a.md"), "# A\n").unwrap();
    fs::write(&file, "groups:\n- [fibre, broadband]\n").unwrap();
    restarted(root.path(), &mut manifest);
    fs::write(&file, "groups: [\n").unwrap();
    for _ in 0..2 {
        let known = restarted(root.path(), &mut manifest);
        assert!(known.of_files().any(|one| one.rule == "synonyms"));
        assert!(!known.synonyms().is_empty());
        assert_eq!(titles(&known), ["A"]);
    }
    fs::remove_file(&file).unwrap();
    restarted(root.path(), &mut manifest);
    fs::write(&file, "groups: [\n").unwrap();
    let known = restarted(root.path(), &mut manifest);
    assert!(known.synonyms().is_empty(), "what was removed stays so");
}

#[test]
fn a_broken_file_does_not_keep_an_id_that_another_file_has_now() {
    let root = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(root.path().join(name), text).unwrap();
    write("a.md", "---\nid: one\n---\n# Old\n");
    write("b.md", "---\nid: two\n---\n# Other\n");
    let mut manifest = Manifest::in_memory().unwrap();
    restarted(root.path(), &mut manifest);
    write("a.md", BROKEN);
    write("b.md", "---\nid: one\n---\n# New\n");
    let known = restarted(root.path(), &mut manifest);
    assert_eq!(titles(&known), ["New"]);
    let findings = known.findings(
        &|_| true,
        chrono::NaiveDate::default(),
        None,
        &Beside::default(),
    );
    let rules: Vec<_> = findings
        .iter()
        .map(|one| (&*one.path, &*one.rule))
        .collect();
    assert_eq!(rules, [("a.md", "front-matter")]);
    write("b.md", "---\nid: two\n---\n# Other\n");
    assert_eq!(
        titles(&restarted(root.path(), &mut manifest)),
        ["Old", "Other"]
    );
}
