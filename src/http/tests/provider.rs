//! An identity provider for tests: on a real socket, with keys that can be changed, and codes that are checked as
//! strictly as by the strictest real ones.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
};

use axum::{
    Form, Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    routing::{get, post},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use chrono::Utc;
use jsonwebtoken::Algorithm;
use ring::{
    digest, hmac,
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256,
        RSA_PSS_SHA256, RsaKeyPair, RsaPublicKeyComponents,
    },
};
use serde_json::{Map, Value, json};
use tokio::{net::TcpListener, task::JoinHandle};
use url::Url;

use crate::{
    keys::Scope,
    oidc::{Rule, Settings},
};

/// Our client id at the fake.
pub(crate) const CLIENT: &str = "cuecard web";

/// Our secret there.
pub(crate) const SECRET: &str = "s3cret/&+";

/// What bearer tokens are for.
pub(crate) const AUDIENCE: &str = "cuecard-api";

/// A key of the fake.
pub(crate) enum Key {
    Ec(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

impl Key {
    pub(crate) fn ec() -> Self {
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        Self::Ec(
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key.as_ref(), &random)
                .unwrap(),
        )
    }

    pub(crate) fn rsa() -> Self {
        Self::Rsa(RsaKeyPair::from_pkcs8(include_bytes!("../../../tests/oidc/rsa.pk8")).unwrap())
    }

    /// The public half.
    pub(crate) fn public(&self) -> &[u8] {
        match self {
            Self::Ec(key) => key.public_key().as_ref(),
            Self::Rsa(key) => key.public_key().as_ref(),
        }
    }

    fn jwk(&self, id: &str) -> Value {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Self::Ec(_) => {
                let (x, y) = self.public()[1..].split_at(32);
                json!({"kty": "EC", "crv": "P-256", "use": "sig", "kid": id, "x": text(x), "y": text(y)})
            }
            Self::Rsa(key) => {
                let public = RsaPublicKeyComponents::<Vec<u8>>::from(key.public());
                json!({"kty": "RSA", "use": "sig", "kid": id, "n": text(&public.n), "e": text(&public.e)})
            }
        }
    }

