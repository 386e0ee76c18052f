//! Keys that change while a ring is open, and damaged files.

use chrono::TimeDelta;

use super::*;
use crate::{
    keys::{NewKey, Rate, Scope, add, add_given, first_admin, list, parse_audiences, revoke},
    search::types::Audience,
};

fn key(name: &str) -> NewKey {
    let scopes = vec![Scope::Search];
    NewKey {
        name: name.into(),
        audience: parse_audiences(&[], &scopes),
        scopes,
        expires: None,
        rate: None,
    }
}

fn opens(ring: &Keyring, text: &str, now: DateTime<Utc>) -> Result<String, Denied> {
    ring.grant(KeyHash::of(text), now)
        .map(|grant| grant.name.clone())
}

/// Longer than a look and its reading, shorter than the contract's second.
fn let_it_be_seen() {
    std::thread::sleep(2 * LOOK_EVERY);
}

#[test]
fn changes_reach_an_open_ring_within_a_second() {
    let data = tempfile::tempdir().unwrap();
    let now = Utc::now();
    let ring = Keyring::open(data.path()).unwrap();
    assert!(!ring.in_use());

    let text = add(data.path(), &key("desk"), now).unwrap();
    let_it_be_seen();
    assert!(ring.in_use());
    assert_eq!(opens(&ring, &text, now), Ok("desk".into()));
    assert_eq!(opens(&ring, "cue_guess", now), Err(Denied::Unknown));

    revoke(data.path(), "desk", now).unwrap();
    let_it_be_seen();
    assert_eq!(opens(&ring, &text, now), Err(Denied::Unknown));
    assert!(
        ring.in_use(),
        "revoking the last key must not open the server"
    );

    std::fs::remove_file(data.path().join(FILE_NAME)).unwrap();
    let_it_be_seen();
    assert!(ring.in_use(), "losing the file must not open the server");
}

#[test]
fn a_file_that_vanishes_is_noticed_once_until_it_is_back() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join(FILE_NAME);
    add(data.path(), &key("desk"), Utc::now()).unwrap();
    let ring = Keyring::open(data.path()).unwrap();
    let mut look = Look::default();
    let mut is_told = || {
        ring.0.refresh(&mut look);
        look.is_told
    };
    assert!(!is_told());
    let bytes = std::fs::read(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    assert!(is_told());
    assert!(is_told());
    std::fs::write(&file, bytes).unwrap();
    assert!(!is_told());
}

#[test]
fn an_admin_key_from_the_environment_must_not_open_less() {
    let data = tempfile::tempdir().unwrap();
    let now = Utc::now();
    let text = add(data.path(), &key("desk"), now).unwrap();
    let error = first_admin(data.path(), Some(&text), now).unwrap_err();
    let said = error.to_string();
    assert!(
        said.contains("\"desk\" without the scope admin; give another"),
        "{said}"
    );

    let mut admin = key("chief");
    (admin.scopes, admin.expires) = (vec![Scope::Admin], Some(now + TimeDelta::hours(1)));
    let text = add(data.path(), &admin, now).unwrap();
    assert!(
        first_admin(data.path(), Some(&text), now)
            .unwrap()
            .is_none()
    );
    let later = now + TimeDelta::hours(2);
    let said = first_admin(data.path(), Some(&text), later)
        .unwrap_err()
        .to_string();
    assert!(said.contains("\"chief\" and has expired"), "{said}");
}

#[test]
fn a_file_that_is_lost_stops_the_next_start() {
    let data = tempfile::tempdir().unwrap();
    let (file, mark) = (data.path().join(FILE_NAME), data.path().join("keys.in-use"));
    let lose = || {
        std::fs::remove_file(&file).unwrap();
        let start = Keyring::open(data.path()).unwrap_err();
        assert!(matches!(start, KeysError::Lost(..)), "{start}");
    };
    add(data.path(), &key("desk"), Utc::now()).unwrap();
    lose();
    add(data.path(), &key("desk"), Utc::now()).unwrap();
    std::fs::remove_file(&mark).unwrap();
    // A folder of an earlier release.
    assert!(Keyring::open(data.path()).unwrap().in_use());
    lose();
    std::fs::remove_file(&mark).unwrap();
    assert!(!Keyring::open(data.path()).unwrap().in_use());
}

