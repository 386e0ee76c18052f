//! What editors and their git host use: the webhook, the preview, and the authors of findings.

use std::sync::atomic::Ordering;

use axum::http::{Method, StatusCode};
use futures::StreamExt as _;
use serde_json::json;

use super::{bench::Bench, fake::FakeService};
use crate::keys::Scope;

const HOOK: &str = "/v1/hooks/git";

#[tokio::test]
async fn the_hook_takes_an_admin_or_a_signature_and_nobody_else() {
    let (bench, keys) = Bench::set(
        FakeService::new(),
        &[
            ("admin", &[Scope::Admin], &[]),
            ("reader", &[Scope::Search], &["agent"]),
        ],
        |settings| settings.hook_secret = "s3cret".to_owned(),
    );
    let send = async |headers: &[(&str, &str)]| {
        let answer = bench
            .send(Method::POST, HOOK, Some("{\"ref\": 1}".to_owned()), headers)
            .await;
        (answer.status, bench.fake.looks.swap(0, Ordering::Relaxed))
    };
    let bearer = |key: &str| format!("Bearer {key}");
    assert_eq!(send(&[]).await, (StatusCode::UNAUTHORIZED, 0));
    assert_eq!(
        send(&[("authorization", &bearer(&keys[1]))]).await,
        (StatusCode::FORBIDDEN, 0)
    );
    assert_eq!(
        send(&[("authorization", &bearer(&keys[0]))]).await,
        (StatusCode::ACCEPTED, 1)
    );
    assert_eq!(
        send(&[("x-gitlab-token", "s3cret")]).await,
        (StatusCode::ACCEPTED, 1)
    );
    assert_eq!(
        send(&[("x-gitlab-token", "secret")]).await,
        (StatusCode::UNAUTHORIZED, 0)
    );
    assert_eq!(
        send(&[("x-hub-signature-256", "sha256=00")]).await,
        (StatusCode::UNAUTHORIZED, 0)
    );
}

#[tokio::test]
async fn without_a_secret_an_empty_one_opens_nothing() {
    let (bench, _) = Bench::with(FakeService::new(), &[("admin", &[Scope::Admin], &[])]);
    let answer = bench
        .send(Method::POST, HOOK, None, &[("x-gitlab-token", "")])
        .await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let open = Bench::new();
    let answer = open.send(Method::POST, HOOK, None, &[]).await;
    assert_eq!(
        (answer.status, answer.json()),
        (StatusCode::ACCEPTED, json!({"accepted": true}))
    );
}

#[tokio::test]
async fn drafts_and_reloads_are_for_previews() {
    let plain = Bench::new();
    assert_eq!(
        plain.get("/v1/content/events").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        plain.get("/v1/articles/draft").await.status,
        StatusCode::NOT_FOUND
    );
    assert!(!plain.get("/").await.text().contains("data-preview"));

    let keys: [(&str, &[Scope], &[&str]); 3] = [
        ("admin", &[Scope::Admin], &[]),
        ("reader", &[Scope::Search], &["agent"]),
        ("shop", &[Scope::Admin], &["customer"]),
    ];
    let (bench, keys) = Bench::set(FakeService::new(), &keys, |settings| {
        settings.preview = true
    });
    // An admin's audiences hold for drafts, and for what is no draft.
    for address in ["draft", "draft.md", "rules%2Fcancel%3A1"] {
        let address = format!("/v1/articles/{address}");
        let answer = bench.get_as(&keys[2], &address).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{address}");
    }
    assert_eq!(
        bench.get_as(&keys[0], "/v1/articles/draft").await.json()["title"],
        "Draft"
    );
    assert_eq!(
        bench.get_as(&keys[0], "/v1/articles/draft.md").await.status,
        StatusCode::OK
    );
    assert_eq!(
        bench.get_as(&keys[1], "/v1/articles/draft").await.status,
        StatusCode::NOT_FOUND
    );
    assert!(
        bench
            .get("/articles/draft")
            .await
            .text()
            .contains("<html data-preview")
    );
    // Nor is a draft's id told by what links to it.
    let links = async |key: &str| {
        let answer = bench.get_as(key, "/v1/articles/rules%2Fcancel%3A1").await;
        answer.json()["html"]
            .as_str()
            .unwrap()
            .contains("/articles/draft")
    };
    assert!(links(&keys[0]).await && !links(&keys[1]).await);
    let key = format!("Bearer {}", keys[1]);
    let events = bench
        .begin(
            Method::GET,
            "/v1/content/events",
            None,
            &[("authorization", &key)],
        )
        .await;
    assert_eq!(events.status(), StatusCode::OK);
    // It goes on until the server ends.
    bench.face.close();
    let rest: Vec<_> = events.into_body().into_data_stream().collect().await;
    assert!(rest.iter().all(Result::is_ok));
}

#[tokio::test]
async fn a_preview_is_told_what_it_missed() {
    let (bench, _) = Bench::set(FakeService::new(), &[], |settings| settings.preview = true);
    let told = async |address: &str, headers: &[(&str, &str)]| {
        let events = bench.begin(Method::GET, address, None, headers).await;
        let mut events = events.into_body().into_data_stream();
        let patience = std::time::Duration::from_millis(300);
        let first = tokio::time::timeout(patience, events.next()).await;
        first.map_or_else(
            |_| String::new(),
            |first| String::from_utf8(first.unwrap().unwrap().to_vec()).unwrap(),
        )
    };
    let stream = "/v1/content/events";
    let newest = told(stream, &[]).await;
    assert!(newest.contains("event: generation") && newest.contains("id: 7"));
    let missed = told(stream, &[("last-event-id", "6")]).await;
    assert!(missed.contains("event: reload") && missed.contains("id: 7"));
    let missed = told("/v1/content/events?last_event_id=6", &[]).await;
    assert!(missed.contains("event: reload"));
    assert_eq!(told(stream, &[("last-event-id", "7")]).await, "");
    assert!(bench.get("/").await.text().contains("data-preview=\"7\""));
}

#[tokio::test]
async fn findings_say_whose_they_are() {
    let answer = Bench::new().get("/v1/content/diagnostics").await.json();
    let findings = answer["diagnostics"].as_array().unwrap();
    assert!(
        findings
            .iter()
            .all(|one| one.get("owner").is_some() && one["rule"].is_string())
    );
}
