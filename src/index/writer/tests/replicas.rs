//! Several writers on one store, and a store that lost something or has no room.

use super::*;

#[test]
fn what_a_store_lost_is_brought_again_when_a_search_found_it_away() {
    let store = Arc::new(Shared::default());
    let mut writer = replica(&store);
    publish(&mut writer, 1, &[FIRST, SECOND]);
    store.wipe();
    store.cut(true);
    let asked = vec![0.0; 256];
    let question = Question {
        vector: &asked,
        narrow: &EngineFilter::default(),
        limit: 1,
    };
    let index = Arc::clone(writer.index());
    let asked = index.vectors.as_ref().unwrap();
    asked.nearest(&[question]).unwrap_err();
    store.cut(false);
    // As if the first look were long ago.
    writer.presence.doubt_from = Instant::now();
    until_back(&mut writer);
    assert_eq!(store.held(), expected(&writer));
}

#[test]
fn replicas_remove_nothing_while_they_serve_different_commits() {
    let store = Arc::new(Shared::default());
    let mut one = replica(&store);
    publish(&mut one, 1, &[FIRST, SECOND]);
    let mut other = replica(&store);
    publish(&mut other, 2, &[FIRST, THIRD]);
    let both: HashSet<u64> = expected(&one).union(&expected(&other)).copied().collect();
    assert_eq!(store.held(), both);
    // It looks again, and finds units that are none of its own.
    store.faults.fetch_add(1, Ordering::SeqCst);
    until_back(&mut one);
    one.sweep().unwrap();
    other.sweep().unwrap();
    assert_eq!(store.held(), both, "whichever commit is the newer one");
    publish(&mut one, 2, &[FIRST, THIRD]);
    other.sweep().unwrap();
    assert_eq!(store.held(), expected(&other));
    one.sweep().unwrap();
    assert_eq!(store.held(), expected(&one));
}

#[test]
fn a_later_replica_embeds_nothing_that_is_there() {
    let store = Arc::new(Shared::default());
    let mut first = replica(&store);
    publish(&mut first, 1, &[FIRST, SECOND]);
    let mut second = replica(&store);
    second
        .queue_vectors(&first.index().generation().catalog)
        .unwrap();
    assert!(second.waiting.is_empty());
}

#[test]
fn a_store_is_told_once_for_each_generation_and_look_that_it_is_complete() {
    let store = Arc::new(Shared::default());
    let mut writer = replica(&store);
    let told = || store.completed.load(Ordering::SeqCst);
    let before = told();
    publish(&mut writer, 1, &[FIRST]);
    for _ in 0..3 {
        writer.embed_step().unwrap();
    }
    assert_eq!(told(), before + 1);
    writer.presence.next_look = Instant::now();
    for _ in 0..3 {
        writer.embed_step().unwrap();
    }
    assert_eq!(told(), before + 2);
}

#[test]
fn words_are_published_while_the_disk_is_full_and_vectors_follow() {
    let store = Arc::new(Shared::default());
    store.is_local.store(true, Ordering::SeqCst);
    store.is_full.store(true, Ordering::SeqCst);
    let mut writer = replica(&store);
    publish(&mut writer, 1, &[FIRST]);
    let index = Arc::clone(writer.index());
    assert_eq!(index.degraded(), ["vectors_unavailable"]);
    assert_eq!(index.generation().words.keys().len(), 2);
    store.is_full.store(false, Ordering::SeqCst);
    until_back(&mut writer);
    assert!(index.degraded().is_empty(), "{:?}", index.degraded());
    assert_eq!(store.held(), expected(&writer));
    store.is_full.store(true, Ordering::SeqCst);
    publish(&mut writer, 2, &[FIRST, SECOND]);
    assert_eq!(index.degraded(), ["vectors_unavailable"]);
    assert_eq!(index.generation().words.keys().len(), 4);
    store.is_full.store(false, Ordering::SeqCst);
    until_back(&mut writer);
    assert_eq!(store.held(), expected(&writer));
}
