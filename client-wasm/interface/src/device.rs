//! The device that computes: what the page asks for, and what it gets.

use fedner_core::device_check::self_check::SelfCheck;
use serde::{Deserialize, Serialize};

/// The device that the page asks for.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum DeviceRequest {
    /// The CPU.
    Cpu {
        /// Why, for people.
        reason: String,
    },
    /// The browser's WebGPU adapter.
    Webgpu {
        /// Its name.
        adapter: String,
        /// Whether the adapter is software that only imitates a GPU.
        software: bool,
        /// Why, for people.
        reason: String,
    },
}

/// The device that the model runs on, and why.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "Device"))]
pub struct DeviceReport {
    /// Which kind of device.
    #[cfg_attr(feature = "typescript", ts(type = "\"webgpu\" | \"cpu\""))]
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// Why this one, for people.
    pub reason: String,
    /// Whether the GPU is only imitated by software, which is slower than computing on the CPU.
    pub software: bool,
    /// The comparison with the CPU, where there was one.
    pub self_check: Option<SelfCheck>,
}

/// Milliseconds of a training step on each device.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct StepTimes {
    /// On the CPU.
    pub cpu_ms: f64,
    /// On the GPU.
    pub webgpu_ms: f64,
}
