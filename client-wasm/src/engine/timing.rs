//! Measures which of the two devices is faster here. Only the module that has both can do that.

use fedner_core::device_check::step_timing::step_ms;
use fedner_interface::StepTimes;
use fedner_js::to_js;
use js_sys::global;
use wasm_bindgen::{JsCast, prelude::*};
use web_sys::WorkerGlobalScope;

use super::Engine;
use crate::{
    device::reference,
    errors::{EngineError, ErrorCode},
};

#[wasm_bindgen]
impl Engine {
    /// Milliseconds of a training step of the default model on the CPU and on this engine's device.
    #[wasm_bindgen(js_name = timeSteps)]
    pub async fn time_steps(&self) -> Result<JsValue, JsValue> {
        let _busy = self.begin()?;
        let clock = global().dyn_into::<WorkerGlobalScope>().ok().and_then(|worker| worker.performance());
        let clock = clock.ok_or_else(|| {
            let message = "This browser's workers have no clock to time training steps with.";
            EngineError::new(ErrorCode::Internal, message, "Choose the device by hand.")
        })?;
        let cpu = step_ms(&reference(), || clock.now()).await;
        let webgpu = step_ms(&self.chosen.device, || clock.now()).await;
        let explained = |outcome: Result<f64, _>| outcome.map_err(|e| self.explain(EngineError::from(e)));
        Ok(to_js(&StepTimes { cpu_ms: explained(cpu)?, webgpu_ms: explained(webgpu)? })?)
    }
}
