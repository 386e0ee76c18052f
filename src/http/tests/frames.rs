//! Which pages may embed ours in a frame, and sessions in such a frame.

use axum::http::{HeaderValue, Method};
use serde_json::json;

use super::{
    super::{Settings, parse_proxy},
    bench::Bench,
    fake::FakeService,
};
use crate::keys::Scope;

const CRM: &str = "https://crm.example.com";

fn framed() -> (Bench, Vec<String>) {
    let keys: [(&str, &[Scope], &[&str]); 1] = [("desk", &[Scope::Search], &["agent"])];
    Bench::set(FakeService::new(), &keys, |settings| {
        settings.network.frame_parents = vec![CRM.into(), "http://127.0.0.1:9000".into()];
        behind_a_proxy(settings);
    })
}

fn behind_a_proxy(settings: &mut Settings) {
    settings.network.trusted_proxies = vec![parse_proxy("10.0.0.1").unwrap()];
}

#[tokio::test]
async fn only_listed_pages_may_frame_ours_and_the_page_knows_them() {
    let (bench, _) = framed();
    let page = bench.get("/calls").await;
    let policy = page.header("content-security-policy");
    assert!(
        policy.ends_with(&format!(
            "frame-ancestors 'self' {CRM} http://127.0.0.1:9000"
        )),
        "{policy}"
    );
    let told = format!("data-frame-parents=\"{CRM} http://127.0.0.1:9000\"");
    assert!(page.text().contains(&told));

    let plain = Bench::new().get("/calls").await;
    let policy = plain.header("content-security-policy");
    assert!(policy.ends_with("frame-ancestors 'self'"), "{policy}");
    assert!(!plain.text().contains("data-frame-parents"));
}

#[tokio::test]
async fn a_session_reaches_into_frames_over_tls_only_and_only_where_there_are_any() {
    let check = async |framed: (Bench, Vec<String>), proto: &str, expected: &str| {
        let (bench, keys) = framed;
        let bench = bench.seen_from("10.0.0.1");
        let body = json!({"key": keys[0]}).to_string();
        let headers = [("x-forwarded-proto", proto)];
        let begun = bench
            .send(Method::POST, "/v1/session", Some(body), &headers)
            .await;
        let cookie = begun.headers.get("set-cookie").map(HeaderValue::to_str);
        let cookie = cookie.unwrap().unwrap();
        assert!(
            cookie.contains(&format!("HttpOnly; {expected}; Max-Age")),
            "{proto}: {cookie}"
        );
    };
    let keys: [(&str, &[Scope], &[&str]); 1] = [("desk", &[Scope::Search], &["agent"])];
    let plain = || Bench::set(FakeService::new(), &keys, behind_a_proxy);
    check(plain(), "http", "SameSite=Strict").await;
    check(plain(), "https", "SameSite=Strict; Secure").await;
    check(framed(), "http", "SameSite=Strict").await;
    check(framed(), "https", "SameSite=None; Secure; Partitioned").await;
}
