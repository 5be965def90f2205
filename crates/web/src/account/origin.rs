//! From where a request comes.

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use mamis_app::App;
use mamis_app::account::Origin;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

/// Longest description of a browser that is kept.
const LONGEST: usize = 300;

/// Extracts the [`Origin`] of a request.
#[derive(Clone, Debug)]
pub struct Caller(pub Origin);

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0);
        let agent = parts.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
        Ok(Self(Origin {
            address: address(&parts.headers, peer, app.settings.login.trust_forwarded_for),
            user_agent: agent.chars().take(LONGEST).collect(),
        }))
    }
}

/// The client's address. Behind a trusted proxy it is the last one of X-Forwarded-For, which the proxy has
/// added itself; those before it are whatever the client claims.
fn address(headers: &HeaderMap, peer: Option<SocketAddr>, trusts_proxy: bool) -> String {
    let forwarded = headers
        .get_all("x-forwarded-for")
        .iter()
        .next_back()
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.rsplit(',').next())
        .and_then(|last| last.trim().parse::<std::net::IpAddr>().ok())
        .filter(|_| trusts_proxy);
    forwarded
        .or(peer.map(|peer| peer.ip()))
        .map_or_else(|| "unknown".to_owned(), |address| address.to_canonical().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proxy_is_believed_only_where_it_is_trusted_and_only_its_own_entry() {
        let peer: SocketAddr = "10.0.0.9:1234".parse().expect("an address");
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "1.2.3.4, 203.0.113.7".parse().expect("a value"));
        assert_eq!(address(&headers, Some(peer), true), "203.0.113.7");
        assert_eq!(address(&headers, Some(peer), false), "10.0.0.9");
        assert_eq!(address(&HeaderMap::new(), Some(peer), true), "10.0.0.9");
        headers.insert("x-forwarded-for", "nonsense".parse().expect("a value"));
        assert_eq!(address(&headers, Some(peer), true), "10.0.0.9");
        assert_eq!(address(&headers, None, true), "unknown");
        let mapped: SocketAddr = "[::ffff:192.0.2.1]:80".parse().expect("an address");
        assert_eq!(address(&HeaderMap::new(), Some(mapped), false), "192.0.2.1");
    }
}