#[test]
fn an_emptied_file_opens_nothing_and_the_next_key_counts() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join(FILE_NAME);
    let now = Utc::now();
    let old = add(data.path(), &key("desk"), now).unwrap();
    let ring = Keyring::open(data.path()).unwrap();
    std::fs::write(&file, "").unwrap();
    let_it_be_seen();
    assert!(ring.in_use() && opens(&ring, &old, now).is_ok());

    std::fs::remove_file(&file).unwrap();
    let nobody = NewKey {
        scopes: Vec::new(),
        ..key("desk")
    };
    assert!(add(data.path(), &key("two words"), now).is_err());
    assert!(add(data.path(), &nobody, now).is_err());
    assert!(first_admin(data.path(), Some("short"), now).is_err());
    assert!(!file.exists(), "what is refused makes no file");

    let new = add(data.path(), &key("desk"), now).unwrap();
    let_it_be_seen();
    assert!(opens(&ring, &new, now).is_ok());
    assert_eq!(opens(&ring, &old, now), Err(Denied::Unknown));
}

#[test]
fn a_file_of_an_earlier_release_is_read_and_grows_rates() {
    let data = tempfile::tempdir().unwrap();
    let now = Utc::now();
    let old = add(data.path(), &key("old"), now).unwrap();
    let file = Connection::open(data.path().join(FILE_NAME)).unwrap();
    file.execute_batch("ALTER TABLE keys DROP COLUMN rate")
        .unwrap();
    drop(file);
    assert!(opens(&Keyring::open(data.path()).unwrap(), &old, now).is_ok());

    let rate: Rate = "10/s".parse().unwrap();
    let limited = NewKey {
        rate: Some(rate),
        ..key("limited")
    };
    let text = add(data.path(), &limited, now).unwrap();
    let ring = Keyring::open(data.path()).unwrap();
    let rate_of = |text: &str| ring.grant(KeyHash::of(text), now).unwrap().rate;
    assert_eq!((rate_of(&old), rate_of(&text)), (None, Some(rate)));
}

#[test]
fn a_key_ends_on_its_day() {
    let data = tempfile::tempdir().unwrap();
    let now = Utc::now();
    let text = add(
        data.path(),
        &NewKey {
            expires: Some(now + TimeDelta::hours(1)),
            ..key("shift")
        },
        now,
    )
    .unwrap();
    let ring = Keyring::open(data.path()).unwrap();
    assert!(opens(&ring, &text, now).is_ok());
    assert_eq!(
        opens(&ring, &text, now + TimeDelta::hours(1)),
        Err(Denied::Expired)
    );
}

#[test]
fn an_end_that_nobody_can_read_has_come() {
    let data = tempfile::tempdir().unwrap();
    let now = Utc::now();
    let texts: Vec<String> = ["expires", "revoked"]
        .iter()
        .map(|name| add(data.path(), &key(name), now).unwrap())
        .collect();
    let file = Connection::open(data.path().join(FILE_NAME)).unwrap();
    file.execute_batch(
        "UPDATE keys SET expires = '31.12.2026' WHERE name = 'expires';
         UPDATE keys SET revoked = 'yes' WHERE name = 'revoked';",
    )
    .unwrap();
    let ring = Keyring::open(data.path()).unwrap();
    assert_eq!(opens(&ring, &texts[0], now), Err(Denied::Expired));
    assert_eq!(opens(&ring, &texts[1], now), Err(Denied::Unknown));
}

#[test]
fn names_are_unique_among_keys_in_use_and_texts_are_not_kept() {
    let data = tempfile::tempdir().unwrap();
    let now = Utc::now();
    assert!(list(data.path()).unwrap().is_empty());
    let text = add(data.path(), &key("desk"), now).unwrap();
    assert!(matches!(
        add(data.path(), &key("desk"), now),
        Err(KeysError::NameTaken(_))
    ));
    assert!(matches!(
        revoke(data.path(), "other", now),
        Err(KeysError::UnknownName(_))
    ));
    revoke(data.path(), "desk", now).unwrap();
    add(data.path(), &key("desk"), now).unwrap();
    let good: Vec<bool> = list(data.path())
        .unwrap()
        .iter()
        .map(|record| record.is_good(now))
        .collect();
    assert_eq!(good, [false, true]);
    let file = std::fs::read(data.path().join(FILE_NAME)).unwrap();
    assert!(
        !file
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    );
    for name in ["", "two words", "a/b", "tab\t"] {
        assert!(
            matches!(add(data.path(), &key(name), now), Err(KeysError::BadName)),
            "{name:?}"
        );
    }
}

#[test]
fn the_first_start_makes_one_admin_and_says_it_once() {
    let data = tempfile::tempdir().unwrap();
    let now = Utc::now();
    let text = first_admin(data.path(), None, now).unwrap().unwrap();
    assert_eq!(first_admin(data.path(), None, now).unwrap(), None);
    let ring = Keyring::open(data.path()).unwrap();
    let grant = ring.grant(KeyHash::of(&text), now).unwrap();
    assert!(grant.is_admin());
    assert_eq!(grant.audience, Audience::Unrestricted);
}

