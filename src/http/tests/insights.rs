//! Insights over HTTP: response formats, periods, drafts, reports, erasure.

use axum::http::{Method, StatusCode};
use serde_json::json;

use super::{bench::Bench, fake::FakeService};
use crate::keys::Scope;

#[tokio::test]
async fn every_report_has_the_contracts_fields() {
    let bench = Bench::new();
    let opened = json!({"article_id": "refund", "type": "opened"});
    bench.post("/v1/searches/q-0/engagement", opened).await;
    let articles = bench.get("/v1/insights/articles").await.json();
    let refund = articles["articles"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["article_id"] == "refund")
        .unwrap();
    assert_eq!(refund["shown"], 1);
    for name in [
        "opened",
        "used",
        "helpful",
        "not_helpful",
        "dismissed",
        "last_shown_at",
        "review_overdue",
    ] {
        assert!(refund.get(name).is_some(), "{name}");
    }
    let gaps = bench.get("/v1/insights/gaps").await.json();
    let walrus = gaps["gaps"]
        .as_array()
        .unwrap()
        .iter()
        .find(|gap| gap["label"] == "tame walrus")
        .unwrap();
    assert_eq!(
        (&walrus["size"], &walrus["queries"], &walrus["trend"]),
        (&json!(1), &json!(["tame walrus"]), &json!("new"))
    );
    assert!(walrus["gap_id"].is_string() && walrus.get("nearest").is_some());
    let summary = bench.get("/v1/insights/summary").await.json();
    assert_eq!(
        (&summary["searches"], &summary["before"]["searches"]),
        (&json!(2), &json!(0))
    );
    let demand = bench.get("/v1/insights/demand").await.json();
    assert!(
        demand["topics"]
            .as_array()
            .unwrap()
            .iter()
            .any(|topic| topic["tag"] == "billing/refunds")
    );
    let digest = bench.get("/v1/insights/digest?lang=zh").await;
    assert!(
        digest.text().starts_with("# 客户问了什么")
            && digest.header("content-type").starts_with("text/markdown")
    );
}

#[tokio::test]
async fn a_period_is_read_strictly_and_bounds_what_is_told() {
    let bench = Bench::new();
    let none = bench
        .get("/v1/insights/summary?since=2020-01-01&until=2020-01-31")
        .await
        .json();
    assert_eq!(
        (&none["searches"], none["by_day"].as_array().unwrap().len()),
        (&json!(0), 31)
    );
    for (query, pointer) in [
        ("since=soon", "/since"),
        ("since=2020-02-01&until=2020-01-01", "/since"),
        ("until=x", "/until"),
        ("format=xml", "/format"),
        ("sinse=2020-01-01", "/sinse"),
    ] {
        for what in ["summary", "articles", "gaps", "demand"] {
            let refused = bench.get(&format!("/v1/insights/{what}?{query}")).await;
            assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{what}?{query}");
            assert_eq!(refused.json()["errors"][0]["pointer"], pointer);
        }
    }
}

