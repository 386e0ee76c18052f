//! A collector that keeps what it receives, and the real server next to it.

use std::{
    fs,
    net::TcpListener,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, header::CONTENT_TYPE},
    routing::post,
};
use cuecard::keys::{self, NewKey, Scope, parse_audiences};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message as _;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::server;
pub(super) use crate::server::wait;

pub(super) type Taken = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;

/// A collector, which keeps what it takes.
pub(super) struct Collector {
    pub(super) url: String,
    pub(super) taken: Taken,
}

impl Collector {
    pub(super) fn start(listener: TcpListener) -> Self {
        let url = format!("http://{}", listener.local_addr().unwrap());
        let taken = Taken::default();
        let keep = |State(taken): State<Taken>, headers: HeaderMap, body: Bytes| async move {
            taken.lock().unwrap().push((headers, body));
            [(CONTENT_TYPE, "application/x-protobuf")]
        };
        let app = Router::new()
            .route("/v1/traces", post(keep))
            .with_state(Arc::clone(&taken));
        listener.set_nonblocking(true).unwrap();
        thread::spawn(move || {
            tokio::runtime::Runtime::new().unwrap().block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                axum::serve(listener, app).await.unwrap();
            });
        });
        Self { url, taken }
    }

    pub(super) fn requests(&self) -> Vec<ExportTraceServiceRequest> {
        let taken = self.taken.lock().unwrap();
        taken
            .iter()
            .map(|(_, body)| ExportTraceServiceRequest::decode(body.as_ref()).unwrap())
            .collect()
    }
}

pub(super) fn any_port() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").unwrap()
}

/// A server on two articles.
pub(super) struct Server {
    process: server::Server,
    pub(super) key: String,
    home: TempDir,
}

impl Server {
    pub(super) fn start(variables: &[(&str, &str)]) -> Self {
        let home = TempDir::new().unwrap();
        let (content, data) = (home.path().join("content"), home.path().join("data"));
        fs::create_dir(&content).unwrap();
        fs::create_dir(&data).unwrap();
        let article = "---\nid: wombat-refund\ntitle: Wombat refund\naudience: [agent]\n---\n\nThe zanzibar money goes back within 14 days.\n";
        fs::write(content.join("wombat.md"), article).unwrap();
        fs::write(content.join("other.md"), "# Other\n\nNothing of it.\n").unwrap();
        let scopes = [Scope::Search, Scope::Calls];
        let new = NewKey {
            name: "frances".into(),
            scopes: scopes.to_vec(),
            audience: parse_audiences(&["agent".to_owned()], &scopes),
            expires: None,
            rate: None,
        };
        let key = keys::add(&data, &new, chrono::Utc::now()).unwrap();
        let mut command = server::command();
        command
            .args(["--model", "hashed", "--content"])
            .arg(content)
            .arg("--data")
            .arg(data)
            .envs(variables.iter().copied());
        let process = server::Server::start(&mut command, &home.path().join("log"));
        let server = Self { process, key, home };
        wait(|| server.ask("GET", "/readyz", None, &[]).0 == 200);
        server
    }

    /// Asks; the status and the answer.
    pub(super) fn ask(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> (u16, Value) {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.process.url))
            .header("authorization", format!("Bearer {}", self.key))
            .header("accept", "application/json, text/event-stream")
            .header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = match body {
            Some(body) => agent.run(request.body(body.to_string()).unwrap()),
            None => agent.run(request.body(()).unwrap()),
        };
        let mut answer = answer.unwrap();
        let status = answer.status().as_u16();
        (status, answer.body_mut().read_json().unwrap_or_default())
    }

    pub(super) fn search(&self, query: &str) -> Value {
        let (status, found) = self.ask("POST", "/v1/search", Some(json!({"query": query})), &[]);
        assert_eq!(status, 200, "{found}");
        found
    }

    pub(super) fn log(&self) -> String {
        fs::read_to_string(self.home.path().join("log")).unwrap()
    }

    /// Whether it has a thread that sends spans.
    #[cfg(target_os = "linux")]
    pub(super) fn sends(&self) -> bool {
        let threads = fs::read_dir(format!("/proc/{}/task", self.process.id())).unwrap();
        let names = threads.map(|one| fs::read_to_string(one.unwrap().path().join("comm")));
        names
            .flatten()
            .any(|name| name.starts_with("OpenTelemetry"))
    }

    /// Asks it to end; how long that took.
    pub(super) fn stop(&mut self) -> Duration {
        let begun = Instant::now();
        self.process.signal();
        assert!(self.process.wait().success());
        begun.elapsed()
    }
}
