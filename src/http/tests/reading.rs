//! Successful responses of search, lists and articles.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    bench::Bench,
    fake::{EARLIER, FakeService},
};
use crate::keys::Scope;

fn strings(list: &Value, field: &str) -> Vec<String> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|one| one[field].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_question_by_either_method_gets_the_same_hits() {
    let bench = Bench::new();
    let asked = bench
        .post(
            "/v1/search",
            json!({"query": "money", "filter": {"lang": ["en"], "tags": ["billing"]}}),
        )
        .await;
    assert_eq!(asked.status, StatusCode::OK);
    assert_eq!(
        asked.header("content-type"),
        "application/json; charset=utf-8"
    );
    let found = bench
        .get("/v1/search?q=money&lang=en&tag=billing&limit=10&mode=hybrid&explain=true")
        .await;
    for answer in [asked.json(), found.json()] {
        assert_eq!(strings(&answer["hits"], "article_id"), ["refund"]);
        assert_eq!(answer["total"], 1);
        assert_eq!(answer["index"]["generation"], 7);
        assert_eq!(answer["degraded"], json!(["embeddings_unavailable"]));
    }
    let many = bench
        .get("/v1/search?q=e&lang=en,zh&lang=sw&limit=2&offset=1")
        .await
        .json();
    assert_eq!(many["hits"].as_array().unwrap().len(), 2);
    assert_eq!(many["hits"][0]["rank"], 2);
}

#[tokio::test]
async fn typing_gets_completions() {
    let bench = Bench::new();
    let answer = bench.get("/v1/suggest?q=ref").await.json();
    assert_eq!(
        answer["suggestions"],
        json!([{"text": "Refunds", "article_id": "refund"}])
    );
    assert_eq!(
        bench.get("/v1/suggest?q=").await.json()["suggestions"],
        json!([])
    );
    assert_eq!(bench.get("/v1/suggest").await.status, StatusCode::OK);
}

#[tokio::test]
async fn articles_are_listed_with_filters_and_pages() {
    let bench = Bench::new();
    let check = async |address: &str, expected: &[&str], total: u64| {
        let answer = bench.get(address).await.json();
        assert_eq!(
            strings(&answer["articles"], "article_id"),
            expected,
            "{address}"
        );
        assert_eq!(answer["total"], total);
        assert_eq!(answer["index"]["revision"], "f00d");
    };
    check(
        "/v1/articles",
        &["refund", "rules/cancel:1", "zanzibar-plan", "refund-zh"],
        4,
    )
    .await;
    check("/v1/articles?limit=1&offset=1", &["rules/cancel:1"], 4).await;
    check(
        "/v1/articles?tag=billing&lang=en",
        &["refund", "rules/cancel:1"],
        2,
    )
    .await;
    check(
        "/v1/articles?tag=billing/refunds&lang=zh",
        &["refund-zh"],
        1,
    )
    .await;
    check("/v1/articles?tag=bill", &[], 0).await;
    check("/v1/articles?product=fiber", &["refund"], 1).await;
    check("/v1/articles?offset=99", &[], 4).await;
    let refund = "/v1/articles?tag=&product=&lang=&product=fiber";
    check(refund, &["refund"], 1).await;
}

#[tokio::test]
async fn topics_are_a_tree_with_counts() {
    let answer = Bench::new().get("/v1/topics").await.json();
    let billing = &answer["topics"][0];
    assert_eq!(
        (&billing["tag"], &billing["count"]),
        (&json!("billing"), &json!(4))
    );
    assert_eq!(
        billing["children"],
        json!([{"tag": "billing/refunds", "count": 2, "children": []}])
    );
    assert_eq!(
        answer["products"][0],
        json!({"product": "fiber", "count": 1})
    );
    assert_eq!(
        strings(&answer["languages"], "lang"),
        ["en", "sw", "zh-Hans"]
    );
}

