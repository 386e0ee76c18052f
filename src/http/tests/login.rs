//! Sign-in of browsers, against a provider on a socket.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use serde_json::json;

use super::{
    bench::{Answer, Bench},
    provider::{self, FakeProvider, Key},
};
use crate::oidc::Provider;

/// A provider with a key, and a server that believes it.
pub(super) struct World {
    pub(super) fake: FakeProvider,
    key: Arc<Key>,
    pub(super) bench: Bench,
}

pub(super) async fn world() -> World {
    let fake = FakeProvider::start().await;
    let key = Arc::new(Key::ec());
    fake.publish(&[("e1", &key)]);
    let bench = Bench::new().with_oidc(Provider::new(fake.settings()).unwrap());
    World { fake, key, bench }
}

/// Where a failed sign-in leads, by its code.
fn failed(code: &str) -> String {
    format!("/?sign_in={code}")
}

/// The `name=value` of a cookie that an answer sets, by what its name begins with.
fn cookie(answer: &Answer, name: &str) -> Option<String> {
    let mut set = answer
        .headers
        .get_all("set-cookie")
        .iter()
        .map(|line| line.to_str().unwrap());
    let line = set.find(|line| line.starts_with(name))?;
    Some(line.split(';').next().unwrap().to_owned())
}

impl World {
    pub(super) fn token(&self, more: &serde_json::Value) -> String {
        self.key.token(
            &json!({"alg": "ES256", "kid": "e1"}),
            &self.fake.claims(more),
        )
    }

    pub(super) async fn get(&self, address: &str, cookies: &str) -> Answer {
        let headers = [("cookie", cookies), ("host", "kb.example")];
        self.bench.send(Method::GET, address, None, &headers).await
    }

    /// Begins a sign-in: the provider's address, and the cookie that ties the browser to it.
    async fn begin(&self, to: &str) -> (String, String) {
        let begun = self.get(&format!("/v1/session/login?to={to}"), "").await;
        assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text());
        (
            begun.header("location").to_owned(),
            cookie(&begun, "cuecard_login_").unwrap(),
        )
    }

    async fn sign_in(&self) -> Answer {
        let (address, tie) = self.begin("").await;
        let (code, state) = self.fake.sign_in(&address);
        self.get(
            &format!("/v1/session/callback?code={code}&state={state}"),
            &tie,
        )
        .await
    }
}

