//! The server behind proxies: whose forwarding headers are trusted, base paths, pages of other origins, and security
//! headers.

use axum::http::{Method, StatusCode};
use serde_json::json;

use super::{
    super::{Forwarding, Network, parse_proxy},
    bench::{Answer, Bench},
    fake::FakeService,
};
use crate::keys::Scope;

fn bench(network: &Network) -> (Bench, String) {
    let keys: [(&str, &[Scope], &[&str]); 1] = [("desk", &[Scope::Search, Scope::Calls], &[])];
    let (bench, mut keys) = Bench::set(FakeService::new(), &keys, |settings| {
        settings.network = network.clone()
    });
    (bench, keys.remove(0))
}

fn behind_a_proxy() -> Network {
    Network {
        trusted_proxies: vec![parse_proxy("10.0.0.0/8").unwrap()],
        ..Network::default()
    }
}

/// Begins a session as a browser behind TLS would.
async fn sign_in(bench: &Bench, key: &str, headers: &[(&str, &str)]) -> Answer {
    let body = json!({"key": key}).to_string();
    bench
        .send(Method::POST, "/v1/session", Some(body), headers)
        .await
}

#[tokio::test]
async fn only_a_trusted_proxy_says_that_it_is_tls() {
    let (bench, key) = bench(&behind_a_proxy());
    let tls = [
        ("x-forwarded-proto", "https"),
        ("x-forwarded-for", "203.0.113.7"),
    ];
    let proxied = bench.seen_from("10.1.2.3");
    let begun = sign_in(&proxied, &key, &tls).await;
    let cookie = begun.header("set-cookie");
    for flag in ["HttpOnly", "SameSite=Strict", "Path=/;", "Secure"] {
        assert!(cookie.contains(flag), "{cookie}");
    }
    assert_eq!(
        begun.header("strict-transport-security"),
        "max-age=31536000"
    );
    // The other kind of header, which this proxy passes on as its client wrote it.
    let begun = sign_in(
        &proxied,
        &key,
        &[("forwarded", "proto=https;for=192.0.2.1")],
    )
    .await;
    assert!(!begun.header("set-cookie").contains("Secure"));

    let direct = proxied.seen_from("203.0.113.7");
    let begun = sign_in(&direct, &key, &tls).await;
    assert!(!begun.header("set-cookie").contains("Secure"));
    assert_eq!(begun.header("strict-transport-security"), "");
}

#[tokio::test]
async fn a_client_cannot_take_another_s_address() {
    let mut network = behind_a_proxy();
    network.forwarding = Forwarding::XForwarded;
    let (bench, _) = Bench::set(
        FakeService::new(),
        &[("desk", &[Scope::Search], &[])],
        |settings| {
            settings.network = network.clone();
            settings.limits.rate = "2/m".parse().unwrap();
        },
    );
    let ask = async |bench: &Bench, from: &str| {
        let headers = [("x-forwarded-for", from)];
        bench
            .send(Method::GET, "/llms.txt", None, &headers)
            .await
            .status
            .as_u16()
    };
    // A direct client is one, whatever it says.
    let direct = bench.seen_from("198.51.100.1");
    let answers = [
        ask(&direct, "192.0.2.1").await,
        ask(&direct, "192.0.2.2").await,
        ask(&direct, "192.0.2.3").await,
    ];
    assert_eq!(answers, [200, 200, 429]);
    // Behind the proxy each client is one, and what it wrote before the proxy counts nothing.
    let proxied = direct.seen_from("10.0.0.1");
    for client in ["192.0.2.1", "192.0.2.2"] {
        let answers = [
            ask(&proxied, client).await,
            ask(&proxied, &format!("198.51.100.9, {client}")).await,
            ask(&proxied, &format!("10.9.9.9, {client}")).await,
        ];
        assert_eq!(answers, [200, 200, 429], "{client}");
    }
}

