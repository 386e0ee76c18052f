//! Permissions: an article for other audiences does not exist in any endpoint.

use axum::http::StatusCode;
use serde_json::json;

use super::{
    bench::Bench,
    fake::{EARLIER, FakeService, SECRET},
};
use crate::keys::Scope;

const ALL: [Scope; 3] = [Scope::Search, Scope::Calls, Scope::Insights];

/// Every GET of the contract, with a parameter that would find the hidden article.
fn readings() -> Vec<String> {
    let plan = format!("{SECRET}-plan");
    [
        "/readyz",
        "/v1/search?q={s}&explain=true",
        "/v1/search?q=money&limit=100",
        "/v1/search?q=money&tag={s}",
        "/v1/search?q=money&article_id={p}",
        "/v1/suggest?q={s}",
        "/v1/suggest?q=the",
        "/v1/articles",
        "/v1/articles?tag={s}",
        "/v1/articles?lang=sw",
        "/v1/topics",
        "/v1/articles/{p}",
        "/v1/articles/{p}.md",
        "/v1/articles/{p}?revision=0123abcd",
        "/v1/articles/refund",
        "/v1/articles/refund-zh",
        "/v1/revisions/{p}",
        "/v1/revisions/refund",
        "/v1/articles/rules%2Fcancel%3A1",
        "/v1/content/diagnostics",
        "/v1/insights/summary",
        "/v1/insights/articles",
        "/v1/insights/articles?format=csv",
        "/v1/insights/demand",
        "/v1/insights/gaps",
        "/v1/insights/digest",
        "/v1/demo/calls",
        "/v1/calls/walk",
        "/v1/calls/walk/cards",
        "/v1/session",
        "/content/sw/x.png",
        "/openapi.json",
        "/llms.txt",
        "/",
    ]
    .iter()
    .map(|address| address.replace("{s}", SECRET).replace("{p}", &plan))
    .collect()
}

#[tokio::test]
async fn an_article_for_others_leaks_nowhere() {
    let (bench, keys) = Bench::with(
        FakeService::new(),
        &[
            ("customer", &ALL, &["customer"]),
            ("agent", &ALL, &["agent"]),
            ("inside", &ALL, &["internal"]),
        ],
    );
    std::fs::create_dir_all(bench.content.path().join("sw")).unwrap();
    std::fs::write(bench.content.path().join("sw/x.png"), SECRET).unwrap();
    let mut told = 0;
    for (key, may_see) in keys.iter().zip([false, false, true]) {
        bench
            .post_as(
                key,
                "/v1/calls",
                json!({"call_id": "walk", "agent_id": "ann"}),
            )
            .await;
        let said = json!({"role": "customer", "text": "cancel my contract"});
        let heard = bench.post_as(key, "/v1/calls/walk/utterances", said).await;
        assert_eq!(heard.status, StatusCode::OK);
        assert_eq!(
            heard.text().to_lowercase().contains(SECRET),
            may_see,
            "{}",
            heard.text()
        );
        for address in readings() {
            let answer = bench.get_as(key, &address).await;
            // A caller's own words come back to it; what must not is anything of ours.
            let own = answer
                .json_or_text()
                .replace(&format!("\"query\":\"{SECRET}\""), "");
            let own = own.replace(&format!("\\\"{SECRET}-plan"), "");
            let leaks = own.to_lowercase().contains(SECRET);
            assert!(may_see || !leaks, "{address}: {own}");
            told += usize::from(leaks);
        }
        let status = if may_see {
            StatusCode::NO_CONTENT
        } else {
            StatusCode::NOT_FOUND
        };
        let noted = json!({"article_id": format!("{SECRET}-plan"), "type": "opened"});
        assert_eq!(
            bench
                .post_as(key, "/v1/searches/q-1/engagement", noted)
                .await
                .status,
            status
        );
    }
    assert!(
        told > 10,
        "the walk must find it where it may be found: {told}"
    );
}

#[tokio::test]
async fn an_earlier_text_counts_by_its_own_audience() {
    let (bench, keys) = Bench::with(
        FakeService::new(),
        &[
            ("customer", &ALL, &["customer"]),
            ("root", &[Scope::Admin], &[]),
        ],
    );
    let address = format!("/v1/articles/refund-zh?revision={EARLIER}");
    assert_eq!(
        bench
            .get_as(&keys[0], "/v1/articles/refund-zh")
            .await
            .status,
        StatusCode::OK
    );
    assert_eq!(
        bench.get_as(&keys[0], &address).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        bench.get_as(&keys[1], &address).await.status,
        StatusCode::OK
    );
    let listed = async |key: &str| {
        let answer = bench.get_as(key, "/v1/revisions/refund-zh").await;
        answer.json()["revisions"].as_array().unwrap().len()
    };
    assert_eq!((listed(&keys[0]).await, listed(&keys[1]).await), (0, 1));
}

#[tokio::test]
async fn numbers_count_only_what_exists_for_the_caller() {
    let (bench, keys) = Bench::with(
        FakeService::new(),
        &[
            ("customer", &ALL, &["customer"]),
            ("root", &[Scope::Admin], &[]),
        ],
    );
    let counts = async |key: &str| {
        let told = bench.get_as(key, "/readyz").await.json();
        (told["articles"].clone(), told["pending_embeddings"].clone())
    };
    assert_eq!(counts(&keys[0]).await, (json!(2), json!(0)));
    assert_eq!(counts(&keys[1]).await, (json!(5), json!(0)));
    let nobody = bench.get("/readyz").await;
    assert_eq!(nobody.status, StatusCode::OK);
    let index = &bench.get_as(&keys[1], "/readyz").await.json()["index"];
    assert_eq!(
        nobody.json(),
        json!({"ready": true, "index": index, "degraded": ["embeddings_unavailable"]})
    );
}

#[tokio::test]
async fn calls_belong_to_the_key_that_opened_them() {
    let (bench, keys) = Bench::with(
        FakeService::new(),
        &[
            ("one", &[Scope::Calls], &[]),
            ("two", &[Scope::Calls], &[]),
            ("root", &[Scope::Admin], &[]),
        ],
    );
    assert_eq!(
        bench
            .post_as(&keys[0], "/v1/calls", json!({"call_id": "c"}))
            .await
            .status,
        StatusCode::CREATED
    );
    for (key, status) in keys.iter().zip([200, 404, 200]) {
        assert_eq!(
            bench.get_as(key, "/v1/calls/c").await.status.as_u16(),
            status
        );
    }
}
