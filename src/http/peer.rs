//! The client address of a request: the other end of its socket, or what a trusted proxy reports.
//!
//! Owns the only code that reads forwarding headers. Those of untrusted senders are discarded, so that no later code can
//! be misled; those of a trusted proxy are normalised: `Host` is the name that the client requested, and
//! `x-forwarded-proto` its scheme.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header, uri::Authority},
    middleware::Next,
    response::Response,
};
use ipnet::IpNet;

use super::{network::Forwarding, state::AppState};

const FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// Headers by which a request says that it comes from elsewhere.
const FORWARDING: [HeaderName; 6] = [
    header::FORWARDED,
    FOR,
    PROTO,
    HOST,
    HeaderName::from_static("x-forwarded-port"),
    HeaderName::from_static("x-real-ip"),
];

/// The other end of the socket; left with every request by the accept loop.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub(super) SocketAddr);

/// Bits of an IPv6 address that are one subscriber's.
const SUBSCRIBER_BITS: u32 = 64;

/// Who sends a request, as far as the network knows.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Client {
    /// Their address; None where there is no network, as in tests.
    pub(super) address: Option<IpAddr>,
    /// Whether a proxy took the request by TLS.
    pub(super) is_secure: bool,
}

impl Client {
    /// Whose address it is: an IPv6 subscriber has many.
    pub(super) fn subscriber(self) -> Option<IpAddr> {
        Some(match self.address? {
            IpAddr::V6(address) => {
                let bits = address.to_bits() >> SUBSCRIBER_BITS << SUBSCRIBER_BITS;
                IpAddr::V6(bits.into())
            }
            address @ IpAddr::V4(_) => address,
        })
    }
}

/// Finds out who sends a request and leaves it with it.
pub(super) async fn know(
    State(face): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0.ip());
    let network = &face.settings().network;
    let told = match peer.map(|peer| peer.to_canonical()) {
        Some(peer) if is_trusted(&network.trusted_proxies, peer) => ForwardedHeaders::read(
            peer,
            request.headers(),
            &network.trusted_proxies,
            network.forwarding,
        ),
        peer => ForwardedHeaders {
            address: peer,
            ..ForwardedHeaders::default()
        },
    };
    let headers = request.headers_mut();
    for name in FORWARDING {
        headers.remove(name);
    }
    if let Some(host) = &told.host {
        headers.insert(header::HOST, host.clone());
    }
    if told.is_secure {
        headers.insert(PROTO, HeaderValue::from_static("https"));
    }
    request.extensions_mut().insert(Client {
        address: told.address,
        is_secure: told.is_secure,
    });
    next.run(request).await
}

fn is_trusted(trusted: &[IpNet], address: IpAddr) -> bool {
    trusted.iter().any(|net| net.contains(&address))
}

/// What trusted proxies tell.
#[derive(Debug, Default, PartialEq, Eq)]
struct ForwardedHeaders {
    address: Option<IpAddr>,
    is_secure: bool,
    host: Option<HeaderValue>,
}

/// What one proxy reports: its client, with scheme and host name.
#[derive(Debug, Default, Clone)]
struct Hop {
    from: Option<IpAddr>,
    proto: Option<String>,
    host: Option<String>,
}

impl ForwardedHeaders {
    /// Follows the hops from the nearest one as long as who tells of them is trusted: what lies further out anybody may
    /// have written.
    fn read(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet], forwarding: Forwarding) -> Self {
        let hops = match forwarding {
            Forwarding::XForwarded => x_forwarded(headers),
            Forwarding::Forwarded => forwarded(headers),
        };
        let mut told = Self {
            address: Some(peer),
            ..Self::default()
        };
        for hop in hops.iter().rev() {
            told.is_secure = hop
                .proto
                .as_deref()
                .is_some_and(|proto| proto.eq_ignore_ascii_case("https"));
            told.host = hop.host.as_deref().and_then(host);
            // A hop that hides its client is the last that can be identified.
            let Some(from) = hop.from else { break };
            told.address = Some(from);
            if !is_trusted(trusted, from) {
                break;
            }
        }
        told
    }
}

/// A host that may stand in `Host`.
fn host(text: &str) -> Option<HeaderValue> {
    let named = text.parse::<Authority>().ok()?;
    if named.as_str().contains('@') {
        return None;
    }
    HeaderValue::from_str(text).ok()
}

/// The hops of `X-Forwarded-*`, the nearest last. A scheme or a host that is told once is everybody's.
fn x_forwarded(headers: &HeaderMap) -> Vec<Hop> {
    let (from, protos, hosts) = (
        list(headers, &FOR),
        list(headers, &PROTO),
        list(headers, &HOST),
    );
    let count = from
        .len()
        .max(usize::from(!protos.is_empty() || !hosts.is_empty()));
    let at = |values: &[String], hop: usize| match values {
        [one] => Some(one.clone()),
        // Lists are counted from the end, where the nearest proxy wrote.
        many => (hop + many.len())
            .checked_sub(count)
            .and_then(|at| many.get(at))
            .cloned(),
    };
    let hop = |hop: usize| Hop {
        from: from.get(hop).and_then(|text| address(text)),
        proto: at(&protos, hop),
        host: at(&hosts, hop),
    };
    (0..count).map(hop).collect()
}