#[tokio::test]
async fn reports_come_as_tables_and_gaps_as_drafts() {
    let bench = Bench::new();
    for (what, head) in [
        ("summary", "day,searches,"),
        ("articles", "article_id,title,"),
        ("gaps", "gap_id,label,"),
        ("demand", "tag,count,"),
    ] {
        let answer = bench.get(&format!("/v1/insights/{what}?format=csv")).await;
        assert!(
            answer.text().starts_with(head)
                && answer.header("content-type").starts_with("text/csv")
        );
        assert!(answer.text().lines().count() > 1, "{what}");
        let address = format!("/v1/insights/{what}?format=parquet");
        let answer = bench.get(&address).await;
        assert_eq!(
            answer.header("content-type"),
            "application/vnd.apache.parquet"
        );
        let is_whole = answer.bytes.starts_with(b"PAR1") && answer.bytes.ends_with(b"PAR1");
        assert!(is_whole, "{what}");
    }
    let gaps = bench.get("/v1/insights/gaps").await.json();
    let id = gaps["gaps"][0]["gap_id"].as_str().unwrap();
    let draft = bench.get(&format!("/v1/insights/gaps/{id}/draft")).await;
    assert!(draft.text().starts_with("---\nid: ") && draft.text().contains("tame walrus"));
    assert_eq!(
        bench.get("/v1/insights/gaps/none/draft").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_reported_gap_joins_the_list_and_a_customer_is_erased() {
    let bench = Bench::new();
    let report =
        json!({"query": "can I pay by cheque 4111 1111 1111 1111", "comment": "asked twice"});
    assert_eq!(
        bench.post("/v1/gaps", report).await.status,
        StatusCode::NO_CONTENT
    );
    let gaps = bench.get("/v1/insights/gaps").await;
    assert!(gaps.text().contains("can I pay by cheque [card]") && !gaps.text().contains("4111"));
    // The same answer reported is one question with one more reason.
    bench
        .post(
            "/v1/gaps",
            json!({"query": "tame walrus", "query_id": "q-9"}),
        )
        .await;
    let gaps = bench.get("/v1/insights/gaps").await.json();
    let walrus = gaps["gaps"]
        .as_array()
        .unwrap()
        .iter()
        .find(|gap| gap["label"] == "tame walrus")
        .unwrap();
    assert_eq!(
        (&walrus["size"], &walrus["reasons"]),
        (&json!(1), &json!({"unanswered": 1, "reported": 1}))
    );
    for refused in [
        json!({"query": " "}),
        json!({"query": "x".repeat(2_001)}),
        json!({"query": "x", "why": 1}),
    ] {
        assert_eq!(
            bench.post("/v1/gaps", refused).await.status,
            StatusCode::BAD_REQUEST
        );
    }
    bench
        .post(
            "/v1/calls",
            json!({"call_id": "c", "customer_id": "cust 1", "account": {"plan": "fiber"}}),
        )
        .await;
    let erased = bench
        .send(Method::DELETE, "/v1/insights/customers/cust%201", None, &[])
        .await;
    assert_eq!(erased.json(), json!({"calls": 1}));
    let summary = bench.get("/v1/insights/summary").await.json();
    assert_eq!(summary["calls"], 0);
}

#[tokio::test]
async fn what_a_call_knows_of_an_erased_customer_is_not_recorded_again() {
    let bench = Bench::new();
    for (call, customer) in [("over", "7"), ("open", "7"), ("other", "8")] {
        let opening = json!({"call_id": call, "customer_id": customer});
        bench.post("/v1/calls", opening).await;
    }
    bench.post("/v1/calls/over/end", json!({})).await;
    let address = "/v1/insights/customers/7";
    let erased = bench.send(Method::DELETE, address, None, &[]).await;
    assert_eq!(erased.json(), json!({"calls": 2}));
    let over = bench.get("/v1/calls/over").await;
    assert_eq!(over.status, StatusCode::NOT_FOUND);
    let said = json!({"role": "customer", "text": "I want to cancel my contract"});
    let heard = bench.post("/v1/calls/open/utterances", said).await.json();
    assert_ne!(heard["cards"], json!([]));
    bench.post("/v1/calls/open/end", json!({})).await;
    let summary = bench.get("/v1/insights/summary").await.json();
    assert_eq!(
        (&summary["calls"], &summary["cards"]),
        (&json!(1), &json!(0))
    );
}

#[tokio::test]
async fn cards_and_what_becomes_of_them_are_recorded() {
    let bench = Bench::new();
    bench
        .post(
            "/v1/calls",
            json!({"call_id": "c", "account": {"plan": "fiber"}}),
        )
        .await;
    let said = json!({"role": "customer", "text": "I want to cancel my contract"});
    let heard = bench.post("/v1/calls/c/utterances", said).await.json();
    let dismissed = json!({"type": "dismissed", "reason": "unrelated"});
    for card in heard["cards"].as_array().unwrap() {
        let card = card["card_id"].as_str().unwrap();
        let address = format!("/v1/calls/c/cards/{card}/engagement");
        for _ in 0..2 {
            assert_eq!(
                bench.post(&address, dismissed.clone()).await.status,
                StatusCode::OK
            );
        }
    }
    let articles = bench.get("/v1/insights/articles").await.json();
    let cancel = articles["articles"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["article_id"] == "rules/cancel:1")
        .unwrap();
    assert_eq!(
        (&cancel["cards"], &cancel["dismissed"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(
        cancel["triggers"],
        json!([{"rule": "rules/cancel:1#0", "shown": 1, "dismissed": 1}])
    );
    let gaps = bench.get("/v1/insights/gaps").await.json();
    let gap = gaps["gaps"]
        .as_array()
        .unwrap()
        .iter()
        .find(|gap| gap["label"] == "I want to cancel my contract")
        .unwrap();
    assert_eq!(gap["reasons"], json!({"dismissed": 1}));
    let demand = bench.get("/v1/insights/demand").await.json();
    assert_eq!(demand["attributes"][0]["value"], "fiber");
}

#[tokio::test]
async fn an_article_for_others_is_nowhere_in_insights() {
    let (bench, keys) = Bench::with(
        FakeService::new(),
        &[
            ("lead", &[Scope::Insights], &["agent"]),
            ("root", &[Scope::Admin], &[]),
        ],
    );
    let told = async |key: &str| {
        let answer = bench.get_as(key, "/v1/insights/articles").await;
        let articles = answer.json()["articles"].clone();
        let refund = articles.as_array().unwrap().iter();
        let conflicts = refund
            .filter(|one| one["article_id"] == "refund")
            .map(|one| one["conflicts"].clone())
            .next();
        (answer.text().contains(super::fake::SECRET), conflicts)
    };
    // It was found, it contradicts another, and root may know.
    assert_eq!(told(&keys[1]).await, (true, Some(json!(1))));
    assert_eq!(told(&keys[0]).await, (false, Some(json!(0))));
}

#[tokio::test]
async fn a_customer_is_erased_where_nothing_is_recorded_any_more() {
    let (bench, _) = Bench::with(FakeService::that_recorded(), &[]);
    bench
        .post(
            "/v1/calls",
            json!({"call_id": "c", "customer_id": "cust 1"}),
        )
        .await;
    let summary = bench.get("/v1/insights/summary").await;
    assert_eq!(summary.status, StatusCode::NOT_FOUND);
    let address = "/v1/insights/customers/cust%201";
    let erased = bench.send(Method::DELETE, address, None, &[]).await;
    assert_eq!(erased.json(), json!({"calls": 1}));
}