#[tokio::test]
async fn everything_is_found_under_the_base_path() {
    let network = Network {
        base_path: "/kb".into(),
        public_url: "https://desk.example".into(),
        ..Network::default()
    };
    let (bench, key) = bench(&network);
    for base in ["/kb", ""] {
        let page = bench.get(&format!("{base}/articles/refund")).await;
        assert_eq!(page.status, StatusCode::OK);
        let html = page.text();
        assert!(
            html.contains("src=\"/kb/assets/app.js\"") && !html.contains("=\"/assets"),
            "{html}"
        );
        assert_eq!(
            bench.get(&format!("{base}/assets/app.js")).await.status,
            StatusCode::OK
        );
        let found = bench.get_as(&key, &format!("{base}/v1/topics")).await;
        assert_eq!(found.status, StatusCode::OK);
        assert!(
            bench
                .get(&format!("{base}/docs"))
                .await
                .text()
                .contains("\"/kb/docs/docs.js\"")
        );
        let contract = bench.get(&format!("{base}/openapi.json")).await.json();
        assert_eq!(contract["servers"], json!([{"url": "/kb"}]));
        let begun = bench
            .post(&format!("{base}/v1/session"), json!({"key": key}))
            .await;
        let cookie = begun.header("set-cookie");
        assert!(
            cookie.contains("Path=/kb/;") && cookie.contains("; Secure"),
            "{cookie}"
        );
    }
    assert_eq!(bench.get("/kb").await.status, StatusCode::OK);
    assert_eq!(
        bench.get("/kbx/v1/topics").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        bench.get("/kb//evil.example").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn listed_origins_may_ask_with_a_key() {
    let network = Network {
        cors_origins: vec!["https://desk.example".parse().unwrap()],
        ..Network::default()
    };
    let (bench, key) = bench(&network);
    let preflight = async |origin: &str| {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", "POST"),
            (
                "access-control-request-headers",
                "authorization,content-type",
            ),
        ];
        bench
            .send(Method::OPTIONS, "/v1/search", None, &headers)
            .await
    };
    let allowed = preflight("https://desk.example").await;
    assert_eq!(
        allowed.header("access-control-allow-origin"),
        "https://desk.example"
    );
    assert!(
        allowed
            .header("access-control-allow-headers")
            .contains("authorization")
    );
    assert_eq!(
        allowed.header("access-control-allow-credentials"),
        "",
        "never with our cookie"
    );
    for origin in [
        "https://evil.example",
        "https://desk.example.evil.example",
        "http://desk.example",
        "null",
    ] {
        assert_eq!(
            preflight(origin)
                .await
                .header("access-control-allow-origin"),
            "",
            "{origin}"
        );
    }
    let bearer = format!("Bearer {key}");
    let headers = [
        ("origin", "https://desk.example"),
        ("authorization", &bearer),
    ];
    let asked = bench
        .send(
            Method::POST,
            "/v1/search",
            Some(json!({"query": "money"}).to_string()),
            &headers,
        )
        .await;
    assert_eq!(asked.status, StatusCode::OK);
    assert_eq!(
        asked.header("access-control-allow-origin"),
        "https://desk.example"
    );
    // A cookie of ours that such a page makes the browser send is not enough.
    let begun = sign_in(&bench, &key, &[]).await;
    let cookie = begun
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let headers = [("origin", "https://desk.example"), ("cookie", &cookie)];
    let asked = bench
        .send(Method::POST, "/v1/calls", Some("{}".into()), &headers)
        .await;
    assert_eq!(asked.status, StatusCode::FORBIDDEN);

    // Without keys any text would be taken for one: nobody is listed.
    let (open, _) = Bench::set(FakeService::new(), &[], |settings| {
        settings.network = network.clone();
    });
    let headers = [
        ("origin", "https://desk.example"),
        ("host", "localhost:8080"),
        ("authorization", "Bearer x"),
        ("access-control-request-method", "POST"),
    ];
    for (method, body) in [
        (Method::OPTIONS, None),
        (Method::POST, Some("{}".to_owned())),
    ] {
        let asked = open.send(method, "/v1/calls", body, &headers).await;
        assert_ne!(asked.status, StatusCode::CREATED);
        assert_eq!(asked.header("access-control-allow-origin"), "");
    }

    let (silent, _) = Bench::with(FakeService::new(), &[("desk", &[Scope::Search], &[])]);
    let headers = [("origin", "https://desk.example")];
    let asked = silent.send(Method::GET, "/llms.txt", None, &headers).await;
    assert_eq!(asked.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn every_answer_carries_the_headers_that_guard() {
    let (bench, key) = bench(&Network::default());
    for (key, address) in [
        ("", "/"),
        ("", "/docs"),
        ("", "/v1/topics"),
        (&key, "/v1/topics"),
        ("", "/nowhere"),
    ] {
        let answer = bench.get_as(key, address).await;
        for (name, word) in [
            ("content-security-policy", "default-src 'self'"),
            ("content-security-policy", "script-src 'self';"),
            ("content-security-policy", "frame-ancestors 'self'"),
            ("content-security-policy", "base-uri 'none'"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("permissions-policy", "microphone=()"),
        ] {
            assert!(answer.header(name).contains(word), "{address}: {name}");
        }
        assert!(!answer.header("content-security-policy").contains("unsafe"));
    }
}
