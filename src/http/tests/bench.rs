//! The HTTP interface over a fake service, with folders of its own, and a way to send requests to it.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use chrono::Utc;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt as _;

use super::{
    super::{AppState, Settings, peer::Peer, router},
    fake::{FakeService, SECRET},
};
use crate::{
    keys::{self, NewKey, Scope},
    oidc::Provider,
};

/// Long enough for everything but the fake's slow query.
const REQUEST_SECS: u64 = 1;

pub(super) struct Bench {
    pub(super) face: AppState,
    pub(super) fake: Arc<FakeService>,
    pub(super) content: TempDir,
    pub(super) data: TempDir,
    app: Router,
    peer: Option<Peer>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) bytes: Bytes,
}

impl Answer {
    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).unwrap()
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    /// Compact JSON where it is JSON, else the text.
    pub(super) fn json_or_text(&self) -> String {
        let json = serde_json::from_slice::<Value>(&self.bytes).map(|value| value.to_string());
        json.unwrap_or_else(|_| String::from_utf8_lossy(&self.bytes).into_owned())
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

impl Bench {
    /// Loopback, no keys: everybody is admin.
    pub(super) fn new() -> Self {
        Self::with(FakeService::new(), &[]).0
    }

    /// An interface where these keys are in use: name, scopes, audiences. The key texts are returned in the same order.
    pub(super) fn with(
        fake: FakeService,
        named: &[(&str, &[Scope], &[&str])],
    ) -> (Self, Vec<String>) {
        Self::set(fake, named, |_| {})
    }

    /// The same, with settings of its own.
    pub(super) fn set(
        fake: FakeService,
        named: &[(&str, &[Scope], &[&str])],
        set: impl Fn(&mut Settings),
    ) -> (Self, Vec<String>) {
        let (content, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        // What says which card is right names an article that only insiders see.
        let demo = json!({
            "id": "demo-1", "lang": "en", "account": {"plan": "fiber"},
            "gold": [{"turn": 0, "article": format!("{SECRET}-plan")}],
            "turns": [{"speaker": "customer", "text": "I want to cancel my contract"}],
        });
        let demo = format!("{demo}\n{{\"no\": \"call\"}}\n");
        std::fs::write(content.path().join("_calls.jsonl"), demo).unwrap();
        let texts = named.iter().map(|(name, scopes, audiences)| {
            let audiences: Vec<String> = audiences.iter().map(|a| (*a).to_owned()).collect();
            let audience = keys::parse_audiences(&audiences, scopes);
            let key = NewKey {
                name: (*name).into(),
                scopes: scopes.to_vec(),
                audience,
                expires: None,
                rate: None,
            };
            keys::add(data.path(), &key, Utc::now()).unwrap()
        });
        let texts = texts.collect();
        let fake = Arc::new(fake);
        let mut settings = Settings::new(content.path(), data.path());
        settings.limits.request_secs = REQUEST_SECS;
        set(&mut settings);
        let face = AppState::new(Arc::clone(&fake) as _, settings).unwrap();
        let app = router(face.clone());
        (
            Self {
                face,
                fake,
                content,
                data,
                app,
                peer: None,
            },
            texts,
        )
    }

    /// The same as the socket at that address would have it.
    pub(super) fn seen_from(mut self, address: &str) -> Self {
        self.peer = Some(Peer(SocketAddr::new(address.parse().unwrap(), 4711)));
        self
    }

    /// The same, and whom an identity provider vouches for.
    pub(super) fn with_oidc(mut self, provider: Provider) -> Self {
        self.face = self.face.with_oidc(provider);
        self.app = router(self.face.clone());
        self
    }

    /// The same with somebody who serves AI agents' clients: they are told that they got in.
    pub(super) fn with_agents(mut self) -> Self {
        let agents = tower::service_fn(|_: Request<Body>| async { Ok("in") });
        self.face = self.face.with_agents(agents);
        self.app = router(self.face.clone());
        self
    }

    pub(super) async fn get(&self, address: &str) -> Answer {
        self.send(Method::GET, address, None, &[]).await
    }

    pub(super) async fn get_as(&self, key: &str, address: &str) -> Answer {
        self.send(
            Method::GET,
            address,
            None,
            &[("authorization", &format!("Bearer {key}"))],
        )
        .await
    }

    pub(super) async fn post(&self, address: &str, body: Value) -> Answer {
        self.send(Method::POST, address, Some(body.to_string()), &[])
            .await
    }

    pub(super) async fn post_as(&self, key: &str, address: &str, body: Value) -> Answer {
        self.send(
            Method::POST,
            address,
            Some(body.to_string()),
            &[("authorization", &format!("Bearer {key}"))],
        )
        .await
    }

    /// Sends a request and reads the answer; a body goes as JSON unless a header says otherwise.
    pub(super) async fn send(
        &self,
        method: Method,
        address: &str,
        body: Option<String>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let response = self.begin(method, address, body, headers).await;
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            bytes,
        }
    }

    /// The same for answers that never end.
    pub(super) async fn begin(
        &self,
        method: Method,
        address: &str,
        body: Option<String>,
        headers: &[(&str, &str)],
    ) -> axum::response::Response {
        let mut request = Request::builder().method(method).uri(address);
        if body.is_some() && headers.iter().all(|(name, _)| *name != "content-type") {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request
            .body(body.map_or_else(Body::empty, Body::from))
            .unwrap();
        if let Some(peer) = self.peer {
            request.extensions_mut().insert(peer);
        }
        self.app.clone().oneshot(request).await.unwrap()
    }
}
