//! The identity provider: its addresses, its keys, and whose tokens are valid.
//!
//! Addresses and keys are fetched when they are first needed, again every hour, and at once when a token names an unknown
//! key, but never more than twice a minute, so that invented key ids cannot make this server flood the provider.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use arc_swap::ArcSwapOption;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;
use tokio::{
    sync::{Mutex, MutexGuard},
    task::spawn_blocking,
};
use ureq::Agent;

use super::{
    OidcError, Settings, crypto,
    keyset::KeySet,
    rules::rights,
    settings::is_safe,
    token::{self, Claims, Doubt},
};
use crate::{keys::Grant, outbound};

/// Shortest time between two fetches, whatever came of them.
const FETCH_PAUSE: Duration = Duration::from_secs(30);

/// How long keys are taken for the provider's without asking again: a key that was withdrawn opens nothing for longer.
const FRESH: Duration = Duration::from_secs(3_600);

/// How long keys are good when the provider does not answer any more.
const STALE: Duration = Duration::from_secs(24 * 3_600);

/// How long one answer may take: somebody waits for it.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Bytes of an answer.
const MAX_ANSWER_BYTES: u64 = 1024 * 1024;

/// What names of people begin with: no key can have such a name, so nobody gets at the calls of a key by their subject.
const NAME_PREFIX: &str = "oidc:";

/// Somebody whom the provider vouches for.
#[derive(Debug, Clone)]
pub struct Person {
    /// What they may do and see; their name is `oidc:` and the token's `sub`.
    pub grant: Arc<Grant>,
    /// Until when the token is good.
    pub until: DateTime<Utc>,
}

/// What the provider says of itself (OpenID Connect Discovery 1.0, section 3).
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Metadata {
    issuer: String,
    jwks_uri: String,
    #[serde(default)]
    pub(super) authorization_endpoint: String,
    #[serde(default)]
    pub(super) token_endpoint: String,
}

/// What is known of the provider.
pub(super) struct ProviderState {
    pub(super) metadata: Metadata,
    keys: KeySet,
    fetched: Instant,
}

/// When the provider was last asked, and why nothing came of it.
type LastFetch = Option<(Instant, Option<OidcError>)>;

/// The identity provider.
pub struct Provider {
    pub(super) settings: Settings,
    pub(super) agent: Agent,
    known: ArcSwapOption<ProviderState>,
    /// When it was last asked, and why nothing came of it.
    asked: Mutex<LastFetch>,
    pause: Duration,
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Provider")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl Provider {
    /// The provider of these settings, which have no flaw; it is asked nothing yet.
    ///
    /// # Errors
    /// When `ca_file` cannot be used.
    pub fn new(settings: Settings) -> Result<Self, OidcError> {
        crypto::install();
        // The provider may be out on the internet: through the environment's proxy, where there is one.
        let file = &settings.ca_file;
        let own = (!file.as_os_str().is_empty()).then(|| outbound::roots(file));
        let roots = own
            .transpose()
            .map_err(|why| OidcError::CaFile(file.display().to_string(), why))?;
        let agent = outbound::client(TIMEOUT)
            .tls_config(outbound::tls(roots))
            .build()
            .new_agent();
        Ok(Self {
            settings,
            agent,
            known: ArcSwapOption::empty(),
            asked: Mutex::default(),
            pause: FETCH_PAUSE,
        })
    }

    /// One that may be asked again at once.
    #[cfg(test)]
    pub(super) fn with_pause(self, pause: Duration) -> Self {
        Self { pause, ..self }
    }

    /// What the operator set.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Whether a bearer's text is for the provider to judge.
    #[must_use]
    pub fn is_token(&self, text: &str) -> bool {
        token::is_like(text)
    }

    /// Whoever bears that token.
    ///
    /// # Errors
    /// When it is not to be believed, opens nothing, or the provider cannot be asked for its keys.
    pub async fn bearer(&self, token: &str) -> Result<Person, OidcError> {
        let claims = self.claims(token, &self.settings.audience).await?;
        self.person(&claims)
    }

    /// The claims of a token for one of `audience`; asks for the keys again where its key is not known.
    pub(super) async fn claims(
        &self,
        token: &str,
        audience: &[String],
    ) -> Result<Claims, OidcError> {
        if audience.is_empty() {
            return Err(OidcError::Rejected(
                "no tokens are taken here (oidc.audience)",
            ));
        }
        let known = self.known().await?;
        match token::read(token, &known.keys, &self.settings, audience) {
            Err(Doubt::UnknownKey) => {
                let newer = self.ask(known.fetched).await?;
                Ok(token::read(token, &newer.keys, &self.settings, audience)?)
            }
            outcome => Ok(outcome?),
        }
    }

    /// The rights that claims stand for.
    pub(super) fn person(&self, claims: &Claims) -> Result<Person, OidcError> {
        let (scopes, audience) =
            rights(&self.settings.grants, claims).ok_or(OidcError::NoRights)?;
        let subject = claims
            .get("sub")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let until = claims
            .get("exp")
            .and_then(Value::as_f64)
            .unwrap_or_default();
        if subject.trim().is_empty() {
            return Err(OidcError::Rejected("its `sub` is empty"));
        }
        Ok(Person {
            grant: Arc::new(Grant {
                name: format!("{NAME_PREFIX}{subject}"),
                scopes,
                audience,
                rate: None,
            }),
            until: DateTime::from_timestamp(until as i64, 0).unwrap_or_default(),
        })
    }

