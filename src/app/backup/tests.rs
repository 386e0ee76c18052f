//! Backups made during writes, refusals, and what is restored.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use super::*;
use crate::{
    insights::{Insights, MissingArticle, Settings},
    keys::{NewKey, Scope},
    search::types::Audience,
};

fn add_key(data: &Path, name: &str) {
    let key = NewKey {
        name: name.to_owned(),
        scopes: vec![Scope::Search],
        audience: Audience::Unrestricted,
        expires: None,
        rate: None,
    };
    keys::add(data, &key, Utc::now()).unwrap();
}

fn names_of_keys(data: &Path) -> Vec<String> {
    let good = keys::list(data).unwrap().into_iter();
    let good = good.filter(|key| key.is_good(Utc::now()));
    good.map(|key| key.name).collect()
}

fn report_gap(insights: &Insights, n: usize) {
    let missing = MissingArticle {
        query: format!("question {n}"),
        comment: None,
        query_id: None,
        by: "desk".to_owned(),
        audience: Audience::Unrestricted,
    };
    insights.report_gap(missing, Utc::now());
}

/// Questions in the record, which must be sound.
fn questions(folder: &Path) -> usize {
    let file = Connection::open(folder.join(insights::FILE_NAME)).unwrap();
    let one = |sql: &str| file.query_row(sql, [], |row| row.get::<_, String>(0));
    assert_eq!(one("PRAGMA integrity_check").unwrap(), "ok");
    let count = one("SELECT CAST(count(DISTINCT query) AS TEXT) FROM reports");
    count.unwrap().parse().unwrap()
}

/// A data folder with a key, two questions and two days of the audit log.
fn filled(data: &Path) {
    add_key(data, "desk");
    let insights = Insights::open(data, Settings::default(), None);
    (0..2).for_each(|n| report_gap(&insights, n));
    insights.flush().unwrap();
    drop(insights);
    fs::create_dir(data.join("audit")).unwrap();
    fs::write(data.join("audit/2026-11-24.jsonl"), "{\"n\":1}\n").unwrap();
    fs::write(data.join("audit/2026-11-25.jsonl"), "{\"n\":2}\n{\"n\"").unwrap();
}