#[tokio::test]
async fn an_article_comes_with_its_relatives() {
    let answer = Bench::new().get("/v1/articles/refund").await.json();
    assert_eq!(answer["article_id"], "refund");
    assert_eq!(answer["lang"], "en");
    assert!(
        answer["markdown"]
            .as_str()
            .unwrap()
            .starts_with("# Refunds")
    );
    assert_eq!(answer["markdown_line"], 4);
    assert!(answer["html"].as_str().unwrap().contains("14 days"));
    assert_eq!(answer["meta"]["tags"], json!(["billing/refunds"]));
    assert_eq!(answer["meta"]["team_room"], "4b");
    assert_eq!(
        strings(&answer["translations"], "article_id"),
        ["zanzibar-plan", "refund-zh"]
    );
    assert_eq!(answer["related"], json!([]));
    assert_eq!(answer["degraded"], json!(["embeddings_unavailable"]));
}

#[tokio::test]
async fn ids_may_hold_anything_and_an_exact_id_wins_over_the_ending() {
    let bench = Bench::new();
    for address in [
        "/v1/articles/rules%2Fcancel%3A1",
        "/v1/articles/rules/cancel:1",
    ] {
        assert_eq!(
            bench.get(address).await.json()["article_id"],
            "rules/cancel:1",
            "{address}"
        );
    }
    for address in [
        "/v1/articles/refund.md",
        "/v1/articles/rules%2Fcancel%3A1.md",
    ] {
        let answer = bench.get(address).await;
        assert_eq!(
            answer.header("content-type"),
            "text/markdown; charset=utf-8"
        );
        assert!(answer.text().starts_with("---\nid: r"), "{address}");
    }
}

#[tokio::test]
async fn the_commits_that_changed_an_article_are_listed() {
    let (bench, keys) = Bench::with(
        FakeService::new(),
        &[
            ("desk", &[Scope::Search], &["agent"]),
            ("site", &[Scope::Search], &["customer"]),
        ],
    );
    let path = "/v1/revisions/refund";
    let answer = bench.get_as(&keys[0], path).await.json();
    assert_eq!(answer["article_id"], "refund");
    let commit = json!({
        "id": EARLIER, "author": "editor", "date": "2023-11-14T22:13:20Z", "subject": "billing: say it shorter",
    });
    assert_eq!(answer["revisions"], json!([commit]));
    let outside = bench.get_as(&keys[1], path).await.json();
    assert_eq!(outside["revisions"][0]["author"], json!(null));
    assert_eq!(outside["revisions"][0]["subject"], json!(null));
    let unknown = bench.get_as(&keys[0], "/v1/revisions/nothing").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_article_can_be_read_as_it_was() {
    let bench = Bench::new();
    let now = bench.get("/v1/articles/refund").await.json();
    let same = bench
        .get(&format!(
            "/v1/articles/refund?revision={}",
            now["revision"].as_str().unwrap()
        ))
        .await
        .json();
    assert_eq!(same["markdown"], now["markdown"]);
    let then = bench
        .get(&format!("/v1/articles/refund?revision={EARLIER}"))
        .await
        .json();
    assert_eq!(then["article_id"], "refund");
    assert_eq!(then["revision"], EARLIER);
    // The last commit is not the one that left this text.
    assert_eq!(now["commit"]["id"], EARLIER);
    assert_eq!(then["commit"], Value::Null);
    assert!(then["markdown"].as_str().unwrap().contains("It was so."));
    let text = bench
        .get(&format!("/v1/articles/refund.md?revision={EARLIER}"))
        .await;
    assert!(
        text.text().starts_with("---\naudience")
            && text.text().ends_with("# Earlier\n\nIt was so.\n")
    );
}

#[tokio::test]
async fn engagement_is_checked_and_noted() {
    let bench = Bench::new();
    let check = async |body: Value, status: u16| {
        let answer = bench
            .post("/v1/searches/q-1/engagement", body.clone())
            .await;
        assert_eq!(answer.status.as_u16(), status, "{body}: {}", answer.text());
    };
    check(json!({"article_id": "refund", "type": "opened"}), 204).await;
    check(
        json!({"article_id": "refund", "type": "rated", "rating": "helpful", "comment": "clear"}),
        204,
    )
    .await;
    check(json!({"article_id": "refund", "type": "rated"}), 400).await;
    check(
        json!({"article_id": "rules/cancel:1", "type": "copied", "rating": "not_helpful"}),
        204,
    )
    .await;
    check(json!({"article_id": "refund", "type": "eaten"}), 400).await;
    check(
        json!({"article_id": "refund", "type": "opened", "comment": "x".repeat(4_001)}),
        400,
    )
    .await;
    check(json!({"article_id": "nothing", "type": "opened"}), 404).await;
    let articles = bench.get("/v1/insights/articles").await.json();
    let articles = articles["articles"].as_array().unwrap();
    let refund = articles.iter().find(|one| one["article_id"] == "refund");
    let refund = refund.unwrap();
    assert_eq!(
        (&refund["opened"], &refund["helpful"]),
        (&json!(1), &json!(1))
    );
}

#[tokio::test]
async fn an_answer_is_of_one_generation() {
    let (bench, _) = Bench::with(FakeService::moving(), &[]);
    for address in ["/v1/articles/refund", "/v1/articles/rules%2Fcancel:1"] {
        let answer = bench.get(address).await.json();
        let generation = answer["index"]["generation"].as_u64().unwrap();
        assert_eq!(answer["revision"], format!("r{generation}"), "{answer}");
    }
}

#[tokio::test]
async fn health_readiness_and_diagnostics_are_told() {
    let bench = Bench::new();
    assert_eq!(bench.get("/healthz").await.json()["status"], "ok");
    let ready = bench.get("/readyz").await;
    assert_eq!(ready.status, StatusCode::OK);
    assert_eq!(
        (&ready.json()["ready"], &ready.json()["articles"]),
        (&json!(true), &json!(5))
    );
    assert_eq!(
        bench.get("/v1/content/diagnostics").await.json()["diagnostics"]
            .as_array()
            .unwrap()
            .len(),
        5
    );
    let demo = bench.get("/v1/demo/calls").await.json();
    assert_eq!(demo["calls"].as_array().unwrap().len(), 1);
    assert_eq!(demo["calls"][0]["turns"][0]["speaker"], "customer");

    let (starting, _) = Bench::with(FakeService::starting(), &[]);
    let answer = starting.get("/readyz").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.json()["progress"]["stage"], "keyword");
    assert_eq!(starting.get("/healthz").await.status, StatusCode::OK);
    let keys: [(&str, &[Scope], &[&str]); 1] = [("desk", &[Scope::Search], &[])];
    let (starting, _) = Bench::with(FakeService::starting(), &keys);
    let answer = starting.get("/readyz").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.json()["progress"], json!({"stage": "keyword"}));
}

