//! What counts as one address.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// Bits of an IPv6 address that name one link: a single machine has all the addresses below it.
const LINK_BITS: u8 = 64;
/// Bits of an IPv6 address that name a customer of a provider: one person can have all the links below it.
const CUSTOMER_BITS: u8 = 48;

/// The networks that a request, a connection or a stream counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Networks {
    /// The address itself (IPv4), or its /64 network (IPv6).
    pub address: IpNet,
    /// Its /48 network (IPv6).
    pub ipv6_48: Option<IpNet>,
}

impl Networks {
    /// Those of an address. An IPv4 address written as IPv6 counts as IPv4.
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Self { address: Ipv4Net::from(v4).into(), ipv6_48: None },
            IpAddr::V6(v6) => {
                let network = |bits| IpNet::from(Ipv6Net::new_assert(v6, bits).trunc());
                Self { address: network(LINK_BITS), ipv6_48: Some(network(CUSTOMER_BITS)) }
            }
        }
    }

    /// The widest of them.
    pub fn widest(&self) -> IpNet {
        self.ipv6_48.unwrap_or(self.address)
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = IpNet> + use<> {
        std::iter::once(self.address).chain(self.ipv6_48)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_machine_is_one_address() {
        let of = |text: &str| Networks::of(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1").address, of("2001:db8:0:1::1").address);
        assert_eq!(of("2001:db8::1").ipv6_48, of("2001:db8:0:1::1").ipv6_48);
        assert_ne!(of("2001:db8::1").ipv6_48, of("2001:db8:1::1").ipv6_48);
        assert_eq!(of("::ffff:10.0.0.1"), of("10.0.0.1"));
        assert_ne!(of("10.0.0.1"), of("10.0.0.2"));
        assert_eq!(of("10.0.0.1").widest(), of("10.0.0.1").address);
    }
}
