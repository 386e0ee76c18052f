//! Account sources on real sockets: what is merged, what is missing, and which source is left alone.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{little::Little, *};

fn accounts(sources: &[SourceSettings], servers: &[&Little]) -> Result<Accounts, AccountsError> {
    let hosts: Vec<String> = servers.iter().map(|server| server.host()).collect();
    let secret = |name: &str| (name == "CRM_TOKEN").then(|| "s3cret".to_owned());
    Accounts::new(sources, &hosts, secret, 10_000)
}

fn gaps(fetched: &Fetched) -> Vec<(&str, GapReason)> {
    let gaps = fetched.gaps.iter();
    gaps.map(|gap| (gap.source.as_str(), gap.reason)).collect()
}

#[test]
fn several_answers_become_one_account() {
    let crm = Little::new(|path| {
        (
            200,
            json!({"data": {"plan": "fiber", "path": path, "contact": {"lang": "zh"}}}),
        )
    });
    let billing = Little::new(|_| {
        (
            200,
            json!({"overdue_days": 45, "plan": "dsl", "path": null}),
        )
    });
    let mut first = crm.source("crm", "/customers/{customer_id}");
    first.pick = "/data".into();
    first.headers = [("authorization".to_owned(), "Bearer ${CRM_TOKEN}".to_owned())].into();
    let mut second = billing.source("billing", "/invoices?customer={customer_id}");
    second.into = "invoice.now".into();
    let third = billing.source("orders", "/orders/{customer_id}");
    let accounts = accounts(&[first, second, third], &[&crm, &billing]).unwrap();
    let fetched = accounts.fetch("c 7/8", &Account::new());
    assert_eq!(
        Value::Object(fetched.account),
        json!({
            "plan": "dsl", "path": "/customers/c%207%2F8", "contact": {"lang": "zh"}, "overdue_days": 45,
            "invoice": {"now": {"overdue_days": 45, "plan": "dsl", "path": null}},
        }),
        "what later sources know wins"
    );
    assert!(fetched.gaps.is_empty());
    assert!(crm.head().contains("Bearer s3cret"), "{}", crm.head());
    assert!(!format!("{accounts:?}").contains("s3cret"));
}

#[test]
fn a_source_that_fails_leaves_its_part_out_and_is_named() {
    let server = Little::with(|path| {
        let body = |text: &str| text.to_owned();
        match path {
            "/slow/7" => (200, body("{}"), Duration::from_secs(3)),
            "/broken/7" => (500, body("{}"), Duration::ZERO),
            "/unknown/7" => (404, body("{}"), Duration::ZERO),
            "/moved/7" => (302, body("{}"), Duration::ZERO),
            "/text/7" => (200, body("<html>"), Duration::ZERO),
            "/list/7" => (200, body("[1]"), Duration::ZERO),
            "/large/7" => (
                200,
                format!("{{\"a\":\"{}\"}}", "x".repeat(20_000)),
                Duration::ZERO,
            ),
            "/huge/7" => (
                200,
                format!("{{\"a\":\"{}\"}}", "x".repeat(400_000)),
                Duration::ZERO,
            ),
            _ => (200, body("{\"good\":true}"), Duration::ZERO),
        }
    });
    let names = [
        "slow", "broken", "unknown", "moved", "text", "list", "large", "huge", "good",
    ];
    let mut sources: Vec<SourceSettings> = names
        .iter()
        .map(|name| server.source(name, &format!("/{name}/{{customer_id}}")))
        .collect();
    // Nobody listens where this one asks.
    let gone = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let mut nobody = server.source("gone", "/");
    nobody.url = format!("http://{gone}/{{customer_id}}");
    sources.push(nobody);
    let hosts = [server.host(), gone.to_string()];
    let accounts = Accounts::new(&sources, &hosts, |_| None, 10_000).unwrap();
    let begun = Instant::now();
    let fetched = accounts.fetch("7", &Account::new());
    assert!(
        begun.elapsed() < Duration::from_secs(2),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(
        Value::Object(fetched.account.clone()),
        json!({"good": true})
    );
    assert_eq!(
        gaps(&fetched),
        [
            ("slow", GapReason::Timeout),
            ("broken", GapReason::Refused),
            ("unknown", GapReason::NotFound),
            ("moved", GapReason::Refused),
            ("text", GapReason::Malformed),
            ("list", GapReason::Malformed),
            ("large", GapReason::TooLarge),
            ("huge", GapReason::TooLarge),
            ("gone", GapReason::Unreachable),
        ]
    );
    assert!(
        accounts
            .fetch("..", &Account::new())
            .gaps
            .iter()
            .all(|gap| gap.reason == GapReason::BadCustomerId)
    );
}

#[test]
fn answers_are_remembered_and_failures_are_not() {
    let server = Little::new(|path| {
        if path == "/8" {
            (500, json!({}))
        } else {
            (200, json!({"a": 1}))
        }
    });
    let mut source = server.source("crm", "/{customer_id}");
    source.cache_secs = 60;
    let accounts = accounts(&[source], &[&server]).unwrap();
    assert_eq!(
        accounts.fetch("7", &Account::new()),
        accounts.fetch("7", &Account::new())
    );
    assert_eq!(server.asked(), 1);
    let _ = (
        accounts.fetch("8", &Account::new()),
        accounts.fetch("8", &Account::new()),
    );
    assert_eq!(server.asked(), 3);
}

#[test]
fn a_source_that_keeps_failing_is_left_alone() {
    let server = Little::new(|_| (503, json!({})));
    let mut source = server.source("crm", "/{customer_id}");
    (source.failures, source.pause_secs) = (2, 1);
    let accounts = accounts(&[source], &[&server]).unwrap();
    let reasons: Vec<GapReason> = (0..4)
        .map(|_| accounts.fetch("7", &Account::new()).gaps[0].reason)
        .collect();
    assert_eq!(
        reasons,
        [
            GapReason::Refused,
            GapReason::Refused,
            GapReason::Paused,
            GapReason::Paused
        ]
    );
    assert_eq!(server.asked(), 2);
    let begun = Instant::now();
    let mut next = std::iter::repeat_with(|| {
        std::thread::sleep(Duration::from_millis(20));
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "left alone for ever"
        );
        accounts.fetch("7", &Account::new()).gaps[0].reason
    });
    assert_eq!(
        next.find(|reason| *reason != GapReason::Paused),
        Some(GapReason::Refused)
    );
    assert_eq!(
        accounts.fetch("7", &Account::new()).gaps[0].reason,
        GapReason::Paused,
        "one tried it out"
    );
}

