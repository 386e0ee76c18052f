//! The writer over a store that others write to, and that is sometimes unreachable.

mod replicas;

use std::{
    collections::HashMap,
    net::TcpListener,
    ops::Deref,
    sync::{
        Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
};

use super::*;
use crate::{
    article::parse,
    index::{
        embed::{EmbedError, Embedder, HashedEmbedder, Text, Watched},
        filter::EngineFilter,
        vector::{Nearest, Point, Question},
    },
};

/// A store in memory as several replicas see it, with a network that can be cut.
#[derive(Default)]
struct Shared {
    kept: RwLock<MemoryStore>,
    is_cut: AtomicBool,
    hangs: AtomicBool,
    is_full: AtomicBool,
    is_local: AtomicBool,
    settles_not: AtomicBool,
    faults: AtomicU64,
    completed: AtomicUsize,
    /// The commit that each replica serves.
    served: Mutex<HashMap<uuid::Uuid, String>>,
}

/// The same as one replica sees it.
struct Replica(Arc<Shared>, uuid::Uuid);

impl Deref for Replica {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl Shared {
    fn reach<T>(
        &self,
        work: impl FnOnce(&MemoryStore) -> Result<T, VectorError>,
    ) -> Result<T, VectorError> {
        if self.is_cut.load(Ordering::SeqCst) {
            return Err(VectorError::Unreachable {
                url: "http://nowhere".to_owned(),
                detail: "the network is cut".to_owned(),
            });
        }
        assert!(!self.hangs.load(Ordering::SeqCst), "this would wait");
        if self.is_full.load(Ordering::SeqCst) {
            return Err(VectorError::Full {
                free_mib: 95,
                needed_mib: 96,
            });
        }
        work(&self.kept.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn hang(&self, hangs: bool) {
        self.hangs.store(hangs, Ordering::SeqCst);
    }

    fn cut(&self, is_cut: bool) {
        self.is_cut.store(is_cut, Ordering::SeqCst);
    }

    /// All that it held is gone.
    fn wipe(&self) {
        *self.kept.write().unwrap() = MemoryStore::default();
    }

    fn held(&self) -> HashSet<u64> {
        self.kept.read().unwrap().keys().unwrap()
    }
}

impl VectorStore for Replica {
    fn keys(&self) -> Result<HashSet<u64>, VectorError> {
        self.reach(VectorStore::keys)
    }
    fn upsert(&self, points: &[Point<'_>]) -> Result<(), VectorError> {
        self.reach(|kept| kept.upsert(points))
    }
    fn remove(&self, keys: &[u64]) -> Result<(), VectorError> {
        self.reach(|kept| kept.remove(keys))
    }
    fn settle(&self) -> Result<(), VectorError> {
        match self.settles_not.load(Ordering::SeqCst) {
            true => Err(VectorError::Engine("the disk fails".to_owned())),
            false => Ok(()),
        }
    }
    fn nearest(&self, questions: &[Question<'_>]) -> Result<Vec<Nearest>, VectorError> {
        self.reach(|kept| kept.nearest(questions)).inspect_err(|_| {
            self.faults.fetch_add(1, Ordering::SeqCst);
        })
    }
    fn grace(&self) -> Duration {
        Duration::ZERO
    }
    fn faults(&self) -> u64 {
        self.faults.load(Ordering::SeqCst)
    }
    fn probe(&self) -> Result<(), VectorError> {
        match self.hangs.load(Ordering::SeqCst) {
            true => Err(VectorError::Unreachable {
                url: "http://nowhere".to_owned(),
                detail: "no answer".to_owned(),
            }),
            false => self.reach(|_| Ok(())),
        }
    }
    fn is_shared(&self) -> bool {
        !self.is_local.load(Ordering::SeqCst)
    }
    fn serves(&self, commit: Option<&str>) -> Result<bool, VectorError> {
        let commit = commit.unwrap_or_default();
        let mut served = self.served.lock().unwrap();
        served.insert(self.1, commit.to_owned());
        let are_alike = served.values().all(|other| other == commit);
        self.reach(|_| Ok(are_alike))
    }
    fn complete(&self) -> Result<(), VectorError> {
        self.completed.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

fn replica(store: &Arc<Shared>) -> Writer {
    with_model(store, Arc::new(HashedEmbedder))
}

fn with_model(store: &Arc<Shared>, model: Arc<dyn Embedder>) -> Writer {
    let store = Arc::new(Replica(Arc::clone(store), uuid::Uuid::new_v4()));
    let words = KeywordIndex::in_memory().unwrap();
    let mut writer = Writer::with(
        words,
        Some(store as Arc<dyn VectorStore>),
        Some(model),
        None,
    )
    .unwrap();
    // The first look comes after the first articles.
    publish(&mut writer, 1, &[]);
    while writer.embed_step().unwrap() {}
    writer
}

/// Publishes articles as of a commit.
fn publish(writer: &mut Writer, commit: u64, texts: &[&str]) {
    try_publish(writer, commit, texts).unwrap();
}

fn try_publish(writer: &mut Writer, commit: u64, texts: &[&str]) -> Result<(), IndexError> {
    let entries = texts.iter().enumerate().map(|(at, text)| {
        let path = format!("{at}.md");
        let parsed = parse(&path, text.as_bytes());
        let article = Arc::new(parsed.article.unwrap());
        Arc::new(Indexed::new(article, String::new(), "hashed-words-256"))
    });
    let info = IndexInfo {
        revision: commit.to_string(),
        generation: commit,
        pending: 0,
        updated_at: String::new(),
    };
    writer.set_commit(Some(commit.to_string()));
    writer.publish(entries.collect(), info)
}

/// Vectors that the visible articles should have.
fn expected(writer: &Writer) -> HashSet<u64> {
    let current = writer.index().generation();
    let entries = current.catalog.entries();
    entries
        .iter()
        .flat_map(|entry| &entry.units)
        .filter(|unit| unit.kind != UnitKind::Article)
        .map(|unit| unit.key)
        .collect()
}

/// Lets the loop's work between looks go on until the store is there again.
fn until_back(writer: &mut Writer) {
    let begun = Instant::now();
    while writer.presence.is_away {
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "it never came back"
        );
        writer.embed_step().unwrap();
        std::thread::sleep(Duration::from_millis(20));
    }
    while writer.embed_step().unwrap() {}
}

const FIRST: &str = "# Refund\n\nMoney goes back.\n";
const SECOND: &str = "# Roaming\n\nAbroad it costs more.\n";
const THIRD: &str = "# Router\n\nPress the button.\n";

#[test]
fn words_are_published_while_the_store_is_away_and_vectors_follow() {
    let store = Arc::new(Shared::default());
    store.cut(true);
    let mut writer = replica(&store);
    publish(&mut writer, 1, &[FIRST]);
    let index = Arc::clone(writer.index());
    assert_eq!(index.degraded(), ["vectors_unavailable"]);
    assert_eq!(index.generation().catalog.articles.len(), 1);
    assert_eq!(index.generation().words.keys().len(), 2);
    store.cut(false);
    until_back(&mut writer);
    assert!(index.degraded().is_empty(), "{:?}", index.degraded());
    assert_eq!(store.held(), expected(&writer));
    store.cut(true);
    publish(&mut writer, 2, &[FIRST, SECOND]);
    assert_eq!(index.generation().catalog.articles.len(), 2);
    assert_eq!(index.degraded(), ["vectors_unavailable"]);
    store.cut(false);
    until_back(&mut writer);
    // Another test may have taught the dictionary a word meanwhile: the keys of the first text are then others.
    writer.sweep().unwrap();
    assert_eq!(store.held(), expected(&writer));
}

#[test]
fn a_server_that_never_answers_holds_up_neither_the_start_nor_the_words() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("qdrant://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || std::io::copy(&mut stream, &mut std::io::sink()));
        }
    });
    let settings = ServerSettings {
        url: String::new(),
        api_key: String::new(),
        collection: "silent".to_owned(),
        shards: 0,
        copies: 1,
        timeout_ms: 200,
        grace_secs: 0,
    };
    let settings = settings.at(&address).unwrap();
    let (data, begun) = (tempfile::tempdir().unwrap(), Instant::now());
    let model = Some(Arc::new(HashedEmbedder) as Arc<dyn Embedder>);
    let mut writer = Writer::open(data.path(), model, Some(&settings)).unwrap();
    publish(&mut writer, 1, &[FIRST]);
    let index = Arc::clone(writer.index());
    assert_eq!(index.generation().words.keys().len(), 2);
    for _ in 0..2 {
        writer.presence.next_look = Instant::now();
        writer.embed_step().unwrap();
    }
    assert_eq!(index.degraded(), ["vectors_unavailable"]);
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_store_that_begins_to_hang_is_found_out_before_it_is_waited_for() {
    let store = Arc::new(Shared::default());
    let mut writer = replica(&store);
    publish(&mut writer, 1, &[FIRST]);
    store.hang(true);
    publish(&mut writer, 2, &[FIRST, SECOND]);
    let index = Arc::clone(writer.index());
    assert_eq!(index.generation().catalog.articles.len(), 2);
    assert_eq!(index.degraded(), ["vectors_unavailable"]);
    writer.presence.next_look = Instant::now();
    writer.embed_step().unwrap();
    store.hang(false);
    until_back(&mut writer);
    store.hang(true);
    store.faults.fetch_add(1, Ordering::SeqCst);
    writer.presence.doubt_from = Instant::now();
    writer.embed_step().unwrap();
    assert_eq!(index.degraded(), ["vectors_unavailable"]);
}

#[test]
fn words_go_on_when_their_folder_is_back() {
    let data = tempfile::tempdir().unwrap();
    let (folder, away) = (data.path().join("keyword"), data.path().join("away"));
    let mut writer = Writer::open(data.path(), None, None).unwrap();
    publish(&mut writer, 1, &[FIRST]);
    std::fs::rename(&folder, &away).unwrap();
    for _ in 0..3 {
        try_publish(&mut writer, 2, &[FIRST, SECOND]).unwrap_err();
    }
    std::fs::rename(&away, &folder).unwrap();
    publish(&mut writer, 2, &[FIRST, SECOND]);
    let index = Arc::clone(writer.index());
    let words = || index.generation().words.keys().len();
    assert_eq!(words(), 4);
    publish(&mut writer, 3, &[SECOND]);
    writer.stale_since = Instant::now().checked_sub(GRACE);
    writer.sweep().unwrap();
    assert_eq!(words(), 2);
}

#[test]
fn articles_that_are_visible_are_published_though_their_vectors_are_not_durable_yet() {
    let store = Arc::new(Shared::default());
    let mut writer = replica(&store);
    store.settles_not.store(true, Ordering::SeqCst);
    publish(&mut writer, 1, &[FIRST]);
    assert_eq!(writer.index().generation().catalog.articles.len(), 1);
    writer.embed_step().unwrap_err();
    store.settles_not.store(false, Ordering::SeqCst);
    writer.embed_step().unwrap();
    assert_eq!(writer.unsettled, 0);
}

#[test]
fn a_draft_is_not_indexed_and_an_index_that_has_one_is_swept() {
    let draft = &*format!("---\nstatus: draft\n---\n{SECOND}");
    let archived = &*format!("---\nstatus: archived\n---\n{SECOND}");
    let data = tempfile::tempdir().unwrap();
    let open = || {
        let model = Some(Arc::new(HashedEmbedder) as Arc<dyn Embedder>);
        Writer::open(data.path(), model, None).unwrap()
    };
    let held = |writer: &Writer| {
        let index = writer.index();
        let vectors = index.vectors.as_ref().unwrap().keys().unwrap().len();
        (index.generation().words.keys().len(), vectors)
    };
    let mut writer = open();
    publish(&mut writer, 1, &[FIRST, draft]);
    assert_eq!(held(&writer), (2, 2));
    publish(&mut writer, 2, &[FIRST, SECOND]);
    assert_eq!(held(&writer), (4, 4));
    publish(&mut writer, 3, &[FIRST, archived]);
    assert_eq!(writer.index().generation().catalog.unit_count(), 3);
    // Its units have the names that they always had, so those of a folder that had drafts indexed are strays.
    drop(writer);
    let mut writer = open();
    publish(&mut writer, 4, &[FIRST, archived]);
    writer.stale_since = Instant::now().checked_sub(GRACE);
    writer.strays_since = writer.stale_since;
    writer.sweep().unwrap();
    assert_eq!(held(&writer), (2, 2));
    publish(&mut writer, 5, &[FIRST, SECOND]);
    assert_eq!(held(&writer), (4, 4));
}

#[test]
fn words_are_published_while_the_model_fails_and_vectors_follow() {
    let (store, is_cured) = (Arc::new(Shared::default()), Arc::new(AtomicBool::default()));
    let cured = Arc::clone(&is_cured);
    let works = move |_: &[Text]| match cured.load(Ordering::SeqCst) {
        true => Ok(()),
        false => Err(EmbedError::Hub("it fails".to_owned())),
    };
    let mut writer = with_model(&store, Arc::new(Watched(works)));
    publish(&mut writer, 1, &[FIRST]);
    let index = Arc::clone(writer.index());
    assert_eq!(index.generation().words.keys().len(), 2);
    assert_eq!(index.degraded(), ["embedding_in_progress"]);
    writer.embed_step().unwrap_err();
    is_cured.store(true, Ordering::SeqCst);
    while writer.embed_step().unwrap() {}
    assert_eq!(store.held(), expected(&writer));
    assert!(index.degraded().is_empty(), "{:?}", index.degraded());
}
