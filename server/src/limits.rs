//! How much one address, one site, or all of them together may ask for. Every table here is bounded.

mod rates;
mod slots;

use std::net::{IpAddr, Ipv6Addr};

use fedner_protocol::SiteId;

use self::rates::Rates;
pub use self::slots::{Slot, Slots};
use crate::config::LimitsConfig;

/// Bits of an IPv6 address that name a network: one machine has all the addresses below it.
const IPV6_NETWORK_BITS: u32 = 64;

/// The limits of a running server.
pub struct Limits {
    addresses: Rates<IpAddr>,
    sites: Rates<SiteId>,
    failures: Rates<IpAddr>,
    streams: Slots,
}

/// A limit is reached; trying again makes sense after so many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooFast {
    /// At least 1.
    pub retry_after_s: u64,
}

impl Limits {
    /// Nobody has asked for anything yet.
    pub fn new(config: &LimitsConfig) -> Self {
        let keys_max = config.addresses_max;
        Self {
            addresses: Rates::new(config.address_requests_per_minute, config.address_requests_burst, keys_max),
            sites: Rates::new(config.site_requests_per_minute, config.site_requests_burst, keys_max),
            failures: Rates::new(config.failures_per_minute, config.failures_burst, keys_max),
            streams: Slots::new(config.streams_max, config.streams_per_address_max),
        }
    }

    /// A request from an address.
    ///
    /// # Errors
    /// When the address has asked too often.
    pub fn request(&self, address: IpAddr) -> Result<(), TooFast> {
        self.addresses.take(network(address))
    }

    /// A request of a site, from wherever.
    ///
    /// # Errors
    /// When the site has asked too often.
    pub fn site(&self, site: SiteId) -> Result<(), TooFast> {
        self.sites.take(site)
    }

    /// A wrong credential or invitation from an address.
    ///
    /// # Errors
    /// When there were too many; what exactly was wrong is then not told any more.
    pub fn failure(&self, address: IpAddr) -> Result<(), TooFast> {
        self.failures.take(network(address))
    }

    /// A place for one more event stream; given back when dropped.
    pub fn stream(&self, address: IpAddr) -> Option<Slot> {
        self.streams.take(network(address))
    }
}

/// What counts as one address: for IPv6 its network, else a single machine could fill every table.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & !(u128::MAX >> IPV6_NETWORK_BITS)).into(),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_machine_is_one_address() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:10.0.0.1"), of("10.0.0.1"));
        assert_ne!(of("10.0.0.1"), of("10.0.0.2"));
    }
}
