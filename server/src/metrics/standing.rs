//! Where the federations, the store and the process stand at one moment.

use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::{Label, Number};
use fedner_protocol::{FederationState, Phase};

/// Everything that is told when somebody asks.
#[derive(Debug, Default)]
pub struct Standing {
    /// Each federation: its name in URLs, where it stands, and whether its rounds go on.
    pub federations: Vec<(String, FederationState, bool)>,
    /// Size of the database, where it can be told.
    pub store_bytes: Option<u64>,
    /// Rows that were found damaged.
    pub damaged_rows: u64,
    /// Whether the store can be read and written.
    pub is_ready: bool,
}

impl Standing {
    pub(super) fn registry(&self) -> Registry {
        let mut registry = Registry::default();
        let ours = registry.sub_registry_with_prefix("fedner");
        self.register_federations(ours);
        number(ours, "ready", "1 while updates are taken and rounds can go on", u64::from(self.is_ready));
        number(ours, "damaged_rows", "Stored rows that were found damaged", self.damaged_rows);
        if let Some(bytes) = self.store_bytes {
            let gauge = Number::default();
            gauge.set(bytes);
            ours.register_with_unit("store", "Size of the database", Unit::Bytes, gauge);
        }
        let info: Family<[Label; 1], Gauge> = Family::default();
        info.get_or_create(&[("version", env!("CARGO_PKG_VERSION").to_owned())]).set(1);
        ours.register("build", "The program that answers", info);
        if let Some(bytes) = resident_bytes() {
            let gauge = Number::default();
            gauge.set(bytes);
            registry.register_with_unit("process_resident_memory", "Memory of the process", Unit::Bytes, gauge);
        }
        registry
    }

    fn register_federations(&self, registry: &mut Registry) {
        let kinds: [(&str, &str, Read); 7] = [
            ("version", "Newest version of the shared module", |state, _| state.version.into()),
            ("sites_present", "Sites that take part now", |state, _| state.present.into()),
            ("round_open", "1 while a round takes updates", |state, _| {
                u64::from(matches!(state.phase, Phase::Open { .. }))
            }),
            ("round_attempt", "How often the open round was opened", |state, _| match state.phase {
                Phase::Open { attempt, .. } => attempt.into(),
                _ => 0,
            }),
            ("round_updates", "Updates of the open round that are acknowledged", |state, _| match state.phase {
                Phase::Open { received, .. } => received.into(),
                _ => 0,
            }),
            ("paused", "1 while the operator has paused it", |state, _| u64::from(state.phase == Phase::Paused)),
            ("rounds_stuck", "1 while its rounds can't go on for a fault", |_, goes_on| u64::from(!goes_on)),
        ];
        for (name, help, value) in kinds {
            let family: Family<[Label; 1], Number> = Family::default();
            for (id, state, goes_on) in &self.federations {
                family.get_or_create(&[("federation", id.clone())]).set(value(state, *goes_on));
            }
            registry.register(format!("federation_{name}"), help, family);
        }
    }
}

/// A number of a federation, from where it stands and whether its rounds go on.
type Read = fn(&FederationState, bool) -> u64;

fn number(registry: &mut Registry, name: &str, help: &str, value: u64) {
    let gauge = Number::default();
    gauge.set(value);
    registry.register(name, help, gauge);
}

/// Memory of this process that is in use, from the kernel.
#[cfg(target_os = "linux")]
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? * 1024)
}

#[cfg(not(target_os = "linux"))]
fn resident_bytes() -> Option<u64> {
    None
}
