//! The guarantees of every store, checked on each: in memory, Qdrant in process, and the Qdrant server that the
//! environment variable `CUECARD_TEST_QDRANT_URL` names (`qdrant://host:6334`), if it is set.

use std::{io::Write as _, sync::Arc, time::Duration};

use super::*;
use crate::{
    article::parse,
    index::embed::{Embedder, HashedEmbedder},
};

/// An article, with the values that searches are narrowed by.
fn entry(id: &str, lang: &str, more: &str) -> Indexed {
    let text = format!("---\nid: {id}\nlang: {lang}\n{more}---\n\n# {id}\n\nText.\n");
    let parsed = parse("a.md", text.as_bytes());
    Indexed::new(Arc::new(parsed.article.unwrap()), String::new(), "hashed")
}

fn vector(text: &str) -> Vector {
    HashedEmbedder.query(text).unwrap()
}

fn point<'a>(key: u64, text: &str, entry: &'a Indexed) -> Point<'a> {
    Point {
        key,
        vector: vector(text),
        entry,
    }
}

/// Keys of the nearest.
fn near(store: &dyn VectorStore, text: &str, narrow: &EngineFilter, limit: usize) -> Vec<u64> {
    let vector = &vector(text);
    let question = Question {
        vector,
        narrow,
        limit,
    };
    let found = store.nearest(&[question]).unwrap();
    found[0].iter().map(|(key, _)| *key).collect()
}

/// A Qdrant server's store on a collection of its own, which goes with it.
pub(crate) fn server() -> Option<ServerStore> {
    let Ok(address) = std::env::var("CUECARD_TEST_QDRANT_URL") else {
        // Past the harness, which shows no words of tests that pass.
        let _ = writeln!(
            std::io::stderr(),
            "passed over: the store on a server, CUECARD_TEST_QDRANT_URL names none"
        );
        return None;
    };
    let settings = ServerSettings {
        url: String::new(),
        api_key: std::env::var("CUECARD_QDRANT_API_KEY").unwrap_or_default(),
        collection: format!("test-{}", uuid::Uuid::new_v4()),
        shards: 0,
        copies: 1,
        timeout_ms: 2_000,
        grace_secs: 0,
    };
    let settings = settings.at(&address).unwrap();
    let store = ServerStore::new(&settings, "hashed", HashedEmbedder.dimensions());
    Some(store.unwrap())
}

fn on_each(check: impl Fn(&dyn VectorStore)) {
    check(&MemoryStore::default());
    let folder = tempfile::tempdir().unwrap();
    check(&EdgeStore::open(folder.path(), HashedEmbedder.dimensions()).unwrap());
    if let Some(store) = server() {
        store.keys().unwrap();
        check(&store);
        store.delete();
    }
}

#[test]
fn points_are_kept_replaced_and_removed_by_key() {
    on_each(|store| {
        let article = entry("a", "en", "");
        assert!(store.keys().unwrap().is_empty());
        let points = [
            point(7, "refund an order", &article),
            point(u64::MAX, "roaming abroad", &article),
        ];
        store.upsert(&points).unwrap();
        store.upsert(&points).unwrap();
        store.settle().unwrap();
        assert_eq!(store.keys().unwrap(), HashSet::from([7, u64::MAX]));
        assert_eq!(
            near(store, "refund an order", &EngineFilter::default(), 1),
            [7]
        );
        store.upsert(&[point(7, "a new router", &article)]).unwrap();
        assert_eq!(
            near(store, "a new router", &EngineFilter::default(), 1),
            [7]
        );
        store.remove(&[7, 8]).unwrap();
        store.settle().unwrap();
        assert_eq!(store.keys().unwrap(), HashSet::from([u64::MAX]));
        assert_eq!(
            near(store, "a new router", &EngineFilter::default(), 9),
            [u64::MAX]
        );
    });
}

