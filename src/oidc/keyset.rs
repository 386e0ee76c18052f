//! The provider's public keys (RFC 7517), and which of them signed a token. Pure.

use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey, Header,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse},
};
use serde_json::Value;

/// Keys that are kept of a set: providers have a handful.
const MAX_KEYS: usize = 64;

/// One key.
struct Key {
    id: Option<String>,
    /// The algorithm that it is for, where the set says so.
    algorithm: Option<String>,
    curve: Option<EllipticCurve>,
    key: DecodingKey,
}

/// The provider's keys.
#[derive(Default)]
pub(super) struct KeySet(Vec<Key>);

impl KeySet {
    /// Reads a set. Keys of kinds that are not known, for encryption, or shared secrets are passed over.
    pub(super) fn read(set: &Value) -> Self {
        let keys = set.get("keys").and_then(Value::as_array);
        let readable = keys.into_iter().flatten().filter_map(key);
        Self(readable.take(MAX_KEYS).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The key of a token's header. A header that names none means the only one that fits.
    pub(super) fn find(&self, header: &Header) -> Option<&DecodingKey> {
        let mut fitting = self.0.iter().filter(|key| {
            let is_named = header
                .kid
                .as_ref()
                .is_none_or(|id| key.id.as_ref() == Some(id));
            is_named && key.fits(header.alg)
        });
        let first = fitting.next()?;
        (header.kid.is_some() || fitting.next().is_none()).then_some(&first.key)
    }
}

impl Key {
    fn fits(&self, algorithm: Algorithm) -> bool {
        let is_meant = match &self.algorithm {
            Some(named) => *named == format!("{algorithm:?}"),
            None => true,
        };
        let curve = match algorithm {
            Algorithm::ES256 => Some(EllipticCurve::P256),
            Algorithm::ES384 => Some(EllipticCurve::P384),
            Algorithm::EdDSA => Some(EllipticCurve::Ed25519),
            _ => None,
        };
        is_meant && self.key.family() == algorithm.family() && self.curve == curve
    }
}

fn key(value: &Value) -> Option<Key> {
    let jwk: Jwk = serde_json::from_value(value.clone()).ok()?;
    let purpose = jwk.common.public_key_use.as_ref();
    if purpose.is_some_and(|purpose| *purpose != PublicKeyUse::Signature) {
        return None;
    }
    let curve = match &jwk.algorithm {
        AlgorithmParameters::EllipticCurve(key) => Some(key.curve.clone()),
        AlgorithmParameters::OctetKeyPair(key) => Some(key.curve.clone()),
        _ => None,
    };
    let key = DecodingKey::from_jwk(&jwk).ok()?;
    (key.family() != AlgorithmFamily::Hmac).then(|| Key {
        id: jwk.common.key_id,
        algorithm: value.get("alg").and_then(Value::as_str).map(str::to_owned),
        curve,
        key,
    })
}
