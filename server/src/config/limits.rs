//! How much may be asked of the server.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use super::{COUNT_MAX, ConfigError, TIMEOUT_S_MAX, within};

/// How much one site, one address or all together may ask for; more is refused with 429 and `Retry-After`. An
/// IPv6 address counts as its /64 network, and its /48 network has limits of its own. Each field is also
/// `FEDNER_LIMITS_<FIELD>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsConfig {
    /// Connections that one address may hold open; for a further one the oldest without a request ends. Trusted
    /// proxies are not bound by it.
    pub connections_per_address_max: usize,
    /// Connections over which neither an enrolled site nor the operator has asked for anything yet. For a further one the
    /// oldest without a request ends, of the network that has most. The rest of `listen.connections_max` is kept for
    /// sites, the operator and trusted proxies.
    pub connections_unknown_max: usize,
    /// How many times as much as one address an IPv6 network of 48 bits may ask for.
    pub ipv6_48_factor: NonZeroU32,
    /// Longest time in which nothing of a request's body arrives, or nothing of an answer is taken, in seconds.
    pub stall_s: u64,
    /// Slowest rate at which a body may arrive, or an answer be taken, once `stall_s` are used up, in bytes a second.
    pub bytes_per_s_min: NonZeroU32,
    /// Bytes of models that stay in memory after they were sent; those that are being sent are there once each besides.
    pub models_cached_bytes_max: usize,
    /// Event streams in all.
    pub streams_max: usize,
    /// Event streams that one address may hold open.
    pub streams_per_address_max: usize,
    /// Largest request line and headers together, in bytes.
    pub head_bytes_max: usize,
    /// Most header lines of a request.
    pub headers_max: usize,
    /// Requests of one address a minute.
    pub address_requests_per_minute: NonZeroU32,
    /// Requests of one address at once, before that rate holds. Loading the page takes about a hundred.
    pub address_requests_burst: NonZeroU32,
    /// Requests of one site a minute.
    pub site_requests_per_minute: NonZeroU32,
    /// Requests of one site at once, before that rate holds.
    pub site_requests_burst: NonZeroU32,
    /// Wrong credentials and invitations of one address a minute.
    pub failures_per_minute: NonZeroU32,
    /// Wrong credentials and invitations of one address at once, before that rate holds.
    pub failures_burst: NonZeroU32,
    /// Enrolments without an invitation of one address a day.
    pub enrolments_per_day: NonZeroU32,
    /// Refused requests that are logged one by one, a minute; further ones are counted and logged as a sum.
    pub refusals_logged_per_minute: NonZeroU32,
    /// Addresses, and sites, whose requests are counted at a time; when there are more, they share one count.
    pub addresses_max: usize,
}

const fn number(n: u32) -> NonZeroU32 {
    match NonZeroU32::new(n) {
        Some(n) => n,
        None => NonZeroU32::MIN,
    }
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            connections_per_address_max: 256,
            connections_unknown_max: 1024,
            ipv6_48_factor: number(8),
            stall_s: 20,
            bytes_per_s_min: number(2000),
            models_cached_bytes_max: 64 << 20,
            streams_max: 2048,
            streams_per_address_max: 128,
            head_bytes_max: 16_384,
            headers_max: 64,
            address_requests_per_minute: number(6000),
            address_requests_burst: number(3000),
            site_requests_per_minute: number(1200),
            site_requests_burst: number(1000),
            failures_per_minute: number(20),
            failures_burst: number(60),
            enrolments_per_day: number(100),
            refusals_logged_per_minute: number(120),
            addresses_max: 20_000,
        }
    }
}

/// Smallest limit of a request's head: what browsers send has to fit.
const HEAD_BYTES_MIN: usize = 4096;
/// Largest limit of a request's head.
const HEAD_BYTES_MAX: usize = 256 << 10;
/// Smallest and largest limit of header lines.
const HEADERS: (usize, usize) = (32, 1000);
/// Most bytes of models that can be configured to stay in memory.
const CACHED_BYTES_MAX: usize = 64 << 30;
/// Most keys of a table.
const ADDRESSES_MAX: usize = 10_000_000;

impl LimitsConfig {
    /// The limit of a /48 network where an address has this one.
    pub fn for_48(&self, address_max: usize) -> usize {
        address_max.saturating_mul(usize::try_from(self.ipv6_48_factor.get()).unwrap_or(usize::MAX))
    }

    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        let counts = [
            ("connections_per_address_max", self.connections_per_address_max),
            ("connections_unknown_max", self.connections_unknown_max),
            ("streams_max", self.streams_max),
            ("streams_per_address_max", self.streams_per_address_max),
        ];
        within("limits", COUNT_MAX, 1, counts)?;
        within("limits", HEAD_BYTES_MAX, HEAD_BYTES_MIN, [("head_bytes_max", self.head_bytes_max)])?;
        within("limits", HEADERS.1, HEADERS.0, [("headers_max", self.headers_max)])?;
        within("limits", TIMEOUT_S_MAX, 1, [("stall_s", self.stall_s)])?;
        within("limits", CACHED_BYTES_MAX, 0, [("models_cached_bytes_max", self.models_cached_bytes_max)])?;
        within("limits", ADDRESSES_MAX, 1, [("addresses_max", self.addresses_max)])
    }
}
