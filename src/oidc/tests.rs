//! Which tokens are valid and which are not, against a provider on a socket.

use std::{sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::Utc;
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use super::{OidcError, Provider};
use crate::{
    http::tests::provider::{self, FakeProvider, Key, hmac_token, message},
    search::types::Audience,
};

/// A provider with one key of each kind, and the fake behind it.
async fn world() -> (FakeProvider, Provider, Arc<Key>, Arc<Key>) {
    let twin = FakeProvider::start().await;
    let (ec, rsa) = (Arc::new(Key::ec()), Arc::new(Key::rsa()));
    twin.publish(&[("e1", &ec), ("r1", &rsa)]);
    let provider = Provider::new(twin.settings()).unwrap();
    (twin, provider, ec, rsa)
}

fn why(outcome: Result<super::Person, OidcError>) -> String {
    outcome.map_or_else(
        |error| error.to_string(),
        |person| format!("let in as {}", person.grant.name),
    )
}

#[tokio::test]
async fn good_tokens_are_believed() {
    let (twin, provider, ec, rsa) = world().await;
    let claims = twin.claims(&json!({}));
    let good = [
        ec.token(
            &json!({"alg": "ES256", "kid": "e1", "typ": "at+jwt"}),
            &claims,
        ),
        rsa.token(&json!({"alg": "RS256", "kid": "r1", "typ": "JWT"}), &claims),
        rsa.token(&json!({"alg": "PS256", "kid": "r1"}), &claims),
        // Without a key's name the only one that fits is meant.
        ec.token(&json!({"alg": "ES256"}), &claims),
        ec.token(
            &json!({"alg": "ES256", "kid": "e1"}),
            &twin.claims(&json!({"aud": ["other", "cuecard-api"]})),
        ),
        // Clocks differ.
        ec.token(
            &json!({"alg": "ES256", "kid": "e1"}),
            &twin.claims(&json!({"exp": Utc::now().timestamp() - 30})),
        ),
    ];
    for token in good {
        let person = provider.bearer(&token).await.unwrap();
        assert_eq!(person.grant.name, "oidc:ann");
        assert_eq!(person.grant.audience, Audience::Only(vec!["agent".into()]));
        assert!(!person.grant.is_admin());
    }
    assert_eq!(twin.key_questions(), 1, "keys are asked for once");
}

#[tokio::test]
async fn everything_else_is_not() {
    let (twin, provider, ec, rsa) = world().await;
    let now = Utc::now().timestamp();
    let header = json!({"alg": "ES256", "kid": "e1"});
    let with = |more: Value| ec.token(&header, &twin.claims(&more));
    let plain = twin.claims(&json!({}));
    let unsigned = |header: Value| message(&header, &plain);
    let good = ec.token(&header, &plain);
    let (body, signature) = good.rsplit_once('.').unwrap();
    let forged = message(&header, &twin.claims(&json!({"groups": ["admins"]})));
    let cases = [
        ("expired", with(json!({"exp": now - 120})), "has expired"),
        ("not yet", with(json!({"nbf": now + 600})), "not good yet"),
        ("endless", with(json!({"exp": null})), "lacks one of"),
        (
            "for others",
            with(json!({"aud": "another-api"})),
            "for somebody else",
        ),
        ("for nobody", with(json!({"aud": null})), "lacks one of"),
        (
            "for the browser",
            with(json!({"aud": provider::CLIENT})),
            "for somebody else",
        ),
        (
            "another issuer",
            with(json!({"iss": "https://evil.example"})),
            "another issuer",
        ),
        (
            "a longer issuer",
            with(json!({"iss": format!("{}/", twin.issuer())})),
            "another issuer",
        ),
        ("no issuer", with(json!({"iss": null})), "lacks one of"),
        ("nobody", with(json!({"sub": null})), "lacks one of"),
        ("an empty name", with(json!({"sub": " "})), "`sub` is empty"),
        (
            "alg none",
            format!("{}.", unsigned(json!({"alg": "none"}))),
            "no signed JWT",
        ),
        (
            "alg None",
            format!("{}.", unsigned(json!({"alg": "None", "kid": "e1"}))),
            "no signed JWT",
        ),
        ("no signature", format!("{body}."), "signature is wrong"),
        (
            "another's signature",
            format!("{forged}.{signature}"),
            "signature is wrong",
        ),
        (
            "the public key as a secret",
            hmac_token(&json!({"alg": "HS256", "kid": "r1"}), &plain, rsa.public()),
            "not allowed",
        ),
        (
            "a published secret",
            hmac_token(
                &json!({"alg": "HS256", "kid": "shared"}),
                &plain,
                b"shared secret",
            ),
            "not allowed",
        ),
        (
            "an algorithm that is not listed",
            ec.token(&json!({"alg": "RS384", "kid": "r1"}), &plain),
            "not allowed",
        ),
        (
            "another key's name",
            ec.token(&json!({"alg": "ES256", "kid": "r1"}), &plain),
            "does not publish",
        ),
        (
            "another kind of key",
            rsa.token(&json!({"alg": "RS256", "kid": "e1"}), &plain),
            "does not publish",
        ),
        (
            "a stranger's key",
            Key::ec().token(&header, &plain),
            "signature is wrong",
        ),
        (
            "its own key",
            Key::ec().token(
                &json!({"alg": "ES256", "kid": "x", "jwk": {"kty": "EC"}}),
                &plain,
            ),
            "",
        ),
        (
            "a logout",
            ec.token(
                &json!({"alg": "ES256", "kid": "e1", "typ": "logout+jwt"}),
                &plain,
            ),
            "another kind",
        ),
        (
            "more to understand",
            ec.token(
                &json!({"alg": "ES256", "kid": "e1", "crit": ["exp"]}),
                &plain,
            ),
            "another kind",
        ),
        (
            "no rights",
            with(json!({"groups": ["cooks"]})),
            "none of your claims",
        ),
        (
            "a bomb",
            format!("{good}{}", "A".repeat(20_000)),
            "too long",
        ),
        (
            "no claims",
            format!(
                "{}.e30.{signature}",
                URL_SAFE_NO_PAD.encode(header.to_string())
            ),
            "signature is wrong",
        ),
    ];
    for (name, token, expected) in cases {
        let got = why(provider.bearer(&token).await);
        assert!(
            got.contains(expected) && !got.contains("let in"),
            "{name}: {got}"
        );
    }
}

#[tokio::test]
async fn certificates_that_cannot_be_used_are_told_at_the_start() {
    let twin = FakeProvider::start().await;
    let file = tempfile::NamedTempFile::new().unwrap();
    for (path, text, expected) in [
        (file.path(), "no certificate", "there is no certificate"),
        (
            std::path::Path::new("/nowhere.pem"),
            "",
            "must hold certificates",
        ),
    ] {
        std::fs::write(file.path(), text).unwrap();
        let settings = super::Settings {
            ca_file: path.to_owned(),
            ..twin.settings()
        };
        let error = Provider::new(settings).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[tokio::test]
async fn keys_change_and_nobody_makes_us_ask_too_often() {
    let (twin, provider, ec, _) = world().await;
    let claims = twin.claims(&json!({}));
    let signed = |key: &Key, id: &str| key.token(&json!({"alg": "ES256", "kid": id}), &claims);
    assert!(provider.bearer(&signed(&ec, "e1")).await.is_ok());

    // Made-up names within the pause: not one question more.
    for id in ["a", "b", "c"] {
        assert!(why(provider.bearer(&signed(&ec, id)).await).contains("does not publish"));
    }
    assert_eq!(twin.key_questions(), 1);

    // A new key, and the old one gone, when the pause is over.
    let provider = provider.with_pause(Duration::ZERO);
    let new = Arc::new(Key::ec());
    twin.publish(&[("e2", &new)]);
    assert!(provider.bearer(&signed(&new, "e2")).await.is_ok());
    assert_eq!(twin.key_questions(), 2);
    assert!(provider.bearer(&signed(&ec, "e1")).await.is_err());

    // It is down: what is known is still good, what is new cannot be.
    twin.set_down(true);
    assert!(provider.bearer(&signed(&new, "e2")).await.is_ok());
    assert!(matches!(
        provider.bearer(&signed(&new, "e3")).await,
        Err(OidcError::Unreachable(_))
    ));
}

#[tokio::test]
async fn a_provider_that_is_not_what_it_should_be_is_not_believed() {
    let twin = FakeProvider::start().await;
    let key = Arc::new(Key::ec());
    let token = |twin: &FakeProvider| {
        key.token(
            &json!({"alg": "ES256", "kid": "e1"}),
            &twin.claims(&json!({})),
        )
    };
    // No key that can be used: secrets and kinds that nobody knows.
    let provider = Provider::new(twin.settings()).unwrap();
    assert!(why(provider.bearer(&token(&twin)).await).contains("no key that can be used"));
    twin.publish(&[("e1", &key)]);
    let mut settings = twin.settings();
    settings.issuer.push_str("/other");
    let elsewhere = Provider::new(settings).unwrap();
    assert!(why(elsewhere.bearer(&token(&twin)).await).contains("answered 404"));
    // Down from the beginning.
    twin.set_down(true);
    let down = Provider::new(twin.settings()).unwrap();
    assert!(matches!(
        down.bearer(&token(&twin)).await,
        Err(OidcError::Unreachable(_))
    ));
    // Not allowed here, though it is published and right.
    twin.set_down(false);
    let mut settings = twin.settings();
    settings.algorithms = vec![Algorithm::RS256];
    assert!(
        why(Provider::new(settings).unwrap().bearer(&token(&twin)).await).contains("not allowed")
    );
}
