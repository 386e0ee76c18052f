//! The configuration of a Qdrant server: its address and how it is used.

use std::time::Duration;

use serde::Deserialize;

/// A Qdrant server or cluster.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSettings {
    /// `http` or `https`, host and gRPC port; empty where vectors are kept in the data folder.
    #[serde(skip)]
    pub url: String,
    /// Sent with every request; empty sends none.
    pub api_key: String,
    /// Alias of the collection that is complete; each model has its own collection, `<this>-<model>`.
    pub collection: String,
    /// Shards of a new collection; 0 leaves it to the server.
    pub shards: u32,
    /// Copies of each shard of a new collection.
    pub copies: u32,
    /// Longest wait of a search, in milliseconds.
    pub timeout_ms: u64,
    /// Seconds that points are kept after they left the articles, for replicas that are behind.
    pub grace_secs: u64,
}

/// The key is not shown.
impl std::fmt::Debug for ServerSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerSettings")
            .field("url", &self.url)
            .field("collection", &self.collection)
            .finish_non_exhaustive()
    }
}

impl ServerSettings {
    /// The settings with an address as it is written: `qdrant://host:6334`, or `qdrants://…` for TLS.
    ///
    /// # Errors
    /// The key that is wrong, and what is wrong with it.
    pub fn at(self, address: &str) -> Result<Self, (&'static str, String)> {
        let wrong = |key, problem: &str| Err((key, problem.to_owned()));
        let (scheme, rest) = match address.split_once("://") {
            Some(("qdrant", rest)) => ("http", rest),
            Some(("qdrants", rest)) => ("https", rest),
            _ => ("", ""),
        };
        // Parsed under a name that has no port of its own: 80 and 443 must be kept.
        let parsed = url::Url::parse(&format!("qdrant://{rest}")).ok();
        let parsed = parsed.filter(|url| {
            !scheme.is_empty()
                && url.host_str().is_some_and(|host| !host.is_empty())
                && matches!(url.path(), "" | "/")
                && url.query().is_none()
                && !rest.contains('@')
        });
        let Some(parsed) = parsed else {
            // What stands before an @ may be a key, which is no matter for a log.
            let shown = address.rsplit('@').next().unwrap_or_default();
            return Err((
                "vectors",
                format!(
                    "`{shown}` is not qdrant://HOST:PORT with the server's gRPC port (qdrants:// with TLS; its key is `qdrant.api_key`), nor empty"
                ),
            ));
        };
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if self.collection.is_empty() || !self.collection.chars().all(fits) {
            return wrong(
                "qdrant.collection",
                "must be letters, digits, hyphens and underscores",
            );
        }
        if self.copies == 0 || self.timeout_ms == 0 {
            return wrong("qdrant", "must have copies and timeout_ms of 1 or more");
        }
        let port = parsed.port().unwrap_or(6334);
        let host = parsed.host_str().unwrap_or_default();
        Ok(Self {
            url: format!("{scheme}://{host}:{port}"),
            ..self
        })
    }

    pub(super) fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> ServerSettings {
        ServerSettings {
            url: String::new(),
            api_key: "secret".to_owned(),
            collection: "cuecard".to_owned(),
            shards: 0,
            copies: 1,
            timeout_ms: 1_000,
            grace_secs: 600,
        }
    }

    #[test]
    fn an_address_has_a_scheme_a_host_and_a_port() {
        let check = |address: &str, expected: Option<&str>| {
            let url = settings().at(address).ok().map(|settings| settings.url);
            assert_eq!(url.as_deref(), expected, "{address}");
        };
        check("qdrant://vectors:6334", Some("http://vectors:6334"));
        check("qdrant://vectors", Some("http://vectors:6334"));
        check("qdrants://[::1]:7000", Some("https://[::1]:7000"));
        check("qdrants://vectors:443", Some("https://vectors:443"));
        check("qdrant://vectors:80", Some("http://vectors:80"));
        check("http://vectors:6334", None);
        check("qdrant://", None);
        check("qdrant://vectors:6334/path", None);
        check("qdrant://key@vectors:6334", None);
        check("qdrant://:key@vectors:6334", None);
        let (_, told) = settings().at("qdrant://key@vectors:6334").unwrap_err();
        assert!(!told.contains("key@"), "{told}");
        check("vectors", None);
    }

    #[test]
    fn the_key_is_not_shown() {
        assert!(!format!("{:?}", settings()).contains("secret"));
    }
}
