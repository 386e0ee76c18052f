//! Three servers on one repository and one Qdrant server, whose network is cut and restored. It needs a Qdrant server at
//! `CUECARD_TEST_QDRANT_URL` (`qdrant://host:6334`), and does nothing without.

use std::{
    fs, io,
    net::{Shutdown, TcpListener, TcpStream},
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    changes::Folder,
    server::{self, Server, passed_over},
};

const PATIENCE: Duration = Duration::from_secs(60);

/// The way to the server, which can be cut.
struct Wire {
    address: String,
    is_cut: Arc<AtomicBool>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Wire {
    fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("qdrant://{}", listener.local_addr().unwrap());
        let is_cut = Arc::new(AtomicBool::new(false));
        let open = Arc::new(Mutex::new(Vec::new()));
        let wire = Self {
            address,
            is_cut: Arc::clone(&is_cut),
            open: Arc::clone(&open),
        };
        thread::spawn(move || {
            for near in listener.incoming().flatten() {
                if is_cut.load(Ordering::SeqCst) {
                    continue;
                }
                let Ok(far) = TcpStream::connect(&server) else {
                    continue;
                };
                open.lock()
                    .unwrap()
                    .extend([near.try_clone().unwrap(), far.try_clone().unwrap()]);
                for (mut from, mut to) in [
                    (near.try_clone().unwrap(), far.try_clone().unwrap()),
                    (far, near),
                ] {
                    thread::spawn(move || {
                        let _ = io::copy(&mut from, &mut to);
                        let _ = to.shutdown(Shutdown::Both);
                    });
                }
            }
        });
        wire
    }

    fn cut(&self, is_cut: bool) {
        self.is_cut.store(is_cut, Ordering::SeqCst);
        if is_cut {
            for stream in self.open.lock().unwrap().drain(..) {
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
    }
}

struct Replica(Server);

impl Replica {
    fn start(repository: &Path, home: &Path, vectors: &str, collection: &str) -> Self {
        fs::create_dir_all(home).unwrap();
        let settings = home.join("cuecard.toml");
        let text =
            format!("[qdrant]\ncollection = \"{collection}\"\ntimeout_ms = 500\ngrace_secs = 1\n");
        fs::write(&settings, text).unwrap();
        let mut command = server::command();
        command
            .args(["--model", "hashed", "--source", "git"])
            .args(["--vectors", vectors])
            .arg("--git-url")
            .arg(repository)
            .arg("--config")
            .arg(settings)
            .arg("--data")
            .arg(home.join("data"));
        Self(Server::start(&mut command, &home.join("log")))
    }

    fn search(&self, query: &str, mode: &str) -> Option<Value> {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        let asked = json!({"query": query, "mode": mode});
        let mut answer = agent
            .post(format!("{}/v1/search", self.0.url))
            .send_json(asked)
            .ok()?;
        answer.body_mut().read_json().ok()
    }

    /// Waits until a search finds this article first, and `degraded` is as it should be.
    fn wait(&self, query: &str, mode: &str, article: &str, degraded: &[&str]) {
        let begun = Instant::now();
        loop {
            let answer = self.search(query, mode).unwrap_or_default();
            if answer["hits"][0]["article_id"] == article && answer["degraded"] == json!(degraded) {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{query} {mode}: {answer}");
            thread::sleep(Duration::from_millis(100));
        }
    }
}

fn commit(folder: &Folder, path: &str, text: &str) {
    fs::write(folder.root().join(path), text).unwrap();
    folder.git(&["add", "--all"]);
    folder.git(&["commit", "--quiet", "--message=a change"]);
}

#[test]
fn three_replicas_share_a_store_that_is_cut_off_and_given_back() {
    let Ok(server) = std::env::var("CUECARD_TEST_QDRANT_URL") else {
        return passed_over("replicas, CUECARD_TEST_QDRANT_URL names no Qdrant server");
    };
    let wire = Wire::to(server.trim_start_matches("qdrant://").to_owned());
    let folder = Folder::new();
    commit(
        &folder,
        "refund.md",
        "# Refund\n\nMoney goes back within a week.\n",
    );
    let homes = tempfile::tempdir().unwrap();
    let collection = format!("test-{}", uuid::Uuid::new_v4());
    let start = |name: &str| {
        Replica::start(
            folder.root(),
            &homes.path().join(name),
            &wire.address,
            &collection,
        )
    };
    let mut replicas: Vec<Replica> = ["a", "b", "c"].map(start).into();
    for replica in &replicas {
        replica.wait("money goes back within a week", "vector", "refund", &[]);
    }
    wire.cut(true);
    commit(
        &folder,
        "roaming.md",
        "# Roaming\n\nAbroad every minute costs more.\n",
    );
    for replica in &replicas {
        let away = &["vectors_unavailable"];
        replica.wait("abroad every minute", "hybrid", "roaming", away);
        replica.wait("money goes back", "hybrid", "refund", away);
        let refused = replica.search("money", "vector").unwrap();
        assert_eq!(refused["code"], "vectors_unavailable", "{refused}");
    }
    // One ends at the worst moment, and another begins without a store.
    drop(replicas.pop());
    replicas.push(start("d"));
    replicas[2].wait(
        "abroad every minute",
        "hybrid",
        "roaming",
        &["vectors_unavailable"],
    );
    wire.cut(false);
    for replica in &replicas {
        replica.wait("abroad every minute costs more", "vector", "roaming", &[]);
    }
    fs::remove_file(folder.root().join("refund.md")).unwrap();
    commit(
        &folder,
        "router.md",
        "# Router\n\nPress the small button.\n",
    );
    for replica in &replicas {
        replica.wait("press the small button", "vector", "router", &[]);
        let found = replica
            .search("money goes back within a week", "hybrid")
            .unwrap();
        let ids: Vec<_> = found["hits"]
            .as_array()
            .unwrap()
            .iter()
            .map(|hit| &hit["article_id"])
            .collect();
        assert!(!ids.contains(&&json!("refund")), "{ids:?}");
    }
}