#[test]
fn an_admin_key_from_the_environment_replaces_the_one_before() {
    let data = tempfile::tempdir().unwrap();
    let now = Utc::now();
    let (old, new) = (
        "first-key-of-the-environment",
        "second-key-of-the-environment",
    );
    assert!(matches!(
        first_admin(data.path(), Some("short"), now),
        Err(KeysError::WeakKey(_))
    ));
    for given in [old, old, new] {
        assert_eq!(first_admin(data.path(), Some(given), now).unwrap(), None);
    }
    let ring = Keyring::open(data.path()).unwrap();
    assert_eq!(opens(&ring, old, now), Err(Denied::Unknown));
    assert_eq!(opens(&ring, new, now), Ok("admin".into()));
    // Put back, and back again; spaces around it are nobody's.
    for (hours, given, other) in [(1, old, new), (2, new, old), (3, old, new)] {
        let now = now + TimeDelta::hours(hours);
        let spaced = format!(" {given}\n");
        first_admin(data.path(), Some(&spaced), now).unwrap();
        let ring = Keyring::open(data.path()).unwrap();
        assert_eq!(opens(&ring, other, now), Err(Denied::Unknown), "{hours}");
        assert_eq!(opens(&ring, given, now), Ok("admin".into()), "{hours}");
    }
    // One that was revoked by hand does not come back.
    let later = now + TimeDelta::hours(4);
    revoke(data.path(), "admin", later).unwrap();
    for given in [old, new, old] {
        first_admin(data.path(), Some(given), later + TimeDelta::hours(1)).unwrap();
    }
    let ring = Keyring::open(data.path()).unwrap();
    assert_eq!(opens(&ring, old, later), Err(Denied::Unknown));
}

/// What nobody can read, root neither: a link to itself.
#[cfg(unix)]
fn unreadable(data: &Path) -> PathBuf {
    let file = data.join(FILE_NAME);
    std::os::unix::fs::symlink(&file, &file).unwrap();
    file
}

#[cfg(unix)]
#[test]
fn keys_that_cannot_be_read_close_a_running_server_and_stop_the_next_start() {
    let data = tempfile::tempdir().unwrap();
    let now = Utc::now();
    let ring = Keyring::open(data.path()).unwrap();
    assert!(!ring.in_use());
    let file = unreadable(data.path());
    let_it_be_seen();
    assert!(ring.in_use());
    assert_eq!(opens(&ring, "cue_guess", now), Err(Denied::Unreadable));

    let start = Keyring::open(data.path()).unwrap_err();
    assert!(matches!(start, KeysError::Unreadable { .. }), "{start}");
    assert!(start.to_string().contains("chown"), "{start}");
    for made in [
        add(data.path(), &key("desk"), now),
        first_admin(data.path(), None, now).map(Option::unwrap_or_default),
    ] {
        assert!(matches!(made, Err(KeysError::Unreadable { .. })));
    }

    std::fs::remove_file(&file).unwrap();
    let_it_be_seen();
    assert!(ring.in_use(), "taking the file away must not open it again");
    let text = add(data.path(), &key("desk"), now).unwrap();
    let_it_be_seen();
    assert_eq!(opens(&ring, &text, now), Ok("desk".into()));
}

#[test]
fn a_file_without_keys_opens_nothing() {
    for text in ["", "no database at all, but longer than a header of SQLite"] {
        let data = tempfile::tempdir().unwrap();
        let running = Keyring::open(data.path()).unwrap();
        std::fs::write(data.path().join(FILE_NAME), text).unwrap();
        let_it_be_seen();
        let started = Keyring::open(data.path());
        assert_eq!(started.is_ok(), text.is_empty(), "{text:?}");
        for ring in [Some(running), started.ok()].into_iter().flatten() {
            assert!(ring.in_use(), "{text:?}");
            let given = opens(&ring, "cue_guess", Utc::now());
            assert_eq!(given, Err(Denied::Unreadable), "{text:?}");
        }
    }
}

#[test]
fn servers_may_share_a_key_that_nobody_guesses() {
    let now = Utc::now();
    let servers = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let text = add(servers[0].path(), &key("desk"), now).unwrap();
    let given = |text: &str| add_given(servers[1].path(), &key("desk"), text, now);
    for weak in ["x".repeat(31), format!("{text} x"), "密".repeat(32)] {
        assert!(matches!(given(&weak), Err(KeysError::WeakKey(32))));
    }
    given(&text).unwrap();
    for data in &servers {
        let ring = Keyring::open(data.path()).unwrap();
        assert_eq!(opens(&ring, &text, now), Ok("desk".to_owned()));
    }
    assert!(matches!(given(&text), Err(KeysError::KnownKey)));
    revoke(servers[1].path(), "desk", now).unwrap();
    assert!(matches!(given(&text), Err(KeysError::KnownKey)));
}
