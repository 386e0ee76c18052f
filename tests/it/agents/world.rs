//! A small content folder, a server on it, and a client that speaks the protocol.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use cuecard::{
    app::{App, lock},
    config::{Config, Overrides},
    http,
    keys::{self, NewKey, Scope, parse_audiences},
    mcp,
    service::Service as _,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::oneshot};

/// A word that only articles for others have.
pub(super) const SECRET: &str = "zanzibar";

/// Articles: file and text.
const ARTICLES: &[(&str, &str)] = &[
    (
        "en/refund.md",
        "---\nid: refund\ntitle: Refund a late order\nsummary: When money goes back\naudience: [agent, customer]\ntags: [billing/refunds]\n\
         products: [fiber]\nreviewed: 2026-01-01\nreview_every: 30d\nquestions: [\"How do I get my money back?\"]\n---\n\n\
         The money goes back within 14 days.\n\n## Late orders\n\nAn order that is late by more than five days is refunded in full.\n\n\
         ## Steps\n\n1. Open the order.\n2. Press refund.\n",
    ),
    (
        "en/cancel.md",
        "---\nid: cancel-fee\ntitle: Early termination fee\ntags: [contract]\nproducts: [fiber, dsl]\n\
         ask: [\"When did your contract start?\"]\ntriggers:\n  - any: [\"cancel my contract\"]\n---\n\n\
         Leaving a fiber contract early costs 20 euros for each month that is left.\n",
    ),
    (
        "zh/tuikuan.md",
        "---\nid: tuikuan\ntitle: 退款\nlang: zh-Hans\ntranslation_of: refund\naudience: [agent, customer]\ntags: [billing/refunds]\n---\n\n\
         退款会在十四天内到账。逾期五天以上的订单可以全额退款。\n",
    ),
    (
        "internal/zanzibar.md",
        "---\nid: zanzibar-plan\ntitle: The zanzibar plan\nsummary: zanzibar\naudience: [internal]\ntags: [zanzibar]\nproducts: [zanzibar]\n\
         lang: sw\nowner: zanzibar\nquestions: [\"What is zanzibar?\"]\nask: [\"Is it zanzibar?\"]\ntriggers:\n  - any: [\"refund in zanzibar\", \"cancel my contract\"]\n\
         ---\n\n## Zanzibar heading\n\nThe zanzibar refund is paid at once, and leaving a contract is free.\n",
    ),
    (
        "en/draft.md",
        "---\nid: zanzibar-draft\ntitle: A zanzibar draft\nstatus: draft\naudience: [agent, customer]\n---\n\nThe zanzibar refund.\n",
    ),
];

/// A running server.
pub(super) struct World {
    pub(super) address: SocketAddr,
    pub(super) content: PathBuf,
    pub(super) data: PathBuf,
    pub(super) app: Arc<App>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
    _folders: TempDir,
}

impl World {
    /// A server on the small folder, which searches by words alone.
    pub(super) fn new() -> Self {
        Self::with(&[])
    }

    /// The same with more articles.
    pub(super) fn with(more: &[(&str, &str)]) -> Self {
        Self::on(more, Some("none".to_owned()))
    }

    /// The same by meaning too, where the model is there.
    pub(super) fn with_model() -> Self {
        Self::on(&[], std::env::var("CUECARD_MODEL").ok())
    }

    fn on(more: &[(&str, &str)], model: Option<String>) -> Self {
        let folders = TempDir::new().unwrap();
        let (content, data) = (folders.path().join("content"), folders.path().join("data"));
        for (path, text) in ARTICLES.iter().chain(more) {
            let file = content.join(path);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        }
        let app = Arc::new(
            App::start(config(&content, &data, model), lock::take(&data).unwrap()).unwrap(),
        );
        let (stop, stopped) = oneshot::channel::<()>();
        let (tell, told) = std::sync::mpsc::channel();
        let thread = {
            let (app, content, data) = (Arc::clone(&app), content.clone(), data.clone());
            thread::spawn(move || serve(app, &content, &data, &tell, stopped))
        };
        let world = Self {
            address: told.recv_timeout(Duration::from_secs(20)).unwrap(),
            content,
            data,
            app,
            stop: Some(stop),
            thread: Some(thread),
            _folders: folders,
        };
        world.wait_until_ready();
        world
    }