#[tokio::test]
async fn a_browser_signs_in_and_out() {
    let world = world().await;
    let (address, tie) = world.begin("/articles/refund%3Fq%3Dx%23top").await;
    assert!(
        address.contains("redirect_uri=http%3A%2F%2Fkb.example%2Fv1%2Fsession%2Fcallback"),
        "{address}"
    );
    let (code, state) = world.fake.sign_in(&address);
    let back = format!("/v1/session/callback?code={code}&state={state}&session_state=x");
    let done = world.get(&back, &tie).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    assert_eq!(done.header("location"), "/articles/refund?q=x#top");
    let lines: Vec<&str> = done
        .headers
        .get_all("set-cookie")
        .iter()
        .map(|line| line.to_str().unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    assert!(
        lines[0].contains("HttpOnly; SameSite=Strict; Max-Age=43200"),
        "{lines:?}"
    );
    assert!(
        lines[1].starts_with(tie.split('=').next().unwrap())
            && lines[1].contains("=; ")
            && lines[1].contains("SameSite=Lax; Max-Age=0"),
        "{lines:?}"
    );

    let session = cookie(&done, "cuecard_session").unwrap();
    assert_eq!(
        world.get("/v1/session", &session).await.json()["name"],
        "oidc:ann"
    );
    assert_eq!(
        world.get("/v1/topics", &session).await.status,
        StatusCode::OK
    );
    assert_eq!(
        world.get("/v1/insights/summary", &session).await.status,
        StatusCode::FORBIDDEN
    );
    let headers = [
        ("cookie", session.as_str()),
        ("origin", "https://evil.example"),
        ("host", "kb.example"),
    ];
    let foreign = world
        .bench
        .send(Method::POST, "/v1/calls", Some("{}".into()), &headers)
        .await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);

    // The code, and the sign-in, are good once.
    let again = world.get(&back, &tie).await;
    assert_eq!(again.header("location"), failed("unauthorized"));
    let ended = world
        .bench
        .send(Method::DELETE, "/v1/session", None, &[("cookie", &session)])
        .await;
    assert_eq!(ended.status, StatusCode::NO_CONTENT);
    assert_eq!(
        world.get("/v1/topics", &session).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_sign_in_leads_nowhere_else() {
    let world = world().await;
    for to in [
        "https%3A%2F%2Fevil.example",
        "%2F%2Fevil.example",
        "%2F%5Cevil.example",
        "%2F%09%2Fevil.example",
        "javascript%3Ax",
    ] {
        let (address, tie) = world.begin(to).await;
        let (code, state) = world.fake.sign_in(&address);
        let done = world
            .get(
                &format!("/v1/session/callback?code={code}&state={state}"),
                &tie,
            )
            .await;
        assert_eq!(done.header("location"), "/", "{to}");
    }
}

#[tokio::test]
async fn an_answer_that_is_not_to_our_question_is_refused() {
    let world = world().await;
    let (address, tie) = world.begin("").await;
    let (code, state) = world.fake.sign_in(&address);
    let back = async |query: String, cookies: &str| {
        let answer = world
            .get(&format!("/v1/session/callback?{query}"), cookies)
            .await;
        assert_eq!(cookie(&answer, "cuecard_session"), None);
        answer.header("location").to_owned()
    };
    let refused = failed("unauthorized");
    // Another browser: it has the code and the state, and not the cookie.
    assert_eq!(
        back(format!("code={code}&state={state}"), "").await,
        refused
    );
    let guess = format!("{}=guess", tie.split('=').next().unwrap());
    assert_eq!(
        back(format!("code={code}&state={state}"), &guess).await,
        refused
    );
    // Another sign-in's answer, brought to this browser, as it is and under this one's cookie.
    let (other, _) = world.begin("").await;
    let (other_code, other_state) = world.fake.sign_in(&other);
    assert_eq!(
        back(format!("code={other_code}&state={other_state}"), &tie).await,
        refused
    );
    let other_tie = tie.replace(&state[..8], &other_state[..8]);
    assert_eq!(
        back(format!("code={other_code}&state={other_state}"), &other_tie).await,
        refused
    );

    for query in [
        "",
        "state={s}",
        "code=guess&state={s}",
        "error=access_denied&state={s}",
        "error=access_denied&code={c}&state={s}",
        "code={c}&state={s}&iss=https://evil.example",
        "code={c}",
    ] {
        let (address, tie) = world.begin("").await;
        let (code, state) = world.fake.sign_in(&address);
        let query = query.replace("{c}", &code).replace("{s}", &state);
        assert_eq!(back(query.clone(), &tie).await, refused, "{query}");
    }
}

#[tokio::test]
async fn every_tab_signs_in_whatever_else_comes_back() {
    let world = world().await;
    let (first, first_tie) = world.begin("/a").await;
    let (second, second_tie) = world.begin("/b").await;
    let ties = format!("{first_tie}; {second_tie}");
    for strange in ["state=x", "", "code=x&state=", "error=access_denied"] {
        let back = format!("/v1/session/callback?{strange}");
        let answer = world.get(&back, &ties).await;
        assert_eq!(
            answer.header("location"),
            failed("unauthorized"),
            "{strange}"
        );
    }
    for (address, to) in [(first, "/a"), (second, "/b")] {
        let (code, state) = world.fake.sign_in(&address);
        let back = format!("/v1/session/callback?code={code}&state={state}");
        let done = world.get(&back, &ties).await;
        assert_eq!(done.header("location"), to, "{}", done.text());
    }
}

#[tokio::test]
async fn sign_ins_that_nobody_ends_do_not_pile_up_in_a_browser() {
    let world = world().await;
    let ties: Vec<String> = (0..9).map(|n| format!("cuecard_login_{n}=x")).collect();
    let begun = world.get("/v1/session/login", &ties.join("; ")).await;
    let set = begun.headers.get_all("set-cookie").iter();
    let ended: Vec<&str> = set
        .filter_map(|line| line.to_str().unwrap().split_once("=; "))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(ended, ["cuecard_login_1", "cuecard_login_0"]);
}

#[tokio::test]
async fn an_id_token_must_be_for_us_and_for_this_sign_in() {
    let world = world().await;
    for (extra, code) in [
        (json!({"nonce": "another"}), "unauthorized"),
        (json!({"aud": "another client"}), "unauthorized"),
        (
            json!({"aud": [provider::CLIENT, "another"]}),
            "unauthorized",
        ),
        (json!({"azp": "another"}), "unauthorized"),
        (json!({"iss": "https://evil.example"}), "unauthorized"),
        (json!({"exp": 1_000}), "unauthorized"),
        (json!({"groups": []}), "forbidden"),
    ] {
        world.fake.set_extra(&extra);
        let done = world.sign_in().await;
        assert_eq!(done.header("location"), failed(code), "{extra}");
        assert_eq!(cookie(&done, "cuecard_session"), None, "{extra}");
    }
    world
        .fake
        .set_extra(&json!({"aud": [provider::CLIENT, "another"], "azp": provider::CLIENT}));
    assert_eq!(world.sign_in().await.header("location"), "/");
    // An id token is for the browser's sign-in alone.
    let token = world.token(&json!({"aud": provider::CLIENT}));
    assert_eq!(
        world.bench.get_as(&token, "/v1/topics").await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn the_page_offers_it_only_where_it_is() {
    let world = world().await;
    assert!(
        world
            .bench
            .get("/")
            .await
            .text()
            .contains("<html data-sign-in")
    );
    let without = Bench::new();
    assert!(!without.get("/").await.text().contains("data-sign-in"));
    assert_eq!(
        without.get("/v1/session/login").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        without
            .get("/v1/session/callback?code=x&state=y")
            .await
            .status,
        StatusCode::NOT_FOUND
    );
}