    /// What is known of the provider; asked for where nothing is, or where it is old. While somebody asks, the others use
    /// what is old: a provider that does not answer holds up one request at a time.
    pub(super) async fn known(&self) -> Result<Arc<ProviderState>, OidcError> {
        let known = self.known.load_full();
        match known {
            Some(known) if known.fetched.elapsed() < FRESH => Ok(known),
            Some(old) if old.fetched.elapsed() < STALE => match self.asked.try_lock() {
                Ok(asked) => Ok(self.ask_now(asked, old.fetched).await.unwrap_or(old)),
                Err(_) => Ok(old),
            },
            Some(old) => self.ask(old.fetched).await,
            None => self.ask(Instant::now()).await,
        }
    }

    /// Asks for what is newer than `seen`; within the pause what is known must do.
    async fn ask(&self, seen: Instant) -> Result<Arc<ProviderState>, OidcError> {
        let asked = self.asked.lock().await;
        self.ask_now(asked, seen).await
    }

    async fn ask_now(
        &self,
        mut asked: MutexGuard<'_, LastFetch>,
        seen: Instant,
    ) -> Result<Arc<ProviderState>, OidcError> {
        // Somebody else may have asked while we waited.
        let known = self.known.load_full();
        if let Some(newer) = known.as_ref().filter(|known| known.fetched > seen) {
            return Ok(Arc::clone(newer));
        }
        if let Some((at, failure)) = asked.as_ref().filter(|(at, _)| at.elapsed() < self.pause) {
            let wait = (self.pause.saturating_sub(at.elapsed())).as_secs() + 1;
            let unknown = || {
                OidcError::Unreachable(format!(
                    "it was asked a moment ago; its keys may be asked for again in {wait} s"
                ))
            };
            return match (known, failure) {
                (Some(known), None) => Ok(known),
                (_, failure) => Err(failure.clone().unwrap_or_else(unknown)),
            };
        }
        let (agent, issuer) = (self.agent.clone(), self.settings.issuer.clone());
        let fetched = spawn_blocking(move || fetch(&agent, &issuer)).await;
        let fetched = fetched
            .unwrap_or_else(|_| Err(OidcError::Unreachable("the question failed".to_owned())));
        if let Err(error) = &fetched {
            tracing::warn!(%error, "the identity provider's keys could not be fetched; earlier ones stay in force");
        }
        *asked = Some((Instant::now(), fetched.as_ref().err().cloned()));
        let known = Arc::new(fetched?);
        self.known.store(Some(Arc::clone(&known)));
        Ok(known)
    }
}

/// Its addresses and keys. Blocking.
fn fetch(agent: &Agent, issuer: &str) -> Result<ProviderState, OidcError> {
    let about = format!(
        "{}/.well-known/openid-configuration",
        issuer.trim_end_matches('/')
    );
    let wrong = |what: &str| OidcError::Unreachable(what.to_owned());
    let metadata: Metadata = serde_json::from_value(get(agent, &about)?)
        .map_err(|_| wrong("its configuration lacks issuer or jwks_uri"))?;
    if metadata.issuer != issuer {
        return Err(wrong("its configuration names another issuer"));
    }
    let addresses = [
        &metadata.jwks_uri,
        &metadata.authorization_endpoint,
        &metadata.token_endpoint,
    ];
    if addresses
        .iter()
        .any(|address| !address.is_empty() && !is_safe(address))
    {
        return Err(wrong("its configuration has an address without TLS"));
    }
    let keys = KeySet::read(&get(agent, &metadata.jwks_uri)?);
    if keys.is_empty() {
        return Err(wrong("it publishes no key that can be used"));
    }
    Ok(ProviderState {
        metadata,
        keys,
        fetched: Instant::now(),
    })
}

fn get(agent: &Agent, address: &str) -> Result<Value, OidcError> {
    let request = agent.get(address).header("accept", "application/json");
    answer(request.call())
}

/// An answer of 200 as JSON.
pub(super) fn answer(
    response: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
) -> Result<Value, OidcError> {
    let failed = |error: ureq::Error| OidcError::Unreachable(error.to_string());
    let mut response = response.map_err(failed)?;
    if response.status() != 200 {
        return Err(OidcError::Unreachable(format!(
            "it answered {}",
            response.status().as_u16()
        )));
    }
    let body = response.body_mut().with_config().limit(MAX_ANSWER_BYTES);
    body.read_json().map_err(failed)
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn what_is_old_is_used_at_once_while_somebody_asks() {
        let provider = Provider::new(Settings::default()).unwrap();
        let fetched = Instant::now().checked_sub(2 * FRESH).unwrap();
        provider.known.store(Some(Arc::new(ProviderState {
            metadata: Metadata {
                issuer: String::new(),
                jwks_uri: String::new(),
                authorization_endpoint: String::new(),
                token_endpoint: String::new(),
            },
            keys: KeySet::read(&json!({"keys": []})),
            fetched,
        })));
        let asking = provider.asked.lock().await;
        let known = provider.known().now_or_never().unwrap().unwrap();
        assert_eq!(known.fetched, fetched);
        drop(asking);
        // Nobody asks any more: whoever is next does, and what is old stays in force where nothing comes of it.
        assert_eq!(provider.known().await.unwrap().fetched, fetched);
        assert!(provider.asked.lock().await.is_some());
    }
}