    fn wait_until_ready(&self) {
        let begun = Instant::now();
        loop {
            let now = self.app.readiness();
            if now.ready && now.pending_embeddings == Some(0) {
                return;
            }
            assert!(begun.elapsed() < Duration::from_secs(120), "{now:?}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// A key; the server knows it within a second.
    pub(super) fn key(&self, name: &str, scopes: &[Scope], audiences: &[&str]) -> String {
        let audiences: Vec<String> = audiences.iter().map(|one| (*one).to_owned()).collect();
        let new = NewKey {
            name: name.into(),
            scopes: scopes.to_vec(),
            audience: parse_audiences(&audiences, scopes),
            expires: None,
            rate: None,
        };
        let key = keys::add(&self.data, &new, chrono::Utc::now()).unwrap();
        let known = || {
            let asked = ureq::get(format!("{}/v1/session", self.url()));
            let mut answer = asked
                .header("authorization", format!("Bearer {key}"))
                .call()
                .ok()?;
            let told: Value = answer.body_mut().read_json().ok()?;
            (told["name"] == name).then_some(())
        };
        crate::server::wait(|| known().is_some());
        key
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A client with a key, or without one.
    pub(super) fn client(&self, key: Option<&str>) -> Client {
        Client {
            url: self.url(),
            key: key.map(str::to_owned),
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.stop.take().unwrap().send(());
        let _ = self.thread.take().unwrap().join();
    }
}

fn config(content: &Path, data: &Path, model: Option<String>) -> Config {
    let overrides = Overrides {
        content: Some(content.to_owned()),
        data: Some(data.to_owned()),
        model,
        onnxruntime: std::env::var_os("CUECARD_ONNXRUNTIME").map(PathBuf::from),
        today: "2026-11-22".parse().ok(),
        ..Overrides::default()
    };
    Config::read(None, &overrides).unwrap()
}

fn serve(
    app: Arc<App>,
    content: &Path,
    data: &Path,
    tell: &std::sync::mpsc::Sender<SocketAddr>,
    stopped: oneshot::Receiver<()>,
) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        tell.send(listener.local_addr().unwrap()).unwrap();
        let settings = http::Settings::new(content, data);
        let face = http::AppState::new(Arc::clone(&app) as _, settings).unwrap();
        let quoter = mcp::Quoter::new("secret");
        let agents = mcp::http_service(app, face.answers(), quoter);
        let face = face.with_agents(agents);
        let ended = async {
            let _ = stopped.await;
        };
        http::run(listener, face, ended).await.unwrap();
    });
}

/// A client of the server.
pub(super) struct Client {
    url: String,
    key: Option<String>,
}

impl Client {
    /// Sends a body, with further headers; the status, the challenge and the answer.
    pub(super) fn post(
        &self,
        path: &str,
        body: &Value,
        headers: &[(&str, &str)],
    ) -> (u16, String, Value) {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        let mut request = agent
            .post(format!("{}{path}", self.url))
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream");
        if let Some(key) = &self.key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = request.send(body.to_string()).unwrap();
        let challenge = response
            .headers()
            .get("www-authenticate")
            .map_or_else(String::new, |value| value.to_str().unwrap().to_owned());
        let text = response.body_mut().read_to_string().unwrap();
        let said = serde_json::from_str(&text).unwrap_or(Value::String(text));
        (response.status().as_u16(), challenge, said)
    }

    /// One request of an older client; the whole reply.
    pub(super) fn rpc(&self, method: &str, params: Value) -> Value {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let version = [("mcp-protocol-version", "2025-06-18")];
        let (status, _, said) = self.post("/mcp", &body, &version);
        assert_eq!(status, 200, "{method}: {said}");
        said
    }

    /// Calls a tool; what it said, and whether that is a refusal.
    pub(super) fn call(&self, tool: &str, arguments: Value) -> (Value, bool) {
        let params = json!({"name": tool, "arguments": arguments});
        let reply = self.rpc("tools/call", params);
        let result = &reply["result"];
        assert!(result.is_object(), "{tool}: {reply}");
        let text = result["content"][0]["text"].as_str().unwrap();
        let said: Value = serde_json::from_str(text).unwrap();
        let refused = result["isError"] == true;
        if !refused {
            assert_eq!(result["structuredContent"], said, "{tool} says two things");
        }
        (said, refused)
    }

    /// What a tool gives.
    pub(super) fn give(&self, tool: &str, arguments: Value) -> Value {
        let (said, refused) = self.call(tool, arguments.clone());
        assert!(!refused, "{tool} {arguments}: {said}");
        said
    }

    /// What a tool says when it refuses.
    pub(super) fn refuse(&self, tool: &str, arguments: Value) -> Value {
        let (said, refused) = self.call(tool, arguments.clone());
        assert!(refused, "{tool} {arguments}: {said}");
        said
    }
}

/// The articles of a list, in order.
pub(super) fn ids(list: &Value, name: &str) -> Vec<String> {
    let list = list.as_array().unwrap().iter();
    list.map(|one| one[name].as_str().unwrap().to_owned())
        .collect()
}