#[test]
fn one_customers_trouble_leaves_nobody_else_without_an_account() {
    let server = Little::with(|path| {
        let (status, body) = match path {
            "/anonymous" => (400, "{}".to_owned()),
            "/nobody" => (204, String::new()),
            "/large" => (200, format!("{{\"a\":\"{}\"}}", "x".repeat(400_000))),
            _ => (200, "{\"good\":true}".to_owned()),
        };
        (status, body, Duration::ZERO)
    });
    let mut source = server.source("crm", "/{customer_id}");
    (source.failures, source.pause_secs) = (1, 30);
    let accounts = accounts(&[source], &[&server]).unwrap();
    for (customer, reason) in [
        ("anonymous", GapReason::Refused),
        ("nobody", GapReason::NotFound),
        ("large", GapReason::TooLarge),
    ] {
        let fetched = accounts.fetch(customer, &Account::new());
        assert_eq!(gaps(&fetched), [("crm", reason)]);
    }
    assert!(accounts.fetch("7", &Account::new()).gaps.is_empty());
}

#[test]
fn what_cannot_be_used_is_refused_at_the_start() {
    let server = Little::new(|_| (200, json!({})));
    let check = |change: &dyn Fn(&mut SourceSettings), word: &str| {
        let mut source = server.source("crm", "/c/{customer_id}");
        change(&mut source);
        let outcome = accounts(&[source], &[&server]);
        let told = outcome
            .map(|_| String::new())
            .unwrap_or_else(|error| error.to_string());
        assert!(told.contains(word), "{told:?} does not say {word:?}");
    };
    check(&|_| (), "");
    check(
        &|source| source.url = "http://elsewhere.example/{customer_id}".into(),
        "account_hosts",
    );
    check(
        &|source| source.url = source.url.replace("127.0.0.1", "localhost"),
        "account_hosts",
    );
    check(
        &|source| source.url = "http://{customer_id}/x".into(),
        "path or query",
    );
    check(
        &|source| source.url = "http://127.0.0.1{customer_id}/x".into(),
        "path or query",
    );
    check(
        &|source| source.url = "ftp://127.0.0.1/{customer_id}".into(),
        "https://",
    );
    check(
        &|source| source.url = "http://127.0.0.1/".into(),
        "{customer_id}",
    );
    check(
        &|source| source.url = source.url.replace("http://", "http://me:pw@"),
        "user name",
    );
    check(
        &|source| source.url = source.url.replace("/c/", "/c#"),
        "no #",
    );
    check(
        &|source| source.headers = [("x".to_owned(), "${NOPE}".to_owned())].into(),
        "NOPE",
    );
    check(
        &|source| source.headers = [("x y".to_owned(), "1".to_owned())].into(),
        "x y",
    );
    check(&|source| source.timeout_ms = 0, "timeout_ms");
    check(&|source| source.failures = 0, "failures");
    check(&|source| source.pick = "data".into(), "JSON pointer");
    check(&|source| source.into = "a..b".into(), "dots");
    check(&|source| source.name = " ".into(), "name of its own");
    let twice = [
        server.source("a", "/{customer_id}"),
        server.source("a", "/{customer_id}"),
    ];
    assert!(accounts(&twice, &[&server]).is_err());
}

#[test]
fn an_answer_has_as_many_values_as_an_account() {
    let server = Little::new(|path| {
        let count = path.trim_start_matches('/').parse().unwrap();
        (200, json!({"a": vec![0; count]}))
    });
    let source = server.source("crm", "/{customer_id}");
    let accounts = Accounts::new(&[source], &[server.host()], |_| None, 256 * 1_024).unwrap();
    assert!(accounts.fetch("9000", &Account::new()).gaps.is_empty());
    let fetched = accounts.fetch("11000", &Account::new());
    assert_eq!(gaps(&fetched), [("crm", GapReason::TooLarge)]);
}

#[test]
fn when_fetching_itself_fails_every_source_is_named() {
    let server = Little::new(|_| (200, json!({})));
    let sources = ["crm", "billing"].map(|name| server.source(name, "/{customer_id}"));
    let nothing = accounts(&sources, &[&server]).unwrap().nothing();
    let missing = GapReason::Malformed;
    assert_eq!(gaps(&nothing), [("crm", missing), ("billing", missing)]);
}
