//! Validation of a token.

use jsonwebtoken::{Validation, decode, decode_header, errors::ErrorKind};
use serde_json::{Map, Value};

use super::{OidcError, Settings, keyset::KeySet};

/// Seconds that clocks may differ.
const LEEWAY_SECS: u64 = 60;

/// Bytes of a token: what fits into a request's head anyway.
const MAX_BYTES: usize = 16 * 1024;

/// Kinds of tokens (`typ`) that say who somebody is; a token of another kind, such as one for a logout, does not.
const KINDS: [&str; 4] = ["jwt", "at+jwt", "application/jwt", "application/at+jwt"];

/// What a believed token says.
pub(super) type Claims = Map<String, Value>;

/// Why a token is not believed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    /// Its key is not among the known ones: it may be a new one.
    UnknownKey,
    /// For good.
    Rejected(&'static str),
}

impl From<Doubt> for OidcError {
    fn from(doubt: Doubt) -> Self {
        match doubt {
            Doubt::UnknownKey => {
                Self::Rejected("it is signed with a key that the provider does not publish")
            }
            Doubt::Rejected(why) => Self::Rejected(why),
        }
    }
}

/// Whether a text may be a token at all: keys of `cuecard keys` have no dots.
#[must_use]
pub(super) fn is_like(text: &str) -> bool {
    text.starts_with("eyJ") && text.matches('.').count() == 2
}

/// The claims of a token that the provider issued for one of `audience`, and that is good now.
pub(super) fn read(
    token: &str,
    keys: &KeySet,
    settings: &Settings,
    audience: &[String],
) -> Result<Claims, Doubt> {
    if token.len() > MAX_BYTES {
        return Err(Doubt::Rejected("it is too long"));
    }
    // `alg: none` is no algorithm, so that its header cannot be read.
    let header = decode_header(token).map_err(|_| Doubt::Rejected("it is no signed JWT"))?;
    if !settings.algorithms.contains(&header.alg) {
        return Err(Doubt::Rejected(
            "it is signed in a way that is not allowed here",
        ));
    }
    let is_kind = |kind: &String| KINDS.contains(&kind.to_ascii_lowercase().as_str());
    if header.typ.as_ref().is_some_and(|kind| !is_kind(kind)) || header.crit.is_some() {
        return Err(Doubt::Rejected("it is of another kind than is taken here"));
    }
    let key = keys.find(&header).ok_or(Doubt::UnknownKey)?;
    let mut validation = Validation::new(header.alg);
    validation.leeway = LEEWAY_SECS;
    validation.validate_nbf = true;
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.set_issuer(&[&settings.issuer]);
    validation.set_audience(audience);
    let read = decode::<Claims>(token, key, &validation);
    read.map(|data| data.claims).map_err(|error| {
        Doubt::Rejected(match error.kind() {
            ErrorKind::ExpiredSignature => "it has expired",
            ErrorKind::ImmatureSignature => "it is not good yet",
            ErrorKind::InvalidAudience => "it is for somebody else (`aud`)",
            ErrorKind::InvalidIssuer => "it comes from another issuer (`iss`)",
            ErrorKind::MissingRequiredClaim(_) => "it lacks one of exp, iss, aud and sub",
            ErrorKind::InvalidSignature => "its signature is wrong",
            _ => "it cannot be read",
        })
    })
}