#[test]
fn cosines_come_best_first_and_each_question_has_its_own_bounds() {
    on_each(|store| {
        let (en, zh) = (entry("a", "en", ""), entry("b", "zh-Hans", ""));
        let points = [
            point(1, "refund order late", &en),
            point(2, "refund order", &en),
            point(3, "退款", &zh),
        ];
        store.upsert(&points).unwrap();
        let only = |lang: &str| EngineFilter {
            langs: Some(vec![lang.to_owned()]),
            ..EngineFilter::default()
        };
        let (asked, other) = (vector("refund order"), vector("退款"));
        let (english, chinese) = (only("en"), only("zh-Hans"));
        let question = |vector, narrow, limit| Question {
            vector,
            narrow,
            limit,
        };
        let found = store
            .nearest(&[
                question(&asked, &english, 5),
                question(&other, &chinese, 5),
                question(&asked, &english, 1),
            ])
            .unwrap();
        let keys = |found: &Nearest| found.iter().map(|(key, _)| *key).collect::<Vec<_>>();
        let expected = [vec![2, 1], vec![3], vec![2]];
        assert_eq!(found.iter().map(keys).collect::<Vec<_>>(), expected);
        // A store may keep components of 16 bits.
        assert!((found[0][0].1 - 1.0).abs() < 1e-3, "{:?}", found[0]);
        let cosine = asked
            .iter()
            .zip(&points[0].vector)
            .map(|(x, y)| x * y)
            .sum::<f32>();
        assert!((found[0][1].1 - cosine).abs() < 1e-3, "{:?}", found[0]);
    });
}

#[test]
fn a_shard_of_another_shape_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let article = entry("a", "en", "");
    {
        let store = EdgeStore::open(folder.path(), 3).unwrap();
        let old = Point {
            key: 1,
            vector: vec![1.0, 0.0, 0.0],
            entry: &article,
        };
        store.upsert(&[old]).unwrap();
        store.settle().unwrap();
    }
    let store = EdgeStore::open(folder.path(), HashedEmbedder.dimensions()).unwrap();
    assert!(store.keys().unwrap().is_empty());
    store.upsert(&[point(2, "refund", &article)]).unwrap();
    assert_eq!(near(&store, "refund", &EngineFilter::default(), 9), [2]);
}

#[test]
fn languages_are_told_apart_in_every_script_and_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let open = || EdgeStore::open(folder.path(), HashedEmbedder.dimensions()).unwrap();
    let check = |store: &EdgeStore, langs: &[&str], expected: &[u64]| {
        let langs = langs.iter().map(|lang| (*lang).to_owned()).collect();
        let narrow = EngineFilter {
            langs: Some(langs),
            ..EngineFilter::default()
        };
        let mut found = near(store, "refund", &narrow, 9);
        found.sort_unstable();
        assert_eq!(found, expected, "{narrow:?}");
    };
    let check_all = |store: &EdgeStore| {
        check(store, &["en"], &[1]);
        check(store, &["en", "de"], &[1, 2]);
        check(store, &["ja"], &[4]);
        check(store, &["de", "zh-Hant", "fr"], &[2, 3]);
        check(store, &["en", "de", "zh-Hant", "ja"], &[1, 2, 3, 4]);
        check(store, &["fr"], &[]);
        check(store, &[], &[]);
        assert_eq!(near(store, "refund", &EngineFilter::default(), 9).len(), 4);
        assert_eq!(near(store, "refund", &EngineFilter::default(), 3).len(), 3);
    };
    let store = open();
    for (key, lang) in (1..).zip(["en", "de", "zh-Hant", "ja"]) {
        let article = entry(lang, lang, "");
        store.upsert(&[point(key, "refund", &article)]).unwrap();
    }
    check_all(&store);
    store.settle().unwrap();
    drop(store);
    check_all(&open());
}

#[test]
fn a_shard_of_an_earlier_form_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let old = folder.path().join("segments");
    std::fs::create_dir_all(old.join("one")).unwrap();
    let article = entry("a", "en", "");
    let store = EdgeStore::open(folder.path(), HashedEmbedder.dimensions()).unwrap();
    assert!(store.keys().unwrap().is_empty() && !old.exists());
    store.upsert(&[point(2, "refund", &article)]).unwrap();
    assert_eq!(near(&store, "refund", &EngineFilter::default(), 9), [2]);
}

