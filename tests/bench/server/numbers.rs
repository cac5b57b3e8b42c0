//! Numbers of many measurements, and of this machine.

use std::fs;
use std::time::Duration;

use anyhow::Result;

/// Times that were measured.
#[derive(Default)]
pub struct Times(Vec<Duration>);

impl Times {
    /// One more.
    pub fn push(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// All of another list too.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The time that this share of them does not exceed, in milliseconds.
    pub fn quantile_ms(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let last = sorted.len().saturating_sub(1);
        let at = ((sorted.len() as f64 * share).ceil() as usize).saturating_sub(1).min(last);
        sorted.get(at).map_or(f64::NAN, |time| time.as_secs_f64() * 1000.0)
    }
}

/// The processor, as Linux names it, and how many there are.
pub fn machine() -> String {
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus.lines().find_map(|line| line.strip_prefix("model name"));
    let model = model.map_or("unknown processor", |rest| rest.trim_start_matches([' ', '\t', ':']));
    format!("{model}, {} processors", std::thread::available_parallelism().map_or(0, usize::from))
}

/// Lets this process have as many connections as the system grants.
pub fn raise_open_files() -> Result<()> {
    use rustix::process::{Resource, getrlimit, setrlimit};

    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    Ok(setrlimit(Resource::Nofile, limit)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_one_of_the_times() {
        let mut times = Times::default();
        assert!(times.quantile_ms(0.5).is_nan());
        (1..=100).for_each(|ms| times.push(Duration::from_millis(ms)));
        assert_eq!(times.quantile_ms(0.5), 50.0);
        assert_eq!(times.quantile_ms(0.99), 99.0);
        assert_eq!(times.quantile_ms(1.0), 100.0);
    }
}
