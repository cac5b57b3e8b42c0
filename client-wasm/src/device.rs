//! The device: WebGPU where the page asks for it and it computes what the CPU computes, else the CPU.
//!
//! Which of them is asked for, and so which build of this module is loaded, is `www/worker/device.js`'s to decide: a
//! browser's adapter is looked at before anything is loaded for it.

use std::sync::{Arc, Mutex};

use burn::tensor::Device;
use fedner_core::device_check::self_check::SelfCheck;
use fedner_interface::{DeviceReport, DeviceRequest};

/// Why a device was lost, once it was.
pub type Lost = Arc<Mutex<Option<String>>>;

/// The chosen device.
pub struct Chosen {
    /// For models.
    pub device: Device,
    /// For people.
    pub report: DeviceReport,
    /// Why the device was lost, once it was.
    pub lost: Lost,
}

/// Starts the device that is asked for, or the CPU where that can't be had.
pub async fn choose(request: DeviceRequest) -> Chosen {
    match request {
        DeviceRequest::Cpu { reason } => cpu(reason, None),
        DeviceRequest::Webgpu { adapter, software, reason } => match try_webgpu(&adapter).await {
            Ok((device, lost, check)) => {
                let name = format!("WebGPU ({adapter})");
                let report = DeviceReport { kind: "webgpu", name, reason, software, self_check: Some(check) };
                Chosen { device, report, lost }
            }
            Err((reason, check)) => cpu(reason, check),
        },
    }
}

/// The device everything is compared with.
pub fn reference() -> Device {
    Device::flex()
}

fn cpu(reason: String, self_check: Option<SelfCheck>) -> Chosen {
    let name = "CPU (WebAssembly with SIMD)".to_owned();
    let report = DeviceReport { kind: "cpu", name, reason, software: false, self_check };
    Chosen { device: reference(), report, lost: Lost::default() }
}

/// A device that was started and checked, or why it can't be used and what the check found.
type Started = Result<(Device, Lost, SelfCheck), (String, Option<SelfCheck>)>;

#[cfg(not(feature = "webgpu"))]
async fn try_webgpu(_: &str) -> Started {
    Err(("This part of the page computes on the CPU alone.".to_owned(), None))
}

#[cfg(feature = "webgpu")]
async fn try_webgpu(adapter: &str) -> Started {
    let (device, lost) = match webgpu::start().await {
        Ok(started) => started,
        Err(reason) => return Err((format!("WebGPU ({adapter}) could not be started: {reason}."), None)),
    };
    match fedner_core::device_check::self_check::compare(&reference(), &device).await {
        Ok(check) if check.agrees => Ok((device, lost, check)),
        Ok(check) => {
            let reason = format!("WebGPU ({adapter}) computes other values than the CPU, so it is not used.");
            Err((reason, Some(check)))
        }
        Err(error) => Err((format!("WebGPU ({adapter}) failed its self-check: {error}."), None)),
    }
}

#[cfg(feature = "webgpu")]
mod webgpu {
    use burn::tensor::Device;
    use burn_wgpu::WgpuSetup;

    use super::Lost;

    /// Starts burn's runtime on the adapter, and notes when its device is lost. Without an adapter it would panic: the
    /// page has asked for one before.
    pub async fn start() -> Result<(Device, Lost), String> {
        let options = Device::wgpu_options();
        let (device, setup): (Device, WgpuSetup) = options.init_with_setup_async().await.map_err(|e| e.to_string())?;
        let lost = Lost::default();
        let noted = lost.clone();
        setup.device.set_device_lost_callback(move |reason, message| {
            if let Ok(mut why) = noted.lock() {
                *why = Some(format!("{reason:?}: {message}"));
            }
        });
        Ok((device, lost))
    }
}
