//! Which addresses a provider may have. A name chosen by somebody else must not lead us inside.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What kind of place an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// On the internet.
    Public,
    /// This machine, or a network of the operator's own: asked only where the settings name the host.
    Inner,
    /// Never asked: link-local, metadata services, multicast, unspecified, reserved.
    Forbidden,
}

/// The kind of an address; an IPv6 address that carries an IPv4 address is of the kind of that one.
pub(crate) fn kind(address: IpAddr) -> Kind {
    match address {
        IpAddr::V4(address) => kind_v4(address),
        IpAddr::V6(address) => kind_v6(address),
    }
}

fn kind_v4(address: Ipv4Addr) -> Kind {
    match address.octets() {
        [0, ..] | [169, 254, ..] | [224..=255, ..] => Kind::Forbidden,
        // Alibaba's, Azure's and Oracle's metadata services.
        [100, 100, 100, 200] | [168, 63, 129, 16] | [192, 0, 0, 192] => Kind::Forbidden,
        [10 | 127, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] => Kind::Inner,
        // Protocol assignments, documentation, 6to4 relays, benchmarks.
        [192, 0, 0 | 2, _] | [192, 88, 99, _] | [198, 18 | 19, ..] | [198, 51, 100, _] | [203, 0, 113, _] => {
            Kind::Inner
        }
        _ => Kind::Public,
    }
}

fn kind_v6(address: Ipv6Addr) -> Kind {
    let low = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 1] => Kind::Inner,
        // IPv4-mapped, and the well-known NAT64 prefix.
        [0, 0, 0, 0, 0, 0xffff, a, b] | [0x64, 0xff9b, 0, 0, 0, 0, a, b] => kind_v4(low(a, b)),
        // AWS's metadata service within the private range.
        [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254] => Kind::Forbidden,
        [0xfc00..=0xfdff, ..] => Kind::Inner,
        // Within 2000::/3, protocol assignments with Teredo, documentation, 6to4: none leads where it says.
        [0x2001, 0..=0x01ff | 0x0db8, ..] | [0x2002, ..] | [0x3fff, 0..=0x0fff, ..] => Kind::Forbidden,
        [0x2000..=0x3fff, ..] => Kind::Public,
        // Unspecified, IPv4-compatible, local NAT64, link-local, site-local, multicast, unassigned.
        _ => Kind::Forbidden,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_their_kinds() {
        let cases = [
            (Kind::Public, "8.8.8.8 172.15.0.1 172.32.0.1 100.63.0.1 100.128.0.1 192.167.0.1 1.1.1.1 223.255.255.255"),
            (Kind::Public, "2606:4700::1111 2a00:1450::1 ::ffff:8.8.8.8 64:ff9b::8.8.8.8 2001:4860:4860::8888"),
            (Kind::Inner, "127.0.0.1 127.255.255.255 10.1.2.3 172.16.0.1 172.31.255.255 192.168.1.1 100.64.0.1"),
            (Kind::Inner, "192.0.2.1 198.18.0.1 203.0.113.9 198.51.100.1"),
            (Kind::Inner, "::1 fd12::1 fc00::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::10.0.0.1 64:ff9b::7f00:1"),
            (Kind::Forbidden, "0.0.0.0 0.1.2.3 169.254.169.254 169.254.0.1 224.0.0.1 255.255.255.255 240.0.0.1"),
            (Kind::Forbidden, "100.100.100.200 168.63.129.16 192.0.0.192 fd00:ec2::254"),
            (Kind::Forbidden, ":: ::127.0.0.1 fe80::1 fec0::1 ff02::1 ::ffff:169.254.169.254 64:ff9b::a9fe:a9fe"),
            (Kind::Forbidden, "::ffff:0.0.0.0 64:ff9b:1::1 2002:7f00:1::1 2001::1 2001:db8::1 3fff::1 100::1 4000::1"),
        ];
        for (wanted, addresses) in cases {
            for address in addresses.split(' ') {
                assert_eq!(kind(address.parse().unwrap()), wanted, "{address}");
            }
        }
    }
}
