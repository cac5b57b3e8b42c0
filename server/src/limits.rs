//! How much one address, one site, or all of them together may ask for. Every table here is bounded.

mod networks;
mod rates;
mod slots;

use std::net::IpAddr;
use std::num::NonZeroU32;

use fedner_protocol::SiteId;
use governor::Quota;
use ipnet::IpNet;

pub use self::networks::Networks;
use self::rates::Rates;
pub use self::slots::{Slot, Slots, SlotsMax};
use crate::config::LimitsConfig;

/// Seconds of a day.
const DAY_S: u64 = 24 * 3600;

/// The limits of a running server.
pub struct Limits {
    requests: AddressRates,
    sites: Rates<SiteId>,
    failures: AddressRates,
    enrolments: AddressRates,
    streams: Slots,
}

/// A limit is reached; trying again makes sense after so many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooFast {
    /// At least 1.
    pub retry_after_s: u64,
}

/// How often an address and its network may ask.
struct AddressRates {
    addresses: Rates<IpNet>,
    ipv6_48: Rates<IpNet>,
}

impl Limits {
    /// Nobody has asked for anything yet.
    pub fn new(config: &LimitsConfig) -> Self {
        let minutely = |per_minute, burst| Quota::per_minute(per_minute).allow_burst(burst);
        let rates = |quota| AddressRates::new(quota, config);
        Self {
            requests: rates(minutely(config.address_requests_per_minute, config.address_requests_burst)),
            sites: Rates::new(
                minutely(config.site_requests_per_minute, config.site_requests_burst),
                config.addresses_max,
            ),
            failures: rates(minutely(config.failures_per_minute, config.failures_burst)),
            enrolments: rates(daily(config.enrolments_per_day)),
            streams: Slots::new(SlotsMax {
                all: config.streams_max,
                address: config.streams_per_address_max,
                ipv6_48: config.for_48(config.streams_per_address_max),
            }),
        }
    }

    /// A request from an address.
    ///
    /// # Errors
    /// When the address has asked too often.
    pub fn request(&self, address: IpAddr) -> Result<(), TooFast> {
        self.requests.take(address)
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
    /// When there were too many; what exactly was wrong is then no longer said.
    pub fn failure(&self, address: IpAddr) -> Result<(), TooFast> {
        self.failures.take(address)
    }

    /// An enrolment without an invitation from an address.
    ///
    /// # Errors
    /// When there were too many today.
    pub fn enrolment(&self, address: IpAddr) -> Result<(), TooFast> {
        self.enrolments.take(address)
    }

    /// A place for one more event stream; given back when dropped.
    pub fn stream(&self, address: IpAddr) -> Option<Slot> {
        self.streams.take(address)
    }
}

impl AddressRates {
    fn new(quota: Quota, config: &LimitsConfig) -> Self {
        let wide = Quota::with_period(quota.replenish_interval() / config.ipv6_48_factor.get()).unwrap_or(quota);
        let wide = wide.allow_burst(quota.burst_size().saturating_mul(config.ipv6_48_factor));
        let keys_max = config.addresses_max;
        Self { addresses: Rates::new(quota, keys_max), ipv6_48: Rates::new(wide, keys_max) }
    }

    fn take(&self, address: IpAddr) -> Result<(), TooFast> {
        let networks = Networks::of(address);
        self.addresses.take(networks.address)?;
        networks.ipv6_48.map_or(Ok(()), |network| self.ipv6_48.take(network))
    }
}

/// So many at once, and as many again within a day.
fn daily(count: NonZeroU32) -> Quota {
    let period = std::time::Duration::from_secs(DAY_S) / count.get();
    Quota::with_period(period).unwrap_or(Quota::per_minute(count)).allow_burst(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_48_network_may_ask_a_multiple_of_one_address() {
        let number = |n| NonZeroU32::new(n).unwrap();
        let config =
            LimitsConfig { enrolments_per_day: number(2), ipv6_48_factor: number(3), ..LimitsConfig::default() };
        let limits = Limits::new(&config);
        let enrol = |text: &str| limits.enrolment(text.parse().unwrap());
        for link in 1..=3 {
            let address = format!("2001:db8:1:{link}::1");
            enrol(&address).unwrap();
            enrol(&address).unwrap();
            assert_eq!(enrol(&address), Err(TooFast { retry_after_s: DAY_S / 2 }));
        }
        assert!(enrol("2001:db8:1:4::1").is_err(), "six of one /48 network");
        enrol("2001:db8:2:1::1").unwrap();
    }
}
