//! Settings of the identity provider.

use std::path::PathBuf;

use jsonwebtoken::Algorithm;
use serde::Deserialize;
use url::Url;

use super::Rule;
use crate::outbound::is_loopback;

/// The identity provider.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Its address, as `iss` has it; empty for none.
    pub issuer: String,
    /// What a bearer token's `aud` must name one of.
    pub audience: Vec<String>,
    /// Our name there, for the sign-in of browsers; empty for none.
    pub client_id: String,
    /// Our secret there; empty for a public client.
    pub client_secret: String,
    /// File with the certificates (PEM) that vouch for its TLS; empty for the common ones.
    pub ca_file: PathBuf,
    /// What is asked for at the sign-in; `openid` must be among it.
    pub scope: String,
    /// How tokens may be signed.
    pub algorithms: Vec<Algorithm>,
    /// Which claims open what.
    pub grants: Vec<Rule>,
}

/// The secret is not shown.
impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("issuer", &self.issuer)
            .field("audience", &self.audience)
            .field("client_id", &self.client_id)
            .field("grants", &self.grants)
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// Whether there is an identity provider.
    #[must_use]
    pub fn is_set(&self) -> bool {
        !self.issuer.is_empty()
    }

    /// Whether browsers can sign in.
    #[must_use]
    pub fn has_login(&self) -> bool {
        !self.client_id.is_empty()
    }

    /// Scopes of the provider that open something here.
    #[must_use]
    pub fn scopes(&self) -> Vec<String> {
        let rules = self.grants.iter().filter(|rule| rule.is_scope());
        let mut scopes: Vec<String> = rules.map(|rule| rule.value.clone()).collect();
        scopes.sort_unstable();
        scopes.dedup();
        scopes
    }

    /// The first setting that is out of range, and what it must be.
    #[must_use]
    pub fn flaw(&self) -> Option<(&'static str, String)> {
        if !self.is_set() {
            let is_forgotten =
                self.has_login() || !self.audience.is_empty() || !self.grants.is_empty();
            return is_forgotten.then(|| {
                (
                    "oidc.issuer",
                    "is missing, and the other keys mean nothing without it".to_owned(),
                )
            });
        }
        let flaw = |key, problem: &str| Some((key, problem.to_owned()));
        let is_symmetric = |algorithm: &Algorithm| {
            matches!(
                algorithm,
                Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512
            )
        };
        if !is_safe(&self.issuer) {
            return flaw(
                "oidc.issuer",
                "must begin with https://; http:// is for loopback only",
            );
        }
        if self.algorithms.is_empty() || self.algorithms.iter().any(is_symmetric) {
            return flaw(
                "oidc.algorithms",
                "must be some of RS256 … RS512, PS256 … PS512, ES256, ES384 and EdDSA: a shared secret proves nothing here",
            );
        }
        if self.audience.iter().any(String::is_empty) {
            return flaw("oidc.audience", "must not have an empty name");
        }
        if self.audience.is_empty() && !self.has_login() {
            return flaw(
                "oidc.audience",
                "or oidc.client_id is needed: without either nobody gets in",
            );
        }
        if self.has_login() && !self.scope.split_whitespace().any(|scope| scope == "openid") {
            return flaw("oidc.scope", "must have `openid` among it");
        }
        if self.grants.is_empty() {
            return flaw("oidc.grants", "is empty: no claim opens anything");
        }
        let empty =
            |rule: &Rule| rule.claim.is_empty() || rule.value.is_empty() || rule.scopes.is_empty();
        if self.grants.iter().any(empty) {
            return flaw("oidc.grants", "must each have a claim, a value and scopes");
        }
        None
    }
}

/// Whether an address may be trusted with tokens and keys: TLS, or within this machine.
pub(super) fn is_safe(address: &str) -> bool {
    let Ok(url) = Url::parse(address) else {
        return false;
    };
    url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Scope;

    #[test]
    fn settings_that_would_let_anybody_in_are_refused() {
        let good = || Settings {
            issuer: "https://login.example.com".into(),
            audience: vec!["cuecard".into()],
            scope: "openid".into(),
            algorithms: vec![Algorithm::RS256],
            grants: vec![Rule {
                claim: "groups".into(),
                value: "kb".into(),
                scopes: vec![Scope::Search],
                audiences: Vec::new(),
            }],
            ..Settings::default()
        };
        let check = |change: fn(&mut Settings), key: Option<&str>| {
            let mut settings = good();
            change(&mut settings);
            assert_eq!(settings.flaw().map(|(key, _)| key), key);
        };
        check(|_| {}, None);
        check(|s| *s = Settings::default(), None);
        check(|s| s.issuer.clear(), Some("oidc.issuer"));
        check(
            |s| s.issuer = "http://login.example.com".into(),
            Some("oidc.issuer"),
        );
        check(|s| s.issuer = "http://127.0.0.1:9000".into(), None);
        check(
            |s| s.issuer = "http://localhost.evil.example".into(),
            Some("oidc.issuer"),
        );
        check(
            |s| s.algorithms.push(Algorithm::HS256),
            Some("oidc.algorithms"),
        );
        check(|s| s.algorithms.clear(), Some("oidc.algorithms"));
        check(|s| s.audience.clear(), Some("oidc.audience"));
        check(|s| s.audience.push(String::new()), Some("oidc.audience"));
        check(|s| s.grants.clear(), Some("oidc.grants"));
        check(|s| s.grants[0].value.clear(), Some("oidc.grants"));
        check(
            |s| (s.client_id, s.scope) = ("c".into(), "profile".into()),
            Some("oidc.scope"),
        );
    }
}
