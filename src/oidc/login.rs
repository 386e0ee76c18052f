//! The sign-in of browsers: authorization code flow with PKCE, state and nonce (OpenID Connect Core 1.0, section 3.1).

use std::sync::Arc;

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use ring::digest;
use serde_json::Value;
use tokio::task::spawn_blocking;
use url::{Url, form_urlencoded};

use super::{
    OidcError, Person, Provider,
    provider::{ProviderState, answer},
};
use crate::keys::random_token;

/// Bytes of a path to come back to: ours are shorter, and it is kept.
const MAX_TARGET: usize = 2_048;

/// A sign-in that has begun. It is good for one code.
#[derive(Debug, Clone)]
pub struct Login {
    /// Comes back with the code: an answer to another sign-in is none to this one.
    pub state: String,
    /// Where the browser wanted to go.
    pub target: String,
    /// Stands in the token: a token of another sign-in is none of this one.
    nonce: String,
    /// Proves to the provider that whoever brings the code began the sign-in.
    verifier: String,
    /// Where the provider sends the browser.
    redirect: String,
}

impl Provider {
    /// Begins a sign-in: where the browser must go, and what must be kept until it comes back to `redirect`.
    ///
    /// # Errors
    /// When the provider cannot be asked where that is.
    pub async fn begin(&self, redirect: &str, target: &str) -> Result<(String, Login), OidcError> {
        let known = self.known().await?;
        let login = Login {
            state: random_token(),
            target: target.to_owned(),
            nonce: random_token(),
            verifier: random_token(),
            redirect: redirect.to_owned(),
        };
        let challenge = digest::digest(&digest::SHA256, login.verifier.as_bytes());
        let challenge = URL_SAFE_NO_PAD.encode(challenge);
        let parameters = [
            ("response_type", "code"),
            ("client_id", self.settings.client_id.as_str()),
            ("redirect_uri", redirect),
            ("scope", self.settings.scope.as_str()),
            ("state", login.state.as_str()),
            ("nonce", login.nonce.as_str()),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ];
        let mut address = Url::parse(&known.metadata.authorization_endpoint)
            .map_err(|_| OidcError::Unreachable("it names no authorization_endpoint".to_owned()))?;
        address.query_pairs_mut().extend_pairs(parameters);
        Ok((address.into(), login))
    }

    /// Ends a sign-in: whoever the code stands for.
    ///
    /// # Errors
    /// When the provider does not take the code, or its token is not to be believed or opens nothing.
    pub async fn finish(self: &Arc<Self>, login: &Login, code: &str) -> Result<Person, OidcError> {
        let known = self.known().await?;
        let (provider, login_again, code) = (Arc::clone(self), login.clone(), code.to_owned());
        let exchanged =
            spawn_blocking(move || provider.exchange(&known, &login_again, &code)).await;
        let token = exchanged.unwrap_or_else(|_| {
            Err(OidcError::Login(
                "the code could not be exchanged".to_owned(),
            ))
        })?;
        let client = &self.settings.client_id;
        let claims = self.claims(&token, std::slice::from_ref(client)).await?;
        if claims.get("nonce").and_then(Value::as_str) != Some(&login.nonce) {
            return Err(OidcError::Rejected(
                "it belongs to another sign-in (`nonce`)",
            ));
        }
        let is_shared = claims
            .get("aud")
            .and_then(Value::as_array)
            .is_some_and(|all| all.len() > 1);
        let party = claims.get("azp").and_then(Value::as_str);
        if party.map_or(is_shared, |party| party != client) {
            return Err(OidcError::Rejected(
                "it was issued to another client (`azp`)",
            ));
        }
        self.person(&claims)
    }

    /// The code for a token. Blocking.
    fn exchange(
        &self,
        known: &ProviderState,
        login: &Login,
        code: &str,
    ) -> Result<String, OidcError> {
        let settings = &self.settings;
        let mut request = self
            .agent
            .post(&known.metadata.token_endpoint)
            .header("accept", "application/json");
        if !settings.client_secret.is_empty() {
            let encoded =
                |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            let pair = format!(
                "{}:{}",
                encoded(&settings.client_id),
                encoded(&settings.client_secret)
            );
            request = request.header("authorization", format!("Basic {}", STANDARD.encode(pair)));
        }
        let answered = answer(request.send_form([
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", login.redirect.as_str()),
            ("client_id", settings.client_id.as_str()),
            ("code_verifier", login.verifier.as_str()),
        ]));
        let answered = answered.map_err(|error| {
            // Its words may hold the code: they are for the log alone.
            tracing::warn!(%error, "a sign-in's code was not taken");
            OidcError::Login("the identity provider did not take the code".to_owned())
        })?;
        let token = answered.get("id_token").and_then(Value::as_str);
        token
            .map(str::to_owned)
            .ok_or_else(|| OidcError::Login("the identity provider gave no id_token".to_owned()))
    }
}

/// Where a browser goes after it signed in: a path of ours, or `home` for anything that could lead elsewhere.
#[must_use]
pub fn local_target(asked: &str, home: &str) -> String {
    let is_plain = asked.chars().all(|c| c.is_ascii_graphic() && c != '\\');
    let is_ours = asked.starts_with('/') && !asked.starts_with("//");
    let is_good = is_plain && is_ours && asked.len() <= MAX_TARGET;
    let asked = if is_good { asked } else { home };
    asked.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_elsewhere() {
        let check = |asked: &str, expected: &str| {
            assert_eq!(local_target(asked, "/"), expected, "{asked:?}")
        };
        for path in [
            "/",
            "/articles/a%2Fb?q=x#late",
            "/calls?call=1",
            "/kb/",
            "/@evil.example",
        ] {
            check(path, path);
        }
        for asked in [
            "",
            "x",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/\t/evil.example",
            "/\r\nset-cookie: x=y",
            " /x",
            "/费",
        ] {
            check(asked, "/");
        }
        let long = format!("/{}", "x".repeat(MAX_TARGET));
        check(&long[..MAX_TARGET], &long[..MAX_TARGET]);
        check(&long, "/");
    }
}
