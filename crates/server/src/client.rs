//! Who the client is on the network: the peer, or what trusted proxies say of it.

use std::net::IpAddr;

use http::HeaderMap;
use ipnet::IpNet;

use crate::listen::Peer;
use crate::tls::Encryption;

/// What is known of a client's own connection.
pub struct Client {
    /// Its address.
    pub address: IpAddr,
    /// Whether its connection is encrypted.
    pub secure: bool,
    /// How; `None` also where a proxy stands between: what the proxy and the client agreed on is not known.
    pub encryption: Option<Encryption>,
}

/// The client behind a peer. Forwarded headers count only
/// from trusted peers, and are read from the right: everything left of the first untrusted address
/// was written by the client itself.
pub fn client(peer: &Peer, headers: &HeaderMap, trusted: &[IpNet]) -> Client {
    let is_trusted = |address: IpAddr| trusted.iter().any(|net| net.contains(&address.to_canonical()));
    let peer_address = peer.address.ip().to_canonical();
    if !is_trusted(peer_address) {
        return Client { address: peer_address, secure: peer.encryption.is_some(), encryption: peer.encryption };
    }
    // As bytes: letters that the client wrote must not hide what a proxy added behind them.
    let hops =
        headers.get_all("x-forwarded-for").iter().rev().flat_map(|value| value.as_bytes().rsplit(|b| *b == b','));
    let mut address = peer_address;
    for hop in hops {
        // A hop that is no address cannot be trusted, nor can what is left of it.
        let Some(hop) = std::str::from_utf8(hop).ok().and_then(|hop| hop.trim().parse::<IpAddr>().ok()) else { break };
        address = hop.to_canonical();
        if !is_trusted(address) {
            break;
        }
    }
    let scheme = headers.get_all("x-forwarded-proto").iter().next_back().and_then(|value| value.to_str().ok());
    let last = scheme.and_then(|text| text.rsplit(',').next()).map(str::trim);
    let secure = last.map_or(peer.encryption.is_some(), |scheme| scheme.eq_ignore_ascii_case("https"));
    Client { address, secure, encryption: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(peer: &str, forwarded: &str) -> String {
        of_bytes(peer, forwarded.as_bytes())
    }

    fn of_bytes(peer: &str, forwarded: &[u8]) -> String {
        let peer = Peer { address: format!("{peer}:1000").parse().unwrap(), encryption: None, is_admin: false };
        let value = http::HeaderValue::from_bytes(forwarded).unwrap();
        let headers = [(http::header::HeaderName::from_static("x-forwarded-for"), value)];
        client(&peer, &headers.into_iter().collect(), &["10.0.0.0/8".parse().unwrap()]).address.to_string()
    }

    #[test]
    fn a_stranger_cannot_choose_their_address() {
        assert_eq!(of("192.0.2.1", "203.0.113.9"), "192.0.2.1");
    }

    #[test]
    fn only_what_trusted_proxies_wrote_counts() {
        assert_eq!(of("10.0.0.1", "203.0.113.9"), "203.0.113.9");
        assert_eq!(of("10.0.0.1", "1.1.1.1, 203.0.113.9, 10.0.0.2"), "203.0.113.9");
        assert_eq!(of("10.0.0.1", "1.1.1.1, nonsense, 10.0.0.2"), "10.0.0.2");
    }

    #[test]
    fn a_client_cannot_hide_behind_the_proxy_by_letters_that_are_no_text() {
        assert_eq!(of_bytes("10.0.0.1", b"\xff, 203.0.113.9"), "203.0.113.9");
        assert_eq!(of_bytes("10.0.0.1", b"10.0.0.7, \xc3\xa9, 203.0.113.9, 10.0.0.2"), "203.0.113.9");
    }
}
