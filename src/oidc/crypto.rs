//! Verifies signatures with *ring*, which the TLS client already depends on: no second cryptography library.

use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey, DecodingKeyKind,
    crypto::{CryptoProvider, JwtVerifier, KeyUtils},
    errors::{Error, ErrorKind},
    signature::{Error as Unverified, Verifier},
};
use ring::signature::{
    self, EcdsaVerificationAlgorithm, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey,
};

/// For [`jsonwebtoken`]: it checks asymmetric signatures, and can do nothing else.
static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |_, _| Err(ErrorKind::UnsupportedAlgorithm.into()),
    verifier_factory: verifier,
    key_utils: KeyUtils::new_unimplemented(),
};

/// Makes it the process's own. A second time changes nothing.
pub(super) fn install() {
    let _ = PROVIDER.install_default();
}

/// How a signature is checked.
enum Method {
    Rsa(&'static RsaParameters),
    Ecdsa(&'static EcdsaVerificationAlgorithm),
    Ed25519,
}

struct Check {
    algorithm: Algorithm,
    method: Method,
    key: DecodingKey,
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>, Error> {
    let method = match algorithm {
        Algorithm::RS256 => Method::Rsa(&signature::RSA_PKCS1_2048_8192_SHA256),
        Algorithm::RS384 => Method::Rsa(&signature::RSA_PKCS1_2048_8192_SHA384),
        Algorithm::RS512 => Method::Rsa(&signature::RSA_PKCS1_2048_8192_SHA512),
        Algorithm::PS256 => Method::Rsa(&signature::RSA_PSS_2048_8192_SHA256),
        Algorithm::PS384 => Method::Rsa(&signature::RSA_PSS_2048_8192_SHA384),
        Algorithm::PS512 => Method::Rsa(&signature::RSA_PSS_2048_8192_SHA512),
        Algorithm::ES256 => Method::Ecdsa(&signature::ECDSA_P256_SHA256_FIXED),
        Algorithm::ES384 => Method::Ecdsa(&signature::ECDSA_P384_SHA384_FIXED),
        Algorithm::EdDSA => Method::Ed25519,
        _ => return Err(ErrorKind::UnsupportedAlgorithm.into()),
    };
    if key.family() != algorithm.family() || key.family() == AlgorithmFamily::Hmac {
        return Err(ErrorKind::InvalidKeyFormat.into());
    }
    Ok(Box::new(Check {
        algorithm: *algorithm,
        method,
        key: key.clone(),
    }))
}

impl Verifier<Vec<u8>> for Check {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), Unverified> {
        let outcome = match (&self.method, self.key.kind()) {
            (Method::Rsa(how), DecodingKeyKind::RsaModulusExponent { n, e }) => {
                RsaPublicKeyComponents { n, e }.verify(how, message, signature)
            }
            (Method::Ecdsa(how), DecodingKeyKind::SecretOrDer(point)) => {
                UnparsedPublicKey::new(*how, point).verify(message, signature)
            }
            (Method::Ed25519, DecodingKeyKind::SecretOrDer(point)) => {
                UnparsedPublicKey::new(&signature::ED25519, point).verify(message, signature)
            }
            _ => Err(ring::error::Unspecified),
        };
        outcome.map_err(|_| Unverified::new())
    }
}

impl JwtVerifier for Check {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}
