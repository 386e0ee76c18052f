//! A small HTTP server on a real socket, for tests: it gives scripted answers and counts requests.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use serde_json::Value;

use super::SourceSettings;

/// Response to a path: status, body and delay.
type Answer = dyn Fn(&str) -> (u16, String, Duration) + Send + Sync;

/// The server; it lives as long as the process.
pub(crate) struct Little {
    pub(crate) address: SocketAddr,
    asked: Arc<AtomicUsize>,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Little {
    /// A server that answers at once.
    pub(crate) fn new(answer: impl Fn(&str) -> (u16, Value) + Send + Sync + 'static) -> Self {
        Self::with(move |path| {
            let (status, body) = answer(path);
            (status, body.to_string(), Duration::ZERO)
        })
    }

    /// A server with any status, body and delay.
    pub(crate) fn with(
        answer: impl Fn(&str) -> (u16, String, Duration) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (asked, heads) = (
            Arc::<AtomicUsize>::default(),
            Arc::<Mutex<Vec<String>>>::default(),
        );
        let (counted, kept) = (Arc::clone(&asked), Arc::clone(&heads));
        let answer: Arc<Answer> = Arc::new(answer);
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let (answer, kept) = (Arc::clone(&answer), Arc::clone(&kept));
                counted.fetch_add(1, Ordering::SeqCst);
                thread::spawn(move || {
                    let mut head = Vec::new();
                    let mut byte = [0];
                    while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
                        head.push(byte[0]);
                    }
                    let mut head = String::from_utf8_lossy(&head).into_owned();
                    // The request's body must be read before the response.
                    let length = head
                        .to_lowercase()
                        .split_once("content-length: ")
                        .map_or(0, |(_, rest)| {
                            rest.split("\r\n").next().unwrap().parse().unwrap()
                        });
                    let mut body = vec![0; length];
                    stream.read_exact(&mut body).unwrap();
                    head.push_str(&String::from_utf8_lossy(&body));
                    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
                    kept.lock().unwrap().push(head);
                    let (status, body, delay) = answer(&path);
                    thread::sleep(delay);
                    let _ = write!(
                        stream,
                        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nlocation: /elsewhere\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                        body.len()
                    );
                });
            }
        });
        Self {
            address,
            asked,
            heads,
        }
    }

    /// Number of requests so far.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// The newest request, verbatim.
    pub(crate) fn head(&self) -> String {
        self.heads
            .lock()
            .unwrap()
            .last()
            .cloned()
            .unwrap_or_default()
    }

    /// A source that queries this server.
    pub(crate) fn source(&self, name: &str, path: &str) -> SourceSettings {
        let url = format!("http://{}{path}", self.address);
        let settings =
            serde_json::json!({"name": name, "url": url, "timeout_ms": 300, "cache_secs": 0});
        serde_json::from_value(settings).unwrap()
    }

    /// This server as an allowed host.
    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }
}