#[test]
fn every_bound_holds() {
    on_each(|store| {
        let a = entry(
            "hotel:8",
            "en",
            "tags: [billing/refunds, two words]\nproducts: [fiber]\naudience: [agent]\n",
        );
        let b = entry("b", "en", "tags: [other]\naudience: [customer, agent]\n");
        store
            .upsert(&[point(1, "refund", &a), point(2, "refund", &b)])
            .unwrap();
        let check = |narrow: EngineFilter, expected: &[u64]| {
            let mut found = near(store, "refund", &narrow, 9);
            found.sort_unstable();
            assert_eq!(found, expected, "{narrow:?}");
        };
        let list = |values: &[&str]| Some(values.iter().map(|v| (*v).to_owned()).collect());
        let none = EngineFilter::default;
        check(none(), &[1, 2]);
        check(
            EngineFilter {
                tags: list(&["two words"]),
                ..none()
            },
            &[1],
        );
        check(
            EngineFilter {
                products: list(&["dsl", "fiber"]),
                ..none()
            },
            &[1],
        );
        check(
            EngineFilter {
                audience: list(&["customer"]),
                ..none()
            },
            &[2],
        );
        check(
            EngineFilter {
                audience: list(&["agent", "customer"]),
                ..none()
            },
            &[1, 2],
        );
        check(
            EngineFilter {
                audience: list(&[]),
                ..none()
            },
            &[],
        );
        check(
            EngineFilter {
                ids: list(&["hotel:8"]).map(Vec::into),
                ..none()
            },
            &[1],
        );
        check(
            EngineFilter {
                not_ids: ["hotel:8".to_owned()].into(),
                ..none()
            },
            &[2],
        );
        let both = EngineFilter {
            langs: list(&["en"]),
            not_ids: ["b".to_owned()].into(),
            ..none()
        };
        check(both, &[1]);
    });
}

#[test]
fn many_points_take_several_requests() {
    on_each(|store| {
        let article = entry("a", "en", "");
        let points: Vec<_> = (0..1_201)
            .map(|key| point(key, &format!("text {key}"), &article))
            .collect();
        store.upsert(&points).unwrap();
        assert_eq!(store.keys().unwrap().len(), 1_201);
        assert!(near(store, "text 700", &EngineFilter::default(), 20).contains(&700));
        let most: Vec<u64> = (1..1_201).collect();
        store.remove(&most).unwrap();
        assert_eq!(store.keys().unwrap(), HashSet::from([0]));
    });
}

#[test]
fn a_server_that_is_away_is_told_and_then_left_alone() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("qdrant://{}", free.local_addr().unwrap());
    drop(free);
    let settings = ServerSettings {
        url: String::new(),
        api_key: String::new(),
        collection: "cuecard".to_owned(),
        shards: 0,
        copies: 1,
        timeout_ms: 300,
        grace_secs: 60,
    };
    let store = ServerStore::new(&settings.at(&address).unwrap(), "hashed", 256).unwrap();
    let (asked, narrow) = (vector("refund"), EngineFilter::default());
    let ask = || {
        store
            .nearest(&[Question {
                vector: &asked,
                narrow: &narrow,
                limit: 3,
            }])
            .unwrap_err()
            .to_string()
    };
    for _ in 0..3 {
        let told = ask();
        assert!(told.contains("search goes on by keyword"), "{told}");
    }
    assert_eq!(store.faults(), 3);
    assert!(ask().contains("left alone"), "{}", ask());
    assert_eq!(store.faults(), 3, "nobody is asked meanwhile");
    assert_eq!(store.grace(), Duration::from_secs(60));
}

#[test]
fn replicas_may_remove_while_all_serve_one_commit() {
    let Some(one) = server() else { return };
    let other = one.another();
    assert!(one.serves(Some("a")).unwrap());
    assert!(!other.serves(Some("b")).unwrap());
    assert!(!one.serves(Some("a")).unwrap());
    assert!(one.serves(Some("b")).unwrap());
    assert!(
        one.serves(None).unwrap(),
        "outside git there are no commits"
    );
    one.delete();
}

#[test]
fn replicas_that_split_chinese_differently_remove_nothing_of_each_other() {
    let Some(one) = server() else { return };
    let _alone = crate::text::alone();
    crate::text::set_terms(&[]);
    let other = one.another();
    assert!(one.serves(Some("a")).unwrap());
    crate::text::set_terms(&["海陆套餐组".to_owned()]);
    assert!(!other.serves(Some("a")).unwrap());
    assert!(
        one.serves(Some("a")).unwrap(),
        "it has learned the word too"
    );
    assert!(other.serves(Some("a")).unwrap());
    one.delete();
}

#[test]
fn the_alias_goes_to_the_model_that_is_complete() {
    let Some(old) = server() else { return };
    let new = old.with_model("next", 8);
    for store in [&old, &new] {
        store.keys().unwrap();
        store.complete().unwrap();
        assert_eq!(store.alias().as_deref(), Some(store.collection()));
    }
    new.delete();
    old.delete();
}
