//! How long each part took to build on this machine, so that the next build can say about how long it will take.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;

use crate::files;
use crate::report::seconds;
use crate::workspace::Workspace;

/// In the target folder: who removes that starts from nothing.
const FILE: &str = "build-times.json";

/// What was measured on this machine.
pub struct BuildTimes {
    file: PathBuf,
    /// By part; of a build from nothing and of a later one.
    seconds: BTreeMap<String, u64>,
}

/// A part that is about to be built.
#[derive(Clone, Copy)]
pub struct Part {
    /// Its name in messages.
    pub name: &'static str,
    /// Whether nothing of it was built before.
    pub first: bool,
    /// Seconds of a first build on two cores that do nothing else.
    pub typical_s: u64,
}

impl Part {
    fn key(self) -> String {
        format!("{}, {}", self.name, if self.first { "first" } else { "again" })
    }
}

impl BuildTimes {
    /// What earlier builds have left; nothing where there was none.
    pub fn load(workspace: &Workspace) -> BuildTimes {
        let file = workspace.target.join(FILE);
        let text = std::fs::read(&file).unwrap_or_default();
        BuildTimes { file, seconds: serde_json::from_slice(&text).unwrap_or_default() }
    }

    /// About how long it takes, in words.
    pub fn estimate(&self, part: Part) -> String {
        match self.seconds.get(&part.key()) {
            Some(time) => format!("about {}, as the last time", seconds(Duration::from_secs(*time))),
            None if part.first => {
                let typical = seconds(Duration::from_secs(part.typical_s));
                format!("about {typical} on two cores that do nothing else; it was never built here")
            }
            None => "seconds, or minutes where much has changed".to_owned(),
        }
    }

    /// Remembers how long it took.
    pub fn record(&mut self, part: Part, time: Duration) -> Result<()> {
        self.seconds.insert(part.key(), time.as_secs().max(1));
        files::write(&self.file, serde_json::to_string_pretty(&self.seconds)?.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_remembered_for_its_kind_of_build_alone() -> Result<()> {
        let folder = std::env::temp_dir().join(format!("xtask-build-times-{}", std::process::id()));
        let workspace = Workspace { root: folder.clone(), target: folder.clone() };
        let first = Part { name: "server", first: true, typical_s: 100 };
        let again = Part { first: false, ..first };
        let mut times = BuildTimes::load(&workspace);
        assert!(times.estimate(first).contains("1 min 40 s") && times.estimate(first).contains("never"));
        times.record(first, Duration::from_secs(125))?;
        let times = BuildTimes::load(&workspace);
        assert_eq!(times.estimate(first), "about 2 min 05 s, as the last time");
        assert!(times.estimate(again).starts_with("seconds"));
        Ok(std::fs::remove_dir_all(folder)?)
    }
}
