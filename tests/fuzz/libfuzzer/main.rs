//! One target, named by the environment, under libFuzzer. It first writes the target's seeds to the folder that the
//! environment names, so that the search begins with them.

#![no_main]

#[path = "../targets.rs"]
mod targets;

use std::sync::OnceLock;

use libfuzzer_sys::{fuzz_target, Corpus};

use self::targets::{TARGETS, Target};

fn target() -> &'static Target {
    static TARGET: OnceLock<&Target> = OnceLock::new();
    TARGET.get_or_init(|| {
        let name = std::env::var("FEDNER_FUZZ_TARGET").unwrap_or_default();
        let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
        let found = TARGETS.iter().find(|target| target.name == name);
        found.unwrap_or_else(|| panic!("FEDNER_FUZZ_TARGET must be one of {names:?}"))
    })
}

fuzz_target!(
    init: {
        if let Ok(folder) = std::env::var("FEDNER_FUZZ_SEEDS") {
            for (number, seed) in (target().seeds)().into_iter().enumerate() {
                let file = std::path::Path::new(&folder).join(format!("seed-{number}"));
                std::fs::write(&file, seed).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
            }
        }
    },
    |bytes: &[u8]| -> Corpus {
        (target().run)(bytes);
        Corpus::Keep
    }
);