    fn sign(&self, algorithm: &str, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Ec(key) => key.sign(&random, message).unwrap().as_ref().to_vec(),
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                let how: &'static dyn ring::signature::RsaEncoding = if algorithm == "PS256" {
                    &RSA_PSS_SHA256
                } else {
                    &RSA_PKCS1_SHA256
                };
                key.sign(how, &random, message, &mut signature).unwrap();
                signature
            }
        }
    }

    /// A signed token.
    pub(crate) fn token(&self, header: &Value, claims: &Value) -> String {
        let message = message(header, claims);
        let signature = self.sign(
            header["alg"].as_str().unwrap_or_default(),
            message.as_bytes(),
        );
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// Header and claims, unsigned.
pub(crate) fn message(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

/// A token signed with a shared secret.
pub(crate) fn hmac_token(header: &Value, claims: &Value, secret: &[u8]) -> String {
    let message = message(header, claims);
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    format!(
        "{message}.{}",
        URL_SAFE_NO_PAD.encode(hmac::sign(&key, message.as_bytes()))
    )
}

/// A sign-in that the fake has issued a code for.
struct Code {
    challenge: String,
    redirect: String,
    nonce: String,
}

#[derive(Default)]
struct Inside {
    keys: HashMap<String, Arc<Key>>,
    codes: HashMap<String, Code>,
    /// What the next id tokens say besides the usual.
    extra: Map<String, Value>,
    key_questions: usize,
    is_down: bool,
    address: String,
}

type Shared = Arc<Mutex<Inside>>;

/// The provider. It ends when it is dropped.
pub(crate) struct FakeProvider {
    shared: Shared,
    task: JoinHandle<()>,
}

impl Drop for FakeProvider {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl FakeProvider {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let shared = Shared::default();
        shared.lock().unwrap().address = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new()
            .route("/.well-known/openid-configuration", get(configuration))
            .route("/jwks", get(jwks))
            .route("/token", post(exchange))
            .with_state(Arc::clone(&shared));
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { shared, task }
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.shared.lock().unwrap()
    }

    pub(crate) fn issuer(&self) -> String {
        self.inside().address.clone()
    }

    /// Publishes these keys, and no others.
    pub(crate) fn publish(&self, keys: &[(&str, &Arc<Key>)]) {
        self.inside().keys = keys
            .iter()
            .map(|(id, key)| ((*id).to_owned(), Arc::clone(key)))
            .collect();
    }

    /// How often it was asked for its keys.
    pub(crate) fn key_questions(&self) -> usize {
        self.inside().key_questions
    }

    pub(crate) fn set_down(&self, is_down: bool) {
        self.inside().is_down = is_down;
    }

    /// What id tokens say besides, or instead of, the usual.
    pub(crate) fn set_extra(&self, extra: &Value) {
        self.inside().extra = extra.as_object().unwrap().clone();
    }

    /// Settings that fit it.
    pub(crate) fn settings(&self) -> Settings {
        let rule = |value: &str, scopes: &[Scope], audiences: &[&str]| Rule {
            claim: "groups".into(),
            value: value.into(),
            scopes: scopes.to_vec(),
            audiences: audiences.iter().map(|a| (*a).to_owned()).collect(),
        };
        Settings {
            issuer: self.issuer(),
            audience: vec![AUDIENCE.into()],
            client_id: CLIENT.into(),
            client_secret: SECRET.into(),
            ca_file: std::path::PathBuf::new(),
            scope: "openid profile".into(),
            algorithms: vec![Algorithm::RS256, Algorithm::PS256, Algorithm::ES256],
            grants: vec![
                rule("agents", &[Scope::Search, Scope::Calls], &["agent"]),
                rule("customers", &[Scope::Search], &["customer"]),
                rule("admins", &[Scope::Admin], &[]),
            ],
        }
    }

    /// Claims of a good bearer token; `more` goes over them.
    pub(crate) fn claims(&self, more: &Value) -> Value {
        let now = Utc::now().timestamp();
        let mut claims = json!({"iss": self.issuer(), "aud": AUDIENCE, "sub": "ann", "exp": now + 600, "iat": now, "groups": ["agents"]});
        for (name, value) in more.as_object().unwrap() {
            match value {
                Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
                _ => claims[name] = value.clone(),
            }
        }
        claims
    }

    /// What happens when somebody types their password on the page at that address: the code and the state that come back.
    pub(crate) fn sign_in(&self, address: &str) -> (String, String) {
        let url = Url::parse(address).unwrap();
        assert_eq!(url.origin().ascii_serialization(), self.issuer());
        assert_eq!(url.path(), "/authorize");
        let asked: HashMap<String, String> = url.query_pairs().into_owned().collect();
        let is = |name: &str, value: &str| assert_eq!(asked[name], value, "{address}");
        is("response_type", "code");
        is("client_id", CLIENT);
        is("code_challenge_method", "S256");
        is("scope", "openid profile");
        let code = Code {
            challenge: asked["code_challenge"].clone(),
            redirect: asked["redirect_uri"].clone(),
            nonce: asked["nonce"].clone(),
        };
        let mut inside = self.inside();
        let name = format!("code-{}", inside.codes.len());
        inside.codes.insert(name.clone(), code);
        (name, asked["state"].clone())
    }
}

async fn configuration(State(shared): State<Shared>) -> Result<Json<Value>, StatusCode> {
    let inside = shared.lock().unwrap();
    let at = &inside.address;
    let about = json!({"issuer": at, "jwks_uri": format!("{at}/jwks"), "authorization_endpoint": format!("{at}/authorize"),
                       "token_endpoint": format!("{at}/token")});
    if inside.is_down {
        Err(StatusCode::BAD_GATEWAY)
    } else {
        Ok(Json(about))
    }
}

async fn jwks(State(shared): State<Shared>) -> Json<Value> {
    let mut inside = shared.lock().unwrap();
    inside.key_questions += 1;
    let mut keys: Vec<Value> = inside.keys.iter().map(|(id, key)| key.jwk(id)).collect();
    // What every provider may also publish, and nobody may sign with.
    keys.push(json!({"kty": "oct", "kid": "shared", "k": URL_SAFE_NO_PAD.encode("shared secret")}));
    keys.push(json!({"kty": "new", "kid": "unheard-of"}));
    Json(json!({"keys": keys}))
}

async fn exchange(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Form(asked): Form<HashMap<String, String>>,
) -> Result<Json<Value>, StatusCode> {
    let mut inside = shared.lock().unwrap();
    // RFC 6749, section 2.3.1: both are form-encoded first.
    let pair = STANDARD.encode("cuecard+web:s3cret%2F%26%2B");
    if headers
        .get(header::AUTHORIZATION)
        .is_none_or(|sent| sent != &format!("Basic {pair}"))
    {
        return Err(StatusCode::UNAUTHORIZED);
    }
    let code = inside
        .codes
        .remove(&asked["code"])
        .ok_or(StatusCode::BAD_REQUEST)?;
    let challenge = digest::digest(&digest::SHA256, asked["code_verifier"].as_bytes());
    let challenge = URL_SAFE_NO_PAD.encode(challenge);
    let is_right = asked["grant_type"] == "authorization_code"
        && challenge == code.challenge
        && asked["redirect_uri"] == code.redirect
        && asked["client_id"] == CLIENT;
    if !is_right {
        return Err(StatusCode::BAD_REQUEST);
    }
    let now = Utc::now().timestamp();
    let mut claims = json!({"iss": inside.address, "aud": CLIENT, "sub": "ann", "exp": now + 60, "iat": now, "nonce": code.nonce, "groups": ["agents"]});
    for (name, value) in &inside.extra {
        claims[name] = value.clone();
    }
    let (id, key) = inside.keys.iter().next().unwrap();
    let algorithm = if matches!(**key, Key::Ec(_)) {
        "ES256"
    } else {
        "RS256"
    };
    let token = key.token(&json!({"alg": algorithm, "kid": id}), &claims);
    Ok(Json(
        json!({"id_token": token, "access_token": "x", "token_type": "Bearer"}),
    ))
}
