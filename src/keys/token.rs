//! Random tokens, and the hashes that are stored of them.

use uuid::Uuid;

/// What a key's text begins with, so that people and scanners know one when they see it.
const PREFIX: &str = "cue_";

/// What is kept of a key: blake3 of its text. A key has 256 random bits, so a slow hash would protect nothing more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyHash([u8; 32]);

impl KeyHash {
    /// Hash of a key's text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(*blake3::hash(text.as_bytes()).as_bytes())
    }

    /// From the database.
    #[must_use]
    pub(super) fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// For the database.
    #[must_use]
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// 64 hexadecimal digits that nobody can guess: 366 random bits of the operating system, hashed to 256.
#[must_use]
pub fn random_token() -> String {
    let mut hasher = blake3::Hasher::new();
    for _ in 0..3 {
        hasher.update(Uuid::new_v4().as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

/// A new key's text.
pub(super) fn new_key() -> String {
    format!("{PREFIX}{}", random_token())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_long_and_never_the_same() {
        let (one, other) = (new_key(), new_key());
        assert_ne!(one, other);
        assert_eq!(one.len(), PREFIX.len() + 64);
        assert!(
            one.strip_prefix(PREFIX)
                .is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))
        );
    }

    #[test]
    fn a_hash_survives_the_database() {
        let hash = KeyHash::of("cue_x");
        assert_eq!(KeyHash::from_slice(hash.as_bytes()), Some(hash));
        assert_eq!(KeyHash::from_slice(b"short"), None);
    }
}