/// The hops of `Forwarded` (RFC 7239), the nearest last.
fn forwarded(headers: &HeaderMap) -> Vec<Hop> {
    let hop = |element: &String| {
        let mut hop = Hop::default();
        for (name, value) in element.split(';').filter_map(|pair| pair.split_once('=')) {
            let value = value.trim().trim_matches('"');
            match name.trim().to_ascii_lowercase().as_str() {
                "for" => hop.from = address(value),
                "proto" => hop.proto = Some(value.to_owned()),
                "host" => hop.host = Some(value.to_owned()),
                _ => {}
            }
        }
        hop
    };
    list(headers, &header::FORWARDED).iter().map(hop).collect()
}

/// The members of a header that is a list, over all its lines.
fn list(headers: &HeaderMap, name: &HeaderName) -> Vec<String> {
    let lines = headers.get_all(name).iter();
    // What is no text stands as a member that means nothing: it must not make its neighbours change places.
    lines
        .flat_map(|line| line.to_str().unwrap_or("?").split(','))
        .map(|member| member.trim().to_owned())
        .collect()
}

/// An address with or without a port, an IPv6 one also in brackets.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.split(']').next());
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    let found = bare.unwrap_or(text).parse().ok().or_else(with_port);
    found.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two proxies of ours at 10.0.0.1 (seen by the socket) and 10.0.0.2.
    fn read(
        forwarding: Forwarding,
        lines: &[(HeaderName, &str)],
    ) -> (String, bool, Option<String>) {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name, value.parse().unwrap());
        }
        let trusted = ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        let told =
            ForwardedHeaders::read("10.0.0.1".parse().unwrap(), &headers, &trusted, forwarding);
        let host = told.host.map(|host| host.to_str().unwrap().to_owned());
        (told.address.unwrap().to_string(), told.is_secure, host)
    }

    #[test]
    fn hops_are_followed_as_far_as_they_are_trusted() {
        let check =
            |lines: &[(HeaderName, &str)], address: &str, is_secure: bool, host: Option<&str>| {
                let expected = (address.to_owned(), is_secure, host.map(str::to_owned));
                assert_eq!(read(Forwarding::XForwarded, lines), expected, "{lines:?}");
            };
        check(&[], "10.0.0.1", false, None);
        check(&[(FOR, "203.0.113.7")], "203.0.113.7", false, None);
        check(
            &[(FOR, "203.0.113.7"), (PROTO, "https"), (HOST, "kb.example")],
            "203.0.113.7",
            true,
            Some("kb.example"),
        );
        // The client wrote the first member itself.
        check(
            &[(FOR, "192.0.2.1, 203.0.113.7")],
            "203.0.113.7",
            false,
            None,
        );
        check(
            &[(FOR, "192.0.2.1"), (FOR, "203.0.113.7")],
            "203.0.113.7",
            false,
            None,
        );
        check(
            &[(FOR, "127.0.0.1, 203.0.113.7"), (PROTO, "https, http")],
            "203.0.113.7",
            false,
            None,
        );
        check(
            &[(FOR, "203.0.113.7, 10.0.0.2"), (PROTO, "https, http")],
            "203.0.113.7",
            true,
            None,
        );
        check(
            &[(FOR, "203.0.113.7, 10.0.0.2"), (PROTO, "https")],
            "203.0.113.7",
            true,
            None,
        );
        check(&[(FOR, "10.0.0.3, 10.0.0.2")], "10.0.0.3", false, None);
        check(&[(FOR, "203.0.113.7, unknown")], "10.0.0.1", false, None);
        check(&[(FOR, "203.0.113.7:4711")], "203.0.113.7", false, None);
        check(&[(FOR, "::ffff:203.0.113.7")], "203.0.113.7", false, None);
        check(&[(PROTO, "https")], "10.0.0.1", true, None);
        check(
            &[(FOR, "203.0.113.7"), (HOST, "kb.example/x y")],
            "203.0.113.7",
            false,
            None,
        );
        // The other kind of header, which no proxy of ours writes: a client's own.
        check(
            &[(header::FORWARDED, "for=192.0.2.1;proto=https")],
            "10.0.0.1",
            false,
            None,
        );
    }

    #[test]
    fn the_standard_header_says_the_same() {
        let check = |line: &str, address: &str, is_secure: bool, host: Option<&str>| {
            let expected = (address.to_owned(), is_secure, host.map(str::to_owned));
            assert_eq!(
                read(Forwarding::Forwarded, &[(header::FORWARDED, line)]),
                expected,
                "{line}"
            );
        };
        check(
            "for=203.0.113.7;proto=https;host=kb.example",
            "203.0.113.7",
            true,
            Some("kb.example"),
        );
        check(
            "For=\"[2001:db8::1]:4711\";Proto=HTTPS",
            "2001:db8::1",
            true,
            None,
        );
        check(
            "for=192.0.2.1;proto=https, for=203.0.113.7;proto=http",
            "203.0.113.7",
            false,
            None,
        );
        check(
            "for=203.0.113.7;proto=https, for=\"[fd00::2]\";proto=http",
            "203.0.113.7",
            true,
            None,
        );
        check("for=_hidden;proto=https", "10.0.0.1", true, None);
        let spoofed = read(
            Forwarding::Forwarded,
            &[(FOR, "192.0.2.1"), (PROTO, "https")],
        );
        assert_eq!(spoofed, ("10.0.0.1".to_owned(), false, None));
    }
}