fn entries(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

#[test]
fn a_record_that_is_written_to_is_copied_as_of_one_moment() {
    let (data, place) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let insights = Arc::new(Insights::open(data.path(), Settings::default(), None));
    (0..500).for_each(|n| report_gap(&insights, n));
    insights.flush().unwrap();
    let is_done = Arc::new(AtomicBool::new(false));
    let writer = thread::spawn({
        let (insights, is_done) = (Arc::clone(&insights), Arc::clone(&is_done));
        move || {
            let mut n = 500;
            while !is_done.load(Ordering::Relaxed) {
                report_gap(&insights, n);
                insights.flush().unwrap();
                n += 1;
            }
            n
        }
    });
    let mut counts = Vec::new();
    for n in 0..5 {
        let to = place.path().join(format!("day {n}"));
        let copied = backup(data.path(), &to).unwrap();
        assert_eq!((copied[1].name, copied[1].files), ("insights.sqlite", 1));
        counts.push(questions(&to));
    }
    is_done.store(true, Ordering::Relaxed);
    let written = writer.join().unwrap();
    assert!(counts[0] >= 500 && counts.is_sorted() && counts[4] <= written);
    assert!(written > 505, "the test says nothing: {written}");
    insights.flush().unwrap();
    assert_eq!(questions(data.path()), written);
}

#[test]
fn everything_is_copied_for_its_owner_alone_and_nothing_overwritten() {
    let (data, place) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    filled(data.path());
    // A server that runs is no hindrance.
    let _lock = lock::take(data.path()).unwrap();
    let to = place.path().join("deep/er/");
    let copied = backup(data.path(), &to).unwrap();
    for one in &copied[..2] {
        let size = fs::metadata(to.join(one.name)).unwrap().len();
        assert_eq!((one.files, one.bytes), (1, size));
    }
    let days = Copied {
        name: "audit/",
        files: 2,
        bytes: 16,
    };
    assert_eq!(copied[2], days);
    let half = fs::read_to_string(to.join("audit/2026-11-25.jsonl")).unwrap();
    assert_eq!(half, "{\"n\":2}\n");
    assert_eq!(names_of_keys(&to), ["desk"]);
    assert_eq!(questions(&to), 2);
    assert_eq!(entries(&place.path().join("deep")), ["er"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        let files =
            [insights::FILE_NAME, "audit/2026-11-24.jsonl"].map(|name| mode(&to.join(name)));
        assert_eq!((mode(&to), files), (0o700, [0o600; 2]));
    }
    let again = backup(data.path(), &to).unwrap_err();
    assert!(matches!(again, BackupError::Taken(_)), "{again}");
}

#[test]
fn a_copy_that_fails_leaves_nothing_behind() {
    let (data, place) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let to = place.path().join("copy");
    let nothing = backup(data.path(), &to).unwrap_err();
    assert!(matches!(nothing, BackupError::Nothing(_)), "{nothing}");
    add_key(data.path(), "desk");
    fs::write(data.path().join(insights::FILE_NAME), "no database at all").unwrap();
    let broken = backup(data.path(), &to).unwrap_err();
    assert!(
        broken
            .to_string()
            .contains("insights.sqlite could not be copied"),
        "{broken}"
    );
    assert_eq!(entries(place.path()), [] as [&str; 0]);
    // Nor does what cannot be put back.
    let other = place.path().join("data");
    restore(data.path(), &other, Utc::now()).unwrap_err();
    assert_eq!(entries(&other), ["lock"]);
}

#[test]
fn what_was_there_is_moved_aside_and_the_backup_comes_back() {
    let (data, place) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let to = place.path().join("copy");
    filled(data.path());
    backup(data.path(), &to).unwrap();
    keys::revoke(data.path(), "desk", Utc::now()).unwrap();
    add_key(data.path(), "later");
    // What a server that was killed leaves beside: it must not be read with the new file.
    let insights_file = data.path().join(insights::FILE_NAME);
    let killed = Connection::open(&insights_file).unwrap();
    killed.execute("DELETE FROM reports", []).unwrap();
    let log = fs::read(data.path().join("insights.sqlite-wal")).unwrap();
    drop(killed);
    fs::write(data.path().join("insights.sqlite-wal"), log).unwrap();
    fs::remove_file(data.path().join("audit/2026-11-24.jsonl")).unwrap();
    fs::write(
        data.path().join("audit/2026-11-25.jsonl"),
        "longer by now\n",
    )
    .unwrap();

    let lock = lock::take(data.path()).unwrap();
    let running = restore(&to, data.path(), Utc::now()).unwrap_err();
    assert!(running.to_string().contains("stop that one"), "{running}");
    drop(lock);
    let now = "2026-11-26T19:00:00Z".parse().unwrap();
    let restored = restore(&to, data.path(), now).unwrap();

    assert_eq!(names_of_keys(data.path()), ["desk"]);
    assert_eq!(questions(data.path()), 2);
    assert_eq!(restored.copied[2].files, 1, "a day that is there stays");
    let day = |name: &str| fs::read_to_string(data.path().join("audit").join(name)).unwrap();
    assert_eq!(day("2026-11-24.jsonl"), "{\"n\":1}\n");
    assert_eq!(day("2026-11-25.jsonl"), "longer by now\n");
    let before = data.path().join("before-restore-20261126T190000Z");
    assert_eq!(restored.before.as_ref(), Some(&before));
    let moved = ["insights.sqlite", "insights.sqlite-wal", "keys.sqlite"];
    assert_eq!(entries(&before), moved);
    assert_eq!(names_of_keys(&before), ["later"]);
    // Into a folder that is not there: nothing is moved.
    let fresh = place.path().join("fresh/data");
    assert_eq!(restore(&to, &fresh, now).unwrap().before, None);
    assert_eq!(questions(&fresh), 2);
}

#[cfg(unix)]
#[test]
fn what_root_puts_back_belongs_to_the_data_folders_owner() {
    use std::os::unix::fs::{MetadataExt as _, chown};
    const NOBODY: u32 = 65_534;
    let (data, place) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let to = place.path().join("copy");
    filled(data.path());
    backup(data.path(), &to).unwrap();
    let fresh = place.path().join("fresh");
    fs::create_dir(&fresh).unwrap();
    // Only root gives files away.
    if chown(&fresh, Some(NOBODY), Some(NOBODY)).is_err() {
        return;
    }
    restore(&to, &fresh, Utc::now()).unwrap();
    let days = ["audit", "audit/2026-11-24.jsonl", "audit/2026-11-25.jsonl"];
    for name in DATABASES.into_iter().chain(days).chain(["lock"]) {
        let owner = fresh.join(name).metadata().unwrap().uid();
        assert_eq!(owner, NOBODY, "{name}");
    }
}
