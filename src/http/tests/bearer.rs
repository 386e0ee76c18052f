//! Bearer tokens of an identity provider: what they give access to, also for AI agents, and who owns the calls.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use serde_json::json;

use super::{
    bench::Bench,
    fake,
    login::world,
    provider::{FakeProvider, Key},
};
use crate::{
    keys::Scope,
    oidc::{Provider, Rule},
};

#[tokio::test]
async fn a_token_opens_what_its_claims_stand_for() {
    let world = world().await;
    let (bench, agent) = (&world.bench, world.token(&json!({})));
    assert_eq!(
        bench.get("/v1/topics").await.status,
        StatusCode::UNAUTHORIZED,
        "on loopback too"
    );
    assert_eq!(
        bench.get_as(&agent, "/v1/topics").await.status,
        StatusCode::OK
    );
    assert_eq!(
        bench.get_as(&agent, "/v1/insights/summary").await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        bench.get_as(&agent, "/v1/session").await.json(),
        json!({"name": "oidc:ann", "scopes": ["search", "calls"], "audiences": ["agent"]})
    );
    let hidden = format!("/v1/articles/{}-plan", fake::SECRET);
    assert_eq!(
        bench.get_as(&agent, &hidden).await.status,
        StatusCode::NOT_FOUND
    );
    let customer = world.token(&json!({"groups": ["customers"], "sub": "caller"}));
    assert_eq!(
        bench
            .get_as(&customer, "/v1/articles/rules%2Fcancel%3A1")
            .await
            .status,
        StatusCode::NOT_FOUND
    );
    let admin = world.token(&json!({"groups": ["admins"], "sub": "root"}));
    assert_eq!(bench.get_as(&admin, &hidden).await.status, StatusCode::OK);

    // Calls belong to the person.
    assert_eq!(
        bench
            .post_as(&agent, "/v1/calls", json!({"call_id": "c"}))
            .await
            .status,
        StatusCode::CREATED
    );
    let other = world.token(&json!({"sub": "bob"}));
    for (token, status) in [(&agent, 200), (&other, 404), (&admin, 200)] {
        assert_eq!(
            bench.get_as(token, "/v1/calls/c").await.status.as_u16(),
            status
        );
    }
    let expired = world.token(&json!({"exp": 1_000}));
    let refused = bench.get_as(&expired, "/v1/topics").await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert!(
        refused.json()["detail"]
            .as_str()
            .unwrap()
            .contains("expired")
    );
    let nothing = world.token(&json!({"groups": []}));
    assert_eq!(
        bench.get_as(&nothing, "/v1/topics").await.status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn a_key_and_a_person_of_one_name_are_two() {
    let fake = FakeProvider::start().await;
    let key = Arc::new(Key::ec());
    fake.publish(&[("e1", &key)]);
    let (bench, keys) = Bench::with(fake::FakeService::new(), &[("ann", &[Scope::Calls], &[])]);
    let bench = bench.with_oidc(Provider::new(fake.settings()).unwrap());
    let token = key.token(
        &json!({"alg": "ES256", "kid": "e1"}),
        &fake.claims(&json!({})),
    );
    assert_eq!(
        bench
            .post_as(&keys[0], "/v1/calls", json!({"call_id": "c"}))
            .await
            .status,
        StatusCode::CREATED
    );
    assert_eq!(
        bench.get_as(&token, "/v1/calls/c").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        bench.get_as(&keys[0], "/v1/calls/c").await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_provider_that_is_down_is_told_as_that() {
    let world = world().await;
    world.fake.set_down(true);
    let refused = world
        .bench
        .get_as(&world.token(&json!({})), "/v1/topics")
        .await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.json()["code"], "identity_provider_unreachable");
    assert!(!refused.header("retry-after").is_empty());
    let begun = world.get("/v1/session/login", "").await;
    assert_eq!(
        begun.header("location"),
        "/?sign_in=identity_provider_unreachable"
    );
}

#[tokio::test]
async fn agents_are_told_where_tokens_come_from() {
    let world = world().await;
    let token = world.token(&json!({}));
    let expired = world.token(&json!({"exp": 1_000}));
    let bench = world.bench.with_agents();
    let about = bench.get("/.well-known/oauth-protected-resource/mcp").await;
    assert_eq!(
        about.json()["authorization_servers"],
        json!([world.fake.issuer()])
    );
    assert_eq!(about.json()["scopes_supported"], json!(null));
    assert_eq!(bench.post_as(&token, "/mcp", json!({})).await.text(), "in");
    let refused = bench.post_as(&expired, "/mcp", json!({})).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert!(
        refused
            .header("www-authenticate")
            .contains("resource_metadata=")
    );
}

#[tokio::test]
async fn agents_are_told_the_provider_s_scopes_alone() {
    let fake = FakeProvider::start().await;
    let mut settings = fake.settings();
    let by_scope = |claim: &str, value: &str| Rule {
        claim: claim.into(),
        value: value.into(),
        ..settings.grants[0].clone()
    };
    let more = [by_scope("scp", "kb.write"), by_scope("scope", "kb.read")];
    settings.grants.extend(more);
    let bench = Bench::new()
        .with_oidc(Provider::new(settings).unwrap())
        .with_agents();
    let about = bench.get("/.well-known/oauth-protected-resource/mcp").await;
    assert_eq!(
        about.json()["scopes_supported"],
        json!(["kb.read", "kb.write"])
    );
}

#[tokio::test]
async fn a_listed_page_reaches_agents_tools_with_a_key_alone() {
    let fake = FakeProvider::start().await;
    let key = Arc::new(Key::ec());
    fake.publish(&[("e1", &key)]);
    let token = key.token(
        &json!({"alg": "ES256", "kid": "e1"}),
        &fake.claims(&json!({})),
    );
    let (bench, _) = Bench::set(fake::FakeService::new(), &[], |settings| {
        settings.network.cors_origins = vec!["https://desk.example".parse().unwrap()];
    });
    let bench = bench
        .with_agents()
        .with_oidc(Provider::new(fake.settings()).unwrap());
    let bearer = format!("Bearer {token}");
    for (origin, headers, status) in [
        (
            "https://desk.example",
            vec![("authorization", bearer.as_str())],
            200,
        ),
        (
            "https://evil.example",
            vec![("authorization", bearer.as_str())],
            403,
        ),
        (
            "https://desk.example",
            vec![("cookie", "cuecard_session=x")],
            403,
        ),
    ] {
        let headers = [vec![("origin", origin)], headers].concat();
        let answer = bench
            .send(Method::POST, "/mcp", Some("{}".into()), &headers)
            .await;
        assert_eq!(answer.status.as_u16(), status, "{headers:?}");
    }
}
