//! The same on WebGPU. There is no GPU in CI, so the browser's software adapter computes; it is slow, and real.

use fedner_protocol::{LocalSteps, ModelSpec, RoundPolicy, TrainingPolicy};
use serde_json::Value;

use crate::federation::{assert_learned, federation, open_sites, quick_training};
use crate::harness::{Gpu, PageState, real_corpora, run};

const ROUNDS: u32 = 3;
/// The most kernels that a step launches with as many layers as the default model has.
const LAUNCHES_MAX: u64 = 40;
const LOCAL_STEPS: u32 = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sites_learn_together_on_webgpu() {
    run("sites_learn_together_on_webgpu", async |stage| {
        let policy = RoundPolicy {
            min_sites: 3,
            quorum: 3,
            deadline_s: 600,
            rounds: ROUNDS,
            local_steps: LocalSteps::Fixed(LOCAL_STEPS),
        };
        let training = TrainingPolicy {
            // A step costs the same for many sentences as for few: each launch of a kernel does.
            batch_size: 32,
            learning_rate: 4e-2,
            dropout: 0.0,
            warmup_steps: 3,
            ..quick_training()
        };
        let app = stage.server([federation("gpu", ModelSpec::small(), policy, training)]).await;
        let sites = real_corpora(96, 24);
        let tabs = open_sites(&stage, &app.origin(), &sites, Gpu::Software).await;
        for tab in &tabs {
            let state = tab.choose_device("webgpu").await;
            let device = state.device.expect("a ready engine has a device");
            check_device(tab.name(), &device);
        }
        for tab in &tabs {
            tab.join("gpu").await;
        }
        for tab in &tabs {
            let done = |s: &PageState| s.is_idle() && s.version == ROUNDS;
            let state = tab.until("all rounds are done", done).await;
            assert_eq!(state.device_kind(), "webgpu", "{}: it was WebGPU to the end", tab.name());
            assert!(
                state.total_steps >= u64::from(ROUNDS * LOCAL_STEPS),
                "{}: {} steps",
                tab.name(),
                state.total_steps
            );
            assert_learned(tab.name(), &state, ROUNDS as usize);
        }
        app
    })
    .await;
}

/// The device is WebGPU, and steps on it, in few launches, agree with the CPU for the loss, every gradient and every
/// parameter.
fn check_device(site: &str, device: &Value) {
    assert_eq!(device["kind"], "webgpu", "{site}: there is no WebGPU adapter: {}", device["reason"]);
    let check = &device["self_check"];
    assert_eq!(check["agrees"], true, "{site}: WebGPU computes other values than the CPU: {check}");
    let differences = check["differences"].as_array().expect("every tensor is compared");
    for what in ["gradient", "parameter"] {
        let of_kind: Vec<&Value> = differences.iter().filter(|d| d["what"] == what).collect();
        assert!(of_kind.len() >= 10, "{site}: only {} tensors were compared by {what}", of_kind.len());
        let share = |d: &Value| d["largest"].as_f64().unwrap() / d["scale"].as_f64().unwrap();
        let worst = of_kind.into_iter().max_by(|a, b| share(a).total_cmp(&share(b))).unwrap();
        println!("{site}: {}: largest difference by {what}: {worst}", device["name"]);
    }
    let launches = check["launches"].as_u64().expect("launches are counted");
    println!("{site}: {launches} launches a step");
    assert!((1..=LAUNCHES_MAX).contains(&launches), "{site}: a step launches {launches} kernels");
    println!("{site}: losses on CPU and WebGPU {}, tolerance {}", check["loss"], check["tolerance"]);
}
