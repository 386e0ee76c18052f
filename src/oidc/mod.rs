//! OpenID Connect: bearer tokens (JWT) of an identity provider, and the sign-in of browsers.
//!
//! Owns the validation of a token (`token`, `keyset`), the rights that its claims give (`rules`), the provider's
//! addresses and keys (`provider`), and the authorization code flow with PKCE (`login`). Leaves reading a token out of a
//! request, cookies and redirects to `http`.

mod crypto;
mod keyset;
mod login;
mod provider;
mod rules;
mod settings;
#[cfg(test)]
mod tests;
mod token;

pub use login::{Login, local_target};
pub use provider::{Person, Provider};
pub use rules::Rule;
pub use settings::Settings;

/// Why somebody is not let in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OidcError {
    /// The token is not to be believed.
    #[error("the token is not good: {0}; get a new one from the identity provider")]
    Rejected(&'static str),
    /// It is believed, and opens nothing.
    #[error(
        "the identity provider knows you, but none of your claims opens anything here; ask the operator ([[oidc.grants]])"
    )]
    NoRights,
    /// Its certificates cannot be used.
    #[error("oidc.ca_file {0}: {1}; it must hold certificates in PEM")]
    CaFile(String, String),
    /// The provider does not answer, or not as it should.
    #[error("the identity provider cannot be asked: {0}; try again in a minute")]
    Unreachable(String),
    /// The sign-in did not come to its end.
    #[error("the sign-in failed: {0}; go back to the page and try again")]
    Login(String),
}