#[tokio::test]
async fn what_another_origins_page_asks_is_answered_as_if_it_were_still_typed() {
    let bench = Bench::new();
    let check = async |site: &str, expected: &str| {
        let headers = [("sec-fetch-site", site)];
        let address = "/v1/search?q=money";
        let answer = bench.send(Method::GET, address, None, &headers).await;
        assert_eq!(answer.json()["query_id"], expected, "{site}");
    };
    check("cross-site", "typing").await;
    check("same-origin", "q-1").await;
    check("none", "q-1").await;
}

#[tokio::test]
async fn metrics_count_requests_by_route() {
    let bench = Bench::new();
    bench.get("/v1/articles/refund").await;
    bench.get("/no/such/route").await;
    bench
        .send(Method::from_bytes(b"BREW").unwrap(), "/healthz", None, &[])
        .await;
    let answer = bench.get("/metrics").await;
    assert!(
        answer
            .header("content-type")
            .starts_with("text/plain; version=0.0.4")
    );
    for line in [
        r#"cuecard_http_requests_total{method="GET",route="/v1/articles/{*id}",status="200"}"#,
        r#"cuecard_http_requests_total{method="GET",route="unmatched",status="404"}"#,
        r#"cuecard_http_requests_total{method="other",route="/healthz",status="405"}"#,
        r#"cuecard_http_request_duration_seconds_bucket{method="GET",route="/v1/articles/{*id}",le="0.01"}"#,
        "cuecard_articles 5",
        "cuecard_http_requests_in_flight",
        r#"cuecard_insights_dropped_total{reason="disk"} "#,
        r#"cuecard_audit_dropped_total{reason="panic"} 0"#,
    ] {
        assert!(answer.text().contains(line), "{line}\n{}", answer.text());
    }
}
