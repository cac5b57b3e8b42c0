//! The one place where a device is chosen: WebGPU when it is there and computes what the CPU
//! computes, else the CPU.

use std::sync::{Arc, Mutex};

use burn::tensor::Device;
use fedner_core::self_check::SelfCheck;
use serde::Serialize;

/// What a person asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// A GPU where there is a real one, else the CPU.
    Auto,
    /// WebGPU, even by a software adapter.
    Webgpu,
    /// The CPU.
    Cpu,
}

impl Choice {
    /// Reads `auto`, `webgpu` or `cpu`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "auto" => Some(Self::Auto),
            "webgpu" => Some(Self::Webgpu),
            "cpu" => Some(Self::Cpu),
            _ => None,
        }
    }
}

/// What the model runs on, and why.
#[derive(Debug, Clone, Serialize)]
pub struct DeviceReport {
    /// `webgpu` or `cpu`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// Why this one.
    pub reason: String,
    /// Whether a GPU is only imitated by software, which is slower than the CPU path.
    pub software: bool,
    /// What the comparison with the CPU found, where there was one.
    pub self_check: Option<SelfCheck>,
}

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

/// Chooses a device.
pub async fn choose(choice: Choice) -> Chosen {
    if choice == Choice::Cpu {
        return cpu("You chose the CPU.".to_owned(), None);
    }
    match try_webgpu(choice).await {
        Ok(chosen) => chosen,
        Err(rejected) => *rejected,
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

#[cfg(not(feature = "webgpu"))]
async fn try_webgpu(_: Choice) -> Result<Chosen, Box<Chosen>> {
    Err(Box::new(cpu("This build of the page has no WebGPU.".to_owned(), None)))
}

#[cfg(feature = "webgpu")]
async fn try_webgpu(choice: Choice) -> Result<Chosen, Box<Chosen>> {
    use webgpu::Adapter;

    let no = |reason: String, check| Err(Box::new(cpu(reason, check)));
    // Creating the runtime without an adapter panics, so the browser is asked first.
    let adapter = match Adapter::request().await {
        Ok(adapter) => adapter,
        Err(reason) => return no(reason, None),
    };
    if adapter.software && choice == Choice::Auto {
        return no(format!("The browser offers only a software GPU ({}); the CPU is faster.", adapter.name), None);
    }
    let (device, lost) = match webgpu::start().await {
        Ok(started) => started,
        Err(reason) => return no(format!("WebGPU ({}) could not be started: {reason}.", adapter.name), None),
    };
    let check = match fedner_core::self_check::compare(&reference(), &device).await {
        Ok(check) if check.agrees => check,
        Ok(check) => {
            let reason = format!("WebGPU ({}) computes other values than the CPU, so it is not used.", adapter.name);
            return no(reason, Some(check));
        }
        Err(error) => return no(format!("WebGPU ({}) failed its self-check: {error}.", adapter.name), None),
    };
    let reason = if choice == Choice::Auto { "It is there and passed the self-check." } else { "You chose WebGPU." };
    let report = DeviceReport {
        kind: "webgpu",
        name: format!("WebGPU ({})", adapter.name),
        reason: reason.to_owned(),
        software: adapter.software,
        self_check: Some(check),
    };
    Ok(Chosen { device, report, lost })
}

#[cfg(feature = "webgpu")]
mod webgpu {
    use burn::tensor::Device;
    use burn_wgpu::WgpuSetup;
    use js_sys::{Function, Promise, Reflect};
    use wasm_bindgen::{JsCast, JsValue};
    use wasm_bindgen_futures::JsFuture;
    use web_sys::WorkerGlobalScope;

    use super::Lost;

    /// What the browser says of its adapter.
    pub struct Adapter {
        pub name: String,
        pub software: bool,
    }

    impl Adapter {
        /// Asks `navigator.gpu`. The bindings of web-sys for it are not stable yet, so it is read by name.
        pub async fn request() -> Result<Self, String> {
            let missing = || "This browser has no WebGPU.".to_owned();
            let none = || "The browser has WebGPU but no GPU to offer.".to_owned();
            let scope: WorkerGlobalScope = js_sys::global().dyn_into().map_err(|_| missing())?;
            let gpu = get(&scope.navigator(), "gpu").filter(JsValue::is_object).ok_or_else(missing)?;
            let request =
                get(&gpu, "requestAdapter").and_then(|f| f.dyn_into::<Function>().ok()).ok_or_else(missing)?;
            let promise = request.call0(&gpu).ok().and_then(|p| p.dyn_into::<Promise>().ok()).ok_or_else(none)?;
            let adapter = JsFuture::from(promise).await.ok().filter(JsValue::is_object).ok_or_else(none)?;
            let info = get(&adapter, "info").unwrap_or(JsValue::UNDEFINED);
            let text = |name: &str| get(&info, name).and_then(|v| v.as_string()).filter(|s| !s.is_empty());
            let parts: Vec<String> = ["vendor", "architecture", "device"].into_iter().filter_map(text).collect();
            let flag = |of: &JsValue| get(of, "isFallbackAdapter").is_some_and(|v| v.is_truthy());
            let name = if parts.is_empty() { "unnamed adapter".to_owned() } else { parts.join(" ") };
            let software = flag(&info) || flag(&adapter) || name.contains("swiftshader") || name.contains("llvmpipe");
            Ok(Self { name, software })
        }
    }

    fn get(of: &JsValue, name: &str) -> Option<JsValue> {
        Reflect::get(of, &name.into()).ok()
    }

    /// Starts burn's runtime on the adapter, and notes when its device is lost.
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
